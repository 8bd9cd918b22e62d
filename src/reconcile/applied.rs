//! What came of a change: which of its statements ran, and what it was that ended it.

use super::not_ready::NotReady;
use crate::plan::Cost;

/// What came of the steps that were to run.
#[derive(Debug, Clone)]
pub struct Applied {
    pub plan_id: String,
    /// The steps that began, in order.
    pub statements: Vec<StatementOutcome>,
    /// Why it ended before the last step.
    pub failure: Option<NotReady>,
}

/// One statement that ran.
#[derive(Debug, Clone)]
pub struct StatementOutcome {
    pub step_id: String,
    pub object: String,
    pub statement: String,
    pub failure: Option<String>,
    /// What it costs on this server, where that refused to do it as cheaply as was planned.
    pub learnt: Option<LearntCost>,
}

/// A cost that was learnt from a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearntCost {
    /// The cheapest that was not refused.
    pub cost: Cost,
    /// The server's words for refusing what is cheaper.
    pub why: String,
}
