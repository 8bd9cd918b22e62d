//! Definitions written as SQL: what stands in `CREATE TABLE`, and behind `ADD` and `MODIFY` in `ALTER TABLE`.

mod column;
mod constraint;
mod partitioning;
mod table;

use super::Identifier;

pub(super) use column::bare;
pub use partitioning::partition_definitions;

/// Names in backquotes, separated by commas.
fn names(names: &[Identifier]) -> String {
    let quoted: Vec<String> = names.iter().map(Identifier::quoted).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests;
