//! Lays declared partitioning over the live one, and checks the outcome by the rules of the servers.

mod merge;
mod rules;
mod spelling;

pub use merge::merge_partitioning;
pub use rules::partitioning_refusals;
