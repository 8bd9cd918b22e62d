mod last_applied;
mod three_way;
mod undeclared;

pub use last_applied::{LastApplied, OtherRecord, Records, Round, rounds, unsettled};
pub use three_way::three_way;
pub use undeclared::{UndeclaredCount, is_bookkeeping, undeclared};
