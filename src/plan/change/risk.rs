//! The risks of a step: what it may do to the application or the data, apart from its purpose.

use std::fmt;

/// A risk of a step. A step without any runs without approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Risk {
    /// Writes to the table wait, or the server copies the table.
    Blocking,
    /// An application that works with the present schema may fail.
    Breaking,
    /// Data, or a guarantee about it, may be lost.
    Destructive,
    /// Privileges or size hide what could break.
    Unknown,
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Blocking => "Blocking",
            Self::Breaking => "Breaking",
            Self::Destructive => "Destructive",
            Self::Unknown => "Unknown",
        })
    }
}
