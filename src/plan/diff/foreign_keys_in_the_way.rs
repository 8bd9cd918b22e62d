//! Foreign keys that are in the way of a plan. The servers change the type of neither side of one (1832, 1833, 3780; tried
//! on MySQL 9.7, MariaDB 10.11 and 11.8), with `foreign_key_checks` off neither. So it is dropped first, and returns when
//! both sides fit again. The same holds where a copy renames its column. Nor do they take what the actions of a key that is
//! there would contradict.

use super::generated_in_keys::{changes_rows, column_in, sets_null, stored_base};
use crate::plan::change::{Algorithm, Change, Step, TableChange};
use crate::plan::target::{Target, leads};
use crate::schema::{
    Column, DataType, Expression, ForeignKey, Identifier, Index, KeyOfTable, KeyPart, ReferentialAction, Schema, Table,
};

/// What its actions write, and so what can't be there beside it.
impl KeyOfTable<'_> {
    /// Whether its actions set this column to NULL, so that it can't be `NOT NULL` (1830, tried on MySQL 9.7, MariaDB 10.11
    /// and 11.8).
    fn sets_to_null(self, table: &Identifier, column: &Identifier) -> bool {
        sets_null(self.key) && self.table == table && self.key.columns.iter().any(|name| name.matches(column))
    }

    /// Whether its actions write to what a check names (3823, on MariaDB 1901; tried on the same).
    fn writes_to_one_of(self, table: &Identifier, expression: &Expression) -> bool {
        changes_rows(self.key) && self.table == table && column_in(self.key, expression).is_some()
    }

    /// Whether its actions write to what a column's check names, or its stored value is computed from (1215, on MariaDB
    /// 1901; tried on the same). For the latter, MySQL counts the action that deletes the row.
    fn writes_what_is_named(self, table: &Identifier, column: &Column) -> bool {
        let acts = changes_rows(self.key) || self.key.on_delete == ReferentialAction::Cascade;
        acts && self.table == table && stored_base(self.key, column).is_some()
            || column.check.as_ref().is_some_and(|check| self.writes_to_one_of(table, check))
    }
}

/// Drops each such key and adds it again. A table that is dropped takes its keys along before.
pub fn keys_around(target: &Target, changes: &[TableChange], live: &Schema) -> Vec<TableChange> {
    around(target, changes, live, |key| {
        let hinders = |TableChange { table, change }: &TableChange| {
            matches!(change, Change::ModifyColumn { .. }) && is_hindered(change, table, key)
        };
        changes.iter().any(hinders)
    })
}

/// Drops each key that is in the way of a step that copies its table, and adds it again.
pub fn keys_around_copies(target: &Target, changes: &[TableChange], steps: &[Step], live: &Schema) -> Vec<TableChange> {
    around(target, changes, live, |key| steps.iter().any(|step| is_copy_hindered(step, key)))
}

fn around(
    target: &Target,
    changes: &[TableChange],
    live: &Schema,
    is_in_the_way: impl Fn(KeyOfTable<'_>) -> bool,
) -> Vec<TableChange> {
    let mut around = Vec::new();
    let is_renamed =
        |table: &Table| target.tables.iter().any(|target| target.renamed_from.as_ref() == Some(&table.name));
    let stays = |table: &&Table| !target.dropped.contains(&table.name) && !is_renamed(table);
    for table in live.tables.iter().filter(stays) {
        let of_table = target.tables.iter().find(|target| target.table.name == table.name);
        // Its columns have their new names.
        let base = of_table.and_then(|target| target.base.as_ref()).unwrap_or(table);
        for key in base.foreign_keys.iter().filter(|key| key.referenced_database.is_none()) {
            if !is_in_the_way(KeyOfTable { key, table: &table.name }) || is_dropped(key, table, changes) {
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

/// Drops each index whose columns go, and whose name the server gives to the index that it makes for a new key (1061, tried
/// on MySQL 9.7, MariaDB 10.11 and 11.8). The columns go after that: until the new key is there, the former one may have to
/// come back.
pub fn indexes_around(target: &Target, changes: &[TableChange], live: &Schema) -> Vec<TableChange> {
    let of_table = |name: &Identifier| {
        let name = name.clone();
        changes.iter().filter(move |change| change.table == name).map(|TableChange { change, .. }| change)
    };
    let index_of = |table: &Identifier, key: &ForeignKey| {
        let is_led = target.tables.iter().any(|own| own.table.name == *table && leads(&own.table, &key.columns));
        let goes = |part: &KeyPart| {
            of_table(table).any(|change| matches!(change, Change::DropColumn(column) if part.is_of(&column.name)))
        };
        let is_dropped = |index: &Index| {
            of_table(table).any(|change| match change {
                Change::DropIndex(old) | Change::ReplaceIndex { from: old, .. } => old.name.matches(&index.name),
                _ => false,
            })
        };
        let index = live.table(table).and_then(|live| live.index(&key.name)).filter(|_| !is_led)?;
        (index.parts.iter().all(goes) && !is_dropped(index)).then(|| Change::DropIndex(index.clone()))
    };
    let around = changes.iter().filter_map(|TableChange { table, change }| match change {
        Change::AddForeignKey(key) => Some(TableChange { table: table.clone(), change: index_of(table, key)? }),
        _ => None,
    });
    around.collect()
}

/// Whether MySQL refuses a step that copies the table while the key exists: it renames a column of the key (1846), makes one
/// of its own `NOT NULL` (1832), or makes one count up by itself (1832, 1833). In place it does the former two (tried on 9.7;
/// MariaDB 10.11 and 11.8 do all in a copy).
pub fn is_copy_hindered(step: &Step, key: KeyOfTable<'_>) -> bool {
    if step.dialect.is_mariadb() || step.cost.algorithm != Algorithm::Copy {
        return false;
    }
    let is_own =
        |column: &Identifier| key.table == &step.table && key.key.columns.iter().any(|name| name.matches(column));
    step.changes.iter().any(|change| match change {
        // The key may have the former names of its columns, or those to come.
        Change::RenameColumn { from, to } => [from, to].into_iter().any(|name| key.has_column(&step.table, name)),
        Change::ModifyColumn { from, to, .. } => {
            from.nullable && !to.nullable && is_own(&to.name)
                || counts_up_now(from, to) && key.has_column(&step.table, &to.name)
        }
        _ => false,
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
        Change::ModifyColumn { from, to, .. } => {
            key.has_column(table, &from.name) && is_refused(from, to)
                || from.nullable && !to.nullable && key.sets_to_null(table, &to.name)
                || key.writes_what_is_named(table, to)
        }
        Change::AddColumn { column, .. } => key.writes_what_is_named(table, column),
        Change::AddCheck(check) | Change::ReplaceCheck { to: check, .. } => {
            key.writes_to_one_of(table, &check.expression)
        }
        Change::DropColumn(column) => key.has_column(table, &column.name),
        Change::DropIndex(index) | Change::ReplaceIndex { from: index, .. } => leads(&index.parts),
        Change::DropPrimaryKey(primary) | Change::ReplacePrimaryKey { from: primary, .. } => leads(&primary.parts),
        Change::SetEngine { .. } | Change::Partition(_) => key.table == table || key.key.refers_to(table),
        Change::DropTable(_) => key.table != table && key.key.refers_to(table),
        Change::CreateTable(_)
        | Change::RenameTable { .. }
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
        | Change::DropCheck(_)
        | Change::SetCheckEnforced { .. }
        | Change::SetTableComment { .. }
        | Change::SetTableCharset { .. }
        | Change::SetStorage { .. }
        | Change::RaiseAutoIncrement { .. } => false,
    }
}

/// Whether a change makes a column count up by itself, which MySQL refuses while a foreign key uses it (1832, 1833, tried on
/// 9.7).
pub fn counts_up_now(from: &Column, to: &Column) -> bool {
    !from.is_auto_increment() && to.is_auto_increment()
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

fn is_dropped(key: &ForeignKey, table: &Table, changes: &[TableChange]) -> bool {
    changes.iter().any(|TableChange { table: changed, change }| {
        *changed == table.name && matches!(change, Change::DropForeignKey(dropped) if dropped.name == key.name)
    })
}
