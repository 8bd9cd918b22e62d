//! The kinds of named objects in a table, and how to find one.

use crate::schema::{DeclaredTable, Identifier, StoredNames, Table, TableObject};

/// A kind of object in a table. Names are unique within a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectKind {
    Column,
    Index,
    ForeignKey,
    Check,
}

impl ObjectKind {
    /// All kinds, in a fixed order.
    pub const ALL: [Self; 4] = [Self::Column, Self::Index, Self::ForeignKey, Self::Check];

    /// Returns the object of this kind and name.
    pub fn object(self, name: &Identifier) -> TableObject {
        let name = name.clone();
        match self {
            Self::Column => TableObject::Column(name),
            Self::Index => TableObject::Index(name),
            Self::ForeignKey => TableObject::ForeignKey(name),
            Self::Check => TableObject::Check(name),
        }
    }
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

    /// Returns the key with the table's name as a server stores it.
    #[must_use]
    pub fn with_stored_names(self, names: &StoredNames) -> Self {
        Self { table: names.table(&self.table), ..self }
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

/// The name and the former names of a declared object.
#[derive(Debug, Clone, Copy)]
pub struct DeclaredNames<'a> {
    pub name: &'a Identifier,
    pub former: &'a [Identifier],
}

/// Returns the names of the declared objects of one kind.
pub fn declared_of(table: &DeclaredTable, kind: ObjectKind) -> Vec<DeclaredNames<'_>> {
    match kind {
        ObjectKind::Column => {
            table.columns.iter().map(|one| DeclaredNames { name: &one.name, former: &one.renamed_from }).collect()
        }
        ObjectKind::Index => {
            table.indexes.iter().map(|one| DeclaredNames { name: &one.name, former: &one.renamed_from }).collect()
        }
        ObjectKind::ForeignKey => {
            table.foreign_keys.iter().map(|one| DeclaredNames { name: &one.name, former: &[] }).collect()
        }
        ObjectKind::Check => table.checks.iter().map(|one| DeclaredNames { name: &one.name, former: &[] }).collect(),
    }
}

/// Returns the names of one kind that are declared absent.
pub fn absent_of(table: &DeclaredTable, kind: ObjectKind) -> &[Identifier] {
    match kind {
        ObjectKind::Column => &table.absent.columns,
        ObjectKind::Index => &table.absent.indexes,
        ObjectKind::ForeignKey => &table.absent.foreign_keys,
        ObjectKind::Check => &table.absent.checks,
    }
}

/// Whether a table's declaration concerns an object of this name.
pub fn is_declared(table: &DeclaredTable, kind: ObjectKind, name: &Identifier) -> bool {
    declared_of(table, kind).iter().any(|other| other.name.matches(name))
        || absent_of(table, kind).iter().any(|absent| absent.matches(name))
}
