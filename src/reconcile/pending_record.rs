//! The record that a pass asks for. It does not know how the record is written.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use k8s_openapi::jiff::Timestamp;

use crate::mysql::Error;
use crate::plan::{
    Change, KeyOnItsWay, LastApplied, PartDigests, PartNames, Plan, RecordSources, RenameRound, Step,
    all_contradictions, changed_parts, made_parts, rounds, waiting_parts,
};
use crate::record::{Claim, ClaimKind, Owner, RecordEntry, RecordView};
use crate::schema::{DeclaredSchema, Dialect, Identifier, Schema, StoredNames};

/// A declaration as it was written, and what is live.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    pub declared: &'a DeclaredSchema,
    pub digests: &'a PartDigests,
    pub live: &'a Schema,
}

/// What is left to do.
#[derive(Debug, Clone, Copy)]
pub struct Plans<'a> {
    /// All that differs from the declaration.
    pub whole: &'a Plan,
    /// What of it is done, where drift is left alone.
    pub next: &'a Plan,
}

/// What the record of a resource has to say, as a pass planned it.
#[derive(Debug, Default)]
pub struct PendingRecord {
    /// The records as they were read.
    pub(super) view: RecordView,
    /// What was applied, as far as it is live and no step changes it.
    pub(super) last: LastApplied,
    pub(super) claim: Option<Claim>,
    /// What a claim that is new may not contradict others with; `None` where the resource has made it before, or requires.
    basis: Option<ClaimBasis>,
    /// Columns that take each other's names. Nothing else tells afterwards that they did.
    pub(super) rounds: Vec<RenameRound>,
    /// What the steps make that may run now.
    making: PartNames,
    /// Foreign keys that the steps drop to come back. Nothing else tells of them while they are away.
    pub(super) keys: Vec<KeyOnItsWay>,
    /// All that is declared, to be recorded while it can't be claimed.
    wishes: PartNames,
    /// Whether nothing is left to do, so that the revision of the spec is the one that was applied.
    pub(super) is_settled: bool,
}

/// What others may claim meanwhile is held against this.
#[derive(Debug)]
struct ClaimBasis {
    declared: DeclaredSchema,
    plan: Plan,
    names: StoredNames,
    database: Identifier,
    dialect: Dialect,
}

impl ClaimBasis {
    /// Returns whether no resource that has claimed something since `before` declares otherwise.
    fn permits(&self, now: &RecordView, before: &RecordView) -> bool {
        now.newcomers(before).filter(|neighbour| neighbour.claim.kind == ClaimKind::Owns).all(|neighbour| {
            let mut theirs = neighbour.declared.clone();
            if !self.names.is_exact() {
                self.names.in_declaration(Arc::make_mut(&mut theirs), &self.database);
            }
            all_contradictions(&self.declared, Some(&self.plan), &theirs, self.dialect).is_empty()
        })
    }
}

impl PendingRecord {
    /// Returns what to record of a declaration, where these plans are still to be done.
    pub fn after_plans(written: Written<'_>, view: RecordView, claim: Option<Claim>, plans: Plans<'_>) -> Self {
        let Written { declared, digests, live } = written;
        let unsettled = changed_parts(&plans.whole.steps);
        let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let declared = &without_namesakes(declared, plans.whole);
        let sources =
            RecordSources { records: &view.records, declared, digests, live, unsettled: &unsettled, now: &now };
        let last = LastApplied::next(sources);
        let making = PartNames::new();
        let keys = Vec::new();
        let wishes = waiting_parts(written.declared);
        let is_new = claim.as_ref().is_some_and(|claim| !view.claims(claim));
        let basis = is_new.then(|| ClaimBasis {
            declared: written.declared.clone(),
            plan: plans.whole.clone(),
            names: live.stored_names(),
            database: live.name.clone(),
            dialect: live.dialect,
        });
        let (rounds, is_settled) = (rounds(plans.next), plans.whole.is_empty());
        Self { view, last, claim, basis, rounds, making, keys, wishes, is_settled }
    }

    /// Returns whether the claim may be made beside what the record says `now`, read under the lock of the database.
    pub fn may_claim(&self, now: &RecordView) -> bool {
        self.basis.as_ref().is_none_or(|basis| basis.permits(now, &self.view))
    }

    /// Notes that another resource declares otherwise: what is declared has to be there when that one lets it go.
    pub fn waits(&mut self) {
        self.last.waiting.clone_from(&self.wishes);
    }

    /// Returns what to record where the claim can't be written now.
    pub(super) fn unclaimed(&self) -> LastApplied {
        LastApplied { waiting: self.wishes.clone(), ..self.last.clone() }
    }

    /// Notes which steps may run now: what they make is this resource's.
    pub fn begins(&mut self, steps: &[Step]) {
        self.making = made_parts(steps);
        self.keys = KeyOnItsWay::of_steps(steps);
    }

    /// Returns what to record of a contract: others applied what it requires.
    pub fn of_contract(view: RecordView, claim: Option<Claim>) -> Self {
        let last = view.records.own.clone().unwrap_or_default();
        Self { view, last, claim, is_settled: true, ..Self::default() }
    }

    /// Returns what to record before these keys are put back, without a look at the rows.
    pub fn putting_back(view: RecordView, keys: &[KeyOnItsWay]) -> Self {
        let last = view.records.own.as_ref().or(view.records.predecessor.as_ref()).cloned().unwrap_or_default();
        let keys = keys.iter().map(|key| KeyOnItsWay { unproven: true, ..key.clone() }).collect();
        Self { view, last, keys, ..Self::default() }
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

    /// Returns the digest of the entry that is written before the first step runs.
    pub fn digest_before_steps(&self, owner: &Owner) -> Result<String, Error> {
        RecordEntry::new(owner, "", &self.before_steps()).map(|entry| entry.digest())
    }

    /// What has to be recorded before the first step runs.
    pub(super) fn before_steps(&self) -> LastApplied {
        let mut last = self.last.clone();
        for (table, parts) in &self.making {
            last.making.entry(table.clone()).or_default().extend(parts.iter().cloned());
        }
        for round in &self.rounds {
            if !last.rounds.contains(round) {
                last.rounds.push(round.clone());
            }
        }
        for key in &self.keys {
            last.keys.retain(|other| other.table != key.table || other.key.name != key.key.name);
            last.keys.push(key.clone());
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
