//! The method that decides to which partition a row belongs, and the columns that it uses.

use super::super::token::{Token, TokenKind, tokenize};
use super::super::{Expression, Identifier};

/// The method that decides to which partition a row belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartitionMethod {
    Range(Expression),
    RangeColumns(Vec<Identifier>),
    List(Expression),
    ListColumns(Vec<Identifier>),
    Hash {
        linear: bool,
        expression: Expression,
    },
    Key {
        linear: bool,
        /// An empty list is the primary key.
        columns: Vec<Identifier>,
        /// `ALGORITHM = 1`, the hash of MySQL before 5.5, which old tables keep.
        algorithm: Option<u8>,
    },
}

impl PartitionMethod {
    /// Returns whether partitions are ranges.
    #[must_use]
    pub fn is_range(&self) -> bool {
        matches!(self, Self::Range(_) | Self::RangeColumns(_))
    }

    /// Returns whether partitions are lists of values.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(self, Self::List(_) | Self::ListColumns(_))
    }

    /// Returns how many values a bound or an item of a list consists of.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            Self::RangeColumns(columns) | Self::ListColumns(columns) => columns.len(),
            _ => 1,
        }
    }

    /// Returns the expression whose value decides.
    #[must_use]
    pub fn expression(&self) -> Option<&Expression> {
        match self {
            Self::Range(expression) | Self::List(expression) | Self::Hash { expression, .. } => Some(expression),
            Self::RangeColumns(_) | Self::ListColumns(_) | Self::Key { .. } => None,
        }
    }

    /// Returns the columns that are listed; none where an expression or the primary key decides.
    #[must_use]
    pub fn columns(&self) -> &[Identifier] {
        match self {
            Self::RangeColumns(columns) | Self::ListColumns(columns) | Self::Key { columns, .. } => columns,
            Self::Range(_) | Self::List(_) | Self::Hash { .. } => &[],
        }
    }

    /// Returns whether the columns of the primary key decide, whichever these are.
    #[must_use]
    pub fn is_by_primary_key(&self) -> bool {
        matches!(self, Self::Key { columns, .. } if columns.is_empty())
    }

    /// Returns the columns that are listed, and the names in the expression.
    #[must_use]
    pub fn named_columns(&self) -> Vec<Identifier> {
        let text = self.expression().map(Expression::as_str).unwrap_or_default();
        let named = name_tokens(text).into_iter().filter_map(|token| Identifier::new(token.value()).ok());
        self.columns().iter().cloned().chain(named).collect()
    }

    /// Returns whether rows are divided by the value of this column. The columns of the primary key, which `KEY ()`
    /// means, are not known here.
    #[must_use]
    pub fn is_by(&self, column: &Identifier) -> bool {
        let listed = self.columns().iter().any(|name| name.matches(column));
        listed || self.expression().is_some_and(|expression| is_named(expression.as_str(), column))
    }

    /// Returns whether both divide rows alike: names in any case, expressions by their meaning.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        let same_columns = |one: &[Identifier], other: &[Identifier]| {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.matches(other))
        };
        match (self, other) {
            (Self::Range(one), Self::Range(other)) | (Self::List(one), Self::List(other)) => one == other,
            (Self::RangeColumns(one), Self::RangeColumns(other))
            | (Self::ListColumns(one), Self::ListColumns(other)) => same_columns(one, other),
            (Self::Hash { linear, expression }, Self::Hash { linear: other_linear, expression: other }) => {
                linear == other_linear && expression == other
            }
            (
                Self::Key { linear, columns, algorithm },
                Self::Key { linear: other_linear, columns: other, algorithm: other_algorithm },
            ) => linear == other_linear && algorithm == other_algorithm && same_columns(columns, other),
            _ => false,
        }
    }

    /// Returns the method with columns under their new names: from, to.
    #[must_use]
    pub fn with_columns_renamed(&self, renames: &[(Identifier, Identifier)]) -> Self {
        let in_expression = |expression: &Expression| renamed_in(expression, renames);
        let in_columns = |columns: &[Identifier]| {
            columns.iter().map(|name| new_name(name, renames).unwrap_or(name).clone()).collect()
        };
        match self {
            Self::Range(expression) => Self::Range(in_expression(expression)),
            Self::List(expression) => Self::List(in_expression(expression)),
            Self::Hash { linear, expression } => Self::Hash { linear: *linear, expression: in_expression(expression) },
            Self::RangeColumns(columns) => Self::RangeColumns(in_columns(columns)),
            Self::ListColumns(columns) => Self::ListColumns(in_columns(columns)),
            Self::Key { linear, columns, algorithm } => {
                Self::Key { linear: *linear, columns: in_columns(columns), algorithm: *algorithm }
            }
        }
    }
}

/// Returns whether a text names this column: not as a function, nor as the unit of `EXTRACT(YEAR FROM d)`.
pub(super) fn is_named(text: &str, column: &Identifier) -> bool {
    name_tokens(text).iter().any(|token| column.as_str().to_lowercase() == token.value().to_lowercase())
}

/// Returns the tokens of a text that can be names of columns.
fn name_tokens(text: &str) -> Vec<Token<'_>> {
    let tokens = tokenize(text).unwrap_or_default();
    let is_name = |at: usize, token: &Token<'_>| match token.kind {
        TokenKind::QuotedIdentifier => true,
        TokenKind::Word => {
            let is_symbol = |at: Option<usize>, symbol: &str| {
                at.and_then(|at| tokens.get(at)).is_some_and(|token| token.is_symbol(symbol))
            };
            let is_unit = is_symbol(at.checked_sub(1), "(")
                && at.checked_sub(2).and_then(|at| tokens.get(at)).is_some_and(|token| token.is_word("extract"));
            !is_symbol(at.checked_add(1), "(") && !is_unit
        }
        _ => false,
    };
    tokens.iter().enumerate().filter(|(at, token)| is_name(*at, token)).map(|(_, token)| *token).collect()
}

fn new_name<'a>(name: &Identifier, renames: &'a [(Identifier, Identifier)]) -> Option<&'a Identifier> {
    renames.iter().find(|(from, _)| from.matches(name)).map(|(_, to)| to)
}

fn renamed_in(expression: &Expression, renames: &[(Identifier, Identifier)]) -> Expression {
    let mut text = expression.as_str().to_owned();
    for token in name_tokens(expression.as_str()).iter().rev() {
        let name = Identifier::new(token.value()).ok();
        if let Some(to) = name.and_then(|name| new_name(&name, renames)) {
            text.replace_range(token.offset..token.end(), &to.quoted());
        }
    }
    // With a name in the place of another it is still one expression.
    Expression::new(&text).unwrap_or_else(|_| expression.clone())
}
