//! A table, and the schema that holds it.

use super::{Column, Dialect, Expression, Identifier, Index, Partitioning, PrimaryKey, Tables};

/// The base tables of one database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    pub name: Identifier,
    pub dialect: Dialect,
    /// The database's own default character set and collation, which a new table takes.
    pub charset: String,
    pub collation: String,
    pub tables: Tables,
}

/// One base table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub name: Identifier,
    /// In their order in the table.
    pub columns: Vec<Column>,
    pub primary_key: Option<PrimaryKey>,
    pub indexes: Vec<Index>,
    pub foreign_keys: Vec<ForeignKey>,
    pub checks: Vec<Check>,
    pub options: TableOptions,
    pub partitioning: Option<Partitioning>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    pub name: Identifier,
    pub columns: Vec<Identifier>,
    /// Another database than the table's own.
    pub referenced_database: Option<Identifier>,
    pub referenced_table: Identifier,
    pub referenced_columns: Vec<Identifier>,
    pub on_delete: ReferentialAction,
    pub on_update: ReferentialAction,
}

/// What happens to the rows that refer to one that is deleted, or whose key is changed.
///
/// InnoDB treats `RESTRICT` and `NO ACTION` alike, and MariaDB prints neither; they are one here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferentialAction {
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

/// A table-level `CHECK`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub name: Identifier,
    pub expression: Expression,
    /// False for MySQL's `NOT ENFORCED`; MariaDB enforces always.
    pub enforced: bool,
}

/// Table options. `None` means that the table does not state the option.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableOptions {
    pub engine: Option<String>,
    pub charset: Option<String>,
    pub collation: Option<String>,
    pub comment: String,
    /// Everything else that `CREATE_OPTIONS` says (`row_format=DYNAMIC stats_persistent=1`), as the server prints it.
    pub create_options: String,
}

impl Schema {
    /// The table of exactly this name. Whether the server itself distinguishes case is its
    /// `lower_case_table_names`; the names here are spelled as it stores them.
    #[must_use]
    pub fn table(&self, name: &Identifier) -> Option<&Table> {
        self.tables.get(name)
    }
}

impl Table {
    /// The column of this name, in any case.
    #[must_use]
    pub fn column(&self, name: &Identifier) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.matches(name))
    }

    /// The secondary index of this name, in any case.
    #[must_use]
    pub fn index(&self, name: &Identifier) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name.matches(name))
    }

    /// The foreign key of this name, in any case.
    #[must_use]
    pub fn foreign_key(&self, name: &Identifier) -> Option<&ForeignKey> {
        self.foreign_keys.iter().find(|key| key.name.matches(name))
    }

    /// The check of this name, in any case.
    #[must_use]
    pub fn check(&self, name: &Identifier) -> Option<&Check> {
        self.checks.iter().find(|check| check.name.matches(name))
    }
}
