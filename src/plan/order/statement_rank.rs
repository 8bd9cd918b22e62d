//! The rank of a statement among others of its table: what it does to the rows, and whether it needs consent.

use std::collections::BTreeSet;

use crate::plan::change::{Algorithm, Change, Risk, Statement, phase};
use crate::schema::{Fill, IndexKind, Storage};

/// What a change does to the table's rows, cheapest first. Changes of different paces never share a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// Only the dictionary changes.
    Instant,
    /// A virtual column is added to the dictionary. MariaDB combines it with nothing, MySQL with no rename (1846).
    Virtual,
    /// Options of the table change, in the dictionary too. MySQL does them INPLACE. On MariaDB a change of an index or a type
    /// is no longer INSTANT beside them (1846).
    Options,
    /// The least `AUTO_INCREMENT` changes. It comes alone: apart from removals it is the one change that can't be taken back.
    Counter,
    /// Neither instant nor a rewrite of the rows.
    InPlace,
    /// The server rewrites the rows, in place or not.
    Rewrite,
    /// The server builds indexes in one reading of the table, and drops the old ones when the new ones exist.
    Index,
    /// InnoDB builds one full-text index at a time (1795, 1846).
    Fulltext(usize),
    /// Partitions change in statements of their own (1064). Only `PARTITION BY` can follow other clauses, and does where each
    /// waits for the other.
    Partition(usize),
}

/// The rank of a unit. Units of equal rank share a statement; the lowest comes first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatementRank<'a> {
    phase: u8,
    /// Whether a foreign key that moves hinders it until the key is there again.
    is_late: bool,
    /// Whether rows may prevent it, as those of a unique index do: a failure must hold up nothing else.
    may_fail: bool,
    needs_consent: bool,
    pace: Pace,
    risks: &'a BTreeSet<Risk>,
}

/// Returns the rank of a unit, which is at this position among those of its table.
pub fn rank_of(unit: &Statement, at: usize, is_late: bool) -> Option<StatementRank<'_>> {
    let (pace, phase) = (pace(unit, at), phase(unit.changes.first()?));
    let may_fail = matches!(pace, Pace::Index | Pace::Fulltext(_));
    Some(StatementRank { phase, is_late, may_fail, needs_consent: !unit.risks.is_empty(), pace, risks: &unit.risks })
}

fn pace(unit: &Statement, at: usize) -> Pace {
    let is_fulltext = |change: &Change| match change {
        Change::AddIndex(index) | Change::ReplaceIndex { to: index, .. } => {
            matches!(index.kind, IndexKind::Fulltext { .. })
        }
        _ => false,
    };
    let is_virtual = |change: &Change| {
        let Change::AddColumn { column, .. } = change else { return false };
        matches!(&column.fill, Fill::Generated(generated) if generated.storage == Storage::Virtual)
    };
    let all = |test: &dyn Fn(&Change) -> bool| unit.changes.iter().all(test);
    match unit.cost.algorithm {
        _ if all(&is_fulltext) => Pace::Fulltext(at),
        _ if all(&|change| matches!(change, Change::Partition(_))) => Pace::Partition(at),
        _ if all(&|change| matches!(change, Change::SetTableComment { .. } | Change::SetTableCharset { .. })) => {
            Pace::Options
        }
        Algorithm::Instant | Algorithm::InPlace if all(&|change| matches!(change, Change::SetStorage { .. })) => {
            Pace::Options
        }
        _ if all(&|change| matches!(change, Change::RaiseAutoIncrement { .. })) => Pace::Counter,
        Algorithm::Instant if all(&is_virtual) => Pace::Virtual,
        Algorithm::Instant => Pace::Instant,
        Algorithm::InPlace if all(&|change| is_of_index(change)) => Pace::Index,
        Algorithm::InPlace => Pace::InPlace,
        Algorithm::Rebuild | Algorithm::Copy => Pace::Rewrite,
    }
}

fn is_of_index(change: &Change) -> bool {
    matches!(change, Change::AddIndex(_) | Change::ReplaceIndex { .. } | Change::DropIndex(_))
}
