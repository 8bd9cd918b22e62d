//! One pass over one resource: from a request to a measurement, and to the change that follows from it.
//!
//! A pass is a line of stages. Each takes what the former one returns, and leaves by `?` with the report so far:
//!
//! `observe -> declare -> plan -> measure -> decide -> publish`
//!
//! A contract (mode Require) leaves after `declare`. Only `decide` says what runs; it is a pure function.

mod context;
mod contract;
mod decide;
mod declare;
mod hold;
mod keys_away;
mod keys_elsewhere;
mod learnt_costs;
mod measure;
mod observe;
mod obstacles;
mod outcome;
mod plan;
mod privileges;
mod publish;
mod readings;
mod removals;
mod restatements;
mod rows;
mod sizes;
mod stages;
mod stamp;
mod verify;

pub use context::Pipeline;
pub use decide::{Decision, Next, decide};
pub use keys_away::KeysLeft;
pub use measure::Measured;
pub use observe::{Look, Snapshot};
pub use outcome::Pass;
pub use readings::Readings;
pub use stages::{Before, SharedPass, keys_left_away, reconcile, reconcile_sharing, reconcile_snapshot};
pub use verify::Verifier;

#[cfg(test)]
mod tests;
