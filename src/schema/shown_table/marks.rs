//! Takes the marks of executable comments out of a statement, so that what is in them is read as the server runs it.

/// Returns the statement with a space for each byte of a mark: `/*!50606 STORAGE DISK */` becomes `STORAGE DISK`. What
/// follows stays at its place. A mark in a string, a quoted name or a plain comment is none.
#[must_use]
pub fn without_marks(sql: &str) -> String {
    let mut plain = String::with_capacity(sql.len());
    let mut rest = sql;
    let mut opened = 0_usize;
    while let Some(first) = rest.chars().next() {
        let (length, is_mark) = match mark_length(rest) {
            Some(length) => {
                opened += 1;
                (length, true)
            }
            None if opened > 0 && rest.starts_with("*/") => {
                opened -= 1;
                (2, true)
            }
            None => (piece_length(rest, first), false),
        };
        let (piece, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if is_mark {
            plain.extend(std::iter::repeat_n(' ', piece.len()));
        } else {
            plain.push_str(piece);
        }
        rest = after;
    }
    plain
}

/// Returns the length of `/*!50606` or `/*M!100301` at the beginning of a text.
fn mark_length(text: &str) -> Option<usize> {
    let after = text.strip_prefix("/*!").or_else(|| text.strip_prefix("/*M!"))?;
    let version = after.trim_start_matches(|c: char| c.is_ascii_digit());
    Some(text.len() - version.len())
}

/// Returns the length of the string, quoted name, plain comment or single character at the beginning of a text.
fn piece_length(text: &str, first: char) -> usize {
    match first {
        '\'' | '"' | '`' => quoted_length(text, first),
        '/' if text.starts_with("/*") => text.find("*/").map_or(text.len(), |end| end + 2),
        other => other.len_utf8(),
    }
}

fn quoted_length(text: &str, quote: char) -> usize {
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == '\\' && quote != '`' {
            characters.next();
        } else if character == quote {
            // Of a doubled quote, the second begins a piece of its own.
            return at + 1;
        }
    }
    text.len()
}
