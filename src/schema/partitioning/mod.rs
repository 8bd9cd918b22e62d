//! How the rows of a table are divided into partitions.

mod method;
mod parse;
mod scheme;
mod values;

pub use method::PartitionMethod;
pub(super) use parse::clause_start;
pub use scheme::{Partition, PartitionOptions, PartitionScheme, Partitioning};
pub use values::{Bound, InvalidValues, PartitionValues};

#[cfg(test)]
mod tests;
