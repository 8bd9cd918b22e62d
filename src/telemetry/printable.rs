//! Keeps what a terminal would obey out of what is written: names, comments and messages come from databases, clusters
//! and servers, and could hide or forge a line.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Returns the text with each character that a terminal obeys, but the line end, as `\uXXXX`, which JSON reads as the
/// same character.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut printable = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_obeyed(character) {
            // Writing to a String does not fail.
            let _ = write!(printable, "\\u{:04x}", u32::from(character));
        } else {
            printable.push(character);
        }
    }
    Cow::Owned(printable)
}

/// Says whether a terminal obeys a character instead of showing it: control characters (C0, DEL and C1), the direction
/// of writing, and the line ends of Unicode.
pub fn is_obeyed(character: char) -> bool {
    let turns = matches!(character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character != '\n' && (character.is_control() || turns || matches!(character, '\u{2028}' | '\u{2029}'))
}

/// Writes why the operator ends to standard error: what goes wrong before there is a log.
pub fn report(message: &str) {
    let _ = writeln!(io::stderr().lock(), "schema-operator: {}", printable(message));
}

/// A writer of which only [`printable`] text comes out. Each call has to bring whole characters.
#[derive(Debug)]
pub struct PrintableWriter<W>(pub W);

impl<W: Write> Write for PrintableWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(printable(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown_instead() {
        let shown = printable("a\u{1b}[2K\r\tb\nc\u{7f}\u{9b}31m\u{202e}é\u{2028}");
        assert_eq!(shown, "a\\u001b[2K\\u000d\\u0009b\nc\\u007f\\u009b31m\\u202eé\\u2028");
        assert!(matches!(printable("plain\ntext"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_reads_the_same_text_back() {
        let text = "a\u{1b}\u{9b}\u{202e}\n\"";
        let json = serde_json::to_string(text).unwrap();
        assert_eq!(serde_json::from_str::<String>(&printable(&json)).unwrap(), text);
    }

    #[test]
    fn a_writer_lets_no_control_character_through() {
        let mut writer = PrintableWriter(Vec::new());
        writer.write_all("x\u{1b}y\n".as_bytes()).unwrap();
        assert_eq!(writer.0, b"x\\u001by\n");
    }
}
