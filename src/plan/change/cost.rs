//! What a change costs: the algorithm of `ALTER TABLE`, and whether writes wait.

use std::fmt;

use crate::schema::{Dialect, Flavor};

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
    pub(crate) const INSTANT: Self = Self { algorithm: Algorithm::Instant, writes_wait: false };
    pub(crate) const IN_PLACE: Self = Self { algorithm: Algorithm::InPlace, writes_wait: false };
    pub(crate) const REBUILD: Self = Self { algorithm: Algorithm::Rebuild, writes_wait: false };
    pub(crate) const COPY: Self = Self { algorithm: Algorithm::Copy, writes_wait: true };

    /// The same while writes wait.
    pub(crate) fn blocking(self) -> Self {
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
