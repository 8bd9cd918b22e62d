//! What the words of the resource can't say of a table.

/// Something that a table has and its restatement leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omission {
    /// The field that would hold it, below the table: `options`.
    pub field: String,
    pub reason: String,
}

impl Omission {
    /// Returns what `field` can't say, and why.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }

    /// Returns that the clauses of an object can't be said; `None` where it has none.
    pub fn of_clauses(field: impl FnOnce() -> String, clauses: &str) -> Option<Self> {
        (!clauses.is_empty()).then(|| Self::new(field(), format!("{clauses} can't be declared")))
    }
}
