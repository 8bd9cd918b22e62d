//! Opens executable comments around known clauses, as servers and their dumps print them:
//! `/*!50100 PARTITION BY ... */`, `/*!80023 INVISIBLE */`, `/*M!100301 COMPRESSED*/`.
//!
//! It decides by the first words of a comment alone. What is in it then goes through the same checks as any other text,
//! and reaches a server as tokens without the comment. So the version in the comment does not count: what is written is
//! declared, or the server refuses it.

use super::cursor::is_remark;
use crate::schema::{Token, TokenKind, tokenize};

/// The first words of the clauses that servers and dumps put into comments.
const CLAUSES: [&[&str]; 24] = [
    &["AUTOEXTEND_SIZE"],
    &["CHARACTER", "SET"],
    &["COLLATE"],
    &["COLUMN_FORMAT"],
    &["COMPRESSED"],
    &["COMPRESSION"],
    &["DEFAULT", "CHARACTER", "SET"],
    &["DEFAULT", "CHARSET"],
    &["DEFAULT", "COLLATE"],
    &["ENCRYPTION"],
    &["ENGINE_ATTRIBUTE"],
    &["IF", "NOT", "EXISTS"],
    &["INVISIBLE"],
    &["KEY_BLOCK_SIZE"],
    &["NOT", "ENFORCED"],
    &["NOT", "SECONDARY"],
    &["PARTITION", "BY"],
    &["SECONDARY_ENGINE"],
    &["SECONDARY_ENGINE_ATTRIBUTE"],
    &["SRID"],
    &["STORAGE"],
    &["TABLESPACE"],
    &["VISIBLE"],
    &["WITH", "PARSER"],
];

/// Returns the tokens of a statement with those of known clauses in place of their comments. Any other executable
/// comment remains, and is refused.
pub fn with_clauses_opened<'t>(statement: &[Token<'t>]) -> Vec<Token<'t>> {
    let mut opened = Vec::new();
    // `PARTITION BY KEY */ /*!50611 ALGORITHM = 1 */ /*!50100 (id)` is one clause in three comments.
    let mut in_partitions = false;
    for token in statement.iter().filter(|token| !is_remark(token)) {
        match clause(token) {
            Some(inside) if in_partitions || begins_clause(&inside) => {
                in_partitions |= begins(&inside, &["PARTITION", "BY"]);
                opened.extend(inside);
            }
            _ => opened.push(*token),
        }
    }
    opened
}

/// Returns what is in an executable comment, if it can be a part of one definition: all parentheses closed, and no comma
/// or semicolon outside of them.
fn clause<'t>(token: &Token<'t>) -> Option<Vec<Token<'t>>> {
    if token.kind != TokenKind::ExecutableComment {
        return None;
    }
    let inside = token.text.strip_prefix("/*M!").or_else(|| token.text.strip_prefix("/*!"))?.strip_suffix("*/")?;
    let inside = inside.trim_start_matches(|c: char| c.is_ascii_digit());
    let begin = token.end() - inside.len() - "*/".len();
    let tokens = tokenize(inside).ok()?.into_iter().filter(|token| !is_remark(token));
    let tokens: Vec<Token<'t>> = tokens.map(|token| Token { offset: begin + token.offset, ..token }).collect();
    let mut open: usize = 0;
    for token in &tokens {
        if token.is_symbol("(") {
            open += 1;
        } else if token.is_symbol(")") {
            open = open.checked_sub(1)?;
        } else if open == 0 && (token.is_symbol(",") || token.is_symbol(";")) {
            return None;
        }
    }
    (open == 0).then_some(tokens)
}

fn begins_clause(tokens: &[Token<'_>]) -> bool {
    CLAUSES.iter().any(|words| begins(tokens, words))
}

fn begins(tokens: &[Token<'_>], words: &[&str]) -> bool {
    tokens.len() >= words.len() && words.iter().zip(tokens).all(|(word, token)| token.is_word(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(text: &str) -> String {
        let tokens = with_clauses_opened(&tokenize(text).unwrap());
        assert!(tokens.iter().all(|token| text.get(token.offset..token.end()) == Some(token.text)), "{text}");
        tokens.iter().map(|token| token.text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn known_clauses_are_opened() {
        for (text, expected) in [
            ("a /*!80023 INVISIBLE */ b", "a INVISIBLE b"),
            ("text /*M!100301 COMPRESSED*/ x", "text COMPRESSED x"),
            ("g /*!80003 SRID 4326 */, h", "g SRID 4326 , h"),
            ("/*!50100 WITH PARSER `ngram` */", "WITH PARSER `ngram`"),
            ("/*!80016 ENCRYPTION='Y' -- why\n */", "ENCRYPTION = 'Y'"),
            (
                "/*!50100 PARTITION BY LINEAR KEY */ /*!50611 ALGORITHM = 1 */ /*!50100 (id)\nPARTITIONS 3 */",
                "PARTITION BY LINEAR KEY ALGORITHM = 1 ( id ) PARTITIONS 3",
            ),
            (
                "/*!50500 PARTITION BY LIST  COLUMNS(d)\n(PARTITION a VALUES IN ('*/','it''s') COMMENT = 'x*/') */",
                "PARTITION BY LIST COLUMNS ( d ) ( PARTITION a VALUES IN ( '*/' , 'it''s' ) COMMENT = 'x*/' )",
            ),
        ] {
            assert_eq!(opened(text), expected);
        }
    }

    #[test]
    fn other_comments_stay_closed() {
        for text in [
            "/*!50000 , b int */",
            "/*!50000 SELECT 1 */",
            "/*! DROP TABLE t */",
            "/*M! , b int */",
            "/*!80023 INVISIBLE, b int */",
            "/*!80023 INVISIBLE; DROP TABLE t */",
            "/*!50100 PARTITION BY HASH (a) */ /*!50000 ) */",
            "/*!50100 (a) */",
            "/*!80023 `INVISIBLE` */",
            "/*!80023 INVISIBLE ) ( */",
            "/*! */",
            "/*!80023 'INVISIBLE' */",
            "/*!80023 INVISIBLE /*!50000 SELECT 1 */ */",
        ] {
            assert!(opened(text).contains("/*"), "{text}: {}", opened(text));
        }
    }
}
