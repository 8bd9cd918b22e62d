//! What a statement does to the table's rows, and with which others it shares a statement for that.

use std::collections::BTreeSet;

use crate::plan::change::{Algorithm, Change, Risk, Statement, phase};
use crate::schema::{Fill, IndexKind, Storage};

/// What a statement does to the table's rows, cheapest first. Changes of different pace never share a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// Only the dictionary changes.
    Instant,
    /// The same, for a virtual column that is added: MariaDB combines it with nothing, MySQL with no rename (1846).
    Virtual,
    /// Options of the table: in the dictionary too, but MySQL does them INPLACE, and on MariaDB they make what changes
    /// an index or a type beside them lose its INSTANT (1846).
    Options,
    /// The least `AUTO_INCREMENT`, by itself: it is the one change beside removals that can't be taken back.
    Counter,
    /// Neither instant nor the rows written anew.
    InPlace,
    /// The rows are written anew, in place or not.
    Rewrite,
    /// Indexes are built in one reading of the table, and dropped in the moment when the new ones are there.
    Index,
    /// InnoDB builds one full-text index at a time (1795, 1846).
    Fulltext(usize),
    /// Partitions change in statements of their own (1064). `PARTITION BY` alone could stand behind other clauses, and
    /// does where each waits for the other.
    Partition(usize),
}

/// Units of equal place share a statement; the least comes first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatementRank<'a> {
    phase: u8,
    /// Rows may refuse a unique index, which is then to hold up nothing else.
    may_fail: bool,
    needs_consent: bool,
    pace: Pace,
    risks: &'a BTreeSet<Risk>,
}

pub fn rank_of(units: &[Statement], at: usize) -> Option<StatementRank<'_>> {
    let unit = units.get(at)?;
    let (pace, phase) = (pace(unit, at), phase(unit.changes.first()?));
    let may_fail = matches!(pace, Pace::Index | Pace::Fulltext(_));
    Some(StatementRank { phase, may_fail, needs_consent: !unit.risks.is_empty(), pace, risks: &unit.risks })
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
