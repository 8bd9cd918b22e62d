//! The rows of a tool's table.

use super::queries::{Field, MAX_ROWS, Outcome};
use crate::mysql::Row;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionRow {
    pub revision: String,
    pub outcome: Outcome,
}

/// Reads the rows; `None` where they are more than are read.
pub fn read_rows(rows: &[Row]) -> Option<Vec<RevisionRow>> {
    let read = |row: &Row| RevisionRow {
        revision: row.text(Field::Revision).to_owned(),
        // What no statement of ours gives is as bad as can be.
        outcome: Outcome::of_word(row.text(Field::Outcome)).unwrap_or(Outcome::Failed),
    };
    (rows.len() <= MAX_ROWS).then(|| rows.iter().map(read).collect())
}
