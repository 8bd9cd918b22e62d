mod change_lease;
mod ownership;
mod write_record;
mod write_turns;

pub use change_lease::{ChangeLease, NodeLag};
pub use ownership::{ClaimOutcome, ClaimsSeen, claim_outcome, name_of};
pub use write_record::{claim, write_record};
pub use write_turns::WriteTurns;
