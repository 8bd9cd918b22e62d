//! Tables that are to be gone, in an order that foreign keys permit.

use super::change::{Change, TableChange};
use crate::schema::{Identifier, Schema, Table};

/// Drops each table, those that reference others first. Of tables that reference each other, the keys go before.
pub fn removals(dropped: &[Identifier], live: &Schema) -> Vec<TableChange> {
    let mut left: Vec<&Table> = dropped.iter().filter_map(|name| live.table(name)).collect();
    let (mut keys, mut drops) = (Vec::new(), Vec::new());
    while !left.is_empty() {
        let is_referenced = |table: &Table| {
            let references =
                |other: &&Table| other.name != table.name && other.foreign_keys.iter().any(|key| is_of(key, table));
            left.iter().any(references)
        };
        let at = left.iter().position(|table| !is_referenced(table)).unwrap_or_default();
        let table = left.swap_remove(at);
        for other in left.iter().filter(|other| other.foreign_keys.iter().any(|key| is_of(key, table))) {
            let cyclic = other.foreign_keys.iter().filter(|key| is_of(key, table));
            keys.extend(cyclic.map(|key| change(other, Change::DropForeignKey(key.clone()))));
        }
        drops.push(change(table, Change::DropTable(Box::new(table.clone()))));
    }
    keys.into_iter().chain(drops).collect()
}

fn is_of(key: &crate::schema::ForeignKey, table: &Table) -> bool {
    key.referenced_database.is_none() && key.referenced_table == table.name
}

fn change(table: &Table, change: Change) -> TableChange {
    TableChange { table: table.name.clone(), change }
}
