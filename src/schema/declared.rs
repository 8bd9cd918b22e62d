//! What somebody declared of a schema: the model with every attribute optional. An attribute that is `None` is not
//! declared, and never touched.

use super::{ColumnDefault, DataType, Generated, Identifier, IndexAlgorithm, IndexKind, KeyPart};

/// All that one resource declares of a database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeclaredSchema {
    pub tables: Vec<DeclaredTable>,
}

/// What is declared of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredTable {
    pub name: Identifier,
    pub columns: Vec<DeclaredColumn>,
    pub primary_key: Option<Vec<KeyPart>>,
    pub indexes: Vec<DeclaredIndex>,
    pub options: DeclaredOptions,
}

/// What is declared of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredColumn {
    pub name: Identifier,
    pub data_type: Option<DataType>,
    pub nullable: Option<bool>,
    pub default: Option<ColumnDefault>,
    pub on_update_now: Option<bool>,
    pub auto_increment: Option<bool>,
    pub generated: Option<Generated>,
    pub charset: Option<String>,
    pub collation: Option<String>,
    pub comment: Option<String>,
    pub visible: Option<bool>,
    pub srid: Option<u32>,
    pub position: Option<Position>,
}

/// Where a column stands among its neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    First,
    After(Identifier),
}

/// What is declared of one secondary index. Its parts are what makes it this index, so they are always stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredIndex {
    pub name: Identifier,
    pub parts: Vec<KeyPart>,
    pub kind: IndexKind,
    pub algorithm: Option<IndexAlgorithm>,
    pub comment: Option<String>,
    pub visible: Option<bool>,
}

/// What is declared of a table's options.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeclaredOptions {
    pub engine: Option<String>,
    pub charset: Option<String>,
    pub collation: Option<String>,
    pub comment: Option<String>,
}
