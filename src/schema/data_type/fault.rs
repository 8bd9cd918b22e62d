//! What can be wrong with a type's text.

use thiserror::Error;

use super::super::token::InvalidSql;
use super::members::InvalidMembers;

/// A text that is not a type.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the type {text:?} {fault}")]
pub struct InvalidDataType {
    pub text: String,
    pub fault: DataTypeFault,
}

/// What is wrong with a text that is not a type.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DataTypeFault {
    #[error("is empty: expected one such as int, varchar(64) or datetime(3)")]
    Empty,
    #[error("can't be read: {0}")]
    Unreadable(#[from] InvalidSql),
    #[error("is unknown: {0:?} is not the name of a type")]
    Unknown(String),
    #[error("needs a length, such as {0}(255)")]
    NoLength(String),
    #[error("takes {expected} in its parentheses")]
    Arguments { expected: &'static str },
    #[error("has the {what} {given}: {from} to {to} are possible")]
    Range { what: &'static str, given: String, from: u32, to: u32 },
    #[error("has more digits after the point ({fraction}) than in all ({total})")]
    Scale { total: u32, fraction: u32 },
    #[error("is not possible: {0}")]
    Members(#[from] InvalidMembers),
    #[error("depends on the character set: write {smaller} or {larger}")]
    AmbiguousText { smaller: &'static str, larger: &'static str },
    #[error(
        "is short for several attributes: write the type bigint unsigned, nullable: false, autoIncrement: true and \
             a unique index"
    )]
    Serial,
    #[error("is followed by {word}, which is not part of a type: {instead}")]
    Attribute { word: String, instead: &'static str },
}
