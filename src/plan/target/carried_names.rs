//! The names of tables and columns in foreign keys of tables that are not declared. The servers carry a rename into them
//! (tried on MySQL 9.7, MariaDB 10.11 and 11.8). Those of declared tables follow in `table_base`.

use std::borrow::Cow;

use super::rename::{NameEquality, Rename, renames};
use crate::plan::change::{DeclaredNames, ObjectKind, declared_of};
use crate::schema::{DeclaredSchema, DeclaredTable, ForeignKey, Identifier, Schema, Table};

/// The names that a table and its columns get.
struct TableNames<'a> {
    live: &'a Identifier,
    declared: &'a Identifier,
    columns: Vec<Rename>,
}

/// Returns what is live, where the foreign keys of undeclared tables name what they refer to by the name that it will have.
pub fn carried<'a>(declared: &DeclaredSchema, live: &'a Schema) -> Cow<'a, Schema> {
    let names = new_names(declared, live);
    let is_renamed = |key: &ForeignKey| names.iter().any(|table| key.refers_to(table.live));
    let is_declared = |name: &Identifier| {
        declared.tables.iter().any(|table| table.name == *name || table.renamed_from.contains(name))
    };
    let mut keys = live.tables.iter().filter(|table| !is_declared(&table.name)).flat_map(|table| &table.foreign_keys);
    if !keys.any(is_renamed) {
        return Cow::Borrowed(live);
    }
    let with_names = |table: &Table| {
        let mut table = table.clone();
        if is_declared(&table.name) {
            return table;
        }
        for key in &mut table.foreign_keys {
            if let Some(names) = names.iter().find(|names| key.refers_to(names.live)) {
                names.carry_into(key);
            }
        }
        table
    };
    Cow::Owned(Schema { tables: live.tables.iter().map(with_names).collect(), ..live.clone() })
}

fn new_names<'a>(declared: &'a DeclaredSchema, live: &'a Schema) -> Vec<TableNames<'a>> {
    let live_names: Vec<&Identifier> = live.tables.iter().map(|table| &table.name).collect();
    let declared_names: Vec<DeclaredNames<'_>> =
        declared.tables.iter().map(|table| DeclaredNames { name: &table.name, former: &table.renamed_from }).collect();
    let tables = renames(&declared_names, &live_names, NameEquality::Stored, &|_| true).in_order;
    let of_table = |table: &'a DeclaredTable| {
        let from = tables.iter().find(|rename| rename.to == table.name).map_or(&table.name, |rename| &rename.from);
        let live = live.table(from)?;
        let names: Vec<&Identifier> = live.columns.iter().map(|column| &column.name).collect();
        let found = renames(&declared_of(table, ObjectKind::Column), &names, NameEquality::InAnyCase, &|_| true);
        let columns: Vec<Rename> = found.in_order.into_iter().chain(found.cycles.into_iter().flatten()).collect();
        let is_renamed = live.name != table.name || !columns.is_empty();
        is_renamed.then_some(TableNames { live: &live.name, declared: &table.name, columns })
    };
    declared.tables.iter().filter_map(of_table).collect()
}

impl TableNames<'_> {
    fn carry_into(&self, key: &mut ForeignKey) {
        key.referenced_table = self.declared.clone();
        for column in &mut key.referenced_columns {
            if let Some(rename) = self.columns.iter().find(|rename| rename.from.matches(column)) {
                column.clone_from(&rename.to);
            }
        }
    }
}
