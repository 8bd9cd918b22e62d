//! Why a declaration cannot be planned.

use crate::schema::Identifier;

/// A declaration that can't become a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct Refusal {
    /// The declared table that it concerns, where it concerns one.
    pub table: Option<Identifier>,
    /// The place in the spec: `spec.tables[user].columns[id]`.
    pub path: String,
    pub kind: RefusalKind,
    pub message: String,
}

/// What is wrong with a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The declaration contradicts itself or is incomplete.
    Invalid,
    /// This server, or this operator, does not support it.
    Unsupported,
    /// Both an object and the one that it would be renamed from are live.
    RenameConflict,
}

impl Refusal {
    /// Refuses the declaration at this path of the spec, without naming a table.
    pub fn of_spec(path: impl Into<String>, kind: RefusalKind, message: impl Into<String>) -> Self {
        Self { table: None, path: path.into(), kind, message: message.into() }
    }

    /// Refuses the declaration at this path inside of a declared table; the empty path is the table itself.
    pub fn of_table(table: &Identifier, path: &str, kind: RefusalKind, message: impl Into<String>) -> Self {
        let separator = if path.is_empty() { "" } else { "." };
        let path = format!("spec.tables[{table}]{separator}{path}");
        Self { table: Some(table.clone()), path, kind, message: message.into() }
    }

    /// Names the table in the path as the declaration writes it.
    #[must_use]
    pub fn with_written_name(mut self, written: &str) -> Self {
        let stored = self.table.as_ref().map(|table| format!("spec.tables[{table}]"));
        if let Some(rest) = stored.and_then(|stored| self.path.strip_prefix(stored.as_str()).map(str::to_owned)) {
            self.path = format!("spec.tables[{written}]{rest}");
        }
        self
    }
}

/// Why a table can't be partitioned as declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitioningRefusal {
    /// The place in the declaration of the table.
    pub path: String,
    pub kind: RefusalKind,
    pub message: String,
}

impl PartitioningRefusal {
    /// Refuses what contradicts itself or is incomplete.
    pub fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), kind: RefusalKind::Invalid, message: message.into() }
    }

    /// Refuses what this server does not support.
    pub fn unsupported(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), kind: RefusalKind::Unsupported, message: message.into() }
    }
}
