//! Who may say what of a database: declarations that contradict each other, what one resource requires of a schema that
//! others own, and which steps of a plan would break that.

mod contract;
mod contradiction;
mod index;
mod requirement;
mod spelling;

use std::fmt;

pub use contract::{Break, breaks};
pub(super) use contradiction::needs;
pub use contradiction::{Contradiction, contradictions, taken_names};
pub use requirement::{Unmet, unmet};
pub use spelling::{Spelling, spellings};

use crate::schema::{DeclaredSchema, DeclaredTable, Identifier, KeyPart, Position};

/// Something that can be declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
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
impl fmt::Display for Place {
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

/// Whether what is declared of a table can't do without this column.
pub(super) fn needs_column(table: &DeclaredTable, column: &Identifier) -> bool {
    let among = |parts: &[KeyPart]| parts.iter().any(|part| part.is_of(column));
    let after = |position: &Option<Position>| matches!(position, Some(Position::After(name)) if name.matches(column));
    table.columns.iter().any(|other| other.name.matches(column) || after(&other.position))
        || table.primary_key.as_deref().is_some_and(among)
        || table.indexes.iter().any(|index| among(&index.parts))
        || table.foreign_keys.iter().any(|key| key.columns.iter().any(|name| name.matches(column)))
}

/// Whether what is declared of a schema can't do without this table.
pub(super) fn needs_table(schema: &DeclaredSchema, name: &Identifier) -> bool {
    let refers = |table: &DeclaredTable| {
        table.foreign_keys.iter().any(|key| key.referenced_database.is_none() && key.referenced_table == *name)
    };
    schema.tables.iter().any(|table| table.name == *name || refers(table))
}

/// The parts of a key, as a person writes them.
fn parts_text(parts: &[KeyPart]) -> String {
    parts.iter().map(KeyPart::to_string).collect::<Vec<_>>().join(", ")
}
