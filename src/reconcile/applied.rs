//! What a change did: which of its statements ran, and what ended it.

use std::fmt;

use super::not_ready::NotReady;
use crate::plan::Cost;

/// The outcome of a change.
#[derive(Debug, Clone)]
pub struct Applied {
    pub plan_id: String,
    /// The steps that began, in order.
    pub statements: Vec<StatementOutcome>,
    /// Why not all of its steps ran, or why one failed.
    pub failure: Option<NotReady>,
}

/// The outcome of one statement.
#[derive(Debug, Clone)]
pub struct StatementOutcome {
    pub step_id: String,
    pub object: String,
    pub statement: String,
    pub failure: Option<StatementFailure>,
    /// Its cost on this server, where the server refused to do it at the planned one.
    pub learnt: Option<LearntCost>,
}

/// Why a statement failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFailure {
    pub not_ready: NotReady,
    /// Whether another try would do the same work and fail again, until the spec, the rows or the server change.
    pub is_lasting: bool,
    /// Whether rows decide it.
    pub is_of_rows: bool,
}

impl StatementFailure {
    /// Returns a failure that passes by itself, or costs nothing to meet again.
    pub fn passing(not_ready: NotReady) -> Self {
        Self { not_ready, is_lasting: false, is_of_rows: false }
    }
}

impl fmt::Display for StatementFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.not_ready.fmt(f)
    }
}

/// A cost that a server's refusal taught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearntCost {
    /// The cheapest cost that the server did not refuse.
    pub cost: Cost,
    /// The server's words for refusing a cheaper one.
    pub why: String,
}
