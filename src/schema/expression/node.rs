//! The nodes of the syntax tree, and which differences between tokens mean nothing.

use super::super::identifier::fold;
use super::super::token::{Token, TokenKind};

/// A node of the syntax tree. Parentheses have no node: they only shape the tree.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub kind: NodeKind,
    pub text: String,
    pub children: Vec<Node>,
}

/// The kind of a node. Texts of different kinds are never the same: `null` is not `` `null` ``.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NodeKind {
    /// A name, or one of the names of a path, in lower case.
    Name,
    Path,
    String,
    Number,
    Hexadecimal,
    Bits,
    /// A keyword that is an operand, such as `null`.
    Keyword,
    /// A character set introducer or the type before a literal (`date'2020-01-01'`).
    Prefix,
    Operator,
    Call,
}

/// Returns a token's text without the differences that its kind ignores.
pub(super) fn plain_text(token: &Token<'_>) -> String {
    match token.kind {
        TokenKind::String => token.value(),
        TokenKind::Word | TokenKind::QuotedIdentifier => fold(&token.value()),
        // `b'1'` is `0b1`, but on MariaDB `x'31'` is a string where `0x31` may be a number.
        TokenKind::Bits => {
            let digits = token.text.get(2..).unwrap_or_default();
            digits.trim_end_matches('\'').to_owned()
        }
        _ => token.text.to_ascii_lowercase(),
    }
}

/// Returns whether it is one of the introducers that MySQL puts before literals on its own.
pub(super) fn is_plain_introducer(token: &Token<'_>) -> bool {
    token.is_word("_utf8mb4") || token.is_word("_utf8mb3")
}

/// Returns whether it is an introducer that means nothing before ASCII. MySQL writes the column's own before literals
/// that are compared or joined with a column (tried on 9.7), at the latest when the table is next rebuilt.
pub(super) fn is_introducer_of_ascii(token: &Token<'_>) -> bool {
    token.is_word("_latin1") || token.is_word("_ascii")
}

/// Returns the one name of a function that has several (MySQL manual, "Built-In Function and Operator Reference":
/// "synonym for"; MariaDB has the same), in lower case.
pub(super) fn one_name(function: &str) -> &str {
    match function {
        "now" | "localtime" | "localtimestamp" => "current_timestamp",
        "curdate" => "current_date",
        "curtime" => "current_time",
        "lcase" => "lower",
        "ucase" => "upper",
        "substring" | "mid" => "substr",
        "ceil" => "ceiling",
        "power" => "pow",
        "character_length" => "char_length",
        "octet_length" => "length",
        "dayofmonth" => "day",
        "sha" => "sha1",
        other => other,
    }
}
