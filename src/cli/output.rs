//! Writes to standard output and standard error, and keeps on one line what has to be one line.

use std::io::Write;

use super::outcome::CliError;
use crate::telemetry::printable;

/// Writes a text to standard output, at once, without what a terminal would obey.
///
/// # Errors
/// Standard output can't be written.
pub fn print(text: &str) -> Result<(), CliError> {
    let mut output = std::io::stdout().lock();
    output.write_all(printable(text).as_bytes()).and_then(|()| output.flush()).map_err(CliError::Output)
}

/// Writes a line about the command itself to standard error. That it can't be written is no reason to fail.
pub fn report(message: &str) {
    let _ = writeln!(std::io::stderr().lock(), "kubectl-schema: {}", printable(&one_line(message)));
}

/// Writes a question to standard error, so that the answer is typed behind it.
///
/// # Errors
/// Standard error can't be written.
pub fn ask(question: &str) -> Result<(), CliError> {
    let mut error = std::io::stderr().lock();
    error.write_all(printable(question).as_bytes()).and_then(|()| error.flush()).map_err(CliError::Output)
}

/// Joins a text into one line: names may hold line ends, and a comment or an error must stay one line.
pub fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
