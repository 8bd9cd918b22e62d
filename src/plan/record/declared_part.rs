//! The parts of a table that are declared each for itself, as the record names them.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::change::{Change, ObjectKind, Step};
use crate::schema::Identifier;

/// A part of a table's declaration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeclaredPart {
    /// Whether there is the table.
    Table,
    PrimaryKey,
    Options,
    Partitioning,
    Object {
        kind: ObjectKind,
        /// In lower case.
        name: String,
    },
}

/// Parts of tables, as a JSON object by table.
pub type PartNames = BTreeMap<Identifier, BTreeSet<String>>;

/// What each part of each table declared, as a digest. Equal digests are equal declarations.
pub type PartDigests = BTreeMap<Identifier, BTreeMap<String, String>>;

impl DeclaredPart {
    /// Returns the part that is this object.
    pub fn object(kind: ObjectKind, name: &Identifier) -> Self {
        Self::Object { kind, name: name.folded() }
    }

    /// Returns the part that a change concerns.
    pub fn of_change(change: &Change) -> Self {
        match change {
            Change::CreateTable(_) | Change::RenameTable { .. } | Change::DropTable(_) => Self::Table,
            Change::AddPrimaryKey(_)
            | Change::ReplacePrimaryKey { .. }
            | Change::DropPrimaryKey(_)
            | Change::ReplaceGeneratedKey { .. } => Self::PrimaryKey,
            Change::SetTableComment { .. }
            | Change::SetTableCharset { .. }
            | Change::SetEngine { .. }
            | Change::SetStorage { .. }
            | Change::RaiseAutoIncrement { .. } => Self::Options,
            Change::Partition(_) => Self::Partitioning,
            Change::AddColumn { .. }
            | Change::ModifyColumn { .. }
            | Change::SetDefault { .. }
            | Change::SetColumnVisible { .. }
            | Change::RenameColumn { .. }
            | Change::DropColumn(_)
            | Change::RenameIndex { .. }
            | Change::DropIndex(_)
            | Change::AddIndex(_)
            | Change::ReplaceIndex { .. }
            | Change::SetIndexVisible { .. }
            | Change::AddForeignKey(_)
            | Change::DropForeignKey(_)
            | Change::RestoreForeignKey(_)
            | Change::AddCheck(_)
            | Change::DropCheck(_)
            | Change::ReplaceCheck { .. }
            | Change::SetCheckEnforced { .. } => {
                change.subject().map_or(Self::Table, |(kind, name)| Self::object(kind, name))
            }
        }
    }

    /// Returns the word by which the record knows the part: `column email`, `primary key`.
    pub fn key(&self) -> String {
        let (kind, name) = match self {
            Self::Table => return "table".to_owned(),
            Self::PrimaryKey => return "primary key".to_owned(),
            Self::Options => return "options".to_owned(),
            Self::Partitioning => return "partitions".to_owned(),
            Self::Object { kind, name } => (kind, name),
        };
        let kind = match kind {
            ObjectKind::Column => "column",
            ObjectKind::Index => "index",
            ObjectKind::ForeignKey => "foreign key",
            ObjectKind::Check => "check",
        };
        format!("{kind} {name}")
    }
}

/// Returns the parts that these steps still change, by the table's live name.
pub fn changed_parts<'a>(steps: impl IntoIterator<Item = &'a Step>) -> PartNames {
    let mut parts = PartNames::new();
    for step in steps {
        parts.entry(step.table.clone()).or_default().extend(step.changes.iter().map(part_key));
    }
    parts
}

/// Returns the parts that these steps make: what was not live before.
pub fn made_parts<'a>(steps: impl IntoIterator<Item = &'a Step>) -> PartNames {
    let mut parts = PartNames::new();
    for step in steps {
        let made = step.changes.iter().filter(|change| makes_object(change)).map(part_key);
        parts.entry(step.table.clone()).or_default().extend(made);
    }
    parts.retain(|_, made| !made.is_empty());
    parts
}

/// Whether the record or a plan names this part of the table.
pub fn names_part(parts: &PartNames, table: &Identifier, part: &DeclaredPart) -> bool {
    parts.get(table).is_some_and(|parts| parts.contains(&part.key()))
}

fn part_key(change: &Change) -> String {
    DeclaredPart::of_change(change).key()
}

fn makes_object(change: &Change) -> bool {
    match change {
        Change::CreateTable(_)
        | Change::AddColumn { .. }
        | Change::AddIndex(_)
        | Change::AddForeignKey(_)
        | Change::RestoreForeignKey(_)
        | Change::AddCheck(_) => true,
        Change::RenameTable { .. }
        | Change::DropTable(_)
        | Change::ModifyColumn { .. }
        | Change::SetDefault { .. }
        | Change::SetColumnVisible { .. }
        | Change::RenameColumn { .. }
        | Change::DropColumn(_)
        | Change::RenameIndex { .. }
        | Change::DropIndex(_)
        | Change::ReplaceIndex { .. }
        | Change::SetIndexVisible { .. }
        | Change::AddPrimaryKey(_)
        | Change::ReplacePrimaryKey { .. }
        | Change::DropPrimaryKey(_)
        | Change::ReplaceGeneratedKey { .. }
        | Change::DropForeignKey(_)
        | Change::DropCheck(_)
        | Change::ReplaceCheck { .. }
        | Change::SetCheckEnforced { .. }
        | Change::SetTableComment { .. }
        | Change::SetTableCharset { .. }
        | Change::SetEngine { .. }
        | Change::SetStorage { .. }
        | Change::RaiseAutoIncrement { .. }
        | Change::Partition(_) => false,
    }
}
