//! Passes over what a dump (`mysqldump --no-data`, `mariadb-dump`) has besides its tables: what concerns the session
//! that loads it, or rows.

use super::cursor::{is_remark, statements};
use crate::schema::{Identifier, Token, TokenKind, tokenize};

/// The first words of statements that concern the session, replicas or rows. `BEGIN` and `COMMIT` stand alone: `BEGIN`
/// may open a block of statements.
const SESSION_AND_ROWS: [&[&str]; 8] = [
    &["SET"],
    &["LOCK", "TABLES"],
    &["UNLOCK", "TABLES"],
    &["START", "TRANSACTION"],
    &["INSERT"],
    &["REPLACE"],
    &["CHANGE", "MASTER", "TO"],
    &["CHANGE", "REPLICATION", "SOURCE", "TO"],
];

/// Returns whether a text of unknown kind is SQL: its first line with content begins like a statement or a comment of
/// SQL. (`#` begins a comment in YAML too.)
#[must_use]
pub fn is_sql(text: &str) -> bool {
    let mut lines = text.trim_start_matches('\u{FEFF}').lines().map(str::trim_start);
    let Some(first) = lines.find(|line| !line.is_empty() && !line.starts_with('#')) else { return false };
    let word = first.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let statements = ["CREATE", "SET", "DROP", "LOCK", "USE", "INSERT", "ALTER", "DELIMITER", "START", "BEGIN"];
    let follows = first.get(word.len()..).unwrap_or_default();
    first.starts_with("/*")
        || first == "--"
        || first.starts_with("-- ")
        || !follows.trim_start().starts_with(':') && statements.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Returns the text with blanks in place of what can be passed over, and the number of these statements. What remains
/// is still in its line, and anything unknown remains and will be refused. Passed over are:
///
/// - `SET`, `LOCK TABLES`, `UNLOCK TABLES`, `START TRANSACTION`, `BEGIN`, `COMMIT`, `INSERT` and `REPLACE`, and where
///   replicas begin to read (`CHANGE MASTER TO`, `CHANGE REPLICATION SOURCE TO`);
/// - `DROP TABLE IF EXISTS` of a table that is created after it;
/// - executable comments that are a statement of their own with a `SET`, or with an `ALTER TABLE` that switches keys off
///   and on.
#[must_use]
pub fn without_dump(text: &str) -> (String, usize) {
    let Ok(tokens) = tokenize(text) else { return (text.to_owned(), 0) };
    let mut kept = text.as_bytes().to_vec();
    let mut passed_over = 0;
    let all: Vec<&[Token<'_>]> = statements(&tokens).collect();
    for (at, statement) in all.iter().enumerate() {
        let (sandbox, rest): (Vec<&Token<'_>>, Vec<&Token<'_>>) =
            statement.iter().filter(|token| !is_remark(token)).partition(|token| is_sandbox_remark(token));
        let is_created_later = |name: &Identifier| all.iter().skip(at).any(|later| creates(later, name));
        let mut blanked = sandbox;
        if is_passed_over(&rest, is_created_later) {
            passed_over += 1;
            blanked.extend(rest);
        }
        for token in blanked {
            let bytes = kept.get_mut(token.offset..token.end()).unwrap_or_default();
            bytes.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        }
    }
    // Whole tokens were blanked, so it is UTF-8 still.
    (String::from_utf8(kept).unwrap_or_else(|_| text.to_owned()), passed_over)
}

/// Returns whether a token is `/*M!999999\- enable the sandbox mode */`, with which MariaDB's dumps begin for its
/// client.
fn is_sandbox_remark(token: &Token<'_>) -> bool {
    token.kind == TokenKind::ExecutableComment && token.text.starts_with("/*M!999999\\-")
}

fn is_passed_over(tokens: &[&Token<'_>], is_created_later: impl Fn(&Identifier) -> bool) -> bool {
    if tokens.iter().all(|token| token.kind == TokenKind::ExecutableComment) {
        return !tokens.is_empty() && tokens.iter().all(|token| is_about_the_session(token.text));
    }
    let begins = |words: &[&str]| {
        tokens.len() >= words.len() && tokens.iter().zip(words).all(|(token, word)| token.is_word(word))
    };
    if begins(&["DROP", "TABLE", "IF", "EXISTS"]) {
        let name = tokens.get(4).filter(|_| tokens.len() == 5);
        return name.and_then(|name| Identifier::new(name.value()).ok()).is_some_and(|name| is_created_later(&name));
    }
    let is_whole = |words: &[&str]| begins(words) && tokens.len() == words.len();
    SESSION_AND_ROWS.iter().any(|words| begins(words)) || [["BEGIN"], ["COMMIT"]].iter().any(|word| is_whole(word))
}

/// Returns whether a comment is like `/*!40101 SET NAMES utf8mb4 */` or ``/*!40000 ALTER TABLE `t` DISABLE KEYS */``.
fn is_about_the_session(comment: &str) -> bool {
    let inside = comment.trim_start_matches("/*").trim_start_matches(['M', '!']).trim_end_matches("*/");
    let inside = inside.trim_start_matches(|c: char| c.is_ascii_digit()).trim().to_ascii_uppercase();
    let keys = inside.ends_with("DISABLE KEYS") || inside.ends_with("ENABLE KEYS");
    inside.starts_with("SET ") || inside.starts_with("ALTER TABLE ") && keys
}

fn creates(statement: &[Token<'_>], name: &Identifier) -> bool {
    let mut tokens = statement.iter().filter(|token| token.kind != TokenKind::Comment);
    let is_create = ["CREATE", "TABLE"].iter().all(|word| tokens.next().is_some_and(|token| token.is_word(word)));
    let mut tokens = tokens.skip_while(|token| ["IF", "NOT", "EXISTS"].iter().any(|word| token.is_word(word)));
    is_create && tokens.next().is_some_and(|token| token.value() == name.as_str())
}
