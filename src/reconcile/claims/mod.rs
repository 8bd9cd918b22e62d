mod change_lease;
mod ownership;
mod write_record;

pub use change_lease::{Behind, Turn, behind};
pub use ownership::{Claiming, ClaimsSeen, SAID, claiming, name_of};
pub use write_record::{Entry, before_steps, claim, remember};
