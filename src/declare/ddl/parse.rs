//! Reads a whole text: how long it is, how many tables it has, and that each is declared once.

use std::collections::BTreeMap;

use super::cursor::statements;
use super::error::{Lines, ScriptError};
use super::script::{Script, TableText};
use super::statement;
use crate::schema::tokenize;

/// The longest text that is read, in bytes: what a ConfigMap holds.
const MAX_BYTES: usize = 1 << 20;

/// The most tables, as in `spec.tables`.
const MAX_TABLES: usize = 1000;

impl Script {
    /// Reads a text of `CREATE TABLE` statements, each ended by a semicolon.
    ///
    /// # Errors
    /// The first error of each statement that is not a plain `CREATE TABLE` of an unqualified name.
    pub fn parse(text: &str) -> Result<Self, Vec<ScriptError>> {
        let lines = Lines(text);
        if text.len() > MAX_BYTES {
            return Err(vec![
                lines.error(0, format!("the text has {} bytes; at most {MAX_BYTES} are read", text.len())),
            ]);
        }
        if let Some(at) = text.find('\0') {
            return Err(vec![lines.error(at, "a NUL character has no place in SQL; remove it")]);
        }
        let tokens = tokenize(text).map_err(|error| vec![lines.error(error.offset(), error.to_string())])?;
        let mut tables = Vec::new();
        let mut errors = Vec::new();
        for statement in statements(&tokens) {
            match statement::table(statement, lines) {
                Ok(table) => tables.push(table),
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        check_tables(&tables)?;
        Ok(Self { tables })
    }
}

fn check_tables(tables: &[TableText]) -> Result<(), Vec<ScriptError>> {
    let error = |line, message: String| Err(vec![ScriptError { line, message }]);
    match tables.get(MAX_TABLES) {
        _ if tables.is_empty() => return error(1, "there is no CREATE TABLE statement".to_owned()),
        Some(one_too_many) => {
            return error(one_too_many.line, format!("at most {MAX_TABLES} tables can be declared"));
        }
        None => {}
    }
    let mut seen = BTreeMap::new();
    for table in tables {
        if let Some(first) = seen.insert(&table.name, table.line) {
            return error(table.line, format!("table {} is declared in line {first} already", table.name));
        }
    }
    Ok(())
}
