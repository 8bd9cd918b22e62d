//! Takes a `PARTITION BY ...` clause as a whole, if nothing in it can be anything else.

use super::cursor::{Cursor, is_name, write};
use super::engine::engine;
use super::error::ScriptError;
use crate::schema::TokenKind;

/// Words that may occur outside of brackets.
const WORDS: [&str; 12] = [
    "PARTITION",
    "BY",
    "LINEAR",
    "HASH",
    "KEY",
    "RANGE",
    "LIST",
    "COLUMNS",
    "ALGORITHM",
    "PARTITIONS",
    "SUBPARTITION",
    "SUBPARTITIONS",
];

/// Checks the clause, which ends with the statement, and writes it from its tokens.
pub fn partitions(cursor: Cursor<'_, '_>) -> Result<String, ScriptError> {
    let mut rest = cursor;
    while let Some(token) = rest.peek() {
        let is_known =
            WORDS.iter().any(|word| token.is_word(word)) || token.is_symbol("=") || token.kind == TokenKind::Number;
        if token.is_symbol("(") {
            check_group(rest.group()?)?;
        } else if is_known {
            rest.next();
        } else {
            return Err(rest.error("this has no place in a PARTITION BY clause; leave it out"));
        }
    }
    Ok(write(cursor.rest))
}

fn check_group(mut group: Cursor<'_, '_>) -> Result<(), ScriptError> {
    while let Some(token) = group.peek() {
        let is = |word: &&str| token.is_word(word);
        if ["DIRECTORY", "TABLESPACE", "CONNECTION", "NODEGROUP"].iter().any(is) {
            let word = token.text.to_ascii_uppercase();
            return Err(group.error(format!("{word} reaches outside of the database; leave it out")));
        }
        // `ENGINE` can be the name of a column too.
        let has_value = group.rest.get(1).is_some_and(|next| next.is_symbol("=") || is_name(next));
        if has_value && group.takes(&["ENGINE"]) {
            engine(&mut group)?;
        } else {
            group.next();
        }
    }
    Ok(())
}
