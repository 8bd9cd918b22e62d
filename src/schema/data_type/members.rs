//! The members of an `ENUM` or a `SET`.

use std::collections::HashSet;

use thiserror::Error;

/// The members: at least one text, no two the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Members(Vec<String>);

/// Texts that can't be the members of one type.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidMembers {
    #[error("it needs at least one member")]
    None,
    #[error("it has {count} members: at most {most} are possible")]
    TooMany { count: usize, most: usize },
    #[error("its member {0:?} is there twice")]
    Twice(String),
    #[error("its member {0:?} is longer than 255 characters")]
    TooLong(String),
    #[error("its member {0:?} contains a comma, which separates the members of a set's value")]
    Comma(String),
}

impl Members {
    /// Returns the members of an `ENUM`.
    ///
    /// Trailing spaces are dropped, as the server drops them (MySQL manual, "The ENUM Type"). Whether two members are
    /// the same under the column's collation is for the server to decide.
    ///
    /// # Errors
    ///
    /// [`InvalidMembers`] when there are none, more than 65,535, one twice, or one longer than 255 characters.
    pub fn of_enum(members: Vec<String>) -> Result<Self, InvalidMembers> {
        Self::new(members, 65_535)
    }

    /// Returns the members of a `SET`.
    ///
    /// # Errors
    ///
    /// As for [`Members::of_enum`], with at most 64 members, and none with a comma (MySQL manual, "The SET Type").
    pub fn of_set(members: Vec<String>) -> Result<Self, InvalidMembers> {
        match members.iter().find(|member| member.contains(',')) {
            Some(member) => Err(InvalidMembers::Comma(member.clone())),
            None => Self::new(members, 64),
        }
    }

    /// Returns them in their order, which is that of their stored numbers.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    fn new(mut members: Vec<String>, most: usize) -> Result<Self, InvalidMembers> {
        let count = members.len();
        if count == 0 {
            return Err(InvalidMembers::None);
        }
        if count > most {
            return Err(InvalidMembers::TooMany { count, most });
        }
        for member in &mut members {
            member.truncate(member.trim_end_matches(' ').len());
        }
        if let Some(long) = members.iter().find(|member| member.chars().count() > 255) {
            return Err(InvalidMembers::TooLong(long.clone()));
        }
        let mut seen = HashSet::new();
        match members.iter().find(|member| !seen.insert(member.as_str())) {
            Some(twice) => Err(InvalidMembers::Twice(twice.clone())),
            None => Ok(Self(members)),
        }
    }
}
