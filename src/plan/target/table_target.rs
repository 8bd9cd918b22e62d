//! What a database is to look like.

use crate::schema::{Identifier, Position, Table};

/// What a database is to look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub tables: Vec<TableTarget>,
    /// Live tables that are to be gone.
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
    /// Live columns and indexes that are declared under another name: from, to.
    pub renamed_columns: Vec<(Identifier, Identifier)>,
    pub renamed_indexes: Vec<(Identifier, Identifier)>,
    /// Whether some of these take each other's names: then they are renamed before anything else is compared.
    pub has_cycle: bool,
    /// The position that is declared for a column, by its name. All others stay where they are.
    pub positions: Vec<(Identifier, Position)>,
    /// What `AUTO_INCREMENT` is to be raised to, where the live counter is below what is declared.
    pub auto_increment: Option<u64>,
}
