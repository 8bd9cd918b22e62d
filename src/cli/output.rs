//! Writes to standard output, and keeps one line what has to be one line.

use std::io::Write;

use super::outcome::CliError;

/// Writes a text to standard output, at once.
pub fn print(text: &str) -> Result<(), CliError> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(CliError::Output)
}

/// Names may hold line ends, and what is one line must stay one: a comment, an error.
pub fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
