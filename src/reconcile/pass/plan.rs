//! Third stage: what has to be done, and whether it may be claimed.

use std::borrow::Cow;

use super::context::Context;
use super::declare::Declared;
use super::keys_elsewhere::check_keys_elsewhere;
use super::observe::{Observed, Rivals};
use super::obstacles::check_obstacles;
use super::outcome::{Pass, Stop};
use crate::api::Reason;
use crate::mysql::{Error, Observation};
use crate::plan;
use crate::plan::{
    DriftShare, LastApplied, PartDigests, Plan, Refusal, declare_keys, declare_returns, drift_share, three_way,
    with_losses, with_removal_reasons, without_parts,
};
use crate::reconcile::claims::{ClaimOutcome, claim_outcome};
use crate::reconcile::detail::look_closer;
use crate::reconcile::job::Job;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::part_digests::part_digests;
use crate::reconcile::pending_record::{PendingRecord, Plans, Written};
use crate::reconcile::planned_steps::PlannedSteps;
use crate::reconcile::report::{DriftedObject, Report};
use crate::reconcile::request::{Request, TargetMode};
use crate::reconcile::scratch::Rehearsal;
use crate::reconcile::statement_mark::runs_own_statement;
use crate::record::{HistoryTable, RecordView};
use crate::schema::DeclaredSchema;

/// A plan that was rehearsed. Nothing of it has been measured.
#[derive(Debug)]
pub struct Planned {
    /// Its declaration holds what follows from the records, and partitions as this server writes them.
    pub request: Request,
    pub observation: Observation,
    pub plan: Plan,
    pub rehearsal: Rehearsal,
    /// What another resource declares otherwise, and declared first.
    pub conflict: Option<NotReady>,
    /// What the record has to say once the plan is done.
    pub record: PendingRecord,
    pub report: Report,
}

/// Plans, claims what is declared, and rehearses the plan.
///
/// # Errors
/// The server is not the primary, the declaration can't be planned, or another statement has to end first.
pub async fn plan(context: Context<'_>, declared: Declared) -> Result<Planned, Stop> {
    let Declared { mut request, observed, report } = declared;
    // The report says where the migration tool stands.
    let Observed { mut observation, records, rivals, belief: _, distrusted: _, revision: _ } = observed;
    let stop = |not_ready: NotReady| Stop::because(&report, not_ready);
    let connecting = |error: Error| NotReady::connecting(&error);
    check_primary(&request, &observation).map_err(stop)?;
    let written = request.declaration.schema.clone();
    add_removals(&mut request, &records, &observation);
    declare_keys(records.records.keys(), &mut request.declaration.schema, &observation.schema);
    let details = observation.schema.details.len();
    if rivals.node_lag.is_none() {
        look_closer(context.servers(), &request, &mut observation).await.map_err(connecting).map_err(stop)?;
    }
    // What was read beside has no digest.
    let is_whole = rivals.node_lag.is_none() && observation.schema.details.len() == details;
    let fingerprint = is_whole.then_some(observation.fingerprint);
    let digests = part_digests(&request.declaration.words);
    let (plan, outcome) = draft(&request, &written, &records, &observation).map_err(stop)?;
    let ClaimOutcome { claim, conflict } = outcome;
    yield_to_rivals(context, &request, &plan, &report, rivals).await?;
    check_keys_elsewhere(context.servers(), &request, &observation.schema, &plan).await.map_err(stop)?;
    let (whole, rehearsal) = rehearse(context, &mut request, &observation, plan).await.map_err(stop)?;
    let own = records.records.own.as_ref();
    let left =
        leave_drift(context, &mut request, &observation, DriftQuestion { whole: &whole, own, digests: &digests });
    let left = left.await.map_err(stop)?;
    let (plan, rehearsal, left_drift) = match left {
        None => (whole.clone(), rehearsal, Vec::new()),
        Some(Left { plan, rehearsal, drift }) => (plan, rehearsal, drift),
    };
    let plan = with_losses(plan, own, &written, &observation.schema);
    let plan = with_removal_reasons(plan, own, &written, &observation.schema);
    declare_returns(&whole, &mut request.declaration.schema);
    let mut record = match request.spec.mode {
        TargetMode::Plan => PendingRecord::unwritten(records),
        TargetMode::Apply | TargetMode::ApplyButReportDrift | TargetMode::Require => {
            let written = Written { declared: &written, digests: &digests, live: &observation.schema };
            PendingRecord::after_plans(written, records, claim, Plans { whole: &whole, next: &plan })
        }
    };
    if conflict.is_some() {
        record.waits();
    }
    let approval = request.prior.approval.clone().map(|approval| approval.after(context.after));
    let rejection = request.prior.rejection.clone();
    let report = Report { in_sync: Some(plan.is_empty()), approval, rejection, left_drift, fingerprint, ..report };
    Ok(Planned { request, observation, plan, rehearsal, conflict, record, report })
}

fn check_primary(request: &Request, observation: &Observation) -> Result<(), NotReady> {
    if !observation.server.read_only || request.spec.mode == TargetMode::Plan {
        return Ok(());
    }
    Err(NotReady::read_only())
}

/// Adds to the declaration what follows from the records: what is no longer declared is absent, if the policy asks for
/// that. The table of the migration tool stays.
fn add_removals(request: &mut Request, records: &RecordView, observation: &Observation) {
    let declared = &request.declaration.schema;
    let merged = three_way(declared, &records.records, &observation.schema, request.removes_undeclared());
    if let Cow::Owned(schema) = merged {
        request.declaration.schema = schema;
    }
    if let Some(chain) = &request.spec.chain {
        // It can't be declared, so what is left of it was declared before the chain was.
        let schema = &mut request.declaration.schema;
        schema.tables.retain(|table| !chain.owns(&table.name));
        schema.absent_tables.retain(|name| !chain.owns(name));
    }
}

/// What decides which changes are drift.
struct DriftQuestion<'a> {
    whole: &'a Plan,
    own: Option<&'a LastApplied>,
    digests: &'a PartDigests,
}

/// What is left of a plan whose drift is only reported.
struct Left {
    plan: Plan,
    rehearsal: Rehearsal,
    drift: Vec<DriftedObject>,
}

/// Plans again without what has drifted, where drift is only reported and the declaration has changed. The request then
/// declares the rest alone. `None` where the plan stays as it is.
async fn leave_drift(
    context: Context<'_>,
    request: &mut Request,
    observation: &Observation,
    question: DriftQuestion<'_>,
) -> Result<Option<Left>, NotReady> {
    if request.spec.mode != TargetMode::ApplyButReportDrift || request.prior.was_in_sync {
        return Ok(None);
    }
    let parts = match drift_share(question.whole, question.own, question.digests) {
        DriftShare::None => return Ok(None),
        DriftShare::All => {
            request.prior.was_in_sync = true;
            return Ok(None);
        }
        DriftShare::Some(parts) => parts,
    };
    let mut rest = request.clone();
    rest.declaration.schema = without_parts(&request.declaration.schema, &parts);
    let plan = plan::plan(&rest.declaration.schema, &observation.schema).map_err(|refusals| {
        let NotReady { message, .. } = refused(request, observation, refusals);
        NotReady::new(Reason::Drifted, format!("what is declared now needs what has drifted: {message}"))
    })?;
    let (plan, rehearsal) = rehearse(context, &mut rest, observation, plan).await?;
    if plan.is_empty() {
        request.prior.was_in_sync = true;
        return Ok(None);
    }
    *request = rest;
    let drift = DriftedObject::of_parts(question.whole, &parts);
    Ok(Some(Left { plan, rehearsal, drift }))
}

/// Returns the plan, and what of the declaration is claimed. A conflict with another resource counts more than a
/// declaration that can't be planned.
fn draft(
    request: &Request,
    written: &DeclaredSchema,
    records: &RecordView,
    observation: &Observation,
) -> Result<(Plan, ClaimOutcome), NotReady> {
    let schema = &request.declaration.schema;
    let plan = check_obstacles(schema, observation).and_then(|()| plan::plan(schema, &observation.schema));
    let outcome = claim_outcome(request, written, records, observation, plan.as_ref().ok());
    let outcome = outcome.map_err(|error| NotReady::connecting(&error))?;
    match (plan, &outcome.conflict) {
        (Ok(plan), _) => Ok((plan, outcome)),
        (Err(_), Some(conflict)) => Err(conflict.clone()),
        (Err(refusals), None) => Err(refused(request, observation, refusals)),
    }
}

/// Says why the declaration can't be planned, in its own words.
fn refused(request: &Request, observation: &Observation, refusals: Vec<Refusal>) -> NotReady {
    NotReady::from_refusals(&request.declaration.as_written(refusals, &observation.schema.stored_names()))
}

/// Ends the pass where a statement of another session, or of a former run, has to end first.
async fn yield_to_rivals(
    context: Context<'_>,
    request: &Request,
    plan: &Plan,
    report: &Report,
    rivals: Rivals,
) -> Result<(), Stop> {
    if let Some(connection) = rivals.holder.filter(|_| request.spec.mode.changes_schema() && !plan.is_empty())
        && runs_own_statement(context.servers(), request, connection).await
    {
        return Err(wait_for_statement(context, request, plan, report, connection));
    }
    match rivals.node_lag {
        Some(node_lag) => Err(Stop::because(report, node_lag)),
        None => Ok(()),
    }
}

/// Ends the pass while a statement runs that a killed operator left behind. It comes before all that reads the table,
/// since a reader may wait behind that statement.
fn wait_for_statement(context: Context<'_>, request: &Request, plan: &Plan, report: &Report, connection: u64) -> Stop {
    let report = Report { plan: Some(PlannedSteps::pending(plan.clone())), in_sync: Some(false), ..report.clone() };
    if let Some(failure) = context.after.and_then(|applied| applied.failure.clone()) {
        return Stop::because(&report, failure);
    }
    let message = format!("connection {connection} runs a statement of this resource; the operator waits for its end");
    let change = Job {
        request: request.clone(),
        plan_id: plan.id.clone(),
        steps: plan.steps.clone(),
        history: HistoryTable::NotKept,
        record: None,
        only_waits: true,
        puts_back: None,
    };
    let report = report.ending(NotReady::new(Reason::Applying, message));
    Stop::with(Pass { report, change: Some(change) })
}

/// Rehearses a plan, and leaves out what changes nothing. Where the rehearsal tells how this server writes declared
/// partitions, the request holds these from then on, and the plan is made again.
async fn rehearse(
    context: Context<'_>,
    request: &mut Request,
    observation: &Observation,
    plan: Plan,
) -> Result<(Plan, Rehearsal), NotReady> {
    let (cache, servers) = (&context.pipeline.rehearsals, context.servers());
    let (plan, rehearsal) = cache.rehearse(servers, request, &observation.schema, plan).await?;
    if rehearsal.resolved.is_empty() || !rehearsal.refused.is_empty() {
        return Ok((plan, rehearsal));
    }
    for table in &mut request.declaration.schema.tables {
        if let Some(resolved) = rehearsal.resolved.iter().find(|resolved| resolved.table == table.name) {
            table.partitioning = Some(resolved.partitioning.clone());
        }
    }
    let plan = plan::plan(&request.declaration.schema, &observation.schema);
    let plan = plan.map_err(|refusals| refused(request, observation, refusals))?;
    cache.rehearse(servers, request, &observation.schema, plan).await
}
