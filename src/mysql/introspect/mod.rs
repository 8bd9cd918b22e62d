//! Reads a live schema into the model: each kind of object in one place.

mod dependents;
mod expression;
mod indexes;
mod observe;
mod partitions;
mod queries;
mod show_create;

pub use dependents::read_dependents;
pub use observe::{Observation, ServerIdentity, identify, observe, observe_with};
pub use queries::{Scope, bulk};
pub use show_create::{observe_table, observe_table_with, read_in_full};
