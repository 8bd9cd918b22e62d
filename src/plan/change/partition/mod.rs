//! Changes of a table's partitions: the statements, what they cost and risk, and what takes them back.
//!
//! Source: "Management of Partitions" and "Partitioning Operations" (online DDL) of the MySQL 9 manual, "Partitioning
//! Tables" of MariaDB's documentation; held against the servers by `tests/it/partitions`.

mod diff;

use std::collections::BTreeSet;

use super::cost::Cost;
use crate::plan::change::Risk;
use crate::schema::{
    Bound, Identifier, Partition, PartitionMethod, PartitionScheme, PartitionValues, Partitioning,
    partition_definitions,
};

pub use diff::partition_changes;

/// One change of a table's partitions. The servers take each only in a statement of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartitionChange {
    /// Divides all rows anew.
    By { from: Option<PartitionScheme>, to: PartitionScheme },
    /// Adds ranges at the end, or lists.
    Add(Vec<Partition>),
    /// Drops ranges or lists, with the rows in them.
    Drop {
        partitions: Vec<Partition>,
        /// Whether rows such as those in it then find no partition.
        leaves_gap: bool,
    },
    /// Divides the rows of some neighbouring partitions anew.
    Reorganize { from: Vec<Partition>, into: Vec<Partition> },
    /// Adds partitions that a hash fills.
    AddHashed(Vec<Partition>),
    /// Removes the last of those that a hash fills, and divides their rows among the others.
    Coalesce(Vec<Partition>),
}

impl PartitionChange {
    /// The clause of `ALTER TABLE`.
    pub fn sql(&self) -> String {
        match self {
            Self::By { to, .. } => to.definition(),
            Self::Add(partitions) | Self::AddHashed(partitions) => {
                format!("ADD PARTITION ({})", partition_definitions(partitions))
            }
            Self::Drop { partitions, .. } => format!("DROP PARTITION {}", names(partitions)),
            Self::Reorganize { from, into } => {
                format!("REORGANIZE PARTITION {} INTO ({})", names(from), partition_definitions(into))
            }
            Self::Coalesce(partitions) => format!("COALESCE PARTITION {}", partitions.len()),
        }
    }

    /// The clause that takes it back. `None` where rows would be lost, or the servers refuse it.
    pub fn undo(&self) -> Option<String> {
        Some(match self {
            Self::By { from: Some(from), .. } => from.definition(),
            Self::By { from: None, .. } => "REMOVE PARTITIONING".to_owned(),
            Self::Add(partitions) => format!("DROP PARTITION {}", names(partitions)),
            Self::Drop { .. } => return None,
            Self::Reorganize { from, into } if takes_the_same(from, into) => {
                Self::Reorganize { from: into.clone(), into: from.clone() }.sql()
            }
            Self::Reorganize { .. } => return None,
            Self::AddHashed(partitions) => Self::Coalesce(partitions.clone()).sql(),
            Self::Coalesce(partitions) => Self::AddHashed(partitions.clone()).sql(),
        })
    }

    /// What is declared and what is live.
    pub fn difference(&self) -> (String, String) {
        let absent = || "absent".to_owned();
        match self {
            Self::By { from, to } => {
                (to.definition(), from.as_ref().map_or_else(|| "no partitions".to_owned(), PartitionScheme::definition))
            }
            Self::Add(partitions) | Self::AddHashed(partitions) => (partition_definitions(partitions), absent()),
            Self::Drop { partitions, .. } | Self::Coalesce(partitions) => (absent(), partition_definitions(partitions)),
            Self::Reorganize { from, into } => (partition_definitions(into), partition_definitions(from)),
        }
    }

    /// Ranges and lists are added and dropped beside the others; whatever moves rows makes writes wait.
    pub(crate) fn cost(&self) -> Cost {
        match self {
            Self::By { .. } => Cost::COPY,
            Self::Add(_) | Self::Drop { .. } => Cost::IN_PLACE,
            Self::Reorganize { .. } | Self::AddHashed(_) | Self::Coalesce(_) => Cost::REBUILD.blocking(),
        }
    }

    pub(crate) fn risks(&self) -> BTreeSet<Risk> {
        match self {
            // An INSERT of a row that no partition takes fails with error 1526.
            Self::By { to, .. } if !to.takes_all() => BTreeSet::from([Risk::Breaking]),
            Self::Drop { leaves_gap: true, .. } => BTreeSet::from([Risk::Breaking, Risk::Destructive]),
            Self::Drop { .. } => BTreeSet::from([Risk::Destructive]),
            _ => BTreeSet::new(),
        }
    }

    /// Whether the statement writes definitions again that were read from the server.
    pub fn restates(&self) -> bool {
        matches!(self, Self::By { from: Some(_), .. } | Self::Reorganize { .. })
    }

    /// Whether a declared bound or expression may be what is live in another spelling.
    pub fn is_open(&self) -> bool {
        match self {
            Self::By { from, to } => from.is_some() && !matches!(to.method, PartitionMethod::Key { .. }),
            change => change.needs_rehearsal(),
        }
    }

    /// The partitions that are written as they are to be.
    pub(crate) fn stated(&self) -> &[Partition] {
        match self {
            Self::By { to, .. } => &to.partitions,
            Self::Reorganize { into, .. } => into,
            Self::Add(partitions) | Self::AddHashed(partitions) => partitions,
            Self::Drop { .. } | Self::Coalesce(_) => &[],
        }
    }

    /// Whether what the server makes of it is not known beforehand: it computes bounds, and rewrites expressions.
    pub fn needs_rehearsal(&self) -> bool {
        let any = |partitions: &[Partition]| partitions.iter().any(|partition| !partition.values.are_plain());
        match self {
            Self::By { .. } => true,
            Self::Add(partitions) => any(partitions),
            Self::Reorganize { from, into } => any(from) || any(into),
            Self::Drop { .. } | Self::AddHashed(_) | Self::Coalesce(_) => false,
        }
    }
}

/// Whether a clause stands behind all others of its `ALTER TABLE`, without a comma.
pub fn stands_last(clause: &str) -> bool {
    clause.starts_with("PARTITION BY ") || clause == "REMOVE PARTITIONING"
}

/// Whether the same rows find a partition before and after.
fn takes_the_same(from: &[Partition], into: &[Partition]) -> bool {
    match (from.last().map(|last| &last.values), into.last().map(|last| &last.values)) {
        (Some(PartitionValues::LessThan(before)), Some(PartitionValues::LessThan(after))) => before == after,
        _ => holds_all(from, into) && holds_all(into, from),
    }
}

/// Whether each value in the lists of `part` stands in those of `whole` too. A list of all other values does not count:
/// `REORGANIZE` puts no row into it, and deletes those that stand in no other list (tried on MariaDB 10.11 and 11.8).
fn holds_all(whole: &[Partition], part: &[Partition]) -> bool {
    let takes_rest = part.iter().any(|one| one.values == PartitionValues::Default);
    let items = |partitions: &[Partition]| -> Vec<_> {
        let lists = partitions.iter().filter_map(|partition| match &partition.values {
            PartitionValues::In(items) => Some(items.clone()),
            _ => None,
        });
        lists.flatten().collect()
    };
    let held = items(whole);
    !takes_rest && items(part).iter().all(|item| held.contains(item))
}

/// The number of a range's end, where it is one.
fn end(partition: &Partition) -> Option<i128> {
    match &partition.values {
        PartitionValues::LessThan(bounds) => match bounds.as_slice() {
            [Bound::Value(bound)] => bound.as_integer(),
            [Bound::MaxValue] => Some(i128::MAX),
            _ => None,
        },
        _ => None,
    }
}

fn names(partitions: &[Partition]) -> String {
    let names: Vec<String> = partitions.iter().map(|partition| Identifier::quoted(&partition.name)).collect();
    names.join(", ")
}

/// The changes from what is live to what is declared.
pub fn partitioning_changes(live: Option<&Partitioning>, target: Option<&Partitioning>) -> Vec<PartitionChange> {
    match (live, target) {
        (None, Some(Partitioning::Scheme(to))) => vec![PartitionChange::By { from: None, to: to.clone() }],
        (Some(Partitioning::Scheme(from)), Some(Partitioning::Scheme(to))) => partition_changes(from, to),
        // What is not understood is never declared.
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
