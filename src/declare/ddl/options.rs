//! Reads what may follow the definitions: known table options, and partitions.

use super::cursor::{Cursor, write};
use super::engine::engine;
use super::error::ScriptError;
use super::partitions::partitions;
use super::script::OptionsText;
use crate::schema::TokenKind;

/// The options that were read, and their text for a server.
#[derive(Debug, Default)]
pub struct Options {
    pub written: OptionsText,
    pub sql: String,
}

/// Options with one value (MySQL and MariaDB manuals, "CREATE TABLE"), besides those that are read one by one. The
/// server reports each, so that it can be compared, or its table is refused.
const PLAIN: [&str; 18] = [
    "AVG_ROW_LENGTH",
    "CHECKSUM",
    "COMPRESSION",
    "DELAY_KEY_WRITE",
    "ENCRYPTED",
    "ENCRYPTION",
    "ENCRYPTION_KEY_ID",
    "KEY_BLOCK_SIZE",
    "MAX_ROWS",
    "MIN_ROWS",
    "PACK_KEYS",
    "PAGE_CHECKSUM",
    "PAGE_COMPRESSED",
    "PAGE_COMPRESSION_LEVEL",
    "ROW_FORMAT",
    "STATS_AUTO_RECALC",
    "STATS_PERSISTENT",
    "STATS_SAMPLE_PAGES",
];

/// Options that reach beyond the table's own database.
const OUTSIDE: [&str; 6] = ["CONNECTION", "DATA", "INDEX", "TABLESPACE", "UNION", "STORAGE"];

/// Reads everything that follows the definitions.
pub fn options(mut cursor: Cursor<'_, '_>) -> Result<Options, ScriptError> {
    let mut read = Options::default();
    while let Some(token) = cursor.peek() {
        if token.is_symbol(",") && cursor.takes_symbol(",") {
            continue;
        }
        if token.is_word("PARTITION") {
            let sql = partitions(cursor)?;
            read.sql.push(' ');
            read.sql.push_str(&sql);
            return Ok(read);
        }
        option(&mut cursor, &mut read)?;
    }
    Ok(read)
}

fn option(cursor: &mut Cursor<'_, '_>, read: &mut Options) -> Result<(), ScriptError> {
    let begin = *cursor;
    let written = &mut read.written;
    if cursor.takes(&["AUTO_INCREMENT"]) {
        // The counter at the time of writing declares nothing.
        return cursor.value(&[TokenKind::Number]).map(|_| ());
    }
    cursor.takes(&["DEFAULT"]);
    let kinds: &[TokenKind] = &[TokenKind::Word, TokenKind::QuotedIdentifier, TokenKind::String, TokenKind::Number];
    if cursor.takes(&["ENGINE"]) {
        engine(cursor)?;
        written.engine = true;
    } else if cursor.takes(&["CHARSET"]) || cursor.takes(&["CHARACTER", "SET"]) || cursor.takes(&["CHAR", "SET"]) {
        cursor.value(&[TokenKind::Word, TokenKind::String])?;
        written.charset = true;
    } else if cursor.takes(&["COLLATE"]) {
        cursor.value(&[TokenKind::Word, TokenKind::String])?;
        written.collation = true;
    } else if cursor.takes(&["COMMENT"]) {
        cursor.value(&[TokenKind::String])?;
        written.comment = true;
    } else if takes_plain(cursor) {
        cursor.value(kinds)?;
    } else {
        return Err(unknown(&begin));
    }
    let length = begin.rest.len() - cursor.rest.len();
    read.sql.push(' ');
    read.sql.push_str(&write(begin.rest.get(..length).unwrap_or_default()));
    Ok(())
}

/// Takes the name of a plain option. MariaDB prints those of an engine in backquotes: `` `ENCRYPTED`='NO' ``.
fn takes_plain(cursor: &mut Cursor<'_, '_>) -> bool {
    let is_plain = cursor.peek().is_some_and(|token| {
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
        is_name && PLAIN.iter().any(|name| name.eq_ignore_ascii_case(&token.value()))
    });
    if is_plain {
        cursor.next();
    }
    is_plain
}

fn unknown(cursor: &Cursor<'_, '_>) -> ScriptError {
    let word: String = cursor.peek().map(|token| token.text.chars().take(40).collect()).unwrap_or_default();
    let upper = word.to_ascii_uppercase();
    if OUTSIDE.contains(&upper.as_str()) {
        return cursor.error(format!("{upper} reaches outside of the database; leave it out"));
    }
    if ["AS", "IGNORE", "REPLACE", "LIKE"].contains(&upper.as_str()) {
        return cursor.error(format!("{upper} has no place here: a table is not declared by a query or another table"));
    }
    cursor.error(format!("{word} is not a table option that can be declared here; leave it out"))
}
