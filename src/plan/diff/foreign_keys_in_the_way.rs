//! Foreign keys that are in the way of a plan. The servers change the type of neither side of one (1832, 1833, 3780; tried
//! on MySQL 9.7, MariaDB 10.11 and 11.8), with `foreign_key_checks` off neither. So it is dropped first, and returns when
//! both sides fit again. The same holds where a copy renames its column.

use crate::plan::change::{Change, TableChange};
use crate::plan::target::Target;
use crate::schema::{Column, DataType, ForeignKey, Identifier, KeyPart, Schema, Table};

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

/// Drops each such key and adds it again. A table that is dropped takes its keys along before.
pub fn keys_around(target: &Target, changes: &[TableChange], live: &Schema) -> Vec<TableChange> {
    let mut around = Vec::new();
    for table in live.tables.iter().filter(|table| !target.dropped.contains(&table.name)) {
        let of_table = target.tables.iter().find(|target| target.table.name == table.name);
        // Its columns have their new names.
        let base = of_table.and_then(|target| target.base.as_ref()).unwrap_or(table);
        for key in base.foreign_keys.iter().filter(|key| key.referenced_database.is_none()) {
            let in_the_way = is_in_the_way(key, table, changes) || is_renamed_in_a_copy(key, table, changes, live);
            if !in_the_way || is_dropped(key, table, changes) {
                continue;
            }
            let after = of_table.and_then(|target| target.table.foreign_key(&key.name)).unwrap_or(key);
            let change = |change| TableChange { table: table.name.clone(), change };
            around.push(change(Change::DropForeignKey(key.clone())));
            around.push(change(Change::AddForeignKey(after.clone())));
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
        let checked = |change: &Change| matches!(change, Change::AddCheck(check) if check.expression.names_column(to));
        KeyOfTable { key, table: &table.name }.has_column(changed, to)
            && changes.iter().any(|other| other.table == *changed && checked(&other.change))
    })
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
        | Change::RestoreForeignKey(_)
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

/// Whether a key goes and returns around a change of a column. For other changes it is refused, or goes for good.
fn is_in_the_way(key: &ForeignKey, table: &Table, changes: &[TableChange]) -> bool {
    let key = KeyOfTable { key, table: &table.name };
    changes.iter().any(|TableChange { table: changed, change }| {
        matches!(change, Change::ModifyColumn { .. }) && is_hindered(change, changed, key)
    })
}

fn is_dropped(key: &ForeignKey, table: &Table, changes: &[TableChange]) -> bool {
    changes.iter().any(|TableChange { table: changed, change }| {
        *changed == table.name && matches!(change, Change::DropForeignKey(dropped) if dropped.name == key.name)
    })
}
