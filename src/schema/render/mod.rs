//! Definitions written as SQL: what stands in `CREATE TABLE`, and behind `ADD` and `MODIFY` in `ALTER TABLE`.

mod column;
mod constraint;
mod partitioning;
mod table;

pub use partitioning::partition_definitions;

#[cfg(test)]
mod tests;
