//! Cuts the definition of a column into its clauses.

use super::super::parentheses::closing;
use super::super::token::{Token, TokenKind};
use super::clause::Clause;

/// A clause of a column. Code that completes the model takes those that it has no field for as they are.
#[derive(Debug, Clone)]
pub struct ColumnClause<'t, 's> {
    pub kind: ColumnClauseKind,
    pub tokens: &'t [Token<'s>],
}

/// What a clause of a column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnClauseKind {
    /// The type, with `UNSIGNED` and `ZEROFILL`.
    Type,
    Charset,
    Collation,
    Nullability,
    Default,
    OnUpdate,
    AutoIncrement,
    Generated,
    Comment,
    Visibility,
    Srid,
    Compressed,
    Check,
    /// Anything else: `COLUMN_FORMAT FIXED`, `` `name`='value' ``.
    Other,
}

impl ColumnClause<'_, '_> {
    /// Returns what is compared of it; `None` for what the model compares, or what says nothing: a character set and a
    /// collation are shown only where they were written, and `NULL` and `DEFAULT NULL` are what a column has anyway.
    pub fn compared(&self, sql: &str) -> Option<Clause> {
        match self.kind {
            ColumnClauseKind::Charset | ColumnClauseKind::Collation => None,
            ColumnClauseKind::Nullability | ColumnClauseKind::Default => {
                let clause = self.clause(sql);
                (!clause.is(&["NULL"]) && !clause.is(&["DEFAULT", "NULL"])).then_some(clause)
            }
            ColumnClauseKind::Type
            | ColumnClauseKind::OnUpdate
            | ColumnClauseKind::AutoIncrement
            | ColumnClauseKind::Generated
            | ColumnClauseKind::Comment
            | ColumnClauseKind::Visibility
            | ColumnClauseKind::Srid
            | ColumnClauseKind::Compressed
            | ColumnClauseKind::Check
            | ColumnClauseKind::Other => Some(self.clause(sql)),
        }
    }

    fn clause(&self, sql: &str) -> Clause {
        let begins_with_parenthesis = self.tokens.get(1).is_some_and(|token| token.is_symbol("("));
        match self.kind {
            ColumnClauseKind::Generated | ColumnClauseKind::Check => Clause::with_expression(self.tokens, sql),
            ColumnClauseKind::Default if begins_with_parenthesis => Clause::with_expression(self.tokens, sql),
            _ => Clause::new(self.tokens, sql),
        }
    }
}

/// Cuts what follows the name of a column.
pub fn column_clauses<'t, 's>(tokens: &'t [Token<'s>]) -> Vec<ColumnClause<'t, 's>> {
    let mut clauses = Vec::new();
    let mut rest = tokens;
    while !rest.is_empty() {
        let (kind, length) = if clauses.is_empty() { (ColumnClauseKind::Type, type_length(rest)) } else { next(rest) };
        let (tokens, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        clauses.push(ColumnClause { kind, tokens });
        rest = after;
    }
    clauses
}

/// Measures `bigint(20) unsigned zerofill`, `double precision`, `enum('a','b')`.
fn type_length(tokens: &[Token<'_>]) -> usize {
    let mut length = 1 + parentheses_length(tokens.get(1..).unwrap_or_default());
    let is_of_type = |token: &&Token<'_>| {
        ["unsigned", "signed", "zerofill", "precision", "varying"].iter().any(|word| token.is_word(word))
    };
    length += tokens.iter().skip(length).take_while(is_of_type).count();
    length
}

/// Returns the kind and the number of tokens of the first clause.
fn next(tokens: &[Token<'_>]) -> (ColumnClauseKind, usize) {
    known(tokens).unwrap_or_else(|| {
        // Another clause ends where the next one begins.
        let after = tokens.get(1..).unwrap_or_default();
        let value = match after {
            [equals, _, ..] if equals.is_symbol("=") => 2,
            _ => usize::from(after.first().is_some_and(|next| !begins_clause(after, next))),
        };
        let mut length = 1 + value;
        while let Some([first, ..]) = tokens.get(length..)
            && !begins_clause(tokens.get(length..).unwrap_or_default(), first)
        {
            length += 1;
        }
        (ColumnClauseKind::Other, length)
    })
}

/// Returns whether a clause begins here, known or not.
fn begins_clause(tokens: &[Token<'_>], first: &Token<'_>) -> bool {
    const OTHERS: [&str; 5] = ["column_format", "storage", "engine_attribute", "secondary_engine_attribute", "without"];
    known(tokens).is_some()
        || matches!(first.kind, TokenKind::QuotedIdentifier | TokenKind::Comment)
        || OTHERS.iter().any(|word| first.is_word(word))
}

/// Recognises a clause that the model holds.
fn known(tokens: &[Token<'_>]) -> Option<(ColumnClauseKind, usize)> {
    let first = tokens.first()?;
    let second_is = |word: &str| tokens.get(1).is_some_and(|token| token.is_word(word));
    let after = |count: usize| tokens.get(count..).unwrap_or_default();
    let is = |word: &str| first.is_word(word);
    let found = if is("character") && second_is("set") {
        (ColumnClauseKind::Charset, 3)
    } else if is("charset") {
        (ColumnClauseKind::Charset, 2)
    } else if is("collate") {
        (ColumnClauseKind::Collation, 2)
    } else if is("not") && second_is("null") {
        (ColumnClauseKind::Nullability, 2)
    } else if is("null") {
        (ColumnClauseKind::Nullability, 1)
    } else if is("default") {
        (ColumnClauseKind::Default, 1 + value_length(after(1)))
    } else if is("on") && second_is("update") {
        (ColumnClauseKind::OnUpdate, 2 + value_length(after(2)))
    } else if is("auto_increment") {
        (ColumnClauseKind::AutoIncrement, 1)
    } else if is("generated") || is("as") {
        let words = if is("as") { 1 } else { 3 };
        let length = words + parentheses_length(after(words));
        let storage = ["virtual", "stored", "persistent"];
        let has_storage = tokens.get(length).is_some_and(|token| storage.iter().any(|word| token.is_word(word)));
        (ColumnClauseKind::Generated, length + usize::from(has_storage))
    } else if is("comment") {
        (ColumnClauseKind::Comment, 2)
    } else if is("invisible") || is("visible") {
        (ColumnClauseKind::Visibility, 1)
    } else if is("srid") {
        (ColumnClauseKind::Srid, 2)
    } else if is("compressed") {
        (ColumnClauseKind::Compressed, 1)
    } else if is("check") {
        (ColumnClauseKind::Check, 1 + parentheses_length(after(1)))
    } else {
        return None;
    };
    Some(found)
}

/// Measures a value: a literal with its sign or introducer, an expression in parentheses, or a function with or without
/// arguments.
fn value_length(tokens: &[Token<'_>]) -> usize {
    let Some(first) = tokens.first() else { return 0 };
    let rest = tokens.get(1..).unwrap_or_default();
    match first.kind {
        TokenKind::Symbol if first.is_symbol("(") => parentheses_length(tokens),
        TokenKind::Symbol => 1 + value_length(rest),
        TokenKind::Word | TokenKind::QuotedIdentifier => {
            let is_tied = |token: &Token<'_>| token.kind == TokenKind::String || token.kind == TokenKind::Comment;
            match rest.first() {
                Some(next) if next.is_symbol("(") => 1 + parentheses_length(rest),
                Some(next) if next.is_symbol(".") => 2 + value_length(rest.get(1..).unwrap_or_default()),
                // `_utf8mb4'x'`, `TIMESTAMP/*WITH LOCAL TIME ZONE*/'2000-01-01'`; `NULL` is followed by no string.
                Some(next) if first.kind == TokenKind::Word && is_tied(next) && next.offset == first.end() => {
                    1 + value_length(rest)
                }
                _ => 1,
            }
        }
        TokenKind::Comment => 1 + value_length(rest),
        TokenKind::String
        | TokenKind::Number
        | TokenKind::Hexadecimal
        | TokenKind::Bits
        | TokenKind::Variable
        | TokenKind::ExecutableComment => 1,
    }
}

/// Returns the number of tokens of the parentheses at the beginning; 0 where there are none.
pub fn parentheses_length(tokens: &[Token<'_>]) -> usize {
    if tokens.first().is_some_and(|token| token.is_symbol("(")) {
        closing(tokens).map_or(tokens.len(), |at| at + 1)
    } else {
        0
    }
}
