//! What a change did: which of its statements ran, and what ended it.

use super::not_ready::NotReady;
use crate::plan::Cost;

/// The outcome of a change.
#[derive(Debug, Clone)]
pub struct Applied {
    pub plan_id: String,
    /// The steps that began, in order.
    pub statements: Vec<StatementOutcome>,
    /// Why it ended before the last step.
    pub failure: Option<NotReady>,
}

/// The outcome of one statement.
#[derive(Debug, Clone)]
pub struct StatementOutcome {
    pub step_id: String,
    pub object: String,
    pub statement: String,
    pub failure: Option<String>,
    /// Its cost on this server, where the server refused to do it at the planned one.
    pub learnt: Option<LearntCost>,
}

/// A cost that a server's refusal taught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearntCost {
    /// The cheapest cost that the server did not refuse.
    pub cost: Cost,
    /// The server's words for refusing a cheaper one.
    pub why: String,
}
