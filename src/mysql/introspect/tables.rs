//! Reads which tables there are, their options, and the defaults of their database.

use super::scope::{Scope, identifier};
use crate::mysql::Row;
use crate::mysql::session::select_list;
use crate::schema::{Identifier, TableOptions, TableStorage, quote_literal};

select_list! {
    enum DatabaseField() {
        Name = "CAST(SCHEMA_NAME AS CHAR)",
        Charset = "CAST(DEFAULT_CHARACTER_SET_NAME AS CHAR)",
        Collation = "CAST(DEFAULT_COLLATION_NAME AS CHAR)",
    }
}

select_list! {
    enum Field() {
        Name = "CAST(TABLE_NAME AS CHAR)",
        Kind = "CAST(TABLE_TYPE AS CHAR)",
        Engine = "CAST(ENGINE AS CHAR)",
        Collation = "CAST(TABLE_COLLATION AS CHAR)",
        CreateOptions = "CAST(CREATE_OPTIONS AS CHAR)",
        Comment = "CAST(TABLE_COMMENT AS CHAR)",
    }
}

/// A database: its name as the server stores it, and the character set and collation that its new tables get.
#[derive(Debug)]
pub(super) struct DatabaseDefaults {
    pub name: Identifier,
    pub charset: String,
    pub collation: String,
}

/// Returns the SELECT of a database's defaults; of one that is absent or hidden it returns no row.
pub(super) fn database_query(scope: Scope<'_>) -> String {
    format!(
        "SELECT {} FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {}",
        DatabaseField::select(),
        quote_literal(scope.database.as_str())
    )
}

/// Returns the SELECT of the tables.
pub(super) fn query(scope: Scope<'_>) -> String {
    format!(
        "SELECT {} FROM information_schema.TABLES WHERE {}",
        Field::select(),
        scope.filter("TABLE_SCHEMA", "TABLE_NAME")
    )
}

/// Reads a row of [`database_query`].
///
/// # Errors
/// The name can't be read.
pub(super) fn read_defaults(row: &Row) -> Result<DatabaseDefaults, String> {
    Ok(DatabaseDefaults {
        name: identifier(row.text(DatabaseField::Name))?,
        charset: row.text(DatabaseField::Charset).to_owned(),
        collation: row.text(DatabaseField::Collation).to_owned(),
    })
}

/// Returns the name in a row of [`query`], which may be that of a view.
pub(super) fn name(row: &Row) -> &str {
    row.text(Field::Name)
}

/// Reads the name of a table.
///
/// # Errors
/// It is no table.
pub(super) fn read_name(row: &Row) -> Result<Identifier, String> {
    match row.text(Field::Kind) {
        "BASE TABLE" => identifier(name(row)),
        kind => Err(format!("it is no base table but a {}", kind.to_ascii_lowercase())),
    }
}

/// Reads the options of a table.
pub(super) fn read_options(row: &Row) -> TableOptions {
    let collation = row.optional(Field::Collation).map(str::to_owned);
    let mut options = TableOptions {
        engine: row.optional(Field::Engine).map(str::to_owned),
        // A collation's name begins with its character set's.
        charset: collation.as_deref().and_then(|name| name.split('_').next()).map(str::to_owned),
        collation,
        comment: row.text(Field::Comment).to_owned(),
        storage: TableStorage::default(),
        create_options: String::new(),
    };
    // Reads `storage` and `create_options`.
    options.read_create_options(row.text(Field::CreateOptions));
    options
}
