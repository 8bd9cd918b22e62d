//! The removal of tables, in an order that foreign keys permit.

use crate::plan::change::{Change, TableChange};
use crate::schema::{ForeignKey, Identifier, Schema, Table};

/// Drops the constraints of dropped tables whose names a new constraint takes. They go first: the names of MySQL's checks
/// (3822) and of both servers' foreign keys (1826, errno 121) are unique in the database.
pub fn freed_names(dropped: &[Identifier], changes: &[TableChange], live: &Schema) -> Vec<TableChange> {
    let (mut checks, mut keys) = (Vec::new(), Vec::new());
    for change in changes {
        match &change.change {
            Change::AddForeignKey(key) => keys.push(&key.name),
            Change::AddCheck(check) => checks.push(&check.name),
            Change::CreateTable(table) => checks.extend(table.checks.iter().map(|check| &check.name)),
            _ => {}
        }
    }
    if live.dialect.is_mariadb() {
        checks.clear();
    }
    let mut freed = Vec::new();
    for table in dropped.iter().filter_map(|name| live.table(name)) {
        let is_taken = |names: &[&Identifier], name: &Identifier| names.iter().any(|taken| taken.matches(name));
        let of_keys = table.foreign_keys.iter().filter(|key| is_taken(&keys, &key.name));
        freed.extend(of_keys.map(|key| change(table, Change::DropForeignKey(key.clone()))));
        let of_checks = table.checks.iter().filter(|check| is_taken(&checks, &check.name));
        freed.extend(of_checks.map(|check| change(table, Change::DropCheck(check.clone()))));
    }
    freed
}

/// Drops each table, those that reference others first. Where tables reference each other, their keys go before.
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

fn is_of(key: &ForeignKey, table: &Table) -> bool {
    key.refers_to(&table.name)
}

fn change(table: &Table, change: Change) -> TableChange {
    TableChange { table: table.name.clone(), change }
}
