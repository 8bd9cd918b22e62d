//! What a change costs on this server: which algorithm it will take, and whether writers wait meanwhile. The
//! statement asks for that algorithm, so that a server which can't do it refuses instead of copying the table.
//!
//! Source: "Online DDL Operations" of the MySQL 9 manual, "InnoDB Online DDL Operations" of MariaDB's documentation;
//! where they are silent or wrong, what MySQL 9.7, MariaDB 10.11 and 11.8 did. Each rule here is held against the three
//! servers by the transitions in `tests/transitions/`.

mod column;
mod index;
mod site;

use std::fmt;

use super::change::Change;
use crate::schema::{Dialect, Flavor, Schema, Table};
use site::Site;

/// How the server carries out an `ALTER TABLE`, cheapest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// Only the data dictionary changes.
    Instant,
    /// The table's rows stay where they are; an index may be built beside them. MariaDB calls it `NOCOPY`.
    InPlace,
    /// The table is written anew, while it can be written to.
    Rebuild,
    /// The server writes the table anew row by row. Nobody writes meanwhile, but for MariaDB from 11.2 on.
    Copy,
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Instant => "INSTANT",
            Self::InPlace => "INPLACE",
            Self::Rebuild => "INPLACE (rebuild)",
            Self::Copy => "COPY",
        })
    }
}

/// The predicted cost of one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    pub algorithm: Algorithm,
    /// Whether writes wait until the statement has ended.
    pub writes_wait: bool,
}

impl Cost {
    pub(super) const INSTANT: Self = Self { algorithm: Algorithm::Instant, writes_wait: false };
    pub(super) const IN_PLACE: Self = Self { algorithm: Algorithm::InPlace, writes_wait: false };
    pub(super) const REBUILD: Self = Self { algorithm: Algorithm::Rebuild, writes_wait: false };
    pub(super) const COPY: Self = Self { algorithm: Algorithm::Copy, writes_wait: true };

    /// The same while writes wait.
    pub(super) fn blocking(self) -> Self {
        Self { writes_wait: true, ..self }
    }

    /// The cost of two changes in one statement.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self.algorithm, other.algorithm) {
            // What has to wait in place need not where all is copied.
            (Algorithm::Copy, other) if other != Algorithm::Copy => self,
            (own, Algorithm::Copy) if own != Algorithm::Copy => other,
            (own, other_algorithm) => {
                Self { algorithm: own.max(other_algorithm), writes_wait: self.writes_wait || other.writes_wait }
            }
        }
    }

    /// The cost of a statement that changes nothing yet.
    pub fn none() -> Self {
        Self::INSTANT
    }

    /// The clause that asks the server for just this, for a table that the server's engine alters in place at all.
    pub fn clause(self, dialect: Dialect) -> Option<&'static str> {
        match (self.algorithm, dialect.flavor) {
            // MariaDB's online copy ("Online Schema Change", 11.2).
            (Algorithm::Copy, Flavor::MariaDb) if !self.writes_wait => Some("ALGORITHM=COPY, LOCK=NONE"),
            (Algorithm::Copy, _) => None,
            (Algorithm::Instant, _) => Some("ALGORITHM=INSTANT"),
            (Algorithm::InPlace, Flavor::MariaDb) if self.writes_wait => Some("ALGORITHM=NOCOPY, LOCK=SHARED"),
            (Algorithm::InPlace, Flavor::MariaDb) => Some("ALGORITHM=NOCOPY, LOCK=NONE"),
            (Algorithm::InPlace | Algorithm::Rebuild, _) if self.writes_wait => Some("ALGORITHM=INPLACE, LOCK=SHARED"),
            (Algorithm::InPlace | Algorithm::Rebuild, _) => Some("ALGORITHM=INPLACE, LOCK=NONE"),
        }
    }

    /// The next dearer way that can be asked for, where the server refuses this one; none is dearer than a copy.
    pub fn one_rung_down(self, dialect: Dialect) -> Option<Self> {
        // MySQL's INPLACE covers both, so that nothing else would be asked.
        let rebuild = if dialect.is_mariadb() { Self::REBUILD } else { Self::REBUILD.blocking() };
        match (self.algorithm, self.writes_wait) {
            (Algorithm::Instant, _) => Some(Self::REBUILD),
            (Algorithm::InPlace, false) => Some(rebuild),
            (Algorithm::InPlace, true) if dialect.is_mariadb() => Some(rebuild.blocking()),
            (Algorithm::Rebuild, false) => Some(Self::REBUILD.blocking()),
            (Algorithm::InPlace | Algorithm::Rebuild, true) | (Algorithm::Copy, false) => Some(Self::COPY),
            (Algorithm::Copy, true) => None,
        }
    }

    /// Whether the application notices it: writes wait, or as much again as the table is written, though others can write
    /// meanwhile.
    pub fn is_blocking(self) -> bool {
        self.writes_wait || self.algorithm == Algorithm::Copy
    }

    /// The lock as `ALTER TABLE` names it.
    pub fn lock(self) -> &'static str {
        if self.writes_wait { "SHARED" } else { "NONE" }
    }
}

/// Predicts the cost of `change` on `table` of `live`. A table that does not exist yet costs nothing.
pub fn cost(change: &Change, table: &Table, live: &Schema) -> Cost {
    let site = Site { table, live };
    let cost = match change {
        Change::CreateTable(_) | Change::RenameTable { .. } | Change::DropTable(_) => return Cost::INSTANT,
        Change::SetDefault { .. } | Change::SetColumnVisible { .. } => Cost::INSTANT,
        Change::RenameColumn { from, .. } => site.rename_column(from),
        Change::AddColumn { column, position } => site.add_column(column, position.as_ref()),
        Change::ModifyColumn { from, to, position } => site.modify_column(from, to, position.is_some()),
        Change::DropColumn(column) => site.drop_column(column),
        Change::AddIndex(index) => site.add_index(index),
        Change::ReplaceIndex { from, to } => site.replace_index(from, to),
        Change::DropIndex(index) => site.drop_index(index),
        Change::AddPrimaryKey(key) => site.add_primary_key(key),
        // MariaDB copies partitions for it (1845).
        Change::ReplacePrimaryKey { .. } if !site.is_mysql() && table.partitioning.is_some() => site.copy(),
        Change::ReplacePrimaryKey { .. } => site.rebuild(),
        // MySQL's dictionary takes these INPLACE alone, and touches no row.
        Change::RenameIndex { .. }
        | Change::SetIndexVisible { .. }
        | Change::DropForeignKey(_)
        | Change::SetTableComment { .. }
        | Change::SetTableCharset { .. } => site.dictionary(),
        // With foreign_key_checks on, which is what finds orphans, the server copies.
        Change::AddForeignKey(_) => site.copy(),
        Change::AddCheck(check) if !check.enforced => Cost::INSTANT,
        Change::DropCheck(_) | Change::SetCheckEnforced { enforced: false, .. } => Cost::INSTANT,
        Change::AddCheck(_) | Change::SetCheckEnforced { .. } => site.copy(),
        Change::RaiseAutoIncrement { .. } => site.dictionary(),
        Change::ReplaceGeneratedKey { .. } => site.rebuild(),
        Change::SetStorage { to, .. } => site.set_storage(to),
        // No server takes a key away INPLACE without another one in its place (1846).
        Change::DropPrimaryKey(_) | Change::SetEngine { .. } => site.copy(),
        Change::Partition(change) => change.cost(),
    };
    if table.is_innodb() { cost } else { site.of_other_engine(change, cost) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rung_is_dearer_and_asks_for_something_else_down_to_the_copy() {
        let at = |flavor, version| Dialect { flavor, version, clustered: false };
        for dialect in
            [at(Flavor::MySql, (9, 7, 4)), at(Flavor::MariaDb, (10, 11, 19)), at(Flavor::MariaDb, (11, 8, 9))]
        {
            for first in [Cost::INSTANT, Cost::IN_PLACE, Cost::IN_PLACE.blocking(), Cost::REBUILD] {
                let rungs: Vec<Cost> = std::iter::successors(Some(first), |cost| cost.one_rung_down(dialect)).collect();
                assert_eq!(rungs.last(), Some(&Cost::COPY), "{rungs:?}");
                for pair in rungs.windows(2) {
                    assert!(pair[0].algorithm <= pair[1].algorithm && pair[0].writes_wait <= pair[1].writes_wait);
                    assert_ne!(pair[0].clause(dialect), pair[1].clause(dialect), "{pair:?} on {dialect}");
                }
            }
        }
    }
}
