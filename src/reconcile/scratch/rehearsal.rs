//! What the rehearsal of a plan found.

use std::collections::BTreeSet;

use crate::schema::{DeclaredPartitioning, Identifier};

/// What the rehearsal of a plan found, by table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rehearsal {
    /// Tables that the change leaves exactly as they are: live and declared are one definition in two spellings.
    pub unchanged: BTreeSet<Identifier>,
    pub refused: Vec<RefusedTable>,
    pub resolved: Vec<ResolvedPartitioning>,
    /// Tables that can't be rebuilt from what was read of them.
    pub not_understood: Vec<Identifier>,
    /// Why nothing was rehearsed.
    pub skipped: Option<String>,
}

/// A table that the plan must not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedTable {
    pub table: Identifier,
    /// The server's refusal, or what it would report in place of what is declared.
    pub why: String,
}

/// Declared partitions as this server writes them. Only a plan for these tells what has to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedPartitioning {
    pub table: Identifier,
    pub partitioning: DeclaredPartitioning,
}

impl Rehearsal {
    /// Returns whether the plan must not run.
    pub fn is_refused(&self) -> bool {
        !self.refused.is_empty() || !self.not_understood.is_empty()
    }

    /// Refuses to change a table.
    pub fn refuse(&mut self, table: &Identifier, why: String) {
        self.refused.push(RefusedTable { table: table.clone(), why });
    }
}
