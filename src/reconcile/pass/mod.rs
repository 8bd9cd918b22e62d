//! One pass over one resource: from a request to a measurement, and to the change that is due.

mod contract;
mod decide;
mod hold;
mod learnt_costs;
mod observe;
mod rows;
mod sizes;
mod verify;

use std::borrow::Cow;

use super::applied::Applied;
use super::approval::Approval;
use super::claims::{ClaimOutcome, ClaimsSeen, before_steps, claiming, remember};
use super::detail::look_closer;
use super::job::Job;
use super::not_ready::NotReady;
use super::report::{PlannedSteps, Report, Verification};
use super::request::{Request, TargetMode};
use super::scratch::{DdlCache, Rehearsal, RehearsalCache, read_ddl, respelled};
use super::statement_mark::is_left_behind;
use crate::api::Reason;
use crate::declare::Source;
use crate::mysql::{Error, Observation, Servers};
use crate::plan::{Plan, Refusal, RefusalKind, plan, three_way, undeclared};
use crate::record::{Claim, HistoryTable, RecordView};
use crate::schema::{DeclaredTable, Identifier, Schema};
use contract::required;
use decide::{Measured, decide};
use learnt_costs::LearntCosts;
use observe::Rivals;
use sizes::look_around;
use verify::verify;

pub use observe::{Snapshot, look};

/// What a pass gives: the measurement, and what is to be done now.
#[derive(Debug)]
pub struct Pass {
    pub report: Report,
    /// The change that may begin at once, after the report of it has been published.
    pub change: Option<Job>,
}

impl From<Report> for Pass {
    fn from(report: Report) -> Self {
        Self { report, change: None }
    }
}

/// What all passes share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pipeline {
    pub servers: Servers,
    proofs: RehearsalCache,
    readings: DdlCache,
    claims: ClaimsSeen,
    costs: LearntCosts,
}

impl Pipeline {
    /// A pipeline that has proved nothing yet.
    pub fn new(servers: Servers) -> Self {
        Self {
            servers,
            proofs: RehearsalCache::default(),
            readings: DdlCache::default(),
            claims: ClaimsSeen::default(),
            costs: LearntCosts::default(),
        }
    }
}

/// Reads the live schema, plans, and says what may be done; verifies where nothing is to be done. `after` is the
/// change that has just ended for this resource.
pub async fn reconcile(pipeline: &Pipeline, request: &Request<Source>, after: Option<&Applied>) -> Pass {
    let sight = look(pipeline, &request.asker.login, &request.spec.database, Some(&request.asker.owner)).await;
    Box::pin(reconcile_seen(pipeline, request, sight, after)).await
}

/// As [`reconcile`], of a database that was looked at already.
pub async fn reconcile_seen(
    pipeline: &Pipeline,
    request: &Request<Source>,
    sight: Result<Snapshot, Error>,
    after: Option<&Applied>,
) -> Pass {
    let servers = &pipeline.servers;
    let (mut observation, record_view, others) = match sight.and_then(|sight| sight.for_request(request)) {
        Ok(seen) => seen,
        Err(error) => return Report::not_reached(NotReady::connecting(&error)).into(),
    };
    pipeline.claims.remember(&request.asker.login, &request.spec.database, &record_view);
    let declaration = match read_ddl(servers, &pipeline.readings, request, &observation).await {
        Ok(declaration) => declaration,
        Err(not_ready) => {
            let server = Some(observation.server);
            return Report { server, ..Report::begun() }.ending(not_ready).into();
        }
    };
    let request = &request.declaring(declaration);
    let mut report = Report {
        server: Some(observation.server.clone()),
        undeclared: Some(undeclared(&request.declaration.schema, &observation.schema)),
        ..Report::begun()
    };
    if request.spec.mode == TargetMode::Require && others.behind.is_none() {
        return match Box::pin(respelled(servers, &pipeline.proofs, request, &mut observation)).await {
            Ok(request) => Box::pin(required(servers, &request, &record_view, (&observation, report))).await.into(),
            Err(not_ready) => report.ending(not_ready).into(),
        };
    }
    if observation.server.read_only && request.spec.mode != TargetMode::Plan {
        let message = "the server is read-only, so it is not the primary; let the Secret name the primary";
        return report.ending(NotReady::new(Reason::NotPrimary, message)).into();
    }
    let mut merged = merged(request, &record_view, &observation.schema);
    if others.behind.is_none()
        && let Err(error) = look_closer(servers, &merged, &mut observation).await
    {
        return report.ending(NotReady::connecting(&error)).into();
    }
    let (plan, ClaimOutcome { claim, conflict }) = match plan_of(request, &merged, &record_view, &observation) {
        Ok(planned) => planned,
        Err(not_ready) => return report.ending(not_ready).into(),
    };
    if let Some(pass) = Box::pin(held_up(servers, &merged, (others, &plan, &report), after)).await {
        return pass;
    }
    let (plan, rehearsal) = match settle(pipeline, &mut merged, &observation, plan).await {
        Ok(settled) => settled,
        Err(not_ready) => return report.ending(not_ready).into(),
    };
    report.in_sync = Some(plan.is_empty());
    report.approval = request.prior.approval.clone().map(|approval| approval.after(after));
    report.rejection.clone_from(&request.prior.rejection);
    let claim = claim.as_ref();
    if let Some(conflict) = conflict {
        let unclaimed = claim_undisputed(servers, request, (&record_view, claim), (&observation.schema, &plan)).await;
        let plan = (!plan.is_empty()).then(|| PlannedSteps::pending(plan));
        return Report { plan, ..report }.ending(unclaimed.unwrap_or(conflict)).into();
    }
    if plan.is_empty() {
        report.approval = report.approval.map(Approval::used_up);
        let remembered =
            Box::pin(remember(servers, request, (&record_view, claim), (&observation.schema, &plan))).await;
        return match remembered {
            Ok(unrecorded) => in_sync(servers, request, Report { unrecorded, ..report }, after).await.into(),
            Err(not_ready) => report.ending(not_ready).into(),
        };
    }
    report.drifted = request.prior.was_in_sync && after.is_none();
    if let Some(applied) = after {
        pipeline.costs.learn(request, applied);
    }
    let plan = match look_around(servers, request, &observation.schema, plan).await {
        Ok(plan) => plan,
        Err(error) => return report.ending(NotReady::connecting(&error)).into(),
    };
    let mut planned = pipeline.costs.price(request, plan);
    if let Some(reason) = &rehearsal.skipped {
        planned.note(&format!("it was not rehearsed: {reason}"));
    }
    report.approval = report.approval.map(|approval| approval.of(&planned));
    if !rehearsal.refused.is_empty() || !rehearsal.not_understood.is_empty() {
        return refused(report, planned, &rehearsal).into();
    }
    let mut merged = merged.into_owned();
    merged.prior.approval.clone_from(&report.approval);
    merged.declaration.consent.steps = report.approval.as_ref().map(Approval::allowed).unwrap_or_default();
    let seen = match Measured::around(servers, &mut merged, (&observation, &record_view), &mut planned).await {
        Ok(seen) => seen,
        Err(not_ready) => return report.ending(not_ready).into(),
    };
    let left = planned.plan.clone();
    let mut pass = decide(&merged, &seen, report, planned, after);
    if let Some(job) = &mut pass.change {
        job.record = Some(before_steps(request, record_view, claim.cloned(), (&observation.schema, &left)));
        return pass;
    }
    match Box::pin(remember(servers, request, (&record_view, claim), (&observation.schema, &left))).await {
        Ok(unrecorded) => Pass { report: Report { unrecorded, ..pass.report }, change: None },
        Err(not_ready) => pass.report.ending(not_ready).into(),
    }
}

/// The request with what follows from the records: what is no longer declared is absent, where that is asked for.
fn merged<'a>(request: &'a Request, record_view: &RecordView, live: &Schema) -> Cow<'a, Request> {
    match three_way(&request.declaration.schema, &record_view.records, live, request.spec.removes_undeclared) {
        Cow::Borrowed(_) => Cow::Borrowed(request),
        Cow::Owned(schema) => {
            let mut request = request.clone();
            request.declaration.schema = schema;
            Cow::Owned(request)
        }
    }
}

/// What is to be done where a statement of others, or of a former run, has to end first.
async fn held_up(
    servers: &Servers,
    request: &Request,
    (others, plan, report): (Rivals, &Plan, &Report),
    after: Option<&Applied>,
) -> Option<Pass> {
    match left_behind(servers, request, (others.holder, plan, report), after).await {
        None => others.behind.map(|behind| report.clone().ending(behind).into()),
        pass => pass,
    }
}

/// What is to be done while a statement runs that a killed operator has left behind: it is waited for, before anything
/// reads the table, since whoever reads it may wait behind that statement.
async fn left_behind(
    servers: &Servers,
    request: &Request,
    (holder, plan, report): (Option<u64>, &Plan, &Report),
    after: Option<&Applied>,
) -> Option<Pass> {
    let connection =
        holder.filter(|_| !matches!(request.spec.mode, TargetMode::Plan | TargetMode::Require) && !plan.is_empty())?;
    if !is_left_behind(servers, request, connection).await {
        return None;
    }
    let report = Report { plan: Some(PlannedSteps::pending(plan.clone())), in_sync: Some(false), ..report.clone() };
    if let Some(failure) = after.and_then(|applied| applied.failure.clone()) {
        return Some(report.ending(failure).into());
    }
    let message = format!("connection {connection} runs a statement of this resource; it is waited for");
    let (request, plan_id, steps) = (request.clone(), plan.id.clone(), plan.steps.clone());
    let job = Job { request, plan_id, steps, history: HistoryTable::NotKept, record: None, only_waits: true };
    let report = report.ending(NotReady::new(Reason::Applying, message));
    Some(Pass { report, change: Some(job) })
}

/// Rehearses a plan, and leaves out what changes nothing. Where the rehearsal tells what declared partitions are on this
/// server, the request holds them from then on, and it is planned again.
async fn settle(
    pipeline: &Pipeline,
    request: &mut Cow<'_, Request>,
    observation: &Observation,
    plan: Plan,
) -> Result<(Plan, Rehearsal), NotReady> {
    let (servers, proofs) = (&pipeline.servers, &pipeline.proofs);
    let (plan, rehearsal) = proofs.rehearse(servers, request, &observation.schema, plan).await?;
    if rehearsal.resolved.is_empty() || !rehearsal.refused.is_empty() {
        return Ok((plan, rehearsal));
    }
    for table in &mut request.to_mut().declaration.schema.tables {
        if let Some((_, resolved)) = rehearsal.resolved.iter().find(|(name, _)| *name == table.name) {
            table.partitioning = Some(resolved.clone());
        }
    }
    let plan = crate::plan::plan(&request.declaration.schema, &observation.schema)
        .map_err(|refusals| NotReady::from_refusals(&refusals))?;
    proofs.rehearse(servers, request, &observation.schema, plan).await
}

fn refused(report: Report, planned: PlannedSteps, rehearsal: &Rehearsal) -> Report {
    let report = Report { plan: Some(planned), ..report };
    if !rehearsal.not_understood.is_empty() {
        let tables: Vec<&str> = rehearsal.not_understood.iter().map(Identifier::as_str).collect();
        let message = format!(
            "a copy made from what was read differs from the table itself, so it has something that is not understood, \
             and nothing was changed: {}",
            tables.join(", ")
        );
        return report.ending(NotReady::new(Reason::Unsupported, message));
    }
    let words: Vec<String> = rehearsal.refused.iter().map(|(table, why)| format!("table {table}: {why}")).collect();
    let message = format!("tried on an empty copy, and nothing was changed: {}", words.join("; "));
    report.ending(NotReady::new(Reason::PlanRefused, message))
}

/// Declared tables under whose name stands something that can't be altered.
fn obstacles(request: &Request, observation: &Observation) -> Result<(), Vec<Refusal>> {
    let refusal = |table: &DeclaredTable| {
        let reason = observation.obstacle(&table.name)?;
        let message = format!("what is live under this name is left alone: {reason}");
        Some(Refusal::of_table(&table.name, "", RefusalKind::Unsupported, message))
    };
    let refusals: Vec<Refusal> = request.declaration.schema.tables.iter().filter_map(refusal).collect();
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// The plan, with what of the declaration is claimed, and what somebody else has declared otherwise.
fn plan_of(
    request: &Request,
    merged: &Request,
    record_view: &RecordView,
    observation: &Observation,
) -> Result<(Plan, ClaimOutcome), NotReady> {
    let live = &observation.schema;
    let plan = obstacles(merged, observation).and_then(|()| plan(&merged.declaration.schema, live));
    let server = observation.server.id.as_deref();
    let claiming = claiming(request, record_view, (live, server), plan.as_ref().ok());
    let claiming = claiming.map_err(|error| NotReady::connecting(&error))?;
    match (plan, &claiming.conflict) {
        (Ok(plan), _) => Ok((plan, claiming)),
        (Err(_), Some(conflict)) => Err(conflict.clone()),
        (Err(refusals), None) => Err(NotReady::from_refusals(&refusals)),
    }
}

/// In a conflict the resource claims what nobody disputes, and gives up the rest. Gives why that failed.
async fn claim_undisputed(
    servers: &Servers,
    request: &Request,
    (record_view, claim): (&RecordView, Option<&Claim>),
    applied: (&Schema, &Plan),
) -> Option<NotReady> {
    claim?;
    Box::pin(remember(servers, request, (record_view, claim), applied)).await.err()
}

/// Runs the verify queries, where nothing is to be done.
pub async fn in_sync(servers: &Servers, request: &Request, mut report: Report, after: Option<&Applied>) -> Report {
    match verify(servers, &request.asker.login, &request.spec.database, &request.spec.verify).await {
        Ok(verification) => report.verification = verification,
        Err(error) => return report.ending(NotReady::connecting(&error)),
    }
    if let Verification::Failed(message) = &report.verification {
        let not_ready = NotReady::new(Reason::VerifyFailed, message.clone());
        return report.ending(not_ready);
    }
    // A step may fail and the schema be as declared all the same, when somebody else did it meanwhile.
    if let Some(failure) = after.and_then(|applied| applied.failure.as_ref()) {
        tracing::info!(%failure, "a step failed, and the live schema holds what it was for");
    }
    report
}
