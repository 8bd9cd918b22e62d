//! What `information_schema` makes of defaults and expressions.

use crate::schema::{ColumnDefault, Expression, unescape};

/// MariaDB shows defaults as SQL: `'a''b'`, `5`, `NULL`, `current_timestamp()`, `(1 + 2)`.
pub fn mariadb_default(text: &str) -> Result<ColumnDefault, String> {
    if text.eq_ignore_ascii_case("null") {
        return Ok(ColumnDefault::None);
    }
    if let Some(inner) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return Ok(ColumnDefault::Value(unescape(inner, '\'')));
    }
    let is_number = text.parse::<f64>().is_ok() && !text.starts_with(|c: char| c.is_alphabetic());
    let is_bits = text.len() >= 3 && (text.starts_with("b'") || text.starts_with("x'"));
    if is_number || is_bits {
        return Ok(ColumnDefault::Value(text.to_owned()));
    }
    let expression = Expression::new(text).map_err(|error| format!("its default can't be read: {error}"))?;
    Ok(ColumnDefault::Expression(expression))
}

/// MySQL's `information_schema` shows expressions with their quotes and backslashes escaped once more, and each byte of
/// their UTF-8 as a character of its own (tried on 9.7; it is the only place where 4-byte characters are not lost).
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
    fn mariadb_defaults_are_told_apart() {
        let value = |text: &str| ColumnDefault::Value(text.to_owned());
        assert_eq!(mariadb_default("NULL"), Ok(ColumnDefault::None));
        assert_eq!(mariadb_default("'NULL'"), Ok(value("NULL")));
        assert_eq!(mariadb_default("'a''b'"), Ok(value("a'b")));
        assert_eq!(mariadb_default("''"), Ok(value("")));
        assert_eq!(mariadb_default("-5.5"), Ok(value("-5.5")));
        assert_eq!(mariadb_default("b'01'"), Ok(value("b'01'")));
        assert!(matches!(mariadb_default("current_timestamp(3)"), Ok(ColumnDefault::Expression(_))));
        assert!(matches!(mariadb_default("uuid()"), Ok(ColumnDefault::Expression(_))));
    }

    #[test]
    fn the_extra_escapes_of_mysql_are_undone() {
        assert_eq!(without_escapes("'\u{c3}\u{a4}\u{f0}\u{9f}\u{98}\u{80}'"), "'ä😀'");
        assert_eq!(without_escapes(r"concat(`a`,_utf8mb4\'it\\\'s\\\\\')"), r"concat(`a`,_utf8mb4'it\'s\\')");
    }
}
