//! Walks over the tokens of a statement.

use super::super::file::Lines;
use crate::schema::{Token, TokenKind};

/// Finds the line of a token in the file that holds the SQL text.
#[derive(Debug, Clone, Copy)]
pub struct SqlLines<'a> {
    pub lines: &'a Lines,
    /// The line of the file on which the text begins.
    pub first: usize,
}

impl SqlLines<'_> {
    pub fn at(&self, offset: usize) -> usize {
        self.lines.at(offset) + self.first - 1
    }
}

/// A place among tokens.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a> {
    tokens: &'a [Token<'a>],
    lines: SqlLines<'a>,
}

impl<'a> Cursor<'a> {
    pub fn new(tokens: &'a [Token<'a>], lines: SqlLines<'a>) -> Self {
        Self { tokens, lines }
    }

    /// Returns the line of what comes next.
    pub fn line(&self) -> usize {
        self.lines.at(self.tokens.first().map_or(0, |token| token.offset))
    }

    /// Returns the word that comes next, in capitals; empty where there is none.
    pub fn word(&self) -> String {
        let word = self.tokens.first().filter(|token| token.kind == TokenKind::Word);
        word.map(|token| token.text.to_ascii_uppercase()).unwrap_or_default()
    }

    /// Passes over these words, if all of them come next.
    pub fn eat(&mut self, words: &[&str]) -> bool {
        let next = self.tokens.get(..words.len());
        let fits = next.is_some_and(|next| next.iter().zip(words).all(|(token, word)| token.is_word(word)));
        if fits {
            self.skip(words.len());
        }
        fits
    }

    /// Passes over one of these words.
    pub fn eat_any(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.eat(&[word]))
    }

    /// Passes over a number.
    pub fn eat_number(&mut self) {
        if self.tokens.first().is_some_and(|token| token.kind == TokenKind::Number) {
            self.skip(1);
        }
    }

    /// Passes over a symbol.
    pub fn eat_symbol(&mut self, symbol: &str) -> bool {
        let fits = self.is_symbol(symbol);
        if fits {
            self.skip(1);
        }
        fits
    }

    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.tokens.first().is_some_and(|token| token.is_symbol(symbol))
    }

    /// Returns whether a symbol comes, at any depth.
    pub fn has_symbol(&self, symbol: &str) -> bool {
        self.tokens.iter().any(|token| token.is_symbol(symbol))
    }

    pub fn is_done(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Reads a name: a word, or one in backquotes or double quotes.
    pub fn name(&mut self) -> Option<String> {
        let token = self.tokens.first()?;
        let is_name = match token.kind {
            TokenKind::Word | TokenKind::QuotedIdentifier => true,
            TokenKind::String => token.text.starts_with('"'),
            _ => false,
        };
        if !is_name {
            return None;
        }
        self.skip(1);
        Some(token.value())
    }

    /// Reads the name of a table, with its database where that is written.
    pub fn table(&mut self) -> Option<String> {
        let mut name = self.name()?;
        if self.eat_symbol(".") {
            name = format!("{name}.{}", self.name()?);
        }
        Some(name)
    }

    /// Cuts what comes next at the commas outside of parentheses.
    pub fn parts(&self) -> Vec<Self> {
        let mut depth = 0_usize;
        let parts = self.tokens.split(|token| {
            if token.is_symbol("(") {
                depth += 1;
            } else if token.is_symbol(")") {
                depth = depth.saturating_sub(1);
            }
            depth == 0 && token.is_symbol(",")
        });
        parts.map(|part| Self::new(part, self.lines)).collect()
    }

    /// Passes over a part in parentheses, and returns what is in it.
    pub fn parenthesized(&mut self) -> Option<Self> {
        if !self.is_symbol("(") {
            return None;
        }
        let mut depth = 0_usize;
        for (index, token) in self.tokens.iter().enumerate() {
            if token.is_symbol("(") {
                depth += 1;
            } else if token.is_symbol(")") {
                depth = depth.saturating_sub(1);
            }
            if depth == 0 {
                let inside = self.tokens.get(1..index)?;
                self.skip(index + 1);
                return Some(Self::new(inside, self.lines));
            }
        }
        None
    }

    /// Passes over tokens up to this word; stays where it does not come.
    pub fn skip_to(&mut self, word: &str) -> bool {
        let found = self.tokens.iter().position(|token| token.is_word(word));
        self.skip(found.unwrap_or_default());
        found.is_some()
    }

    /// Returns whether one of these words comes, outside of parentheses.
    pub fn has_any(&self, words: &[&str]) -> bool {
        let mut depth = 0_usize;
        self.tokens.iter().any(|token| {
            if token.is_symbol("(") {
                depth += 1;
            } else if token.is_symbol(")") {
                depth = depth.saturating_sub(1);
            }
            depth == 0 && words.iter().any(|word| token.is_word(word))
        })
    }

    fn skip(&mut self, number: usize) {
        self.tokens = self.tokens.get(number..).unwrap_or_default();
    }
}
