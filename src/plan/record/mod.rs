//! The record of what a resource declared before, and the three-way merge with it.

mod declared_part;
mod disowned;
mod drift;
mod key_on_its_way;
mod last_applied;
mod missing;
mod next_record;
mod records;
mod removal_reasons;
mod removed_objects;
mod rename_history;
mod rename_round;
mod three_way;
mod undeclared;
mod waiting;

pub use declared_part::{DeclaredPart, PartDigests, PartNames, changed_parts, made_parts};
pub use disowned::Disowned;
pub use drift::{DriftShare, drift_share, without_parts};
pub use key_on_its_way::{KeyOnItsWay, declare_keys, declare_returns};
pub use last_applied::LastApplied;
pub use missing::with_losses;
pub use next_record::RecordSources;
pub use records::{OtherRecord, Records};
pub use removal_reasons::with_removal_reasons;
pub use removed_objects::{KeptObject, KeptReason, kept_objects};
pub use rename_round::{RenameRound, rounds};
pub use three_way::three_way;
pub use undeclared::{UndeclaredCount, is_bookkeeping, undeclared};
pub use waiting::waiting_parts;
