//! Goes through the tokens of one statement.

use super::error::{Lines, ScriptError};
use crate::schema::{Depth, Identifier, Token, TokenKind, closing, split_at_commas};

/// The rest of a statement, without comments.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a, 't> {
    pub rest: &'a [Token<'t>],
    /// Where the statement ends, for errors after its last token.
    pub end: usize,
    pub lines: Lines<'t>,
}

impl<'a, 't> Cursor<'a, 't> {
    pub fn peek(&self) -> Option<&'a Token<'t>> {
        self.rest.first()
    }

    pub fn next(&mut self) -> Option<&'a Token<'t>> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// Takes these unquoted words, if they come next.
    pub fn takes(&mut self, words: &[&str]) -> bool {
        let found =
            self.rest.len() >= words.len() && self.rest.iter().zip(words).all(|(token, word)| token.is_word(word));
        if found {
            self.rest = self.rest.get(words.len()..).unwrap_or_default();
        }
        found
    }

    pub fn takes_symbol(&mut self, symbol: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is_symbol(symbol));
        if found {
            self.next();
        }
        found
    }

    /// Takes the name that comes next.
    pub fn name(&mut self, of: &str) -> Result<Identifier, ScriptError> {
        let token = self.peek().filter(|token| is_name(token));
        let Some(token) = token else { return Err(self.error(format!("the name of {of} is expected here"))) };
        let name = Identifier::new(token.value()).map_err(|error| self.error(error.to_string()))?;
        self.next();
        Ok(name)
    }

    /// Takes `[=] value`, where the value is of one of these kinds.
    pub fn value(&mut self, kinds: &[TokenKind]) -> Result<&'a Token<'t>, ScriptError> {
        self.takes_symbol("=");
        let before = *self;
        let value = self.next().filter(|token| kinds.contains(&token.kind));
        value.ok_or_else(|| before.error("another value is expected here"))
    }

    /// Takes the brackets that open here, and returns what is in them.
    pub fn group(&mut self) -> Result<Cursor<'a, 't>, ScriptError> {
        let Some(at) = closing(self.rest) else { return Err(self.error("this bracket is never closed")) };
        let end = self.rest.get(at).map_or(self.end, |token| token.offset);
        let inside = Cursor { rest: self.rest.get(1..at).unwrap_or_default(), end, ..*self };
        self.rest = self.rest.get(at + 1..).unwrap_or_default();
        Ok(inside)
    }

    /// Returns the parts between commas; commas in brackets do not count.
    pub fn parts(self) -> Vec<Cursor<'a, 't>> {
        split_at_commas(self.rest).map(|rest| Cursor { rest, ..self }).collect()
    }

    /// Returns the tokens outside of all brackets.
    pub fn outside(self) -> Vec<&'a Token<'t>> {
        let mut depth = Depth::default();
        self.rest.iter().filter(|token| depth.after(token) == 0 && !token.is_symbol(")")).collect()
    }

    /// Returns an error at the next token.
    pub fn error(&self, message: impl Into<String>) -> ScriptError {
        self.lines.error(self.peek().map_or(self.end, |token| token.offset), message)
    }
}

/// Returns whether a token can be a name.
pub fn is_name(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier)
}

/// Returns whether a token is a comment that no server runs.
pub fn is_remark(token: &Token<'_>) -> bool {
    token.kind == TokenKind::Comment
}

/// Writes the tokens as one text, with a blank where there was one, and where two symbols together might be read as a
/// third.
pub fn write(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    let mut before: Option<&Token<'_>> = None;
    for token in tokens {
        let both_symbols = |before: &Token<'_>| before.kind == TokenKind::Symbol && token.kind == TokenKind::Symbol;
        if before.is_some_and(|before| before.end() != token.offset || both_symbols(before)) {
            text.push(' ');
        }
        text.push_str(token.text);
        before = Some(token);
    }
    text
}

/// Returns the statements of a text, without the empty ones between two semicolons.
pub fn statements<'a, 't>(tokens: &'a [Token<'t>]) -> impl Iterator<Item = &'a [Token<'t>]> {
    tokens.split(|token| token.is_symbol(";")).filter(|statement| statement.iter().any(|token| !is_remark(token)))
}
