//! Foreign keys and generated columns: what a key's actions would have to compute, and what no key can use. Each rule was
//! tried on MySQL 9.7, MariaDB 10.11 and 11.8. Also what the actions of a key write.

use crate::schema::{Column, Dialect, Expression, ForeignKey, Identifier, ReferentialAction, Storage, Table};

/// Returns why the server has no such key beside the generated columns of its tables; `None` where they permit it.
pub fn generated_in_key(key: &ForeignKey, table: &Table, referenced: &Table, dialect: Dialect) -> Option<String> {
    of_virtual(key, table, referenced, dialect)
        .or_else(|| sets_generated(key, table))
        .or_else(|| sets_base(key, table, dialect))
}

/// MySQL has no key over a virtual column, and none that refers to one (3733).
fn of_virtual(key: &ForeignKey, table: &Table, referenced: &Table, dialect: Dialect) -> Option<String> {
    let is_virtual = |column: &&Column| column.generated().is_some_and(|own| own.storage == Storage::Virtual);
    let sides = [(table, &key.columns), (referenced, &key.referenced_columns)];
    let mut columns = sides.into_iter().flat_map(|(table, names)| named(table, names));
    let column = columns.find(is_virtual).filter(|_| !dialect.is_mariadb())?;
    let name = &column.name;
    Some(format!(
        "column {name} is virtual, and no foreign key can use it (3733); declare it Stored, or remove the key"
    ))
}

/// A generated column takes no other value (3104, on MariaDB 1905).
fn sets_generated(key: &ForeignKey, table: &Table) -> Option<String> {
    let mut columns = named(table, &key.columns);
    let column = columns.find(|column| column.generated().is_some()).filter(|_| changes_rows(key))?;
    let name = &column.name;
    Some(format!(
        "the key's actions would write to column {name}, which is generated (3104, 1905); declare other actions, or \
         remove the key"
    ))
}

/// No action computes a stored column (1215, on MariaDB 1901). MySQL refuses one that deletes the row as well.
fn sets_base(key: &ForeignKey, table: &Table, dialect: Dialect) -> Option<String> {
    let acts = changes_rows(key) || !dialect.is_mariadb() && key.on_delete == ReferentialAction::Cascade;
    let stored = |column: &Column| {
        let base = stored_base(key, column)?;
        Some(format!(
            "stored column {} is computed from {base}, which the key's actions would change (1215, 1901); declare other \
             actions, or remove the key",
            column.name
        ))
    };
    table.columns.iter().filter(|_| acts).find_map(stored)
}

/// Returns the column of the key from which this column's stored value is computed.
pub fn stored_base<'a>(key: &'a ForeignKey, column: &Column) -> Option<&'a Identifier> {
    let generated = column.generated().filter(|generated| generated.storage == Storage::Stored)?;
    column_in(key, &generated.expression)
}

/// Returns the first column of the key that an expression names.
pub fn column_in<'a>(key: &'a ForeignKey, expression: &Expression) -> Option<&'a Identifier> {
    key.columns.iter().find(|column| expression.names_column(column))
}

/// Whether an action of the key sets its columns to NULL.
pub fn sets_null(key: &ForeignKey) -> bool {
    [key.on_delete, key.on_update].contains(&ReferentialAction::SetNull)
}

/// Whether an action of the key changes rows with it. Deleting them changes none.
pub fn changes_rows(key: &ForeignKey) -> bool {
    let ForeignKey { on_delete, on_update, .. } = key;
    let sets = match on_delete {
        ReferentialAction::SetNull | ReferentialAction::SetDefault => true,
        ReferentialAction::Restrict | ReferentialAction::Cascade => false,
    };
    sets || *on_update != ReferentialAction::Restrict
}

fn named<'a>(table: &'a Table, names: &'a [Identifier]) -> impl Iterator<Item = &'a Column> {
    names.iter().filter_map(|name| table.column(name))
}
