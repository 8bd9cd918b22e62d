//! One change of a table's partitions.

use crate::plan::change::cost::Cost;
use crate::plan::change::risk::Risk;
use crate::schema::{
    Bound, Identifier, Partition, PartitionMethod, PartitionScheme, PartitionValues, partition_definitions,
};

/// One change of a table's partitions. The servers take each only in a statement of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartitionChange {
    /// Divides all rows in another way.
    By { from: Option<PartitionScheme>, to: PartitionScheme },
    /// Adds ranges at the end, or lists.
    Add(Vec<Partition>),
    /// Drops ranges or lists, with the rows in them.
    Drop {
        partitions: Vec<Partition>,
        /// Whether rows like those find no partition afterwards.
        leaves_gap: bool,
    },
    /// Divides the rows of some neighbouring partitions in another way.
    Reorganize { from: Vec<Partition>, into: Vec<Partition> },
    /// Adds partitions that a hash fills.
    AddHashed(Vec<Partition>),
    /// Removes the last partitions that a hash fills, and divides their rows among the others.
    Coalesce(Vec<Partition>),
}

/// A risk of a change, and what would go wrong in one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionHazard {
    pub risk: Risk,
    pub sentence: String,
}

impl PartitionChange {
    /// Returns the clause of `ALTER TABLE`.
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

    /// Returns the clause that takes it back; `None` where that would lose rows, or the servers refuse it.
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

    /// Returns what is declared and what is live.
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

    /// Predicts the cost. Ranges and lists come and go beside the others; a change that moves rows makes writes wait.
    pub fn cost(&self) -> Cost {
        match self {
            Self::By { .. } => Cost::COPY,
            Self::Add(_) | Self::Drop { .. } => Cost::IN_PLACE,
            Self::Reorganize { .. } | Self::AddHashed(_) | Self::Coalesce(_) => Cost::REBUILD.blocking(),
        }
    }

    /// Returns the risks with what would go wrong, apart from those that its cost implies.
    pub fn hazards(&self) -> Vec<PartitionHazard> {
        let no_partition = || PartitionHazard {
            risk: Risk::Breaking,
            sentence: "an INSERT of a row that no partition takes fails (1526)".to_owned(),
        };
        let rows = |partitions: &[Partition]| PartitionHazard {
            risk: Risk::Destructive,
            sentence: format!("the rows in {} are gone", listed(partitions)),
        };
        match self {
            Self::By { to, .. } if !to.takes_all() => vec![no_partition()],
            Self::Drop { partitions, leaves_gap: true } => vec![rows(partitions), no_partition()],
            Self::Drop { partitions, leaves_gap: false } => vec![rows(partitions)],
            Self::By { .. } | Self::Add(_) | Self::Reorganize { .. } | Self::AddHashed(_) | Self::Coalesce(_) => {
                Vec::new()
            }
        }
    }

    /// Whether the statement restates definitions that were read from the server.
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

    /// Returns the partitions whose definitions the statement holds.
    pub fn stated(&self) -> &[Partition] {
        match self {
            Self::By { to, .. } => &to.partitions,
            Self::Reorganize { into, .. } => into,
            Self::Add(partitions) | Self::AddHashed(partitions) => partitions,
            Self::Drop { .. } | Self::Coalesce(_) => &[],
        }
    }

    /// Whether only the server knows the outcome: it computes bounds, and rewrites expressions.
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

/// Whether the same rows find a partition before and after.
fn takes_the_same(from: &[Partition], into: &[Partition]) -> bool {
    match (from.last().map(|last| &last.values), into.last().map(|last| &last.values)) {
        (Some(PartitionValues::LessThan(before)), Some(PartitionValues::LessThan(after))) => before == after,
        _ => holds_all(from, into) && holds_all(into, from),
    }
}

/// Whether the lists of `whole` hold each value in those of `part`. A list of all other values does not count:
/// `REORGANIZE` puts no row into it, and deletes the rows that no other list takes (tried on MariaDB 10.11 and 11.8).
pub(super) fn holds_all(whole: &[Partition], part: &[Partition]) -> bool {
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

/// Returns the end of a range, where it is a number.
pub(super) fn end(partition: &Partition) -> Option<i128> {
    match &partition.values {
        PartitionValues::LessThan(bounds) => match bounds.as_slice() {
            [Bound::Value(bound)] => bound.as_integer(),
            [Bound::MaxValue] => Some(i128::MAX),
            _ => None,
        },
        _ => None,
    }
}

fn listed(partitions: &[Partition]) -> String {
    let names: Vec<&str> = partitions.iter().map(|partition| partition.name.as_str()).collect();
    format!("{} {}", if names.len() == 1 { "partition" } else { "partitions" }, names.join(", "))
}

fn names(partitions: &[Partition]) -> String {
    let names: Vec<String> = partitions.iter().map(|partition| Identifier::quoted(&partition.name)).collect();
    names.join(", ")
}
