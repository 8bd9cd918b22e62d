//! Asks the server itself what a declaration means: in a scratch database, on empty tables.

mod equivalent_expressions;
mod read_ddl;
mod rehearsal;
mod rehearsal_cache;
mod rehearse;
mod rehearse_table;

pub use equivalent_expressions::adopt_live_spellings;
pub use read_ddl::{DdlCache, read_ddl};
pub use rehearsal::{Rehearsal, SkippedRehearsal, scratch_grant};
pub use rehearsal_cache::RehearsalCache;
