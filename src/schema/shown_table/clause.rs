//! One clause of a definition, such as `COLUMN_FORMAT FIXED`, and the equality of two.

use super::super::token::{Token, TokenKind};
use super::super::{Expression, quote_literal};

/// A clause as the server shows it.
#[derive(Debug, Clone)]
pub struct Clause {
    /// The text, in one line.
    pub text: String,
    meaning: Meaning,
}

/// What two clauses are compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Meaning {
    Words(Vec<String>),
    /// Words around one expression: `DEFAULT (now())`, `CHECK (a > 0)`.
    Expression {
        words: Vec<String>,
        expression: Expression,
    },
}

impl Clause {
    /// Returns the clause that these tokens of `sql` make.
    pub fn new(tokens: &[Token<'_>], sql: &str) -> Self {
        Self { text: clause_text(tokens, sql), meaning: Meaning::Words(tokens.iter().map(word).collect()) }
    }

    /// Returns the clause that these tokens make, where what is in their outermost parentheses is an expression.
    pub fn with_expression(tokens: &[Token<'_>], sql: &str) -> Self {
        let plain = Self::new(tokens, sql);
        let opening = tokens.iter().position(|token| token.is_symbol("("));
        let closing = tokens.iter().rposition(|token| token.is_symbol(")"));
        let (Some(opening), Some(closing)) = (opening, closing) else { return plain };
        let inside = tokens.get(opening + 1..closing).unwrap_or_default();
        let Ok(expression) = Expression::new(&clause_text(inside, sql)) else { return plain };
        let around = tokens.iter().take(opening).chain(tokens.iter().skip(closing + 1));
        Self { meaning: Meaning::Expression { words: around.map(word).collect(), expression }, ..plain }
    }

    /// Returns the clause as one whose value has no case: `'zlib'` and `'ZLIB'` are one compression.
    pub fn in_one_case(mut self) -> Self {
        if let Meaning::Words(words) = &mut self.meaning {
            for word in words {
                word.make_ascii_uppercase();
            }
        }
        self
    }

    /// Returns whether both mean the same, whatever their spelling.
    pub fn same_as(&self, other: &Self) -> bool {
        self.meaning == other.meaning
    }

    /// Returns whether it has just these words.
    pub fn is(&self, words: &[&str]) -> bool {
        matches!(&self.meaning, Meaning::Words(own) if own == words)
    }
}

/// Returns the text of tokens that follow each other, with its white space as single spaces.
pub fn clause_text(tokens: &[Token<'_>], sql: &str) -> String {
    let mut text = String::new();
    let mut end = None;
    for token in tokens {
        let has_space = end.and_then(|end| sql.get(end..token.offset)).is_some_and(|between| !between.is_empty());
        if has_space {
            text.push(' ');
        }
        text.push_str(token.text);
        end = Some(token.end());
    }
    text
}

/// Returns a token as all its spellings have it: keywords in upper case, strings with the same quotes and escapes.
fn word(token: &Token<'_>) -> String {
    match token.kind {
        TokenKind::Word | TokenKind::Hexadecimal => token.text.to_ascii_uppercase(),
        TokenKind::String => quote_literal(&token.value()),
        TokenKind::QuotedIdentifier
        | TokenKind::Number
        | TokenKind::Bits
        | TokenKind::Variable
        | TokenKind::Symbol
        | TokenKind::Comment
        | TokenKind::ExecutableComment => token.text.to_owned(),
    }
}
