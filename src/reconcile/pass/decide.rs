//! Fifth stage: what runs, and why the rest does not. A pure function of what was measured.

use std::collections::{HashMap, HashSet};

use super::hold::{Held, hold};
use super::measure::Measured;
use super::rows::InTheWay;
use crate::api::{Reason, StepState};
use crate::plan::Step;
use crate::reconcile::applied::{Applied, StatementFailure};
use crate::reconcile::approval::Approval;
use crate::reconcile::failed_step::failed_steps;
use crate::reconcile::job::Job;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::pending_record::PendingRecord;
use crate::reconcile::planned_steps::{PlannedStep, PlannedSteps, Wait, counted};
use crate::reconcile::report::Report;
use crate::reconcile::request::{Request, TargetMode};
use crate::reconcile::scratch::Rehearsal;
use crate::record::HistoryTable;

/// What a pass comes to.
#[derive(Debug)]
pub struct Decision {
    pub report: Report,
    pub next: Next,
}

/// What follows from a decision.
#[derive(Debug)]
pub enum Next {
    /// A change begins once the report is published.
    Run(Box<Job>),
    /// No step runs. The record is written.
    Record(Box<Settled>),
    /// The schema is in sync. The record is written, and the verify queries run.
    Verify(Box<Settled>),
    /// Nothing is written.
    Nothing,
}

/// What is left of a request that changes nothing now.
#[derive(Debug)]
pub struct Settled {
    pub request: Request,
    pub record: PendingRecord,
    pub history: HistoryTable,
}

/// Decides what a pass comes to. `after` is the change that has just ended for this resource.
pub fn decide(mut measured: Measured, after: Option<&Applied>) -> Decision {
    let approval = measured.approval(after);
    measured.complete_rejection();
    if let Some(conflict) = measured.conflict.take() {
        return measured.disputed(conflict);
    }
    measured.report.approval.clone_from(&approval);
    if let Some(not_ready) = measured.report.stopped_by_revision(!measured.planned.steps.is_empty()) {
        return measured.stopped(not_ready);
    }
    if measured.planned.steps.is_empty() {
        return measured.in_sync();
    }
    if let Some(refusal) = refusal(&measured.rehearsal) {
        return measured.refused(refusal);
    }
    let consent = &mut measured.request.declaration.consent;
    consent.steps = approval.as_ref().map(Approval::allowed).unwrap_or_default();
    consent.small_tables = std::mem::take(&mut measured.small_tables);
    measured.request.prior.approval = approval;
    match measured.runnable(after) {
        Ok(steps) => measured.runs(steps),
        Err(not_ready) => measured.waits(not_ready),
    }
}

impl Measured {
    /// Another resource declared otherwise first. Only what is undisputed is claimed.
    fn disputed(mut self, conflict: NotReady) -> Decision {
        self.planned.block_all(|_| format!("no step of the plan runs: {conflict}"));
        let plan = (!self.planned.steps.is_empty()).then_some(self.planned);
        let report = Report { plan, ..self.report }.ending(conflict);
        let settled = Settled { request: self.request, record: self.record, history: self.history };
        let next = if settled.record.claims() { Next::Record(Box::new(settled)) } else { Next::Nothing };
        Decision { report, next }
    }

    fn in_sync(self) -> Decision {
        let settled = Settled { request: self.request, record: self.record, history: self.history };
        Decision { report: self.report, next: Next::Verify(Box::new(settled)) }
    }

    /// A migration tool stands where nothing may be changed.
    fn stopped(mut self, not_ready: NotReady) -> Decision {
        self.planned.block_all(|_| format!("no step of the plan runs: {not_ready}"));
        let plan = (!self.planned.steps.is_empty()).then_some(self.planned);
        Decision { report: Report { plan, ..self.report }.ending(not_ready), next: Next::Nothing }
    }

    /// The rehearsal showed that the plan would not lead to what is declared.
    fn refused(mut self, refusal: NotReady) -> Decision {
        let Rehearsal { refused, not_understood, .. } = &self.rehearsal;
        self.planned.block_all(|step| {
            let of_table =
                refused.iter().find(|refused| refused.table == step.table).map(|refused| refused.why.as_str());
            match of_table {
                Some(why) => format!("tried on an empty copy: {why}"),
                None if not_understood.iter().any(|refused| refused.table == step.table) => {
                    "the table has something that is not understood".to_owned()
                }
                None => "no step runs while another one of the plan is refused".to_owned(),
            }
        });
        let report = Report { plan: Some(self.planned), ..self.report }.ending(refusal);
        Decision { report, next: Next::Nothing }
    }

    fn waits(self, not_ready: NotReady) -> Decision {
        let report = Report { plan: Some(self.planned), ..self.report }.ending(not_ready);
        let settled = Settled { request: self.request, record: self.record, history: self.history };
        Decision { report, next: Next::Record(Box::new(settled)) }
    }

    fn runs(mut self, steps: Vec<Step>) -> Decision {
        self.record.begins(&steps);
        let applying = applying(steps.len(), self.planned.steps.len());
        let job = Job {
            request: self.request,
            plan_id: self.planned.plan.id.clone(),
            steps,
            history: self.history,
            record: Some(self.record),
            only_waits: false,
            puts_back: None,
        };
        let report = Report { plan: Some(self.planned), ..self.report }.ending(applying);
        Decision { report, next: Next::Run(Box::new(job)) }
    }

    /// Returns the steps that may run now, and marks those that may not.
    fn runnable(&mut self, after: Option<&Applied>) -> Result<Vec<Step>, NotReady> {
        let failed = failed_steps(&self.request.prior.failed_steps, after, &self.planned);
        let held = hold(&self.request, &failed, &mut self.planned, &self.circumstances);
        self.report.failed_steps = failed;
        self.report.opens = held.as_ref().and_then(|held| held.opens);
        let mut done = String::new();
        if let Some(applied) = after {
            mark_passing(applied, &mut self.planned);
            done = progress(applied, &self.planned);
        }
        self.check_rejection(&done)?;
        self.check_former_run(after, &done)?;
        let due = self.due(held, &done);
        self.check_mode(&due)?;
        due
    }

    /// Returns the steps that may run now, whatever the mode.
    fn due(&self, held: Option<Held>, done: &str) -> Result<Vec<Step>, NotReady> {
        let pending = self.planned.steps.iter().filter(|step| step.state == StepState::Pending);
        let steps: Vec<Step> = pending.map(|planned| planned.step.clone()).collect();
        if steps.is_empty() {
            if let Some(InTheWay { reason, message }) = &self.in_the_way {
                return Err(NotReady::new(*reason, format!("{done}{message}")));
            }
            // Steps that are neither due nor blocked are held.
            if let Some(Held { reason, message, .. }) = held {
                return Err(NotReady::new(reason, format!("{done}{message}")));
            }
        }
        self.missing_privileges.check(&steps, done)?;
        Ok(steps)
    }

    /// Adds to a rejection the steps of its plan that no status showed.
    fn complete_rejection(&mut self) {
        let rejection = self.request.prior.rejection.take().map(|rejection| rejection.of(&self.planned));
        self.request.prior.rejection.clone_from(&rejection);
        self.report.rejection = rejection;
    }

    fn check_rejection(&mut self, done: &str) -> Result<(), NotReady> {
        let rejection = self.request.prior.rejection.as_ref().filter(|rejection| rejection.is_of(&self.planned));
        let Some(rejection) = rejection else { return Ok(()) };
        self.report.rejected_by = Some(rejection.by.clone());
        let message = format!("{done}{}: {}", rejection.remark(&self.planned), summary(&self.planned));
        self.planned.block_all(|_| format!("{} rejected or cancelled the plan", rejection.by));
        Err(NotReady::new(Reason::PlanRefused, message))
    }

    /// Checks what came of the change before, and whether these very statements ran before.
    fn check_former_run(&mut self, after: Option<&Applied>, done: &str) -> Result<(), NotReady> {
        if let Some(applied) = after {
            if let Some(failure) = &applied.failure {
                if let Some(InTheWay { reason, message }) =
                    self.in_the_way.as_ref().filter(|_| failed_on_counted_rows(applied, &self.planned))
                {
                    return Err(NotReady::new(*reason, format!("{done}{message}")));
                }
                return Err(NotReady { message: format!("{done}{}", failure.message), ..failure.clone() });
            }
            if let Some(message) = refused_by_server(applied, &self.planned) {
                return Err(NotReady::new(Reason::PlanRefused, message));
            }
        }
        // What rows prevent did not run as it is now.
        let is_open = self.planned.steps.iter().any(|step| step.state != StepState::Blocked);
        if is_open && self.request.prior.refused_plan.as_ref() == Some(&self.planned.plan.id) {
            let message = "the same statements were run before, and the server reported something else than is \
                           declared; change the declaration to what the server reports";
            self.planned.block_all(|_| "the same statements were run before".to_owned());
            return Err(NotReady::new(Reason::PlanRefused, message));
        }
        Ok(())
    }

    /// Checks whether the mode lets the steps run that are due, and keeps what the outcome would be else.
    fn check_mode(&mut self, due: &Result<Vec<Step>, NotReady>) -> Result<(), NotReady> {
        match self.request.spec.mode {
            TargetMode::Plan => {
                let is_replica = self.report.server.as_ref().is_some_and(|server| server.read_only);
                self.report.if_applied = Some(match due {
                    _ if is_replica => NotReady::read_only(),
                    Ok(steps) => applying(steps.len(), self.planned.steps.len()),
                    Err(not_ready) => not_ready.clone(),
                });
                let message = format!("{}; mode Plan changes nothing", summary(&self.planned));
                Err(NotReady::new(Reason::Planned, message))
            }
            TargetMode::ApplyButReportDrift if self.request.prior.was_in_sync => {
                self.report.drifted = true;
                let message = format!("{}; policy.drift Report changes nothing", summary(&self.planned));
                Err(NotReady::new(Reason::Drifted, message))
            }
            TargetMode::Apply | TargetMode::ApplyButReportDrift | TargetMode::Require => Ok(()),
        }
    }
}

fn applying(due: usize, all: usize) -> NotReady {
    NotReady::new(Reason::Applying, format!("{due} of {} may run now", counted(all, "step")))
}

/// Why a rehearsal refuses its plan; `None` where it does not.
fn refusal(rehearsal: &Rehearsal) -> Option<NotReady> {
    if !rehearsal.not_understood.is_empty() {
        let tables: Vec<String> = rehearsal
            .not_understood
            .iter()
            .map(|refused| format!("table {}: {}", refused.table, refused.why))
            .collect();
        let message = format!(
            "a copy made from what was read differs from the table itself, so it has something that is not understood, \
             and nothing was changed: {}",
            tables.join("; ")
        );
        return Some(NotReady::new(Reason::Unsupported, message));
    }
    if rehearsal.refused.is_empty() {
        return None;
    }
    let words: Vec<String> =
        rehearsal.refused.iter().map(|refused| format!("table {}: {}", refused.table, refused.why)).collect();
    let message = format!("tried on an empty copy, and nothing was changed: {}", words.join("; "));
    Some(NotReady::new(Reason::PlanRefused, message))
}

/// Marks the steps whose failure passes by itself, and says at each that waits for one of them that it does.
fn mark_passing(applied: &Applied, planned: &mut PlannedSteps) {
    let failures = applied.statements.iter().filter_map(|outcome| Some((&outcome.step_id, outcome.failure.as_ref()?)));
    let failures: HashMap<&String, &StatementFailure> = failures.filter(|(_, failure)| !failure.is_lasting).collect();
    let steps: Vec<Step> = planned.steps.iter().map(|planned| planned.step.clone()).collect();
    let steps: Vec<&Step> = steps.iter().collect();
    for step in &mut planned.steps {
        if let Some(failure) = failures.get(&step.step.id) {
            step.state = StepState::Failed;
            step.message = Some(failure.to_string());
        } else if step.state == StepState::Pending
            && let Some(wait) = Wait::of(&step.step, &steps, |other| failures.contains_key(&other.id))
        {
            step.note(&wait.words());
        }
    }
}

/// Returns how much is done, as the beginning of a message.
fn progress(applied: &Applied, planned: &PlannedSteps) -> String {
    let done = applied.statements.iter().filter(|outcome| outcome.failure.is_none()).count();
    if done == 0 { String::new() } else { format!("{done} of {} steps are done; ", done + planned.steps.len()) }
}

/// Returns what to say of a step that ran without an error and is planned again: the server reports something else.
fn refused_by_server(applied: &Applied, planned: &PlannedSteps) -> Option<String> {
    let ran: HashSet<&String> = applied.statements.iter().map(|outcome| &outcome.step_id).collect();
    let is_again = |step: &&PlannedStep| step.state != StepState::Blocked && ran.contains(&step.step.id);
    let again = planned.steps.iter().find(is_again)?;
    let change = again.step.changes.first()?;
    let (declared, live) = change.difference(again.step.dialect);
    let object = again.step.object();
    Some(format!(
        "the statement for {object} ran, and the server still reports another definition: \
                  declared {declared}, live {live}"
    ))
}

/// Whether all that failed did so on rows that came in after they had been counted, and that are counted by now.
fn failed_on_counted_rows(applied: &Applied, planned: &PlannedSteps) -> bool {
    let is_blocked =
        |id: &String| planned.steps.iter().any(|planned| planned.step.id == *id && planned.state == StepState::Blocked);
    let failures = applied.statements.iter().filter_map(|outcome| Some((&outcome.step_id, outcome.failure.as_ref()?)));
    let mut failures = failures.peekable();
    failures.peek().is_some() && failures.all(|(id, failure)| failure.is_of_rows && is_blocked(id))
}

fn summary(planned: &PlannedSteps) -> String {
    format!("{} would change: {}", counted(planned.steps.len(), "statement"), planned.objects(5))
}
