//! The kinds of named objects in a table, and how to find one.

use crate::schema::{DeclaredTable, Identifier, Table};

/// A kind of object in a table. Names are unique within a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectKind {
    Column,
    Index,
    ForeignKey,
    Check,
}

/// One object of one table, by its name in any case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectKey {
    table: Identifier,
    kind: ObjectKind,
    /// In lower case.
    name: String,
}

impl ObjectKey {
    /// The key of this object.
    pub fn new(table: &Identifier, kind: ObjectKind, name: &Identifier) -> Self {
        Self { table: table.clone(), kind, name: name.folded() }
    }
}

/// Whether a table has an object of this name.
pub fn is_live(table: &Table, kind: ObjectKind, name: &Identifier) -> bool {
    match kind {
        ObjectKind::Column => table.column(name).is_some(),
        ObjectKind::Index => table.index(name).is_some(),
        ObjectKind::ForeignKey => table.foreign_key(name).is_some(),
        ObjectKind::Check => table.check(name).is_some(),
    }
}

/// Returns the declared objects of one kind, each as its name and its former names.
pub fn declared_of(table: &DeclaredTable, kind: ObjectKind) -> Vec<(&Identifier, &[Identifier])> {
    match kind {
        ObjectKind::Column => table.columns.iter().map(|c| (&c.name, c.renamed_from.as_slice())).collect(),
        ObjectKind::Index => table.indexes.iter().map(|i| (&i.name, i.renamed_from.as_slice())).collect(),
        ObjectKind::ForeignKey => table.foreign_keys.iter().map(|key| (&key.name, [].as_slice())).collect(),
        ObjectKind::Check => table.checks.iter().map(|check| (&check.name, [].as_slice())).collect(),
    }
}
