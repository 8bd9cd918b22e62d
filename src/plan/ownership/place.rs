//! What a declaration speaks of: a table, or an object in it.

use std::fmt;

use crate::schema::{Identifier, KeyPart};

/// Something that can be declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRef {
    pub table: Identifier,
    pub object: Object,
}

/// Of a table: itself, or what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
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
            Object::Table => write!(f, "table {table}"),
            Object::PrimaryKey => write!(f, "primary key of {table}"),
            Object::Options => write!(f, "options of {table}"),
            Object::Partitioning => write!(f, "partitions of {table}"),
            Object::Column(name) => write!(f, "column {table}.{name}"),
            Object::Index(name) => write!(f, "index {table}.{name}"),
            Object::ForeignKey(name) => write!(f, "foreign key {table}.{name}"),
            Object::Check(name) => write!(f, "check {table}.{name}"),
        }
    }
}

/// The parts of a key, as a person writes them.
pub fn parts_text(parts: &[KeyPart]) -> String {
    parts.iter().map(KeyPart::to_string).collect::<Vec<_>>().join(", ")
}
