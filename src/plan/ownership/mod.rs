//! Who may say what of a database: declarations that contradict each other, what one resource requires of a schema that
//! others own, and which steps of a plan would break that.

mod contract;
mod contradiction;
mod equivalent_expressions;
mod index;
mod needs;
mod place;
mod requirement;

pub use contract::{BrokenRequirement, broken_requirements};
pub use contradiction::{Contradiction, contradictions, taken_names};
pub use equivalent_expressions::{ExpressionProbe, expression_probes};
pub use needs::{needs, needs_table};
pub use place::{ObjectRef, TableObject};
pub use requirement::{UnmetRequirement, unmet};
