//! SQL expressions: defaults, generated columns, checks and functional key parts.

mod node;
mod normal;
mod operand;
mod parse;

use std::fmt;

use thiserror::Error;

use super::identifier::{Identifier, fold};
use super::parentheses::top_level_commas;
use super::token::{InvalidSql, Token, TokenKind, tokenize};
use normal::Normal;

/// The text of exactly one SQL expression, kept as it was given, without parentheses around the whole.
///
/// It can't hold what would be more than an expression in a statement: comments, several expressions, statements,
/// subqueries and variables (which neither server takes in a table definition).
///
/// Two are equal when they differ only in spelling: white space, letter case outside strings, quoting, redundant
/// parentheses, synonyms of functions. Equal expressions mean the same. Unequal ones may mean the same too, and only the
/// server can tell.
#[derive(Debug, Clone)]
pub struct Expression(String);

/// A text that is not one expression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the expression {expression:?} {fault}")]
pub struct InvalidExpression {
    pub expression: String,
    pub fault: ExpressionFault,
}

/// What is wrong with a text that is not one expression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExpressionFault {
    #[error("is empty")]
    Empty,
    #[error("can't be read: {0}")]
    Unreadable(#[from] InvalidSql),
    #[error("contains a comment at byte {0}: comments are not possible here")]
    Comment(usize),
    #[error("contains the variable {0}: only columns, literals and functions are possible here")]
    Variable(String),
    #[error("contains {0}: statements and subqueries are not possible here; quote it in backquotes if it is a name")]
    Statement(String),
    #[error("contains {symbol:?} at byte {offset}, which is not part of an expression")]
    Symbol { symbol: String, offset: usize },
    #[error("has a parenthesis at byte {0} without its counterpart")]
    Parenthesis(usize),
    #[error("is several expressions: there is a comma at byte {0} outside of parentheses")]
    Several(usize),
}

/// The words that begin a subquery or write elsewhere. All are reserved: a column of that name needs backquotes.
const STATEMENT_WORDS: [&str; 4] = ["SELECT", "INTO", "TABLE", "VALUES"];

impl Expression {
    /// Takes one expression, and removes parentheses around the whole.
    ///
    /// # Errors
    ///
    /// [`InvalidExpression`] when the text is empty, is more than one expression, or contains comments, variables,
    /// statements or unterminated strings.
    pub fn new(expression: &str) -> Result<Self, InvalidExpression> {
        let invalid = |fault| InvalidExpression { expression: expression.trim().to_owned(), fault };
        let tokens = tokenize(expression).map_err(|e| invalid(e.into()))?;
        for token in &tokens {
            refuse_foreign(token).map_err(invalid)?;
        }
        let tokens = without_outer_parentheses(&tokens).map_err(invalid)?;
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
            return Err(invalid(ExpressionFault::Empty));
        };
        refuse_several(tokens).map_err(invalid)?;
        // Two of them begin a comment where the text ends.
        if last.is_symbol("-") {
            return Err(invalid(ExpressionFault::Symbol { symbol: "-".to_owned(), offset: last.offset }));
        }
        let text = expression.get(first.offset..last.end()).unwrap_or_default();
        Ok(Self(text.to_owned()))
    }

    /// Returns `CURRENT_TIMESTAMP` with so many fractional digits; 0 is none.
    #[must_use]
    pub fn current_timestamp(fsp: u8) -> Self {
        Self(match fsp {
            0 => "CURRENT_TIMESTAMP".to_owned(),
            _ => format!("CURRENT_TIMESTAMP({fsp})"),
        })
    }

    /// Returns whether it is `CURRENT_TIMESTAMP` under any of its names.
    #[must_use]
    pub fn is_current_timestamp(&self) -> bool {
        self.current_timestamp_fsp().is_some()
    }

    /// Returns the fractional digits of a `CURRENT_TIMESTAMP`; `None` when it is another expression.
    #[must_use]
    pub fn current_timestamp_fsp(&self) -> Option<u8> {
        (0..=6).find(|fsp| *self == Self::current_timestamp(*fsp))
    }

    /// Returns whether it is `CURRENT_TIMESTAMP` by that word, as a default without parentheses. MySQL keeps `(now())`
    /// apart from it: the same value, but an expression to `SHOW CREATE TABLE` and to `ADD COLUMN`, which it makes a
    /// copy (1845, tried on 9.7).
    #[must_use]
    pub fn is_current_timestamp_word(&self) -> bool {
        let word = self.0.get(.."current_timestamp".len()).unwrap_or_default();
        word.eq_ignore_ascii_case("current_timestamp") && self.is_current_timestamp()
    }

    /// Returns the number that it is; `None` where it is anything but one number.
    #[must_use]
    pub fn as_integer(&self) -> Option<i128> {
        let text: String = self.0.split_whitespace().collect();
        text.parse().ok()
    }

    /// Returns all words in it, of columns, functions and anything else, in lower case. For columns, ask
    /// [`names_column`](Self::names_column).
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let tokens = tokenize(&self.0).unwrap_or_default();
        let is_name = |token: &&Token<'_>| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
        tokens.iter().filter(is_name).map(|token| fold(&token.value())).collect()
    }

    /// Returns whether it names this column, in backquotes or not. It says yes where a word may be something else, and no
    /// where no column can stand: at the name of a function, after `AS` or `COLLATE`, and after an operand.
    #[must_use]
    pub fn names_column(&self, column: &Identifier) -> bool {
        let Ok(tokens) = tokenize(&self.0) else { return true };
        tokens.iter().enumerate().any(|(at, token)| {
            let before = at.checked_sub(1).and_then(|at| tokens.get(at));
            let may_be_name = match token.kind {
                TokenKind::QuotedIdentifier => true,
                TokenKind::Word => {
                    !tokens.get(at + 1).is_some_and(|next| next.is_symbol("(")) && !before.is_some_and(precedes_keyword)
                }
                _ => false,
            };
            may_be_name && fold(&token.value()) == column.folded()
        })
    }

    /// Returns whether it may call a function: it says yes for any word before a parenthesis, and for any word where it
    /// can't be read.
    #[must_use]
    pub fn may_call_function(&self) -> bool {
        let Ok(tokens) = tokenize(&self.0) else { return true };
        tokens.windows(2).any(|pair| match pair {
            [word, next] => matches!(word.kind, TokenKind::Word | TokenKind::QuotedIdentifier) && next.is_symbol("("),
            _ => false,
        })
    }

    /// Returns the expression with other names for some columns, given by their names in lower case; `None` where it
    /// has none of them. Only names in backquotes count, as the servers write them.
    #[must_use]
    pub fn renamed<'a>(&self, name_for: impl Fn(&str) -> Option<&'a Identifier>) -> Option<Self> {
        let tokens = tokenize(&self.0).unwrap_or_default();
        let mut text = String::with_capacity(self.0.len());
        let mut end = 0;
        for token in tokens.iter().filter(|token| token.kind == TokenKind::QuotedIdentifier) {
            let Some(name) = name_for(&fold(&token.value())) else { continue };
            text.push_str(self.0.get(end..token.offset).unwrap_or_default());
            text.push_str(&name.quoted());
            end = token.end();
        }
        (end > 0).then(|| Self(text + self.0.get(end..).unwrap_or_default()))
    }

    /// Returns the text as it was given, without parentheses around the whole.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether only an operator, a unit, a type or a collation follows this token, never a name of a column.
fn precedes_keyword(token: &Token<'_>) -> bool {
    match token.kind {
        TokenKind::QuotedIdentifier
        | TokenKind::String
        | TokenKind::Number
        | TokenKind::Hexadecimal
        | TokenKind::Bits
        | TokenKind::Variable => true,
        TokenKind::Word => ["AS", "USING", "COLLATE"].iter().any(|word| token.is_word(word)),
        TokenKind::Symbol => token.is_symbol(")"),
        TokenKind::Comment | TokenKind::ExecutableComment => false,
    }
}

/// Refuses tokens that have no place in any expression of a table definition.
fn refuse_foreign(token: &Token<'_>) -> Result<(), ExpressionFault> {
    let text = || token.text.to_owned();
    match token.kind {
        TokenKind::Comment | TokenKind::ExecutableComment => Err(ExpressionFault::Comment(token.offset)),
        TokenKind::Variable => Err(ExpressionFault::Variable(text())),
        TokenKind::Word if STATEMENT_WORDS.iter().any(|word| token.is_word(word)) => {
            Err(ExpressionFault::Statement(text()))
        }
        TokenKind::Symbol if matches!(token.text, ";" | ":" | ":=" | "?" | "{" | "}" | "[" | "]") => {
            Err(ExpressionFault::Symbol { symbol: text(), offset: token.offset })
        }
        _ => Ok(()),
    }
}

/// Drops pairs of parentheses around the whole; each parenthesis needs a counterpart.
fn without_outer_parentheses<'t, 's>(tokens: &'t [Token<'s>]) -> Result<&'t [Token<'s>], ExpressionFault> {
    let mut open = Vec::new();
    // The pairs of opening and closing parentheses, by their places among the tokens.
    let mut pairs = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        if token.is_symbol("(") {
            open.push((place, token.offset));
        } else if token.is_symbol(")") {
            let (opening, _) = open.pop().ok_or(ExpressionFault::Parenthesis(token.offset))?;
            pairs.push((opening, place));
        }
    }
    if let Some((_, offset)) = open.pop() {
        return Err(ExpressionFault::Parenthesis(offset));
    }
    // The pair that closes last is the outermost, if any is; within it the same holds again.
    let outermost = |(outer, pair): &(usize, (usize, usize))| *pair == (*outer, tokens.len().saturating_sub(outer + 1));
    let outer = pairs.into_iter().rev().enumerate().take_while(outermost).count();
    Ok(tokens.get(outer..tokens.len().saturating_sub(outer)).unwrap_or_default())
}

/// Refuses a comma outside of parentheses.
fn refuse_several(tokens: &[Token<'_>]) -> Result<(), ExpressionFault> {
    match top_level_commas(tokens).next() {
        Some(comma) => Err(ExpressionFault::Several(comma.offset)),
        None => Ok(()),
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || Normal::of(&self.0) == Normal::of(&other.0)
    }
}

impl Eq for Expression {}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
