//! Names of tables, columns, indexes and constraints.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest name of a table, column, index or constraint, in characters (MySQL manual, "Identifier Length Limits";
/// MariaDB has the same).
const MAX_CHARACTERS: usize = 64;

/// A name that both servers accept for a table, a column, an index or a constraint.
///
/// Equality, order and hash are exact. They hold for the names of tables as a server stores them
/// ([`StoredNames`](super::StoredNames)). [`Identifier::matches`] is the comparison for columns and indexes, whose names
/// never distinguish case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Identifier(String);

/// A text that cannot be a name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidIdentifier {
    #[error("a name is empty: it needs 1 to 64 characters")]
    Empty,
    #[error("the name {name:?} has {characters} characters: at most 64 are possible")]
    TooLong { name: String, characters: usize },
    #[error("the name {0:?} ends in a space, which the server does not store")]
    TrailingSpace(String),
    #[error("the name {name:?} contains {character:?}: only U+0001 to U+FFFF are possible")]
    Character { name: String, character: char },
}

impl Identifier {
    /// Takes a name as it is, without quotes.
    ///
    /// # Errors
    ///
    /// [`InvalidIdentifier`] when the name is empty, longer than 64 characters, ends in a space, or holds NUL or a
    /// character beyond the Basic Multilingual Plane (MySQL manual, "Schema Object Names").
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidIdentifier> {
        let name = name.into();
        if name.is_empty() {
            return Err(InvalidIdentifier::Empty);
        }
        let characters = name.chars().count();
        if characters > MAX_CHARACTERS {
            return Err(InvalidIdentifier::TooLong { name, characters });
        }
        if name.ends_with(' ') {
            return Err(InvalidIdentifier::TrailingSpace(name));
        }
        match name.chars().find(|c| !('\u{1}'..='\u{FFFF}').contains(c)) {
            Some(character) => Err(InvalidIdentifier::Character { name, character }),
            None => Ok(Self(name)),
        }
    }

    /// Returns the bare name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name as SQL: in backquotes, those within it doubled. No other function quotes names.
    #[must_use]
    pub fn quoted(&self) -> String {
        format!("`{}`", self.0.replace('`', "``"))
    }

    /// Returns whether both name the same column or index: the servers ignore case there, on every platform (MySQL
    /// manual, "Identifier Case Sensitivity").
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        // Nearly all names are ASCII, and a large schema spends its time on comparing them.
        if self.0.is_ascii() && other.0.is_ascii() {
            return self.0.eq_ignore_ascii_case(&other.0);
        }
        self.folded() == other.folded()
    }

    /// Returns the name in lower case.
    #[must_use]
    pub(super) fn lowered(&self) -> Self {
        Self(self.folded())
    }

    /// Returns a key for maps: the same for names that [`match`](Self::matches).
    #[must_use]
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

/// Returns names in backquotes, separated by commas.
pub(super) fn quoted_list(names: &[Identifier]) -> String {
    let quoted: Vec<String> = names.iter().map(Identifier::quoted).collect();
    quoted.join(", ")
}

/// Returns lower case, one character for each as the servers do: `str::to_lowercase` looks at a sigma's neighbours, and
/// makes two of `İ`, which MySQL stores as `i`.
pub(super) fn fold(name: &str) -> String {
    name.chars().filter_map(|c| c.to_lowercase().next()).collect()
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Identifier {
    type Err = InvalidIdentifier;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::new(name)
    }
}

impl TryFrom<String> for Identifier {
    type Error = InvalidIdentifier;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl From<Identifier> for String {
    fn from(name: Identifier) -> Self {
        name.0
    }
}

impl TryFrom<&str> for Identifier {
    type Error = InvalidIdentifier;

    fn try_from(name: &str) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_the_servers_take() {
        for name in ["a", "my table", "a`b", "größe", "1st", "select", &"x".repeat(64)] {
            assert_eq!(Identifier::new(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn refuses_what_the_servers_refuse() {
        let long = "ä".repeat(65);
        for (name, expected) in [
            ("", "a name is empty: it needs 1 to 64 characters"),
            ("a ", "the name \"a \" ends in a space, which the server does not store"),
            ("a\0", "the name \"a\\0\" contains '\\0': only U+0001 to U+FFFF are possible"),
            ("😀", "the name \"😀\" contains '😀': only U+0001 to U+FFFF are possible"),
        ] {
            assert_eq!(Identifier::new(name).unwrap_err().to_string(), expected);
        }
        assert!(matches!(Identifier::new(long), Err(InvalidIdentifier::TooLong { characters: 65, .. })));
    }

    #[test]
    fn quotes_by_doubling_backquotes() {
        assert_eq!(Identifier::new("a`b").unwrap().quoted(), "`a``b`");
    }

    #[test]
    fn matches_without_case_but_is_equal_with_it() {
        let [lower, upper] = ["größe", "GRÖßE"].map(|name| Identifier::new(name).unwrap());
        assert!(lower.matches(&upper));
        assert_ne!(lower, upper);
        assert_eq!(lower.folded(), upper.folded());
    }
}
