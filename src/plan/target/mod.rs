//! `target = merge(declared, live)`: what the database is to look like. Undeclared attributes stay as they are live.

mod carried_names;
mod charset;
mod column;
mod constraint;
mod counting_column;
mod default;
mod dropped_columns;
mod index;
mod key_fit;
mod merge_schema;
mod merge_table;
mod options;
mod partitioning;
mod primary_key;
mod references;
mod refusal;
mod rename;
mod rename_in_table;
mod table_base;
mod table_merge;
mod table_renames;
mod table_target;
mod unreadable_text;

pub use carried_names::carried;
pub use charset::{is_of_charset, same_charset, same_collation};
pub use constraint::same_foreign_key;
pub use default::same_default;
pub use key_fit::{can_refer, leads, sides};
pub use merge_schema::target;
pub use refusal::{Refusal, RefusalKind};
pub use rename::Rename;
pub use table_target::{ColumnPosition, TableTarget, Target};
