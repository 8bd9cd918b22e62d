//! Takes out the remarks that a server writes into expressions.

use super::token::{TokenKind, tokenize};

/// Returns the text without the remark that MariaDB 11.8 writes into its literals for a `TIMESTAMP` column:
/// `TIMESTAMP/*WITH LOCAL TIME ZONE*/'2000-01-01 00:00:00'`.
#[must_use]
pub fn without_remarks(text: &str) -> String {
    const REMARK: &str = "/*WITH LOCAL TIME ZONE*/";
    if !text.contains(REMARK) {
        return text.to_owned();
    }
    let Ok(tokens) = tokenize(text) else { return text.to_owned() };
    let remarks = tokens.iter().filter(|token| token.kind == TokenKind::Comment && token.text == REMARK);
    let mut plain = String::with_capacity(text.len());
    let mut end = 0;
    for remark in remarks {
        plain.push_str(text.get(end..remark.offset).unwrap_or_default());
        end = remark.end();
    }
    plain + text.get(end..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_no_part_of_an_expression() {
        let shown = "`a` <> TIMESTAMP/*WITH LOCAL TIME ZONE*/'2000-01-01 00:00:00'";
        assert_eq!(without_remarks(shown), "`a` <> TIMESTAMP'2000-01-01 00:00:00'");
        assert_eq!(without_remarks("'/*WITH LOCAL TIME ZONE*/'"), "'/*WITH LOCAL TIME ZONE*/'");
    }
}
