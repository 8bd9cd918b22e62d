//! A question about the rows of a table, and the problem that it looks for.

use std::fmt;

use crate::schema::Dialect;

/// A question about rows, whose answer has to be "none".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preflight {
    pub problem: RowProblem,
    /// Whether the object is new; else it changes.
    pub adds: bool,
    /// The object that would fail: `index user.ix_user_api_token`.
    pub object: String,
    /// A query that returns a row for each obstacle, without a limit.
    pub rows: String,
    /// Whether the query evaluates an expression of the schema, which a person wrote.
    pub evaluates: bool,
}

/// What is wrong with rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowProblem {
    /// Several have the same key.
    Duplicate,
    /// A value is NULL.
    Null,
    /// A virtual column that is never NULL would have NULL. MySQL takes such rows without an error, and reads 0 (tried on
    /// 9.7).
    VirtualNull,
    TooLong,
    OutOfRange,
    /// A value is not among the members of an enum or set.
    NotAMember,
    /// The new character set lacks a character.
    NotConvertible,
    NotJson,
    /// A row would get 0000-00-00, since the new column declares no default.
    ZeroDate,
    /// The row that a foreign key refers to does not exist.
    Orphan,
    /// A check does not hold.
    CheckViolated,
    /// No partition takes the row.
    OutsidePartitions,
    /// A geometry is of another spatial reference system than the column.
    OtherSrid,
    /// The server has no value for a new column that is never NULL.
    NoValue,
}

/// All questions about the rows of one step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preflights {
    pub questions: Vec<Preflight>,
    /// What no query can answer, and so stays open: `whether each value of user.age converts to int`.
    pub unchecked: Vec<String>,
    /// As `unchecked`, where the server takes such rows without an error.
    pub unguarded: Vec<String>,
}

impl Preflight {
    /// Returns the query that counts such rows, up to `limit`, and gives up after `seconds`.
    pub fn count(&self, limit: u32, seconds: u32, dialect: Dialect) -> String {
        let counted = format!("COUNT(*) FROM ({} LIMIT {limit}) AS found", self.rows);
        if dialect.is_mariadb() {
            format!("SET STATEMENT max_statement_time = {seconds} FOR SELECT {counted}")
        } else {
            format!("SELECT /*+ MAX_EXECUTION_TIME({}) */ {counted}", u64::from(seconds) * 1000)
        }
    }
}

impl RowProblem {
    /// Returns how many rows or values have the problem: `1 value occurs more than once`.
    pub fn counted(self, number: u32) -> String {
        let (one, more) = match self {
            Self::Duplicate => ("value occurs more than once", "values occur more than once"),
            Self::Null | Self::VirtualNull => ("row has NULL", "rows have NULL"),
            Self::TooLong => ("value is too long", "values are too long"),
            Self::OutOfRange => ("value is out of range", "values are out of range"),
            Self::NotAMember => ("value is not a member", "values are not members"),
            Self::NotConvertible => (
                "value has a character that the new character set lacks",
                "values have characters that the new character set lacks",
            ),
            Self::NotJson => ("value is not valid JSON", "values are not valid JSON"),
            Self::ZeroDate => {
                ("row would get 0000-00-00; declare a default", "rows would get 0000-00-00; declare a default")
            }
            Self::Orphan => ("row refers to a row that does not exist", "rows refer to rows that do not exist"),
            Self::CheckViolated => ("row violates the check", "rows violate the check"),
            Self::OutsidePartitions => ("row is in no partition", "rows are in no partition"),
            Self::OtherSrid => {
                ("value has another spatial reference system", "values have another spatial reference system")
            }
            Self::NoValue => ("row would have no value", "rows would have no value"),
        };
        format!("{number} {}", if number == 1 { one } else { more })
    }
}

/// The obstacles, in the plural.
impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Duplicate => "keys that several rows share",
            Self::Null | Self::VirtualNull => "rows with NULL",
            Self::TooLong => "rows with a value that is too long",
            Self::OutOfRange => "rows with a value that is out of range",
            Self::NotAMember => "rows with a value that is not a member",
            Self::NotConvertible => "rows with a character that the new character set lacks",
            Self::NotJson => "rows with a value that is not valid JSON",
            Self::ZeroDate => "rows that would get 0000-00-00",
            Self::Orphan => "rows that refer to a row that does not exist",
            Self::CheckViolated => "rows that violate the check",
            Self::OutsidePartitions => "rows that no partition takes",
            Self::OtherSrid => "rows with a value of another spatial reference system",
            Self::NoValue => "rows without a value for the column",
        })
    }
}
