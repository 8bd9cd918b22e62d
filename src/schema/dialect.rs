//! The family and version of a server.

use std::fmt;

use thiserror::Error;

/// The two families of servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flavor {
    MySql,
    MariaDb,
}

impl fmt::Display for Flavor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MySql => "MySQL",
            Self::MariaDb => "MariaDB",
        })
    }
}

/// A server's family and version, which decide what a definition means and how it is spelled; and whether it is part of a
/// cluster, which decides who waits for a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dialect {
    pub flavor: Flavor,
    /// Major, minor, patch.
    pub version: (u16, u16, u16),
    /// Whether it is a node of a Galera cluster. There all nodes run a statement that changes a schema at the same place
    /// among all writes, and no write before it has ended.
    pub clustered: bool,
}

/// A text that is not a version.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the server calls its version {0:?}: expected three numbers such as 8.4.3 or 10.11.6-MariaDB")]
pub struct UnknownVersion(pub String);

impl Dialect {
    /// Reads `@@version`: `9.7.4`, `8.4.3-0ubuntu0`, `10.11.19-MariaDB-0+deb12u1`. The version does not show a cluster.
    ///
    /// MariaDB is known by its suffix, never by the number. Its prefix `5.5.5-`, which it puts before its own version
    /// in the handshake for old replicas, is skipped.
    ///
    /// # Errors
    ///
    /// [`UnknownVersion`] when the text does not begin with three numbers.
    pub fn parse(version: &str) -> Result<Self, UnknownVersion> {
        let unknown = || UnknownVersion(version.to_owned());
        let flavor = if version.to_ascii_lowercase().contains("mariadb") { Flavor::MariaDb } else { Flavor::MySql };
        let text = version.trim();
        let own = match flavor {
            Flavor::MariaDb => text.strip_prefix("5.5.5-").filter(|rest| three_numbers(rest).is_some()),
            Flavor::MySql => None,
        };
        let version = three_numbers(own.unwrap_or(text)).ok_or_else(unknown)?;
        Ok(Self { flavor, version, clustered: false })
    }

    /// Returns whether the server's version is this one or a later one of its own family.
    #[must_use]
    pub fn at_least(&self, major: u16, minor: u16, patch: u16) -> bool {
        self.version >= (major, minor, patch)
    }

    /// Returns whether the server is MariaDB.
    #[must_use]
    pub fn is_mariadb(&self) -> bool {
        self.flavor == Flavor::MariaDb
    }
}

/// Reads `10.11.6-anything` as numbers.
fn three_numbers(text: &str) -> Option<(u16, u16, u16)> {
    let mut numbers = text.splitn(3, '.');
    let (major, minor) = (numbers.next()?, numbers.next()?);
    let rest = numbers.next()?;
    let patch = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    Some((major.parse().ok()?, minor.parse().ok()?, patch.parse().ok()?))
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor, patch) = self.version;
        write!(f, "{} {major}.{minor}.{patch}", self.flavor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_versions_of_both() {
        for (text, expected) in [
            ("9.7.4", "MySQL 9.7.4"),
            ("8.4.3-0ubuntu0", "MySQL 8.4.3"),
            ("8.0.36-28.1", "MySQL 8.0.36"),
            ("10.11.19-MariaDB-0+deb12u1", "MariaDB 10.11.19"),
            ("5.5.5-10.11.6-MariaDB", "MariaDB 10.11.6"),
            ("5.5.5-MariaDB", "MariaDB 5.5.5"),
            ("11.8.2-MariaDB-log", "MariaDB 11.8.2"),
        ] {
            assert_eq!(Dialect::parse(text).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn refuses_what_is_no_version() {
        for text in ["", "9", "9.7", "a.b.c", "9.7.x", "99999.1.1"] {
            assert_eq!(Dialect::parse(text), Err(UnknownVersion(text.to_owned())));
        }
    }

    #[test]
    fn compares_versions_by_number() {
        let dialect = Dialect::parse("8.0.19").unwrap();
        assert!(dialect.at_least(8, 0, 19) && dialect.at_least(5, 7, 44));
        assert!(!dialect.at_least(8, 0, 20) && !dialect.at_least(8, 1, 0));
    }
}
