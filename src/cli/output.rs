//! Writes to standard output, and keeps on one line what has to be one line.

use std::io::Write;

use super::outcome::CliError;

/// Writes a text to standard output, at once.
pub fn print(text: &str) -> Result<(), CliError> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(CliError::Output)
}

/// Joins a text into one line: names may hold line ends, and a comment or an error must stay one line.
pub fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
