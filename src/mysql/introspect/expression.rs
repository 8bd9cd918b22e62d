//! Reads expressions as `information_schema` shows them.

use crate::schema::{Dialect, Expression, Flavor, without_remarks};

/// Reads an expression as this server stores it. MySQL's `information_schema` escapes the quotes in it once more.
///
/// # Errors
/// It is no expression that we understand.
pub fn read_expression(text: &str, dialect: Dialect) -> Result<Expression, String> {
    let text = match dialect.flavor {
        Flavor::MySql => without_escapes(text),
        Flavor::MariaDb => without_remarks(text),
    };
    Expression::new(&text).map_err(|error| format!("its expression can't be read: {error}"))
}

/// Undoes what MySQL's `information_schema` does to expressions: it escapes their quotes and backslashes once more, and
/// shows each byte of their UTF-8 as a character of its own (tried on 9.7; it is the only place where 4-byte characters
/// are not lost).
pub fn without_escapes(text: &str) -> String {
    let bytes: Option<Vec<u8>> = text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect();
    let decoded = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    without_backslashes(decoded.as_deref().unwrap_or(text))
}

fn without_backslashes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extra_escapes_of_mysql_are_undone() {
        assert_eq!(without_escapes("'\u{c3}\u{a4}\u{f0}\u{9f}\u{98}\u{80}'"), "'ä😀'");
        assert_eq!(without_escapes(r"concat(`a`,_utf8mb4\'it\\\'s\\\\\')"), r"concat(`a`,_utf8mb4'it\'s\\')");
    }
}
