//! What an export leaves out.

use std::fmt;

use crate::declare::Omission;
use crate::schema::Identifier;

/// Something of the live database that an export leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftOut {
    /// What a table has and the words of the resource can't say.
    OfTable { table: Identifier, omission: Omission },
    /// Anything else, in words: a view, or what is refused when it is declared.
    Other(String),
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OfTable { table, omission: Omission { object: _, field, reason } } => {
                write!(f, "spec.tables[{table}].{field}: {reason}")
            }
            Self::Other(text) => f.write_str(text),
        }
    }
}
