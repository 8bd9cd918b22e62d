mod equivalent_expressions;
mod read_ddl;
mod rehearsal_cache;
mod rehearse;

pub use equivalent_expressions::respelled;
pub use read_ddl::{Readings, realize};
pub use rehearsal_cache::{Key, Proofs};
pub use rehearse::{Rehearsal, rehearse};
