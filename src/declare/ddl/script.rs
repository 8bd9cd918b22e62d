//! What is written in `CREATE TABLE` text, as far as the operator has to know: the statements for a server, and which
//! attributes are declared.

use sha2::{Digest, Sha256};

use crate::schema::Identifier;

/// `CREATE TABLE` statements that may be given to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    pub tables: Vec<TableText>,
}

/// One `CREATE TABLE` statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableText {
    pub name: Identifier,
    /// The line in which it begins, counted from 1.
    pub line: usize,
    /// The statement, put together from its tokens: without comments, and without what is no part of a definition
    /// (`IF NOT EXISTS`, the counter of `AUTO_INCREMENT=n`).
    pub sql: String,
    /// What is written about each column, in their order.
    pub columns: Vec<ColumnText>,
    /// The plain indexes that are written, as opposed to those that a server makes for foreign keys.
    pub indexes: Vec<IndexText>,
    /// How many foreign keys are written.
    pub foreign_keys: usize,
    /// The table options that are written.
    pub options: OptionsText,
}

/// What is written about a column. Type and nullability are not here: each definition has them.
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

/// The table options of the resource, written or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that is written or not")]
pub struct OptionsText {
    pub engine: bool,
    pub charset: bool,
    pub collation: bool,
    pub comment: bool,
}

impl Script {
    /// Returns a digest of what a server is given: texts that differ in comments alone have the same.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for table in &self.tables {
            hash.update(format!("{table:?}"));
        }
        hash.finalize().into()
    }
}
