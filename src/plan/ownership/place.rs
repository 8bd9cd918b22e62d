//! What a declaration speaks of: a table, or an object in it.

use std::fmt;

use crate::schema::{Identifier, KeyPart};

/// Something that can be declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRef {
    pub table: Identifier,
    pub object: TableObject,
}

/// Of a table: itself, or what is in it.
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

/// As [`super::Change::object`] names it.
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

/// The parts of a key, as a person writes them.
pub fn parts_text(parts: &[KeyPart]) -> String {
    parts.iter().map(KeyPart::to_string).collect::<Vec<_>>().join(", ")
}
