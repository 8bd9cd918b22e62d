//! What several resources declare of one database: declarations that contradict each other, what one resource requires of
//! a schema that others own, and which steps of a plan would break that.

mod compare_columns;
mod compare_tables;
mod contract;
mod contradiction;
mod expression_probe;
mod live_keys;
mod needs;
mod requirement;

pub use compare_tables::all_contradictions;
pub use contract::{BrokenRequirement, broken_requirements};
pub use contradiction::Contradiction;
pub use expression_probe::{ExpressionProbe, expression_probes};
pub use needs::{needs, needs_table};
pub use requirement::{UnmetRequirement, unmet};
