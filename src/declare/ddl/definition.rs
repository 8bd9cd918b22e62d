//! Reads one definition in the brackets of `CREATE TABLE`: a column, an index or a constraint.

use super::cursor::{Cursor, is_name};
use super::error::ScriptError;
use super::script::{ColumnText, IndexText};
use crate::schema::{Identifier, Token, TokenKind};

/// What one definition adds to its table.
#[derive(Debug, Default)]
pub struct Definition {
    pub column: Option<ColumnText>,
    pub index: Option<IndexText>,
    pub foreign_keys: usize,
}

/// Words that begin a definition other than a column. All are reserved on both servers.
const NO_COLUMN: [&str; 9] =
    ["PRIMARY", "UNIQUE", "KEY", "INDEX", "FULLTEXT", "SPATIAL", "CONSTRAINT", "FOREIGN", "CHECK"];

/// Reads one definition.
pub fn definition(mut cursor: Cursor<'_, '_>) -> Result<Definition, ScriptError> {
    let begin = cursor;
    let Some(first) = cursor.peek() else {
        return Err(cursor.error("a definition is expected here, between two commas or brackets"));
    };
    let foreign_keys = cursor.outside().iter().filter(|token| token.is_word("REFERENCES")).count();
    if cursor.takes(&["KEY"]) || cursor.takes(&["INDEX"]) {
        return Ok(Definition { index: Some(index(cursor)?), ..Definition::default() });
    }
    if cursor.takes(&["LIKE"]) {
        let message = "LIKE declares another table's definition, whatever that is; write the definitions themselves";
        return Err(begin.error(message));
    }
    if cursor.takes(&["PERIOD", "FOR"]) {
        return Err(begin.error("a period can't be declared; leave it out, and its table in spec.tables"));
    }
    if cursor.takes(&["VECTOR", "INDEX"]) || cursor.takes(&["VECTOR", "KEY"]) {
        return Err(begin.error("a vector index is not supported by this version"));
    }
    if NO_COLUMN.iter().any(|word| first.is_word(word)) {
        return Ok(Definition { foreign_keys, ..Definition::default() });
    }
    let column = Some(column(cursor)?);
    Ok(Definition { column, foreign_keys, ..Definition::default() })
}

/// Reads `[name] [USING ...] (parts) ...`.
fn index(mut cursor: Cursor<'_, '_>) -> Result<IndexText, ScriptError> {
    let is_named = cursor.peek().is_some_and(|token| is_name(token) && !token.is_word("USING"));
    let name = if is_named { Some(cursor.name("an index")?) } else { None };
    while cursor.peek().is_some_and(|token| !token.is_symbol("(")) {
        cursor.next();
    }
    let parts = if cursor.peek().is_some() { cursor.group()?.parts() } else { Vec::new() };
    let columns = parts.iter().filter_map(Cursor::peek).filter(|token| is_name(token));
    let columns = columns.filter_map(|token| Identifier::new(token.value()).ok()).collect();
    Ok(IndexText { name, columns })
}

fn column(mut cursor: Cursor<'_, '_>) -> Result<ColumnText, ScriptError> {
    let name = cursor.name("a column")?;
    let words = cursor.outside();
    let has = |word: &str| words.iter().any(|token| token.is_word(word));
    let pair = |one: &str, other: &str| {
        words.windows(2).any(|two| matches!(two, [first, second] if first.is_word(one) && second.is_word(other)))
    };
    Ok(ColumnText {
        name,
        default: has("DEFAULT"),
        on_update: on_update(&words),
        // Types and attributes that bring a character set of their own.
        charset: ["CHARSET", "ASCII", "UNICODE", "NATIONAL", "NCHAR", "NVARCHAR"].iter().any(|word| has(word))
            || pair("CHARACTER", "SET")
            || pair("CHAR", "SET"),
        collation: has("COLLATE") || is_binary_attribute(&words),
        comment: has("COMMENT"),
        visibility: has("VISIBLE") || has("INVISIBLE"),
        json: words.first().is_some_and(|token| token.is_word("JSON")),
    })
}

/// Finds `ON UPDATE CURRENT_TIMESTAMP`; the action of an inline foreign key is something else.
fn on_update(words: &[&Token<'_>]) -> bool {
    const NOW: [&str; 4] = ["CURRENT_TIMESTAMP", "NOW", "LOCALTIME", "LOCALTIMESTAMP"];
    words.windows(3).any(|three| match three {
        [on, update, what] => on.is_word("ON") && update.is_word("UPDATE") && NOW.iter().any(|word| what.is_word(word)),
        _ => false,
    })
}

/// Finds `varchar(10) BINARY`, the binary collation of the character set; `binary(10)` is a type.
fn is_binary_attribute(words: &[&Token<'_>]) -> bool {
    words.iter().skip(1).any(|token| token.kind == TokenKind::Word && token.is_word("BINARY"))
}
