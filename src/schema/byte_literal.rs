//! Reads and writes the bytes of a `BINARY` or `VARBINARY` default: as text, or as hexadecimal digits.

use super::token::{Token, TokenKind, tokenize};

/// Returns the bytes that a literal without quotes means: `0x4D` and `x'4D'` are one byte, all else is text.
#[must_use]
pub fn literal_bytes(text: &str) -> Vec<u8> {
    hexadecimal(text).unwrap_or_else(|| text.as_bytes().to_vec())
}

/// Returns the literal of these bytes: a text where each is a printable character of ASCII, else hexadecimal digits.
#[must_use]
pub fn byte_literal(bytes: &[u8]) -> String {
    let is_text = bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    match std::str::from_utf8(bytes) {
        Ok(text) if is_text && hexadecimal(text).is_none() => text.to_owned(),
        _ => format!("0x{}", bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<String>>().concat()),
    }
}

/// Reads `0x4D` or `x'4D'`. Where MySQL's `information_schema` stops at a first byte of zero, it shows a bare `0x`.
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    if text == "0x" {
        return Some(Vec::new());
    }
    let tokens = tokenize(text).ok()?;
    let [Token { kind: TokenKind::Hexadecimal, text: token, offset: 0 }] = tokens.as_slice() else { return None };
    if *token != text {
        return None;
    }
    let digits = text.strip_prefix("0x").unwrap_or(text).trim_matches(['x', 'X', '\'']);
    let padded = if digits.len().is_multiple_of(2) { digits.to_owned() } else { format!("0{digits}") };
    let pairs = padded.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn digits_and_text_are_told_apart() {
        for (text, bytes) in [
            ("AB", b"AB".as_slice()),
            ("0x4142", b"AB"),
            ("x'4142'", b"AB"),
            ("X'00ff'", &[0, 255]),
            ("0x0A", &[10]),
            ("0xA", &[10]),
            ("0x", b""),
            ("", b""),
            ("0xZ", b"0xZ"),
            (" 0x41", b" 0x41"),
            ("\u{e9}", &[0xC3, 0xA9]),
        ] {
            assert_eq!(literal_bytes(text), bytes, "{text}");
        }
        assert_eq!(byte_literal(b"0x41"), "0x30783431", "a text that looks like digits is no text");
        assert_eq!(byte_literal(b"a\0"), "0x6100");
        assert_eq!(byte_literal(b""), "");
    }

    proptest! {
        #[test]
        fn each_literal_means_its_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..20)) {
            prop_assert_eq!(literal_bytes(&byte_literal(&bytes)), bytes);
        }
    }
}
