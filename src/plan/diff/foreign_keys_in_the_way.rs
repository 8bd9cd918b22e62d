//! Foreign keys that are in the way of a plan. The servers change the type of neither side of one (1832, 1833, 3780; tried
//! on MySQL 9.7, MariaDB 10.11 and 11.8). So it is dropped first, and returns when both sides fit again. The same holds
//! where a copy renames its column, and for a table that is dropped anyway.

use std::collections::HashMap;

use crate::plan::change::{Change, TableChange};
use crate::plan::target::{TableTarget, Target, same_foreign_key};
use crate::schema::{Column, DataType, DeclaredSchema, ForeignKey, Identifier, KeyPart, Schema, Table};

/// A foreign key, with the table that has it.
#[derive(Debug, Clone, Copy)]
pub struct KeyOfTable<'a> {
    pub key: &'a ForeignKey,
    pub table: &'a Identifier,
}

impl KeyOfTable<'_> {
    /// Whether one of its sides has this column of `table`.
    pub fn has_column(self, table: &Identifier, column: &Identifier) -> bool {
        let is_of = |columns: &[Identifier]| columns.iter().any(|name| name.matches(column));
        self.table == table && is_of(&self.key.columns)
            || self.key.refers_to(table) && is_of(&self.key.referenced_columns)
    }
}

/// Drops each such key and adds it again. Only a declared key is dropped: if the operator ended in between, no record
/// would show that another one has to return.
pub fn keys_around(
    target: &Target,
    declared: &DeclaredSchema,
    changes: &[TableChange],
    live: &Schema,
) -> Vec<TableChange> {
    let targets = target.tables.iter().map(|target| (&target.table.name, target)).collect();
    let after = TablesAfter { targets, live };
    let mut around = Vec::new();
    for table in &live.tables {
        for key in after.keys_of(table).iter().filter(|key| key.referenced_database.is_none()) {
            let goes = target.dropped.contains(&table.name);
            let in_the_way = is_in_the_way(key, table, changes)
                || is_renamed_in_a_copy(key, table, changes, live)
                || goes && is_of_another_engine(key, changes);
            if !in_the_way || is_dropped(key, table, changes) {
                continue;
            }
            let change = |change| TableChange { table: table.name.clone(), change };
            if goes {
                around.push(change(Change::DropForeignKey(key.clone())));
            } else if after.is_declared(key, table, declared) && after.fits(key, table) {
                around.push(change(Change::DropForeignKey(key.clone())));
                around.push(change(Change::AddForeignKey(after.key(key, table).clone())));
            }
        }
    }
    around
}

/// Whether MySQL would have to rename a column of the key while it copies the table for a check that names the column.
/// It refuses that (1846).
fn is_renamed_in_a_copy(key: &ForeignKey, table: &Table, changes: &[TableChange], live: &Schema) -> bool {
    if live.dialect.is_mariadb() {
        return false;
    }
    changes.iter().any(|TableChange { table: changed, change }| {
        let Change::RenameColumn { to, .. } = change else { return false };
        let checked = |change: &Change| matches!(change, Change::AddCheck(check) if check.expression.mentions(to));
        KeyOfTable { key, table: &table.name }.has_column(changed, to)
            && changes.iter().any(|other| other.table == *changed && checked(&other.change))
    })
}

/// Whether the table that the key refers to gets another engine, which may have no foreign keys (3776, on MariaDB 1217).
fn is_of_another_engine(key: &ForeignKey, changes: &[TableChange]) -> bool {
    let changed = |change: &&TableChange| matches!(change.change, Change::SetEngine { .. });
    changes.iter().filter(changed).any(|change| key.refers_to(&change.table))
}

/// Whether the server refuses a change of `table` while a foreign key exists. MariaDB lets some pass that MySQL refuses,
/// and leaves a key then that refers to no index (a replaced primary key, tried on 10.11 and 11.8).
pub fn is_hindered(change: &Change, table: &Identifier, key: KeyOfTable<'_>) -> bool {
    let leads = |parts: &[KeyPart]| {
        let first = parts.first().and_then(KeyPart::column_name);
        let is_first =
            |columns: &[Identifier]| first.zip(columns.first()).is_some_and(|(one, other)| one.matches(other));
        key.table == table && is_first(&key.key.columns)
            || key.key.refers_to(table) && is_first(&key.key.referenced_columns)
    };
    match change {
        Change::ModifyColumn { from, to, .. } => key.has_column(table, &from.name) && is_refused(from, to),
        Change::DropColumn(column) => key.has_column(table, &column.name),
        Change::DropIndex(index) | Change::ReplaceIndex { from: index, .. } => leads(&index.parts),
        Change::DropPrimaryKey(primary) | Change::ReplacePrimaryKey { from: primary, .. } => leads(&primary.parts),
        Change::SetEngine { .. } | Change::Partition(_) => key.table == table || key.key.refers_to(table),
        Change::DropTable(_) => key.table != table && key.key.refers_to(table),
        Change::CreateTable(_)
        | Change::RenameTable { .. }
        | Change::AddColumn { .. }
        | Change::SetDefault { .. }
        | Change::SetColumnVisible { .. }
        | Change::RenameColumn { .. }
        | Change::RenameIndex { .. }
        | Change::AddIndex(_)
        | Change::SetIndexVisible { .. }
        | Change::AddPrimaryKey(_)
        | Change::ReplaceGeneratedKey { .. }
        | Change::AddForeignKey(_)
        | Change::DropForeignKey(_)
        | Change::AddCheck(_)
        | Change::DropCheck(_)
        | Change::ReplaceCheck { .. }
        | Change::SetCheckEnforced { .. }
        | Change::SetTableComment { .. }
        | Change::SetTableCharset { .. }
        | Change::SetStorage { .. }
        | Change::RaiseAutoIncrement { .. } => false,
    }
}

/// Whether the servers refuse to change a column in this way while a foreign key uses it. Members appended to an enum
/// are no change to them.
pub fn is_refused(from: &Column, to: &Column) -> bool {
    let is_appended = match (&from.data_type, &to.data_type) {
        (DataType::Enum(from), DataType::Enum(to)) | (DataType::Set(from), DataType::Set(to)) => {
            to.as_slice().starts_with(from.as_slice())
        }
        (from, to) => from == to,
    };
    !is_appended || from.charset != to.charset || from.collation != to.collation
}

fn is_in_the_way(key: &ForeignKey, table: &Table, changes: &[TableChange]) -> bool {
    changes.iter().any(|TableChange { table: changed, change }| {
        let Change::ModifyColumn { from, to, .. } = change else { return false };
        KeyOfTable { key, table: &table.name }.has_column(changed, &from.name) && is_refused(from, to)
    })
}

fn is_dropped(key: &ForeignKey, table: &Table, changes: &[TableChange]) -> bool {
    changes.iter().any(|TableChange { table: changed, change }| {
        *changed == table.name && matches!(change, Change::DropForeignKey(dropped) if dropped.name == key.name)
    })
}

/// The tables as they will be.
struct TablesAfter<'a> {
    targets: HashMap<&'a Identifier, &'a TableTarget>,
    live: &'a Schema,
}

impl TablesAfter<'_> {
    /// Whether the key of a live table is declared. A table that is renamed is compared only after that.
    fn is_declared(&self, key: &ForeignKey, table: &Table, declared: &DeclaredSchema) -> bool {
        let declared = declared.tables.iter().find(|declared| declared.name == table.name);
        let mut keys = declared.into_iter().flat_map(|table| &table.foreign_keys);
        self.base(table).is_some() && keys.any(|declared| same_foreign_key(declared, key))
    }

    /// Returns the keys of a live table with the names that renames give to their columns.
    fn keys_of<'b>(&'b self, table: &'b Table) -> &'b [ForeignKey] {
        &self.base(table).unwrap_or(table).foreign_keys
    }

    /// Returns a live table with the names that its columns will have, where it keeps its own.
    fn base(&self, table: &Table) -> Option<&Table> {
        self.targets.get(&table.name).filter(|target| target.renamed_from.is_none())?.base.as_ref()
    }

    /// Returns the key as it will be.
    fn key<'b>(&'b self, key: &'b ForeignKey, table: &Table) -> &'b ForeignKey {
        self.table(&table.name).and_then(|table| table.foreign_key(&key.name)).unwrap_or(key)
    }

    /// Whether the server will accept the key again: strings may differ in length, all else has to be equal.
    fn fits(&self, key: &ForeignKey, table: &Table) -> bool {
        let key = self.key(key, table);
        let (own, referenced) = (self.table(&table.name), self.table(&key.referenced_table));
        let (Some(own), Some(referenced)) = (own, referenced) else { return false };
        key.columns.iter().zip(&key.referenced_columns).all(|(column, referenced_column)| {
            let sides = own.column(column).zip(referenced.column(referenced_column));
            sides.is_some_and(|(column, referenced)| {
                let is_text = column.data_type.is_character() && referenced.data_type.is_character();
                let same_type = column.data_type == referenced.data_type || is_text;
                same_type && column.charset == referenced.charset && column.collation == referenced.collation
            })
        })
    }

    fn table(&self, name: &Identifier) -> Option<&Table> {
        self.targets.get(name).map(|target| &target.table).or_else(|| self.live.table(name))
    }
}
