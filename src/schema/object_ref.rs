//! A reference to something that can be declared: a table, or an object in it.

use std::fmt;

use super::{Column, Identifier};

/// A table, or an object in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRef {
    pub table: Identifier,
    pub object: TableObject,
}

/// The object of a table, or the table itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableObject {
    Table,
    PrimaryKey,
    Options,
    Partitioning,
    Column(Identifier),
    Index(Identifier),
    ForeignKey(Identifier),
    Check(Identifier),
}

impl TableObject {
    /// Returns whether the object belongs to a primary key that the server generated, with this column.
    pub fn is_of_generated_key(&self, generated: &Column) -> bool {
        match self {
            Self::PrimaryKey => true,
            Self::Column(name) => generated.name == *name,
            Self::Table
            | Self::Options
            | Self::Partitioning
            | Self::Index(_)
            | Self::ForeignKey(_)
            | Self::Check(_) => false,
        }
    }
}

/// As steps and conditions name it.
impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = &self.table;
        match &self.object {
            TableObject::Table => write!(f, "table {table}"),
            TableObject::PrimaryKey => write!(f, "primary key of {table}"),
            TableObject::Options => write!(f, "options of {table}"),
            TableObject::Partitioning => write!(f, "partitions of {table}"),
            TableObject::Column(name) => write!(f, "column {table}.{name}"),
            TableObject::Index(name) => write!(f, "index {table}.{name}"),
            TableObject::ForeignKey(name) => write!(f, "foreign key {table}.{name}"),
            TableObject::Check(name) => write!(f, "check {table}.{name}"),
        }
    }
}
