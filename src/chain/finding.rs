//! What is wrong with a chain, and what to do about it.

use std::fmt;

use super::file::Place;
use super::schema_change::SchemaObject;
use super::tool::Tool;

/// A migration, and the line that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedMigration {
    pub id: String,
    pub place: Place,
}

/// A fault of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub fault: Fault,
    /// The migrations that the fault concerns, the one to change first.
    pub migrations: Vec<NamedMigration>,
}

/// The kind of a fault, with what it names beside migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A file looks like a migration, and its tool can't use it, or passes over it.
    NotAMigration { why: String },
    /// Several migrations have one name.
    DuplicateId { id: String },
    /// Several migrations have one title, of which Rails makes the name of a class.
    DuplicateTitle { title: String },
    /// A migration follows one that is not there.
    MissingParent { id: String, parent: String, whole_id: Option<String> },
    /// A migration depends on one that is not there.
    MissingDependency { id: String, dependency: String },
    /// Migrations follow each other in a circle.
    Cycle,
    /// No migration is the first one.
    NoBase,
    /// Migrations follow others, but none that begins the chain.
    Unreached,
    /// The chain has several ends.
    SeveralHeads { tool: Tool, group: Option<String> },
    /// Two migrations add one object.
    AddedTwice { objects: Vec<SchemaObject>, order: PairOrder },
    /// Two migrations remove one object.
    RemovedTwice { objects: Vec<SchemaObject>, order: PairOrder },
    /// A migration removes an object that none before it adds. The second migration, if any, is the one that adds it.
    RemovedUnmade { objects: Vec<SchemaObject> },
}

/// Whether the order of two migrations is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairOrder {
    /// Both are one migration.
    Same,
    /// The second named runs before the first named.
    Ordered,
    /// They are on different branches.
    Open,
}

impl Finding {
    /// Returns the place to look at first.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.migrations.first().map(|migration| &migration.place)
    }
}

impl Fault {
    /// Returns the name of its kind, for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotAMigration { .. } => "NotAMigration",
            Self::DuplicateId { .. } => "DuplicateId",
            Self::DuplicateTitle { .. } => "DuplicateTitle",
            Self::MissingParent { .. } => "MissingParent",
            Self::MissingDependency { .. } => "MissingDependency",
            Self::Cycle => "Cycle",
            Self::NoBase => "NoBase",
            Self::Unreached => "Unreached",
            Self::SeveralHeads { .. } => "SeveralHeads",
            Self::AddedTwice { .. } => "AddedTwice",
            Self::RemovedTwice { .. } => "RemovedTwice",
            Self::RemovedUnmade { .. } => "RemovedUnmade",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = |index: usize| self.migrations.get(index).map_or("", |migration| migration.id.as_str());
        match &self.fault {
            Fault::NotAMigration { why } => f.write_str(why),
            Fault::DuplicateId { id } => {
                let places: Vec<String> = self.migrations.iter().map(|migration| migration.place.to_string()).collect();
                write!(
                    f,
                    "{} migrations are named {id} ({}): the tool refuses them, or runs only one; ",
                    places.len(),
                    list(&places)
                )?;
                f.write_str("give each a name of its own")
            }
            Fault::DuplicateTitle { title } => {
                write!(
                    f,
                    "{} migrations are called {title:?}, so their classes have one name: ",
                    self.migrations.len()
                )?;
                f.write_str("Rails refuses the folder; rename one")
            }
            Fault::MissingParent { id, parent, whole_id: Some(whole) } => {
                write!(f, "{id} follows {parent}, which names no migration; write the whole name, {whole}")
            }
            Fault::MissingParent { id, parent, whole_id: None } => {
                write!(f, "{id} follows {parent}, which is not in the folder: the tool can't order the chain; ")?;
                f.write_str("restore that file, or name the migration before")
            }
            Fault::MissingDependency { id, dependency } => {
                write!(
                    f,
                    "{id} depends on {dependency}, which is not in the folder: the tool can't order the chain; "
                )?;
                f.write_str("restore that file, or correct the name")
            }
            Fault::Cycle if self.migrations.len() == 1 => {
                write!(f, "{} follows itself, so it can't run; let it follow another migration", id(0))
            }
            Fault::Cycle => {
                write!(f, "{} follow each other in a circle: ", list(&self.ids()))?;
                f.write_str("none of them can run first; let one of them follow a migration outside of the circle")
            }
            Fault::NoBase => {
                f.write_str("each migration follows another one, so none is the first: the tool can't begin; ")?;
                f.write_str("the first migration must follow none")
            }
            Fault::Unreached => {
                let ids = self.ids();
                let run = if ids.len() == 1 { "it never runs" } else { "they never run" };
                write!(f, "no first migration leads to {}, so {run}; ", list(&ids))?;
                f.write_str("mend the migrations before")
            }
            Fault::SeveralHeads { tool, group } => several_heads(f, *tool, group.as_deref(), &self.ids()),
            Fault::AddedTwice { objects, order } => {
                let things = things(objects);
                match order {
                    PairOrder::Same => write!(f, "{} adds {things} twice: it fails the second time; ", id(0)),
                    PairOrder::Ordered => write!(f, "{} adds {things}, as {} did before: it fails; ", id(0), id(1)),
                    PairOrder::Open => {
                        write!(f, "{} and {} both add {things}: the second one to run fails; ", id(0), id(1))
                    }
                }?;
                f.write_str("remove one of the two")
            }
            Fault::RemovedTwice { objects, order } => {
                let things = things(objects);
                match order {
                    PairOrder::Same => write!(f, "{} removes {things} twice: it fails the second time; ", id(0)),
                    PairOrder::Ordered => write!(f, "{} removes {things}, as {} did before: it fails; ", id(0), id(1)),
                    PairOrder::Open => {
                        write!(f, "{} and {} both remove {things}: the second one to run fails; ", id(0), id(1))
                    }
                }?;
                f.write_str("remove one of the two")
            }
            Fault::RemovedUnmade { objects } => {
                let things = things(objects);
                if self.migrations.len() > 1 {
                    write!(f, "{} removes {things}, which only {} adds, and that does not run before: ", id(0), id(1))?;
                    f.write_str("it fails; let it follow that migration")
                } else {
                    write!(f, "{} removes {things}, which no migration before it adds: it fails; ", id(0))?;
                    f.write_str("correct the name, or take it out")
                }
            }
        }
    }
}

impl Finding {
    fn ids(&self) -> Vec<String> {
        self.migrations.iter().map(|migration| migration.id.clone()).collect()
    }
}

fn several_heads(f: &mut fmt::Formatter<'_>, tool: Tool, group: Option<&str>, ids: &[String]) -> fmt::Result {
    let of_group = group.map(|group| format!(" of app {group}")).unwrap_or_default();
    write!(f, "the chain{of_group} has {} heads, {}: the tool refuses to go to the newest; ", ids.len(), list(ids))?;
    match tool {
        Tool::Django => f.write_str("manage.py makemigrations --merge joins them"),
        Tool::Alembic | Tool::Flyway | Tool::Rails | Tool::GolangMigrate | Tool::Dbmate | Tool::Prisma => {
            write!(f, "alembic merge {} joins them (flask db merge, with Flask-Migrate)", ids.join(" "))
        }
    }
}

/// So many names are listed.
const LISTED: usize = 10;

/// Returns names with commas, the first ones of many.
fn list(names: &[String]) -> String {
    let shown = names.iter().take(LISTED).cloned().collect::<Vec<_>>();
    match names.len().checked_sub(LISTED) {
        Some(rest @ 1..) => format!("{} and {rest} more", shown.join(", ")),
        _ => match shown.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => shown.join(", "),
        },
    }
}

fn things(objects: &[SchemaObject]) -> String {
    list(&objects.iter().map(ToString::to_string).collect::<Vec<_>>())
}
