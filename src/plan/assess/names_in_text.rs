//! The names that a text of SQL may use. It does not know which object a name means.

use std::collections::HashSet;

use crate::schema::{Identifier, TokenKind, tokenize};

/// The names that a text may use. Strings count: a routine may make a statement of one, and under ANSI_QUOTES a name has
/// the same quotes.
#[derive(Debug, Default)]
pub struct TextNames {
    names: HashSet<String>,
    strings: Vec<String>,
    hints: HashSet<String>,
    /// Whether it may use any name: the text can't be tokenized, or has code in a comment.
    any: bool,
}

impl TextNames {
    /// Reads the names of a text.
    pub fn of(text: &str) -> Self {
        let Ok(tokens) = tokenize(text) else { return Self { any: true, ..Self::default() } };
        let mut found = Self::default();
        let mut hint = IndexHint::Outside;
        for token in tokens.iter().filter(|token| token.kind != TokenKind::Comment) {
            let value = token.value();
            match token.kind {
                TokenKind::ExecutableComment => found.any = true,
                TokenKind::String => found.strings.push(folded(&value)),
                TokenKind::Word | TokenKind::QuotedIdentifier => {
                    let name = folded(&value);
                    if hint == IndexHint::List {
                        found.hints.insert(name.clone());
                    }
                    found.names.insert(name);
                }
                _ => {}
            }
            hint = hint.after(&value);
        }
        found
    }

    /// Whether the text may use this name.
    pub fn contain(&self, name: &Identifier) -> bool {
        let name = name.folded();
        self.any || self.names.contains(&name) || self.strings.iter().any(|text| text.contains(&name))
    }

    /// Whether an index hint of the text has this name.
    pub fn hint_at(&self, index: &Identifier) -> bool {
        self.hints.contains(&index.folded())
    }
}

fn folded(text: &str) -> String {
    Identifier::new(text).map_or_else(|_| text.to_lowercase(), |name| name.folded())
}

/// The place of a token in an index hint: `FORCE INDEX FOR JOIN (a, b)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IndexHint {
    Outside,
    Verb,
    Noun,
    List,
}

impl IndexHint {
    fn after(self, token: &str) -> Self {
        let is = |word: &str| token.eq_ignore_ascii_case(word);
        match self {
            _ if is("use") || is("force") || is("ignore") => Self::Verb,
            Self::Verb if is("index") || is("key") => Self::Noun,
            Self::Noun if is("(") => Self::List,
            Self::Noun if !is(")") => Self::Noun,
            Self::List if !is(")") => Self::List,
            Self::Outside | Self::Verb | Self::Noun | Self::List => Self::Outside,
        }
    }
}
