//! A declared schema: the model with every attribute optional. An attribute that is `None` is not declared, and never
//! touched.

use super::{
    ColumnDefault, DataType, Expression, ForeignKey, Generation, Identifier, IndexAlgorithm, IndexKind, KeyPart,
    Partition, PartitionMethod, TableStorage,
};

/// All that one resource declares of a database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeclaredSchema {
    pub tables: Vec<DeclaredTable>,
    /// Tables that must not exist.
    pub absent_tables: Vec<Identifier>,
}

impl DeclaredSchema {
    /// Edits the declared table of this name; where there is none, one that declares nothing but its name.
    pub fn edit_table(&mut self, name: &Identifier, edit: impl FnOnce(&mut DeclaredTable)) {
        if let Some(table) = self.tables.iter_mut().find(|table| table.name == *name) {
            edit(table);
            return;
        }
        let mut table = DeclaredTable::named(name.clone());
        edit(&mut table);
        self.tables.push(table);
    }
}

/// What is declared of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredTable {
    pub name: Identifier,
    /// Names that the table may have had before.
    pub renamed_from: Vec<Identifier>,
    pub columns: Vec<DeclaredColumn>,
    pub primary_key: Option<Vec<KeyPart>>,
    pub indexes: Vec<DeclaredIndex>,
    pub foreign_keys: Vec<ForeignKey>,
    pub checks: Vec<DeclaredCheck>,
    pub options: DeclaredOptions,
    pub partitioning: Option<DeclaredPartitioning>,
    pub absent: AbsentObjects,
}

impl DeclaredTable {
    /// Returns a table that declares nothing but its name.
    pub fn named(name: Identifier) -> Self {
        Self {
            name,
            renamed_from: Vec::new(),
            columns: Vec::new(),
            primary_key: None,
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            options: DeclaredOptions::default(),
            partitioning: None,
            absent: AbsentObjects::default(),
        }
    }
}

/// Objects of a table that must not exist.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AbsentObjects {
    pub columns: Vec<Identifier>,
    pub indexes: Vec<Identifier>,
    pub foreign_keys: Vec<Identifier>,
    pub checks: Vec<Identifier>,
}

/// What is declared of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredColumn {
    pub name: Identifier,
    /// Names that the column may have had before.
    pub renamed_from: Vec<Identifier>,
    pub data_type: Option<DataType>,
    pub nullable: Option<bool>,
    pub default: Option<ColumnDefault>,
    pub on_update_now: Option<bool>,
    pub auto_increment: Option<bool>,
    pub generated: Option<Generation>,
    pub charset: Option<String>,
    pub collation: Option<String>,
    pub comment: Option<String>,
    pub visible: Option<bool>,
    pub srid: Option<u32>,
    pub compressed: Option<bool>,
    pub check: Option<Expression>,
    pub position: Option<Position>,
}

impl DeclaredColumn {
    /// Returns a column that declares nothing but its name.
    #[must_use]
    pub fn named(name: Identifier) -> Self {
        Self {
            name,
            renamed_from: Vec::new(),
            data_type: None,
            nullable: None,
            default: None,
            on_update_now: None,
            auto_increment: None,
            generated: None,
            charset: None,
            collation: None,
            comment: None,
            visible: None,
            srid: None,
            compressed: None,
            check: None,
            position: None,
        }
    }
}

/// The position of a column in its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    First,
    After(Identifier),
}

/// What is declared of one secondary index. Its parts make it this index, so they are always declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredIndex {
    pub name: Identifier,
    /// Names that the index may have had before.
    pub renamed_from: Vec<Identifier>,
    pub parts: Vec<KeyPart>,
    pub kind: IndexKind,
    pub algorithm: Option<IndexAlgorithm>,
    pub comment: Option<String>,
    pub visible: Option<bool>,
    /// `KEY_BLOCK_SIZE` in KiB; 0 is none.
    pub key_block_size: Option<u32>,
}

impl DeclaredIndex {
    /// Returns an index that declares nothing but its parts and kind.
    #[must_use]
    pub fn of_kind(name: Identifier, parts: Vec<KeyPart>, kind: IndexKind) -> Self {
        Self {
            name,
            renamed_from: Vec::new(),
            parts,
            kind,
            algorithm: None,
            comment: None,
            visible: None,
            key_block_size: None,
        }
    }
}

/// What is declared of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredCheck {
    pub name: Identifier,
    pub expression: Expression,
    pub enforced: Option<bool>,
}

/// What is declared of a table's options.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeclaredOptions {
    pub engine: Option<String>,
    pub charset: Option<String>,
    pub collation: Option<String>,
    pub comment: Option<String>,
    /// `None` is not declared. The row format `DEFAULT`, a block size of 0 and the compression `NONE` declare none.
    pub storage: TableStorage,
    /// The least number that the next row may get.
    pub auto_increment: Option<u64>,
}

/// How a table's rows are divided, as declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredPartitioning {
    pub method: PartitionMethod,
    pub partitions: DeclaredPartitions,
}

/// Which partitions are declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeclaredPartitions {
    Undeclared,
    Count(u32),
    Named(Vec<Partition>),
}
