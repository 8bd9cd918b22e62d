//! Writes and reads string literals, and writes bare words.

/// Returns a text as an SQL string literal, quotes included. No other function escapes literals.
///
/// The escapes are those of a session without `NO_BACKSLASH_ESCAPES` (MySQL manual, "String Literals"); single quotes
/// mean a string whether or not `ANSI_QUOTES` is set.
#[must_use]
pub fn quote_literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('\'');
    for character in text.chars() {
        match character {
            '\'' => literal.push_str("''"),
            '\\' => literal.push_str("\\\\"),
            '\0' => literal.push_str("\\0"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\u{1A}' => literal.push_str("\\Z"),
            other => literal.push(other),
        }
    }
    literal.push('\'');
    literal
}

/// Returns the text of a string literal from what is between its quotes: the reverse of [`quote_literal`], for either
/// quote.
///
/// `\%` and `\_` keep their backslash, as in the server: only a pattern gives them a meaning.
pub fn unescape(inside: &str, quote: char) -> String {
    let mut text = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        if character == quote {
            // The first of two: a literal ends at a single one.
            characters.next();
            text.push(quote);
        } else if character == '\\' {
            match characters.next() {
                Some('0') => text.push('\0'),
                Some('b') => text.push('\u{8}'),
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('t') => text.push('\t'),
                Some('Z') => text.push('\u{1A}'),
                Some(wildcard @ ('%' | '_')) => text.extend(['\\', wildcard]),
                Some(other) => text.push(other),
                None => text.push('\\'),
            }
        } else {
            text.push(character);
        }
    }
    text
}

/// Writes the name of a character set, collation or engine: a plain word as it is, anything else in quotes. The server
/// then refuses it as an unknown name, and does not read it as SQL.
pub(super) fn bare(name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { name.to_owned() } else { quote_literal(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_would_end_or_change_a_literal() {
        for (text, literal) in
            [("", "''"), ("it's", "'it''s'"), (r"a\", r"'a\\'"), ("\0\n\r\u{1A}", r"'\0\n\r\Z'"), ("\"`😀", "'\"`😀'")]
        {
            assert_eq!(quote_literal(text), literal);
        }
    }

    #[test]
    fn unescapes_as_the_server_does() {
        for (inside, quote, text) in [
            ("it''s", '\'', "it's"),
            (r"it\'s", '\'', "it's"),
            ("a''b", '"', "a''b"),
            (r"\t\b\x\%\_\\%", '\'', "\t\u{8}x\\%\\_\\%"),
        ] {
            assert_eq!(unescape(inside, quote), text);
        }
    }
}
