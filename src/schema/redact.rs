//! Takes the literals out of a statement, so that one that another session runs may be shown.

use super::token::{TokenKind, tokenize};

/// The longest statement that is shown, in bytes. Longer ones are cut.
const LONGEST: usize = 160;

/// Returns the statement with `?` in place of each literal, and without comments; `None` where the text has no tokens.
pub fn redact(sql: &str) -> Option<String> {
    let tokens = tokenize(sql).ok()?;
    let words = tokens.iter().filter_map(|token| match token.kind {
        TokenKind::Comment | TokenKind::ExecutableComment => None,
        TokenKind::String | TokenKind::Number | TokenKind::Hexadecimal | TokenKind::Bits => Some("?"),
        TokenKind::Word | TokenKind::QuotedIdentifier | TokenKind::Variable | TokenKind::Symbol => Some(token.text),
    });
    let mut text = String::new();
    for word in words {
        if text.len() + 1 + word.len() > LONGEST {
            text.push_str(" ...");
            break;
        }
        if !text.is_empty() && !matches!(word, "." | "," | ")" | ";") && !text.ends_with(['.', '(']) {
            text.push(' ');
        }
        text.push_str(word);
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_literal_is_left() {
        let sql =
            "SELECT /* 'a' */ `x`.y, 'hunter2' FROM t WHERE id IN (1, 0x4D, b'1') AND n = \"secret\" /*!50000 'b' */";
        let shown = redact(sql).unwrap();
        assert_eq!(shown, "SELECT `x`.y, ? FROM t WHERE id IN (?, ?, ?) AND n = ?");
    }

    #[test]
    fn what_has_no_tokens_is_not_shown() {
        assert_eq!(redact("SELECT 'hunter2"), None);
        assert_eq!(redact(""), None);
    }

    #[test]
    fn a_long_statement_is_cut_at_a_word() {
        let sql = format!("SELECT {} FROM t", vec!["'v'"; 200].join(", "));
        let shown = redact(&sql).unwrap();
        assert!(shown.len() <= LONGEST + 4 && shown.ends_with(" ..."), "{shown}");
    }
}
