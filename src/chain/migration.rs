//! What is read of a migration: its name, those that it follows, and what it does to the schema.

use super::file::Place;
use super::schema_change::{SchemaChange, Unread};

/// A migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The name that its tool keeps in the database.
    pub id: String,
    /// The name by which other migrations refer to it. Two migrations of one key are one for the tool.
    pub key: String,
    pub place: Place,
    /// What it says of itself, on one line; may be empty.
    pub title: String,
    /// Migrations with heads of their own: an app of Django.
    pub group: Option<String>,
    /// Those that it follows. None: it is a base.
    pub parents: Vec<Reference>,
    /// Those that run before it, without being its parents.
    pub dependencies: Vec<Reference>,
    /// Names of a branch that begins here.
    pub labels: Vec<String>,
    /// What it does to the schema, in this order.
    pub changes: Vec<SchemaChange>,
    /// What it does, and can't be read without running it.
    pub unread: Vec<Unread>,
}

/// The key of another migration, or a label of its branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub name: String,
    pub line: usize,
}

/// A file that should be a migration and is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoMigration {
    pub place: Place,
    pub why: String,
}

/// What is read of a folder's files.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Migrations {
    /// In the order of the tool, or of the files where migrations name those that they follow.
    pub found: Vec<Migration>,
    pub not_read: Vec<NoMigration>,
    /// Migrations that others replace, and the name of the replacing one.
    pub replaced: Vec<Replaced>,
}

/// A migration that another one stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    pub id: String,
    pub by: String,
}
