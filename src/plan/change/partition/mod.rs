//! Changes of a table's partitions: the statements, what they cost and risk, and what takes them back.
//!
//! Source: "Management of Partitions" and "Partitioning Operations" (online DDL) of the MySQL 9 manual, "Partitioning
//! Tables" of MariaDB's documentation. The tests in `tests/it/partitions` compare it with the servers.

mod diff;
mod partition_change;

pub use diff::partitioning_changes;
pub use partition_change::PartitionChange;

#[cfg(test)]
mod tests;
