//! One pass over one resource: from a request to a measurement, and to the change that is due.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::apply::{Applied, Job, history_table, lock_name};
use super::approval::Approval;
use super::circumstances::Circumstances;
use super::contract::{check_contracts, required};
use super::examine::{examine, look_around};
use super::found::is_left_behind;
use super::hold::{Held, hold};
use super::not_ready::NotReady;
use super::ownership::{Claiming, ClaimsSeen, claiming};
use super::preflight::{InTheWay, check_rows};
use super::proofs::{Key, Proofs};
use super::realize::{Readings, realize};
use super::rehearse::{Rehearsal, rehearse};
use super::remember::{before_steps, remember};
use super::report::{PlannedSteps, Report, Verification, counted};
use super::request::{Request, TargetMode};
use super::verify::verify;
use crate::api::{Reason, StepState};
use crate::declare::Source;
use crate::mysql::{Error, ErrorKind, Login, Observation, Purpose, Rows, Scope, Servers, observe_with, read_in_full};
use crate::plan::{Plan, Refusal, RefusalKind, needs_closer_look, plan, three_way, undeclared};
use crate::record::{Claim, HistoryTable, KnownClaims, Owner, Recorded, queries};
use crate::schema::{DeclaredTable, Identifier, Schema, quote_literal};

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
    proofs: Proofs,
    pub(super) readings: Readings,
    claims: ClaimsSeen,
}

impl Pipeline {
    /// A pipeline that has proved nothing yet.
    pub fn new(servers: Servers) -> Self {
        Self { servers, proofs: Proofs::default(), readings: Readings::default(), claims: ClaimsSeen::default() }
    }
}

/// Reads the live schema, plans, and says what may be done; verifies where nothing is to be done. `after` is the
/// change that has just ended for this resource.
pub async fn reconcile(pipeline: &Pipeline, request: &Request<Source>, after: Option<&Applied>) -> Pass {
    let sight = look(pipeline, &request.login, &request.database, Some(&request.owner)).await;
    Box::pin(reconcile_seen(pipeline, request, sight, after)).await
}

/// As [`reconcile`], of a database that was looked at already.
pub async fn reconcile_seen(
    pipeline: &Pipeline,
    request: &Request<Source>,
    sight: Result<Sight, Error>,
    after: Option<&Applied>,
) -> Pass {
    let servers = &pipeline.servers;
    let (mut observation, recorded, holder) = match sight.and_then(|sight| sight.interpreted(request)) {
        Ok(seen) => seen,
        Err(error) => return Report::not_reached(NotReady::connecting(&error)).into(),
    };
    pipeline.claims.remember(&request.login, &request.database, &recorded);
    let declaration = match realize(pipeline, request, &observation).await {
        Ok(declaration) => declaration,
        Err(not_ready) => {
            let server = Some(observation.server);
            return Report { server, ..Report::begun() }.ending(not_ready).into();
        }
    };
    let request = &request.clone().declaring(declaration);
    let mut report = Report {
        server: Some(observation.server.clone()),
        undeclared: Some(undeclared(&request.declaration.schema, &observation.schema)),
        ..Report::begun()
    };
    if request.mode == TargetMode::Require {
        return Box::pin(required(servers, request, &recorded, (&observation, report))).await.into();
    }
    if observation.server.read_only && request.mode != TargetMode::Plan {
        let message = "the server is read-only, so it is not the primary; let the Secret name the primary";
        return report.ending(NotReady::new(Reason::NotPrimary, message)).into();
    }
    let mut merged = merged(request, &recorded, &observation.schema);
    if let Err(error) = look_closer(servers, &merged, &mut observation).await {
        return report.ending(NotReady::connecting(&error)).into();
    }
    let (plan, Claiming { claim, conflict }) = match plan_of(request, &merged, &recorded, &observation) {
        Ok(planned) => planned,
        Err(not_ready) => return report.ending(not_ready).into(),
    };
    if let Some(pass) = Box::pin(left_behind(servers, &merged, (holder, &plan, &report), after)).await {
        return pass;
    }
    let (plan, rehearsal) = match settle(pipeline, &mut merged, &observation, plan).await {
        Ok(settled) => settled,
        Err(not_ready) => return report.ending(not_ready).into(),
    };
    report.in_sync = Some(plan.is_empty());
    report.approval = request.approval.clone().map(|approval| approval.after(after));
    report.rejection.clone_from(&request.rejection);
    let claim = claim.as_ref();
    if let Some(conflict) = conflict {
        let unclaimed = claim_undisputed(servers, request, (&recorded, claim), (&observation.schema, &plan)).await;
        let plan = (!plan.is_empty()).then(|| PlannedSteps::pending(plan));
        return Report { plan, ..report }.ending(unclaimed.unwrap_or(conflict)).into();
    }
    if plan.is_empty() {
        report.approval = report.approval.map(Approval::used_up);
        let remembered = Box::pin(remember(servers, request, (&recorded, claim), (&observation.schema, &plan))).await;
        return match remembered {
            Ok(unrecorded) => in_sync(servers, request, Report { unrecorded, ..report }, after).await.into(),
            Err(not_ready) => report.ending(not_ready).into(),
        };
    }
    report.drifted = request.was_in_sync && after.is_none();
    let plan = match look_around(servers, request, &observation.schema, plan).await {
        Ok(plan) => plan,
        Err(error) => return report.ending(NotReady::connecting(&error)).into(),
    };
    let mut planned = PlannedSteps::pending(plan);
    if let Some(reason) = &rehearsal.skipped {
        planned.note(&format!("it was not rehearsed: {reason}"));
    }
    report.approval = report.approval.map(|approval| approval.of(&planned));
    if !rehearsal.refused.is_empty() || !rehearsal.not_understood.is_empty() {
        return refused(report, planned, &rehearsal).into();
    }
    let mut merged = merged.into_owned();
    merged.approval.clone_from(&report.approval);
    merged.declaration.consent.steps = report.approval.as_ref().map(Approval::allowed).unwrap_or_default();
    merged.declaration.consent.small_tables = match examine(servers, &merged, &mut planned).await {
        Ok(small) => small,
        Err(error) => return report.ending(NotReady::connecting(&error)).into(),
    };
    let in_the_way = match check_rows(servers, request, &observation.schema, &mut planned).await {
        Ok(in_the_way) => in_the_way,
        Err(error) => return report.ending(NotReady::connecting(&error)).into(),
    };
    let broken = check_contracts(&merged, &recorded, &observation.schema, &mut planned);
    let circumstances = match Circumstances::around(servers, &merged, &planned.plan, &observation.schema).await {
        Ok(circumstances) => circumstances,
        Err(not_ready) => return report.ending(not_ready).into(),
    };
    let seen = Seen { observation: &observation, in_the_way: broken.or(in_the_way), circumstances };
    let left = planned.plan.clone();
    let mut pass = decide(&merged, &seen, report, planned, after);
    if let Some(job) = &mut pass.change {
        job.record = Some(before_steps(request, recorded, claim.cloned(), (&observation.schema, &left)));
        return pass;
    }
    match Box::pin(remember(servers, request, (&recorded, claim), (&observation.schema, &left))).await {
        Ok(unrecorded) => Pass { report: Report { unrecorded, ..pass.report }, change: None },
        Err(not_ready) => pass.report.ending(not_ready).into(),
    }
}

/// The request with what follows from the records: what is no longer declared is absent, where that is asked for.
fn merged<'a>(request: &'a Request, recorded: &Recorded, live: &Schema) -> Cow<'a, Request> {
    match three_way(&request.declaration.schema, &recorded.records, live, request.removes_undeclared) {
        Cow::Borrowed(_) => Cow::Borrowed(request),
        Cow::Owned(schema) => {
            let mut request = request.clone();
            request.declaration.schema = schema;
            Cow::Owned(request)
        }
    }
}

/// What a look at a database gave: its schema, and all records in it, whosesoever.
#[derive(Debug)]
pub struct Sight {
    observation: Observation,
    records: Vec<Rows>,
    known: KnownClaims,
    /// The connection that holds the lock under which the database is changed.
    holder: Option<u64>,
}

impl Sight {
    /// What was seen, what was recorded as the request sees it, and who holds the lock.
    fn interpreted<D>(self, request: &Request<D>) -> Result<(Observation, Recorded, Option<u64>), Error> {
        let from = request.standpoint(self.observation.server.id.as_deref());
        Recorded::read(self.records, from, &self.known).map(|recorded| (self.observation, recorded, self.holder))
    }
}

/// Reads the live schema, and what was recorded of it; of what `owner` has claimed itself, not the text. The session
/// goes back before anything else is done: whoever held it while waiting for another could wait for ever.
///
/// # Errors
/// The server can't be reached, or the database not be read.
pub async fn look(
    pipeline: &Pipeline,
    login: &Login,
    database: &Identifier,
    owner: Option<&Owner>,
) -> Result<Sight, Error> {
    let scope = Scope { database, table: None };
    let known = pipeline.claims.of(login, database);
    // The records are to stand last.
    let lock = quote_literal(&lock_name(database));
    let records = format!("SELECT IS_USED_LOCK({lock});\n{}", queries(database, owner, &known));
    let mut session = pipeline.servers.session(login, Purpose::Work).await?;
    let seen = match observe_with(&mut session, scope, &records).await {
        Err(error) if error.kind == ErrorKind::ConnectionLost => {
            session.reconnect().await?;
            observe_with(&mut session, scope, &records).await
        }
        seen => seen,
    };
    seen.map(|(observation, mut records)| {
        let lock = if records.is_empty() { Rows::new() } else { records.remove(0) };
        Sight { observation, records, known, holder: lock.first().and_then(|row| row.number(0)) }
    })
}

/// Reads those tables in full of which the bulk queries do not tell enough.
async fn look_closer(servers: &Servers, request: &Request, observation: &mut Observation) -> Result<(), Error> {
    let tables = Vec::from_iter(needs_closer_look(&request.declaration.schema, &observation.schema));
    if tables.is_empty() {
        return Ok(());
    }
    let mut session = servers.session(&request.login, Purpose::Work).await?;
    read_in_full(&mut session, observation, &tables).await
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
        holder.filter(|_| !matches!(request.mode, TargetMode::Plan | TargetMode::Require) && !plan.is_empty())?;
    if !is_left_behind(servers, request, connection).await {
        return None;
    }
    let report = Report { plan: Some(PlannedSteps::pending(plan.clone())), in_sync: Some(false), ..report.clone() };
    if let Some(failure) = after.and_then(|applied| applied.failure.clone()) {
        return Some(report.ending(failure).into());
    }
    let message = format!("connection {connection} runs a statement of this resource; it is waited for");
    let (request, plan_id, steps) = (request.clone(), plan.id.clone(), plan.steps.clone());
    let job = Job { request, plan_id, steps, history: HistoryTable::Missing, record: None, only_waits: true };
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
    let (plan, rehearsal) = rehearsed(pipeline, request, observation, plan).await?;
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
    rehearsed(pipeline, request, observation, plan).await
}

async fn rehearsed(
    pipeline: &Pipeline,
    request: &Request,
    observation: &Observation,
    plan: Plan,
) -> Result<(Plan, Rehearsal), NotReady> {
    if plan.is_empty() {
        return Ok((plan, Rehearsal::default()));
    }
    let key = Key::new(request, &plan);
    let rehearsal = if let Some(known) = pipeline.proofs.get(&key) {
        known
    } else {
        let rehearsal = rehearse(&pipeline.servers, request, &observation.schema, &plan)
            .await
            .map_err(|error| NotReady::connecting(&error))?;
        pipeline.proofs.put(key, &rehearsal);
        rehearsal
    };
    Ok((plan.without(&rehearsal.unchanged), rehearsal))
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
        Some(Refusal {
            path: format!("spec.tables[{}]", table.name),
            kind: RefusalKind::Unsupported,
            message: format!("what is live under this name is left alone: {reason}"),
        })
    };
    let refusals: Vec<Refusal> = request.declaration.schema.tables.iter().filter_map(refusal).collect();
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// The plan, with what of the declaration is claimed, and what somebody else has declared otherwise.
fn plan_of(
    request: &Request,
    merged: &Request,
    recorded: &Recorded,
    observation: &Observation,
) -> Result<(Plan, Claiming), NotReady> {
    let live = &observation.schema;
    let plan = obstacles(merged, observation).and_then(|()| plan(&merged.declaration.schema, live));
    let server = observation.server.id.as_deref();
    let claiming = claiming(request, recorded, (live, server), plan.as_ref().ok());
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
    (recorded, claim): (&Recorded, Option<&Claim>),
    applied: (&Schema, &Plan),
) -> Option<NotReady> {
    claim?;
    Box::pin(remember(servers, request, (recorded, claim), applied)).await.err()
}

/// Runs the verify queries, where nothing is to be done.
pub(super) async fn in_sync(
    servers: &Servers,
    request: &Request,
    mut report: Report,
    after: Option<&Applied>,
) -> Report {
    match verify(servers, &request.login, &request.database, &request.verify).await {
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

/// What was measured of a database whose plan is not empty.
struct Seen<'a> {
    observation: &'a Observation,
    /// Rows that some steps would fail on.
    in_the_way: Option<InTheWay>,
    circumstances: Circumstances,
}

/// Says what becomes of a plan that is not empty.
fn decide(
    request: &Request,
    seen: &Seen<'_>,
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
    if let Some(rejection) = request.rejection.as_ref().filter(|rejection| rejection.is_of(&planned)) {
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
    if request.refused_plan.as_ref() == Some(&plan_id) {
        let message = "the same statements were run before, and the server reported something else than is declared; \
                       change the declaration to what the server reports";
        return ending(report, planned, Reason::PlanRefused, message.to_owned());
    }
    match request.mode {
        TargetMode::Plan => {
            let message = format!("{}; mode Plan changes nothing", summary(&planned));
            return ending(report, planned, Reason::Planned, message);
        }
        TargetMode::ApplyButReportDrift if request.was_in_sync => {
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
    let history = history_table(seen.observation);
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
