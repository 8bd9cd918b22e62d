//! The values of a partition: texts such as `1, MAXVALUE` and `(1, 'a'), (2, NULL)`, cut into expressions.

use thiserror::Error;

use super::super::parentheses::top_level_commas;
use super::super::token::tokenize;
use super::super::{Expression, InvalidExpression};

/// Which rows a partition takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartitionValues {
    /// A hash decides.
    Hashed,
    /// The bound below which the rows are: one value, or one for each column.
    LessThan(Vec<Bound>),
    /// The values; each is one, or one for each column.
    In(Vec<Vec<Expression>>),
    /// All rows that no other partition takes (MariaDB only).
    Default,
}

/// One part of a range's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    Value(Expression),
    MaxValue,
}

/// A text that is not a bound or a list of values of a partition.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidValues {
    #[error("{0}")]
    Expression(#[from] InvalidExpression),
    #[error("{text:?} has {found} values, and needs {expected}, one for each column")]
    Number { text: String, found: usize, expected: usize },
    #[error(
        "{0:?} is not a list of values: with several columns each item needs parentheses, as in (1, 'a'), (2, NULL)"
    )]
    Items(String),
    #[error("NULL can't be a bound: rows with NULL are in the first range")]
    Null,
}

impl PartitionValues {
    /// Reads a range's end: `2027`, `MAXVALUE`, `to_days('2027-01-01')`, or for several columns `1, MAXVALUE`.
    ///
    /// # Errors
    /// [`InvalidValues`] where there are more or fewer than columns, or one is not an expression.
    pub fn less_than(text: &str, columns: usize) -> Result<Self, InvalidValues> {
        let parts = split(text)?;
        if parts.len() != columns {
            return Err(InvalidValues::Number { text: text.to_owned(), found: parts.len(), expected: columns });
        }
        let bound = |part: &&str| {
            if part.eq_ignore_ascii_case("maxvalue") {
                return Ok(Bound::MaxValue);
            }
            if part.eq_ignore_ascii_case("null") {
                return Err(InvalidValues::Null);
            }
            Ok(Bound::Value(Expression::new(part)?))
        };
        parts.iter().map(bound).collect::<Result<_, _>>().map(Self::LessThan)
    }

    /// Reads a list: `1, 2, NULL`, for several columns `(1, 'a'), (2, NULL)`; `DEFAULT` is all other values.
    ///
    /// # Errors
    /// As [`PartitionValues::less_than`].
    pub fn list(text: &str, columns: usize) -> Result<Self, InvalidValues> {
        if text.trim().eq_ignore_ascii_case("default") {
            return Ok(Self::Default);
        }
        let mut items = Vec::new();
        for item in split(text)? {
            if columns == 1 {
                items.push(vec![Expression::new(item)?]);
                continue;
            }
            let inside = item.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
            let parts = split(inside.ok_or_else(|| InvalidValues::Items(text.to_owned()))?)?;
            if parts.len() != columns {
                return Err(InvalidValues::Number { text: item.to_owned(), found: parts.len(), expected: columns });
            }
            items.push(parts.into_iter().map(Expression::new).collect::<Result<_, _>>()?);
        }
        Ok(Self::In(items))
    }

    /// Returns whether both are the same; the order within a list means nothing.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::In(one), Self::In(other)) => one.len() == other.len() && one.iter().all(|item| other.contains(item)),
            _ => self == other,
        }
    }

    /// Returns whether the range has no end.
    #[must_use]
    pub fn is_unbounded(&self) -> bool {
        matches!(self, Self::LessThan(bounds) if bounds.first() == Some(&Bound::MaxValue))
    }

    /// Returns whether it is certain that the server prints all of them as they are written here.
    #[must_use]
    pub fn are_plain(&self) -> bool {
        let is_plain = |expression: &Expression| {
            expression.as_integer().is_some_and(|number| number.to_string() == expression.as_str())
                || expression.as_str().eq_ignore_ascii_case("null")
        };
        match self {
            Self::Hashed | Self::Default => true,
            Self::LessThan(bounds) => bounds.iter().all(|bound| match bound {
                Bound::Value(expression) => is_plain(expression),
                Bound::MaxValue => true,
            }),
            Self::In(items) => items.iter().flatten().all(is_plain),
        }
    }
}

/// Cuts a text at the commas outside of parentheses.
fn split(text: &str) -> Result<Vec<&str>, InvalidExpression> {
    let Ok(tokens) = tokenize(text) else {
        // The expression says what is wrong.
        return Expression::new(text).map(|_| vec![text]);
    };
    let ends = top_level_commas(&tokens).map(|token| token.offset).collect::<Vec<_>>();
    let starts = std::iter::once(0).chain(ends.iter().map(|end| end + 1));
    let ends = ends.iter().copied().chain([text.len()]);
    Ok(starts.zip(ends).map(|(start, end)| text.get(start..end).unwrap_or_default().trim()).collect())
}
