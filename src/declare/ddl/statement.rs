//! Reads one statement, which must be a plain `CREATE TABLE`.

use super::cursor::{Cursor, write};
use super::definition::{Definition, definition};
use super::error::{Lines, ScriptError};
use super::executable_comment::with_clauses_opened;
use super::options::{Options, options};
use super::script::{OptionsText, TableText};
use crate::schema::{Token, TokenKind};

/// Reads one statement.
pub fn table(statement: &[Token<'_>], lines: Lines<'_>) -> Result<TableText, ScriptError> {
    let tokens = with_clauses_opened(statement);
    let begin = tokens.first().map_or(0, |token| token.offset);
    let end = tokens.last().map_or(0, Token::end);
    let cursor = Cursor { rest: &tokens, end, lines };
    check_tokens(cursor)?;
    let mut cursor = head(cursor)?;
    let name = cursor.name("a table")?;
    let mut group = body(&mut cursor)?;
    check_no_query(group)?;
    check_no_query(cursor)?;
    let definitions = write(group.rest);
    let mut table = TableText {
        sql: String::new(),
        line: lines.of(begin),
        columns: Vec::new(),
        indexes: Vec::new(),
        foreign_keys: 0,
        options: OptionsText::default(),
        name,
    };
    for part in std::mem::replace(&mut group, cursor).parts() {
        let Definition { column, index, foreign_keys } = definition(part)?;
        table.columns.extend(column);
        table.indexes.extend(index);
        table.foreign_keys += foreign_keys;
    }
    let Options { written, sql } = options(cursor)?;
    table.options = written;
    table.sql = format!("CREATE TABLE {} ({definitions}){sql}", table.name.quoted());
    Ok(table)
}

/// Refuses tokens that no plain `CREATE TABLE` has anywhere.
fn check_tokens(cursor: Cursor<'_, '_>) -> Result<(), ScriptError> {
    for (at, token) in cursor.rest.iter().enumerate() {
        let here = Cursor { rest: cursor.rest.get(at..).unwrap_or_default(), ..cursor };
        let symbol = |symbols: &[&str]| symbols.iter().any(|symbol| token.is_symbol(symbol));
        let problem = match token.kind {
            TokenKind::ExecutableComment => {
                "the server would run what is in this comment; write it without /*! and */, or leave it out"
            }
            TokenKind::Variable => "a variable has no place in CREATE TABLE; write the value itself",
            // MySQL 9 reads $$ as an opening quote.
            TokenKind::Word if token.text.starts_with('$') => "put a name that begins with $ in backquotes",
            _ if symbol(&["."]) => {
                "name tables and columns without what they are in: everything belongs to spec.database"
            }
            _ if symbol(&["{", "}", "[", "]", "?", ":", ":="]) => "this character has no place in CREATE TABLE",
            _ if token.text.chars().any(|c| c > '\u{FFFF}') => {
                "the servers report characters beyond U+FFFF as question marks, so what is written here could not be \
                 compared; declare this table in spec.tables"
            }
            _ if token.text.contains(char::REPLACEMENT_CHARACTER) => {
                "the character U+FFFD is in the place of bytes that are no text; write such a value as 0x and its digits"
            }
            _ => continue,
        };
        return Err(here.error(problem));
    }
    Ok(())
}

/// Refuses a query. It can only begin with these words, which are reserved: no unquoted name is one of them.
fn check_no_query(cursor: Cursor<'_, '_>) -> Result<(), ScriptError> {
    for (at, token) in cursor.rest.iter().enumerate() {
        let here = Cursor { rest: cursor.rest.get(at..).unwrap_or_default(), ..cursor };
        let next_is = |words: &[&str]| here.rest.get(1).is_some_and(|next| words.iter().any(|word| next.is_word(word)));
        let is_query =
            ["SELECT", "TABLE", "UNION", "INTO", "EXCEPT", "INTERSECT"].iter().any(|word| token.is_word(word))
                || token.is_word("VALUES") && !next_is(&["LESS", "IN"])
                || token.is_word("WITH") && !next_is(&["PARSER"]);
        if is_query {
            let word = token.text.to_ascii_uppercase();
            let message = format!("{word} has no place here: a table is declared by its definitions, not by a query");
            return Err(here.error(message));
        }
    }
    Ok(())
}

/// Takes `CREATE TABLE [IF NOT EXISTS]`.
fn head<'a, 't>(mut cursor: Cursor<'a, 't>) -> Result<Cursor<'a, 't>, ScriptError> {
    let begin = cursor;
    if cursor.takes(&["CREATE", "TABLE"]) {
        cursor.takes(&["IF", "NOT", "EXISTS"]);
        return Ok(cursor);
    }
    if cursor.takes(&["CREATE", "TEMPORARY"]) {
        return Err(begin.error("a temporary table ends with its session; leave out TEMPORARY"));
    }
    if cursor.takes(&["CREATE", "OR"]) {
        return Err(begin.error("a table is never replaced here; leave out OR REPLACE"));
    }
    let words: Vec<&str> = begin.rest.iter().take(2).map(|token| token.text).collect();
    let words: String = words.join(" ").chars().take(40).collect();
    Err(begin.error(format!(
        "only CREATE TABLE statements can be declared here, and this one begins with {words}; remove it"
    )))
}

/// Takes the brackets with the definitions.
fn body<'a, 't>(cursor: &mut Cursor<'a, 't>) -> Result<Cursor<'a, 't>, ScriptError> {
    let Some(token) = cursor.peek() else {
        return Err(cursor.error("the table's definitions in brackets are expected here"));
    };
    if token.is_symbol("(") {
        return cursor.group();
    }
    Err(cursor.error(if token.is_word("LIKE") {
        "LIKE declares another table's definition, whatever that is; write the definitions themselves"
    } else {
        "the table's definitions in brackets are expected here; a table is not declared by a query"
    }))
}
