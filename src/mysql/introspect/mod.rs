//! Reads a live schema into the model. The SELECT of each kind of object and the code that reads
//! its rows are in one file. Knows nothing of what is declared.

mod checks;
mod columns;
mod dependents;
mod expression;
mod foreign_keys;
mod grants;
mod indexes;
mod observation;
mod observe;
mod partitions;
mod scope;
mod server;
mod show_create;
mod tables;

pub use dependents::read_dependents;
pub use grants::{Grants, SHOW_GRANTS};
pub use observation::Observation;
pub use observe::{bulk_queries, observe, observe_table, observe_table_with, observe_with};
pub use scope::Scope;
pub use server::{ServerIdentity, identify};
pub use show_create::read_in_full;
