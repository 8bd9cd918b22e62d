//! Reads the chain of a migration tool's files, and says whether it is whole. It runs none of them, and knows neither
//! files on a disk nor a database.
//!
//! `layout` finds the tool and its files by their names; the caller reads these. `alembic`, `django` and `numbered` make
//! migrations of them, `graph` links these, and `migration_chain` says what is wrong.

mod alembic;
mod alembic_ini;
mod conflicts;
mod django;
mod file;
mod finding;
mod graph;
mod layout;
mod migration;
mod migration_chain;
mod numbered;
mod python;
mod schema_change;
mod sql;
mod tool;
mod tree;

pub use file::{MigrationFile, Place, UnreadableFile};
pub use finding::{Fault, Finding, NamedMigration, PairOrder};
pub use layout::{Folder, Layout, LayoutFault, find};
pub use migration::{Migration, Reference, Replaced};
pub use migration_chain::{Chain, ChainLine, NoOrder, NotRead, Source, SourceFault};
pub use schema_change::{Action, Effect, ObjectKind, SchemaChange, SchemaObject, Unread};
pub use tool::Tool;
