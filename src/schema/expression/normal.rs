//! The normal form in which expressions are compared.

use super::super::token::{Token, TokenKind, tokenize};
use super::node::{Node, is_introducer_of_ascii, is_plain_introducer, plain_text};
use super::parse;

/// An expression's normal form: its syntax tree, or its tokens where the tree is not known for certain.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Normal {
    Tree(Node),
    Tokens(Vec<(TokenKind, String)>),
}

impl Normal {
    pub(super) fn of(expression: &str) -> Self {
        // An `Expression` only holds text that has tokens.
        let tokens = tokenize(expression).unwrap_or_default();
        match parse::tree(&tokens) {
            Some(tree) => Self::Tree(tree),
            None => Self::Tokens(plain(&tokens)),
        }
    }
}

/// Returns the tokens without differences that never mean anything: letter case, escapes, the introducer.
fn plain(tokens: &[Token<'_>]) -> Vec<(TokenKind, String)> {
    let followers = tokens.iter().skip(1).map(Some).chain([None]);
    tokens
        .iter()
        .zip(followers)
        .filter(|(token, follower)| {
            let is_ascii = follower.is_some_and(|follower| follower.text.is_ascii());
            let means_nothing = is_plain_introducer(token) || is_introducer_of_ascii(token) && is_ascii;
            !(means_nothing && is_string(*follower))
        })
        .map(|(token, _)| (token.kind, plain_text(token)))
        .collect()
}

fn is_string(token: Option<&Token<'_>>) -> bool {
    token.is_some_and(|token| token.kind == TokenKind::String)
}
