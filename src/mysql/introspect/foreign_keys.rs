//! Reads foreign keys from `information_schema.KEY_COLUMN_USAGE`, which has a row for each of their columns.

use super::scope::{Scope, identifier};
use crate::mysql::Row;
use crate::mysql::session::select_list;
use crate::schema::{ForeignKey, Identifier, ReferentialAction};

select_list! {
    pub(super) enum Field() {
        Table = "CAST(k.TABLE_NAME AS CHAR)",
        Name = "CAST(k.CONSTRAINT_NAME AS CHAR)",
        Column = "CAST(k.COLUMN_NAME AS CHAR)",
        ReferencedDatabase = "CAST(k.REFERENCED_TABLE_SCHEMA AS CHAR)",
        ReferencedTable = "CAST(k.REFERENCED_TABLE_NAME AS CHAR)",
        ReferencedColumn = "CAST(k.REFERENCED_COLUMN_NAME AS CHAR)",
        OnDelete = "CAST(r.DELETE_RULE AS CHAR)",
        OnUpdate = "CAST(r.UPDATE_RULE AS CHAR)",
    }
}

/// Returns the SELECT.
pub(super) fn query(scope: Scope<'_>) -> String {
    format!(
        "SELECT {} FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r \
         ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME \
         AND r.TABLE_NAME = k.TABLE_NAME \
         WHERE {} AND {} AND k.REFERENCED_TABLE_NAME IS NOT NULL \
         ORDER BY k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION",
        Field::select(),
        scope.filter("k.TABLE_SCHEMA", "k.TABLE_NAME"),
        scope.filter("r.CONSTRAINT_SCHEMA", "r.TABLE_NAME"),
    )
}

/// Reads the foreign keys of one table of `database`.
///
/// # Errors
/// A name can't be read.
pub(super) fn read(rows: &[Row], database: &Identifier) -> Result<Vec<ForeignKey>, String> {
    let mut keys: Vec<ForeignKey> = Vec::new();
    for row in rows {
        let name = identifier(row.text(Field::Name))?;
        let column = identifier(row.text(Field::Column))?;
        let referenced = identifier(row.text(Field::ReferencedColumn))?;
        if let Some(key) = keys.last_mut().filter(|key| key.name == name) {
            key.columns.push(column);
            key.referenced_columns.push(referenced);
            continue;
        }
        let referenced_database = row.text(Field::ReferencedDatabase);
        let is_elsewhere = referenced_database != database.as_str();
        keys.push(ForeignKey {
            name,
            columns: vec![column],
            referenced_database: is_elsewhere.then(|| identifier(referenced_database)).transpose()?,
            referenced_table: identifier(row.text(Field::ReferencedTable))?,
            referenced_columns: vec![referenced],
            on_delete: read_action(row.text(Field::OnDelete)),
            on_update: read_action(row.text(Field::OnUpdate)),
        });
    }
    Ok(keys)
}

fn read_action(rule: &str) -> ReferentialAction {
    match rule {
        "CASCADE" => ReferentialAction::Cascade,
        "SET NULL" => ReferentialAction::SetNull,
        "SET DEFAULT" => ReferentialAction::SetDefault,
        _ => ReferentialAction::Restrict,
    }
}
