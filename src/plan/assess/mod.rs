//! What a change costs and risks on this server, and what depends on it outside of its table.

mod cost;
mod dependents;
mod limits;
mod lost_access;
mod names_in_text;
mod plain_definitions;
mod privileges;
mod risk;
mod zone_shift;

pub use cost::cost;
pub use dependents::{may_break_others, with_dependents};
pub use limits::may_exceed_limits;
pub use plain_definitions::may_be_refused;
pub use privileges::{NeededPrivilege, needed_privileges};
pub use risk::{Hazards, hazards};
