//! What a database is to look like.

use super::rename::Rename;
use crate::schema::{DeclaredColumn, Identifier, Position, Table};

/// What a database is to look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub tables: Vec<TableTarget>,
    /// Live tables to be dropped.
    pub dropped: Vec<Identifier>,
}

/// What one table is to look like, with what the comparison needs beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableTarget {
    pub table: Table,
    /// The live table after its renames; `None` where there is none.
    pub base: Option<Table>,
    /// The live name, where it is another.
    pub renamed_from: Option<Identifier>,
    /// Live columns and indexes that are declared under another name.
    pub renamed_columns: Vec<Rename>,
    pub renamed_indexes: Vec<Rename>,
    /// Whether some of these take each other's names: then they are renamed before anything else is compared.
    pub has_cycle: bool,
    /// The declared positions of columns. All other columns stay where they are.
    pub positions: Vec<ColumnPosition>,
    /// The number to raise `AUTO_INCREMENT` to, where the live counter is below what is declared.
    pub auto_increment: Option<u64>,
}

/// The declared position of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnPosition {
    pub column: Identifier,
    pub position: Position,
}

impl ColumnPosition {
    /// Returns the position of a column, where one is declared.
    pub fn of(column: &DeclaredColumn) -> Option<Self> {
        Some(Self { column: column.name.clone(), position: column.position.clone()? })
    }
}
