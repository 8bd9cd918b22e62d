//! What the rehearsal of a plan found.

use std::collections::BTreeSet;

use crate::mysql::{Error, ErrorKind, scratch_pattern};
use crate::schema::{DeclaredPartitioning, Difference, Identifier};

/// Returns what to grant, so that plans for this database can be rehearsed.
pub fn scratch_grant(database: &Identifier) -> String {
    format!("GRANT SELECT, CREATE, ALTER, DROP ON {}.*", scratch_pattern(database))
}

/// What the rehearsal of a plan found, by table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rehearsal {
    /// Tables that the change leaves exactly as they are: live and declared are one definition in two spellings.
    pub unchanged: BTreeSet<Identifier>,
    pub refused: Vec<RefusedTable>,
    pub resolved: Vec<ResolvedPartitioning>,
    /// Tables that can't be rebuilt from what was read of them, with the reason.
    pub not_understood: Vec<RefusedTable>,
    /// Tables with objects that the server shows otherwise of a copy: restating those would lose something.
    pub differing: Vec<DifferingCopy>,
    /// Live tables that were not compared with a copy.
    pub uncompared: BTreeSet<Identifier>,
    /// Why something was not rehearsed.
    pub skipped: Option<SkippedRehearsal>,
}

/// What a copy that was made from the model has otherwise than its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DifferingCopy {
    pub table: Identifier,
    pub differences: Vec<Difference>,
}

/// Why something was not rehearsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedRehearsal {
    pub why: String,
    /// What to grant, where the account lacks a privilege.
    pub grant: Option<String>,
}

impl SkippedRehearsal {
    /// Returns that a rehearsal for this database failed.
    pub fn because(error: &Error, database: &Identifier) -> Self {
        let grant = (error.kind == ErrorKind::Privilege).then(|| scratch_grant(database));
        Self { why: error.to_string(), grant }
    }
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

    /// Says that a table can't be rebuilt from what was read of it.
    pub fn not_understood(&mut self, table: &Identifier, why: String) {
        self.not_understood.push(RefusedTable { table: table.clone(), why });
    }

    /// Refuses to change a table.
    pub fn refuse(&mut self, table: &Identifier, why: String) {
        self.refused.push(RefusedTable { table: table.clone(), why });
    }
}
