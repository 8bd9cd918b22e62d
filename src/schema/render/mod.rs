//! Writes definitions as SQL, for `CREATE TABLE`, and for `ADD` and `MODIFY` in `ALTER TABLE`.

mod column;
mod constraint;
mod partitioning;
mod table;

pub use partitioning::partition_definitions;

#[cfg(test)]
mod tests;
