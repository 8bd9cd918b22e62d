//! What becomes of a plan that is not empty: it is carried out, or it is said why not.

use std::collections::{HashMap, HashSet};

use super::Pass;
use super::contract::check_contracts;
use super::hold::{Held, hold};
use super::rows::{InTheWay, check_rows};
use super::sizes::examine;
use crate::api::{Reason, StepState};
use crate::mysql::{Error, Observation, Servers};
use crate::reconcile::applied::Applied;
use crate::reconcile::circumstances::Circumstances;
use crate::reconcile::job::{Job, history_table};
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::report::{PlannedSteps, Report, counted};
use crate::reconcile::request::{Request, TargetMode};
use crate::record::{HistoryTable, RecordView};

/// What was measured of a database whose plan is not empty.
pub struct Measured<'a> {
    pub observation: &'a Observation,
    /// Rows that some steps would fail on, or a contract that they would break.
    pub in_the_way: Option<InTheWay>,
    pub circumstances: Circumstances,
}

impl<'a> Measured<'a> {
    /// Measures what a plan is about, and says at its steps what was found. What is small is noted in the request, as part
    /// of what it consents to.
    ///
    /// # Errors
    /// The server can't be reached, or not be read.
    pub async fn around(
        servers: &Servers,
        request: &mut Request,
        (observation, record_view): (&'a Observation, &RecordView),
        planned: &mut PlannedSteps,
    ) -> Result<Self, NotReady> {
        let (live, connecting) = (&observation.schema, |error: Error| NotReady::connecting(&error));
        request.declaration.consent.small_tables = examine(servers, request, planned).await.map_err(connecting)?;
        let in_the_way = check_rows(servers, request, live, planned).await.map_err(connecting)?;
        let broken = check_contracts(request, record_view, live, planned);
        let circumstances = Circumstances::around(servers, request, &planned.plan, live).await?;
        Ok(Self { observation, in_the_way: broken.or(in_the_way), circumstances })
    }
}

/// Says what becomes of a plan that is not empty.
pub fn decide(
    request: &Request,
    seen: &Measured<'_>,
    mut report: Report,
    mut planned: PlannedSteps,
    after: Option<&Applied>,
) -> Pass {
    let held = hold(request, &mut planned, &seen.circumstances);
    report.opens = held.as_ref().and_then(|held| held.opens);
    let plan_id = planned.plan.id.clone();
    let ending = |report: Report, planned: PlannedSteps, reason, message: String| -> Pass {
        Report { plan: Some(planned), ..report }.ending(NotReady::new(reason, message)).into()
    };
    let mut done = String::new();
    if let Some(applied) = after {
        mark_failed(applied, &mut planned);
        done = progress(applied, &planned);
    }
    if let Some(rejection) = request.prior.rejection.as_ref().filter(|rejection| rejection.is_of(&planned)) {
        report.rejected_by = Some(rejection.by.clone());
        let message = format!("{done}{}: {}", rejection.remark(&planned), summary(&planned));
        return ending(report, planned, Reason::PlanRefused, message);
    }
    if let Some(applied) = after {
        if let Some(failure) = &applied.failure {
            return ending(report, planned, failure.reason, format!("{done}{}", failure.message));
        }
        if let Some(message) = refused_by_server(applied, &planned) {
            return ending(report, planned, Reason::PlanRefused, message);
        }
    }
    if request.prior.refused_plan.as_ref() == Some(&plan_id) {
        let message = "the same statements were run before, and the server reported something else than is declared; \
                       change the declaration to what the server reports";
        return ending(report, planned, Reason::PlanRefused, message.to_owned());
    }
    match request.spec.mode {
        TargetMode::Plan => {
            let message = format!("{}; mode Plan changes nothing", summary(&planned));
            return ending(report, planned, Reason::Planned, message);
        }
        TargetMode::ApplyButReportDrift if request.prior.was_in_sync => {
            report.drifted = true;
            let message = format!("{}; policy.drift Report changes nothing", summary(&planned));
            return ending(report, planned, Reason::Drifted, message);
        }
        TargetMode::Apply | TargetMode::ApplyButReportDrift | TargetMode::Require => {}
    }
    let runnable = planned.steps.iter().filter(|step| step.state == StepState::Pending);
    let steps: Vec<_> = runnable.map(|planned| planned.step.clone()).collect();
    if steps.is_empty() {
        if let Some(InTheWay { reason, message }) = &seen.in_the_way {
            return ending(report, planned, *reason, format!("{done}{message}"));
        }
        // Steps that are neither due nor blocked are held.
        if let Some(Held { reason, message, .. }) = held {
            return ending(report, planned, reason, format!("{done}{message}"));
        }
    }
    let message = format!("{} of {} steps may run now", steps.len(), planned.steps.len());
    let history = if request.spec.keeps_history { history_table(seen.observation) } else { HistoryTable::NotKept };
    let job = Job { request: request.clone(), plan_id, steps, history, record: None, only_waits: false };
    let pass = ending(report, planned, Reason::Applying, message);
    Pass { change: Some(job), ..pass }
}

fn mark_failed(applied: &Applied, planned: &mut PlannedSteps) {
    let failures = applied.statements.iter().filter_map(|outcome| Some((&outcome.step_id, outcome.failure.as_ref()?)));
    let failures: HashMap<&String, &String> = failures.collect();
    for step in &mut planned.steps {
        if let Some(failure) = failures.get(&step.step.id) {
            step.state = StepState::Failed;
            step.message = Some((*failure).clone());
        }
    }
}

/// How much was done before what is said next.
fn progress(applied: &Applied, planned: &PlannedSteps) -> String {
    let done = applied.statements.iter().filter(|outcome| outcome.failure.is_none()).count();
    if done == 0 { String::new() } else { format!("{done} of {} steps are done; ", done + planned.steps.len()) }
}

/// A step that ran without an error, and is planned again: the server took it for something else.
fn refused_by_server(applied: &Applied, planned: &PlannedSteps) -> Option<String> {
    let ran: HashSet<&String> = applied.statements.iter().map(|outcome| &outcome.step_id).collect();
    let again = planned.steps.iter().find(|step| ran.contains(&step.step.id))?;
    let change = again.step.changes.first()?;
    let (declared, live) = change.difference(again.step.dialect);
    let object = again.step.object();
    Some(format!(
        "the statement for {object} ran, and the server still reports another definition: \
                  declared {declared}, live {live}"
    ))
}

fn summary(planned: &PlannedSteps) -> String {
    format!("{} would change: {}", counted(planned.steps.len(), "statement"), planned.objects(5))
}
