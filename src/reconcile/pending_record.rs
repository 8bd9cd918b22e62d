//! The record that a pass asks for. It does not know how the record is written.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::plan::{Change, LastApplied, Plan, RenameRound, rounds, unsettled};
use crate::record::{Claim, RecordView};
use crate::schema::{DeclaredSchema, Identifier, Schema};

/// What the record of a resource has to say, as a pass planned it.
#[derive(Debug, Default)]
pub struct PendingRecord {
    /// The records as they were read.
    pub(super) view: RecordView,
    /// What was applied, as far as it is live and no step changes it.
    pub(super) last: LastApplied,
    pub(super) claim: Option<Claim>,
    /// Columns that take each other's names. Nothing else tells afterwards that they did.
    pub(super) rounds: Vec<RenameRound>,
    /// Whether nothing is left to do, so that the revision of the spec is the one that was applied.
    pub(super) is_settled: bool,
}

impl PendingRecord {
    /// Returns what to record of the declaration as it was `written`, where `plan` is still to be done.
    pub fn after_plan(
        written: &DeclaredSchema,
        view: RecordView,
        claim: Option<Claim>,
        live: &Schema,
        plan: &Plan,
    ) -> Self {
        let last = LastApplied::next(&view.records, &without_namesakes(written, plan), live, &unsettled(plan));
        Self { view, last, claim, rounds: rounds(plan), is_settled: plan.is_empty() }
    }

    /// Returns what to record of a contract: others applied what it requires.
    pub fn of_contract(view: RecordView, claim: Option<Claim>) -> Self {
        let last = view.records.own.clone().unwrap_or_default();
        Self { view, last, claim, rounds: Vec::new(), is_settled: true }
    }

    /// Returns what a pass has read that writes nothing.
    pub fn unwritten(view: RecordView) -> Self {
        Self { view, ..Self::default() }
    }

    /// The records as they were read.
    pub fn view(&self) -> &RecordView {
        &self.view
    }

    /// Whether anything is claimed.
    pub fn claims(&self) -> bool {
        self.claim.is_some()
    }

    /// What has to be recorded before the first step runs.
    pub(super) fn before_steps(&self) -> LastApplied {
        let mut last = self.last.clone();
        for round in &self.rounds {
            if !last.rounds.contains(round) {
                last.rounds.push(round.clone());
            }
        }
        last
    }
}

/// Leaves out the tables whose live namesake is another one, which `plan` is yet to rename.
fn without_namesakes<'a>(declared: &'a DeclaredSchema, plan: &Plan) -> Cow<'a, DeclaredSchema> {
    let renames = |change: &Change| matches!(change, Change::RenameTable { .. });
    let renamed = plan.steps.iter().filter(|step| step.changes.iter().any(renames));
    let renamed: BTreeSet<&Identifier> = renamed.map(|step| &step.table).collect();
    if !declared.tables.iter().any(|table| renamed.contains(&table.name)) {
        return Cow::Borrowed(declared);
    }
    let mut declared = declared.clone();
    declared.tables.retain(|table| !renamed.contains(&table.name));
    Cow::Owned(declared)
}
