//! `CREATE TABLE` text: what of it a server may be given, and what of it counts as declared.
//!
//! The text of a person never reaches a server. It is cut into tokens, each statement is recognised as one plain
//! `CREATE TABLE`, and what is sent is written anew from those tokens, without comments. A server makes the tables in a
//! scratch database, and what it then reports is what they mean; which attributes are declared is what was written.

mod cursor;
mod definition;
mod dump;
mod options;
mod partitions;
mod statement;
mod written;

#[cfg(test)]
mod tests;

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::plan::{Refusal, RefusalKind};
use crate::schema::{Identifier, Token, tokenize};

pub use dump::{is_sql, without_dump};
pub use written::declare_written;

/// The longest text that is read, in bytes: what a ConfigMap holds.
const MAX_BYTES: usize = 1 << 20;

/// The most tables, as in `spec.tables`.
const MAX_TABLES: usize = 1000;

/// `CREATE TABLE` statements that may be given to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    pub tables: Vec<TableText>,
}

/// One `CREATE TABLE` statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableText {
    pub name: Identifier,
    /// Where it begins, counted from 1.
    pub line: usize,
    /// The statement, written anew from its tokens: without comments, and without what is no part of a definition
    /// (`IF NOT EXISTS`, the counter of `AUTO_INCREMENT=n`).
    pub sql: String,
    /// What is written of each column, in their order.
    pub columns: Vec<ColumnText>,
    /// The plain indexes that are written, which tells them from those that a server makes for foreign keys.
    pub indexes: Vec<IndexText>,
    /// How many foreign keys are written.
    pub foreign_keys: usize,
    /// The table options that are written.
    pub options: OptionsText,
}

/// What is written of a column. The rest of its definition is never left open: type and nullability are always said.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an attribute that is written or not")]
pub struct ColumnText {
    pub name: Identifier,
    pub default: bool,
    pub on_update: bool,
    pub charset: bool,
    pub collation: bool,
    pub comment: bool,
    pub visibility: bool,
    /// The type is the word JSON, which MariaDB reports as text with a check.
    pub json: bool,
}

/// A plain index: its name, where one is written, and the columns of its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexText {
    pub name: Option<Identifier>,
    pub columns: Vec<Identifier>,
}

/// The table options that the resource can say, written or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that is written or not")]
pub struct OptionsText {
    pub engine: bool,
    pub charset: bool,
    pub collation: bool,
    pub comment: bool,
}

/// What in a text is no plain `CREATE TABLE`, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {message}")]
pub struct ScriptError {
    pub line: usize,
    pub message: String,
}

impl Script {
    /// Reads a text of `CREATE TABLE` statements, each ended by a semicolon.
    ///
    /// # Errors
    /// Everything that is no plain `CREATE TABLE` of an unqualified name, the first fault of each statement.
    pub fn parse(text: &str) -> Result<Self, Vec<ScriptError>> {
        let lines = Lines(text);
        if text.len() > MAX_BYTES {
            return Err(vec![
                lines.fault(0, format!("the text has {} bytes; at most {MAX_BYTES} are read", text.len())),
            ]);
        }
        if let Some(at) = text.find('\0') {
            return Err(vec![lines.fault(at, "a NUL character has no place in SQL; remove it")]);
        }
        let tokens = tokenize(text).map_err(|error| vec![lines.fault(error.offset(), error.to_string())])?;
        let (tables, faults): (Vec<_>, Vec<_>) =
            statements(&tokens).map(|statement| statement::table(statement, lines)).partition(Result::is_ok);
        let faults: Vec<ScriptError> = faults.into_iter().filter_map(Result::err).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let tables: Vec<TableText> = tables.into_iter().flatten().collect();
        check_tables(&tables)?;
        Ok(Self { tables })
    }

    /// A digest of what a server is given: texts that differ in comments alone have the same.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for table in &self.tables {
            hash.update(format!("{table:?}"));
        }
        hash.finalize().into()
    }
}

fn check_tables(tables: &[TableText]) -> Result<(), Vec<ScriptError>> {
    let fault = |line, message: String| Err(vec![ScriptError { line, message }]);
    match tables.get(MAX_TABLES) {
        _ if tables.is_empty() => return fault(1, "there is no CREATE TABLE statement".to_owned()),
        Some(one_too_many) => {
            return fault(one_too_many.line, format!("at most {MAX_TABLES} tables can be declared"));
        }
        None => {}
    }
    let mut seen = std::collections::BTreeMap::new();
    for table in tables {
        if let Some(first) = seen.insert(table.name.folded(), table.line) {
            return fault(table.line, format!("table {} is declared in line {first} already", table.name));
        }
    }
    Ok(())
}

/// The statements of a text; what stands between two semicolons and is empty is none.
fn statements<'a, 't>(tokens: &'a [Token<'t>]) -> impl Iterator<Item = &'a [Token<'t>]> {
    tokens
        .split(|token| token.is_symbol(";"))
        .filter(|statement| statement.iter().any(|token| !cursor::is_remark(token)))
}

/// A text that offsets are turned into lines of.
#[derive(Debug, Clone, Copy)]
struct Lines<'a>(&'a str);

impl Lines<'_> {
    fn of(self, offset: usize) -> usize {
        self.0.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }

    fn fault(self, offset: usize, message: impl Into<String>) -> ScriptError {
        ScriptError { line: self.of(offset), message: message.into() }
    }
}

/// Faults as refusals of a spec.
#[must_use]
pub fn refusals(faults: &[ScriptError]) -> Vec<Refusal> {
    let refusal = |fault: &ScriptError| Refusal {
        path: "spec.ddl".to_owned(),
        kind: RefusalKind::Invalid,
        message: fault.to_string(),
    };
    faults.iter().map(refusal).collect()
}
