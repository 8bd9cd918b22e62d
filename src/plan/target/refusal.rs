//! Why a declaration can not be planned.

/// A declaration that can't become a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct Refusal {
    /// The place in the spec: `tables[user].columns[id]`.
    pub path: String,
    pub kind: RefusalKind,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The declaration contradicts itself or is incomplete.
    Invalid,
    /// This server, or this operator, does not do it.
    Unsupported,
    /// An object and the one that it is to be renamed from are both live.
    RenameConflict,
}
