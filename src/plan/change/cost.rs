//! The cost of a change: the algorithm of `ALTER TABLE`, and whether writes wait.

use std::fmt;

use crate::schema::{Dialect, Flavor};

/// How the server executes an `ALTER TABLE`, cheapest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// Only the data dictionary changes.
    Instant,
    /// The table's rows stay where they are; an index may be built beside them. MariaDB calls it `NOCOPY`.
    InPlace,
    /// The server rebuilds the table, while it takes writes.
    Rebuild,
    /// The server copies the table row by row. Writes wait meanwhile, except on MariaDB from 11.2 on.
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
    pub const INSTANT: Self = Self { algorithm: Algorithm::Instant, writes_wait: false };
    pub const IN_PLACE: Self = Self { algorithm: Algorithm::InPlace, writes_wait: false };
    pub const REBUILD: Self = Self { algorithm: Algorithm::Rebuild, writes_wait: false };
    pub const COPY: Self = Self { algorithm: Algorithm::Copy, writes_wait: true };

    /// Returns the same cost, with writes waiting.
    #[must_use]
    pub fn blocking(self) -> Self {
        Self { writes_wait: true, ..self }
    }

    /// Returns the cost of two changes in one statement.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self.algorithm, other.algorithm) {
            // Writes that wait for a change in place need not wait for an online copy.
            (Algorithm::Copy, other) if other != Algorithm::Copy => self,
            (own, Algorithm::Copy) if own != Algorithm::Copy => other,
            (own, other_algorithm) => {
                Self { algorithm: own.max(other_algorithm), writes_wait: self.writes_wait || other.writes_wait }
            }
        }
    }

    /// Returns the cost of a statement without changes.
    pub fn none() -> Self {
        Self::INSTANT
    }

    /// Returns the clause that requests this algorithm and lock, for an engine that alters tables in place.
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

    /// Returns the next dearer cost to request, where the server refuses this one; none is dearer than a copy.
    pub fn one_rung_down(self, dialect: Dialect) -> Option<Self> {
        // MySQL's INPLACE covers both, so the request would be the same.
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

    /// Whether the application notices it: writes wait, or the server copies the whole table, even if it takes writes
    /// meanwhile.
    pub fn is_blocking(self) -> bool {
        self.writes_wait || self.algorithm == Algorithm::Copy
    }

    /// Returns the lock as `ALTER TABLE` names it.
    pub fn lock(self) -> &'static str {
        if self.writes_wait { "SHARED" } else { "NONE" }
    }
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
