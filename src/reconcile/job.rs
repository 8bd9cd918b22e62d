//! The change that a pass asks for.

use super::claims::PendingRecord;
use super::request::Request;
use crate::mysql::Observation;
use crate::plan::Step;
use crate::record::{APPROVED_BY, HISTORY_TABLE, HistoryTable};

/// What the steps need to run.
#[derive(Debug)]
pub struct Job {
    pub request: Request,
    pub plan_id: String,
    pub steps: Vec<Step>,
    /// What was seen of the history table.
    pub history: HistoryTable,
    /// What has to be recorded before.
    pub record: Option<PendingRecord>,
    /// No step is to run: a statement that was left behind is waited for.
    pub only_waits: bool,
}

/// What was seen of the history table.
pub fn history_table(observation: &Observation) -> HistoryTable {
    match observation.schema.tables.iter().find(|table| table.name.as_str() == HISTORY_TABLE) {
        None => HistoryTable::Missing,
        Some(table) if table.columns.iter().any(|column| column.name.as_str() == APPROVED_BY) => HistoryTable::Complete,
        Some(_) => HistoryTable::WithoutApprovals,
    }
}
