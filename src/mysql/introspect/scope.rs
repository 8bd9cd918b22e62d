//! Says which tables are read, and sorts the rows of a result by table.

use std::collections::HashMap;

use crate::mysql::session::Position;
use crate::mysql::{Row, Rows};
use crate::schema::{Identifier, quote_literal};

/// The part of a server that is read: a database, or one table of it.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub database: &'a Identifier,
    pub table: Option<&'a Identifier>,
}

/// The rows of a result by the table that they are about, in their order.
#[derive(Debug, Default)]
pub(super) struct RowsByTable(HashMap<String, Rows>);

impl Scope<'_> {
    /// Returns the condition on `information_schema`, whose columns of names are `schema` and `table`.
    pub(super) fn filter(self, schema: &str, table: &str) -> String {
        let database = quote_literal(self.database.as_str());
        match self.table {
            None => format!("{schema} = {database}"),
            Some(name) => format!("{schema} = {database} AND {table} = {}", quote_literal(name.as_str())),
        }
    }
}

impl RowsByTable {
    /// Sorts rows whose column `table` names the table.
    pub fn new(rows: Rows, table: impl Position + Copy) -> Self {
        let mut tables: HashMap<String, Rows> = HashMap::new();
        for row in rows {
            match tables.get_mut(row.text(table)) {
                Some(rows) => rows.push(row),
                None => {
                    tables.insert(row.text(table).to_owned(), vec![row]);
                }
            }
        }
        Self(tables)
    }

    /// Returns the rows about one table.
    pub fn of(&self, table: &Identifier) -> &[Row] {
        self.0.get(table.as_str()).map_or(&[], Vec::as_slice)
    }
}

/// Reads a name.
pub(super) fn identifier(text: &str) -> Result<Identifier, String> {
    Identifier::new(text).map_err(|error| error.to_string())
}
