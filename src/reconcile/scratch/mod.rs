mod equivalent_expressions;
mod read_ddl;
mod rehearsal_cache;
mod rehearse;

pub use equivalent_expressions::respelled;
pub use read_ddl::{DdlCache, read_ddl};
pub use rehearsal_cache::RehearsalCache;
pub use rehearse::Rehearsal;
