//! Cuts the definition of a key or an index into what it is of, and its options.

use super::super::token::Token;
use super::column_clauses::parentheses_length;

/// A key or an index in clauses.
#[derive(Debug, Clone)]
pub struct IndexClauses<'t, 's> {
    /// ``UNIQUE KEY `k` (`a`,`b`)``
    pub key: &'t [Token<'s>],
    pub options: Vec<&'t [Token<'s>]>,
}

impl<'t, 's> IndexClauses<'t, 's> {
    /// Cuts a whole definition.
    pub fn new(tokens: &'t [Token<'s>]) -> Self {
        let opening = tokens.iter().position(|token| token.is_symbol("(")).unwrap_or(tokens.len());
        let end = opening + parentheses_length(tokens.get(opening..).unwrap_or_default());
        let (key, mut rest) = tokens.split_at_checked(end).unwrap_or((tokens, &[]));
        let mut options = Vec::new();
        while let Some(first) = rest.first() {
            let (option, after) = rest.split_at_checked(option_length(first, rest)).unwrap_or((rest, &[]));
            options.push(option);
            rest = after;
        }
        Self { key, options }
    }

    /// Returns the options that the model has no field for.
    pub fn others(&self) -> impl Iterator<Item = &'t [Token<'s>]> {
        const KNOWN: [&str; 7] = ["using", "key_block_size", "comment", "with", "invisible", "visible", "ignored"];
        let is_known = |first: &Token<'_>| KNOWN.iter().any(|word| first.is_word(word)) || first.is_word("not");
        self.options.iter().copied().filter(move |option| option.first().is_some_and(|first| !is_known(first)))
    }
}

fn option_length(first: &Token<'_>, tokens: &[Token<'_>]) -> usize {
    let second_is = |symbol: &str| tokens.get(1).is_some_and(|token| token.is_symbol(symbol));
    let takes_value = ["using", "comment", "engine_attribute", "secondary_engine_attribute", "not"];
    if second_is("=") || first.is_word("with") {
        3
    } else if takes_value.iter().any(|word| first.is_word(word)) {
        2
    } else {
        1
    }
}
