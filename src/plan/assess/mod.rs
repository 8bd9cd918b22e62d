mod cost;
mod dependents;
mod limits;
mod risk;

pub use cost::cost;
pub use dependents::{may_break_others, with_dependents};
pub use limits::may_exceed_limits;
pub use risk::risks;
