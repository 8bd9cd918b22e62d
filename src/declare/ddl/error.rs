//! What is wrong with `CREATE TABLE` text, and in which line.

use thiserror::Error;

use crate::plan::{Refusal, RefusalKind};

/// A part of a text that is not a plain `CREATE TABLE`, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {message}")]
pub struct ScriptError {
    pub line: usize,
    pub message: String,
}

/// A text whose offsets can be turned into lines.
#[derive(Debug, Clone, Copy)]
pub struct Lines<'a>(pub &'a str);

impl Lines<'_> {
    /// Returns the line of a byte, counted from 1.
    pub fn of(self, offset: usize) -> usize {
        self.0.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }

    /// Returns an error at a byte.
    pub fn error(self, offset: usize, message: impl Into<String>) -> ScriptError {
        ScriptError { line: self.of(offset), message: message.into() }
    }
}

/// Turns errors into refusals of a spec.
#[must_use]
pub fn refusals(errors: &[ScriptError]) -> Vec<Refusal> {
    let refusal = |error: &ScriptError| Refusal::of_spec("spec.ddl", RefusalKind::Invalid, error.to_string());
    errors.iter().map(refusal).collect()
}
