//! The record of what a resource declared before, and the three-way merge with it.

mod last_applied;
mod next_record;
mod records;
mod removed_objects;
mod rename_history;
mod rename_round;
mod three_way;
mod undeclared;

pub use last_applied::LastApplied;
pub use next_record::unsettled;
pub use records::{OtherRecord, Records};
pub use rename_round::{RenameRound, rounds};
pub use three_way::three_way;
pub use undeclared::{UndeclaredCount, is_bookkeeping, undeclared};
