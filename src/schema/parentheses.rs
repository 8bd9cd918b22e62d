//! Follows parentheses through tokens: where one closes, and which commas are outside of all.

use super::token::Token;

/// The number of parentheses that are open after a token.
#[derive(Debug, Default)]
pub struct Depth(usize);

impl Depth {
    /// Takes the next token, and returns the depth after it.
    pub fn after(&mut self, token: &Token<'_>) -> usize {
        if token.is_symbol("(") {
            self.0 += 1;
        } else if token.is_symbol(")") {
            self.0 = self.0.saturating_sub(1);
        }
        self.0
    }
}

/// Returns the place of the parenthesis that closes the one at the beginning; `None` where there is none.
#[must_use]
pub fn closing(tokens: &[Token<'_>]) -> Option<usize> {
    let mut depth = Depth::default();
    tokens.iter().position(|token| depth.after(token) == 0)
}

/// Returns the commas outside of all parentheses.
pub fn top_level_commas<'a, 't>(tokens: &'a [Token<'t>]) -> impl Iterator<Item = &'a Token<'t>> {
    let mut depth = Depth::default();
    tokens.iter().filter(move |token| depth.after(token) == 0 && token.is_symbol(","))
}

/// Returns the parts between the commas outside of all parentheses.
pub fn split_at_commas<'a, 't>(tokens: &'a [Token<'t>]) -> impl Iterator<Item = &'a [Token<'t>]> {
    let mut depth = Depth::default();
    tokens.split(move |token| depth.after(token) == 0 && token.is_symbol(","))
}
