//! What a migration adds to a schema, and removes from it.

use std::fmt;

/// An object of a schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchemaObject {
    pub kind: ObjectKind,
    /// As it was written, with its schema where that is named.
    pub table: String,
    /// The name below the table; empty for the table itself, and for a key whose name the server chooses. Servers compare these names without regard to case, so
    /// [`SchemaObject::new`] writes them in lower case.
    pub name: String,
}

/// The kind of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    Table,
    Column,
    /// An index, unique or not: a unique constraint is one too.
    Index,
    ForeignKey,
    Check,
}

impl SchemaObject {
    pub fn table(table: &str) -> Self {
        Self { kind: ObjectKind::Table, table: table.to_owned(), name: String::new() }
    }

    pub fn new(kind: ObjectKind, table: &str, name: &str) -> Self {
        Self { kind, table: table.to_owned(), name: name.to_lowercase() }
    }

    /// Returns whether the object may be gone once the other one was removed: the server removes with a column the
    /// indexes and checks that have only that one.
    pub fn may_go_with(&self, other: &Self) -> bool {
        let of_the_table = self.table == other.table;
        self == other
            || of_the_table
                && match other.kind {
                    ObjectKind::Table => true,
                    ObjectKind::Column => match self.kind {
                        ObjectKind::Index | ObjectKind::ForeignKey | ObjectKind::Check => true,
                        ObjectKind::Table | ObjectKind::Column => false,
                    },
                    ObjectKind::Index | ObjectKind::ForeignKey | ObjectKind::Check => false,
                }
    }
}

impl fmt::Display for SchemaObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, table, name } = self;
        match kind {
            ObjectKind::Table => write!(f, "table {table}"),
            ObjectKind::Column => write!(f, "column {table}.{name}"),
            ObjectKind::Index => write!(f, "index {name} of table {table}"),
            ObjectKind::ForeignKey => write!(f, "foreign key {name} of table {table}"),
            ObjectKind::Check => write!(f, "check {name} of table {table}"),
        }
    }
}

/// A change of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaChange {
    pub action: Action,
    pub object: SchemaObject,
    pub line: usize,
    /// Whether it happens each time the migration runs: it is in no branch, and has no `IF EXISTS`.
    pub certain: bool,
}

/// What becomes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Add,
    /// Adds a table whose columns are not all known.
    AddInPart,
    /// Removes it, or gives it another name.
    Remove,
}

impl Action {
    pub fn adds(self) -> bool {
        match self {
            Self::Add | Self::AddInPart => true,
            Self::Remove => false,
        }
    }
}

/// A part of a migration whose effect is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    pub line: usize,
    pub what: String,
    pub effect: Effect,
}

/// What a part that is not read may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Adds,
    Removes,
    Any,
}

impl Effect {
    pub fn may_add(self) -> bool {
        match self {
            Self::Adds | Self::Any => true,
            Self::Removes => false,
        }
    }

    pub fn may_remove(self) -> bool {
        match self {
            Self::Removes | Self::Any => true,
            Self::Adds => false,
        }
    }
}

/// What is gathered of a migration's body, in its order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct SchemaChanges {
    pub changes: Vec<SchemaChange>,
    pub unread: Vec<Unread>,
}

/// Where a change is written, and whether it happens in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstance {
    pub line: usize,
    pub certain: bool,
}

impl SchemaChanges {
    pub fn add(&mut self, object: SchemaObject, circumstance: Circumstance) {
        self.push(Action::Add, object, circumstance);
    }

    /// Notes that a table gets a key whose name is not written.
    pub fn add_unnamed_key(&mut self, table: &str, line: usize) {
        self.add(SchemaObject::new(ObjectKind::Index, table, ""), Circumstance { line, certain: false });
    }

    pub fn add_in_part(&mut self, object: SchemaObject, circumstance: Circumstance) {
        self.push(Action::AddInPart, object, circumstance);
    }

    pub fn remove(&mut self, object: SchemaObject, circumstance: Circumstance) {
        self.push(Action::Remove, object, circumstance);
    }

    /// Notes that a constraint goes whose kind is not written.
    pub fn remove_constraint(&mut self, table: &str, name: &str, line: usize) {
        for kind in [ObjectKind::Index, ObjectKind::ForeignKey, ObjectKind::Check] {
            self.remove(SchemaObject::new(kind, table, name), Circumstance { line, certain: false });
        }
    }

    /// Notes a table's new name: what the table has under it is not followed.
    pub fn rename_table(&mut self, from: &str, to: &str, circumstance: Circumstance) {
        self.remove(SchemaObject::table(from), circumstance);
        self.add_in_part(SchemaObject::table(to), circumstance);
    }

    pub fn cannot_read(&mut self, line: usize, what: impl Into<String>) {
        self.unread.push(Unread { line, what: what.into(), effect: Effect::Any });
    }

    pub fn append(&mut self, mut other: Self) {
        self.changes.append(&mut other.changes);
        self.unread.append(&mut other.unread);
    }

    fn push(&mut self, action: Action, object: SchemaObject, circumstance: Circumstance) {
        let Circumstance { line, certain } = circumstance;
        self.changes.push(SchemaChange { action, object, line, certain });
    }
}
