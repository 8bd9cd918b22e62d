//! The change that a pass asks for.

use super::not_ready::NotReady;
use super::pending_record::PendingRecord;
use super::request::Request;
use crate::mysql::Observation;
use crate::plan::Step;
use crate::record::{APPROVED_BY, HISTORY_TABLE, HistoryTable, NotedEntries};

/// A change: its steps, and what they need to run.
#[derive(Debug)]
pub struct Job {
    pub request: Request,
    pub plan_id: String,
    pub steps: Vec<Step>,
    /// The layout of the history table.
    pub history: HistoryTable,
    /// What to record before the first step.
    pub record: Option<PendingRecord>,
    /// Whether no step runs: the change waits for the end of a statement that a killed operator left behind.
    pub only_waits: bool,
    /// Set where the steps put foreign keys back that a change dropped, and could not return.
    pub puts_back: Option<PutsBack>,
}

/// Why keys are put back.
#[derive(Debug, Clone)]
pub struct PutsBack {
    /// The keys in words.
    pub objects: String,
    /// What ended the change that dropped them, where that is known.
    pub because: Option<NotReady>,
}

impl PutsBack {
    /// Returns what is to be told once the keys are there again.
    pub fn told(&self) -> Option<NotReady> {
        let NotReady { reason, message, stuck_for: _ } = self.because.clone()?;
        Some(NotReady::new(reason, format!("{message}; put back as before: {}", self.objects)))
    }

    /// Returns what is to be told where the keys are still away.
    pub fn failed(&self, failure: &NotReady) -> NotReady {
        let message = format!("still away after a change dropped it: {}; {failure}", self.objects);
        NotReady { message, ..failure.clone() }
    }
}

impl Job {
    /// Returns what has to be noted before the job begins: it writes an entry of the record before its first step. `None`
    /// where it writes none.
    ///
    /// # Errors
    /// Any names can be written; if they could not, the caller would report it.
    pub fn announcing(&self, noted: &NotedEntries) -> Result<Option<NotedEntries>, NotReady> {
        let Some(record) = &self.record else { return Ok(None) };
        let digest = record.digest_before_steps(&self.request.asker.owner);
        let digest = digest.map_err(|error| NotReady::of_own_table(&error))?;
        Ok(Some(noted.announcing(record.view().entry.as_deref(), &[digest])))
    }
}

/// Returns the layout of the history table, as it was read.
pub fn history_table(observation: &Observation) -> HistoryTable {
    match observation.schema.tables.iter().find(|table| table.name.as_str() == HISTORY_TABLE) {
        None => HistoryTable::Missing,
        Some(table) if table.columns.iter().any(|column| column.name.as_str() == APPROVED_BY) => HistoryTable::Complete,
        Some(_) => HistoryTable::WithoutApprovals,
    }
}
