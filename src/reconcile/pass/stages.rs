//! The stages of a pass, in their order.

use std::sync::Arc;
use std::time::Instant;

use super::context::{Context, Pipeline};
use super::contract::check_contract;
use super::decide::decide;
use super::declare::declare;
use super::keys_away::{KeysAway, KeysLeft};
use super::measure::measure;
use super::observe::{Look, Observed, Snapshot, observe};
use super::outcome::{Pass, Stop};
use super::plan::plan;
use super::publish::publish;
use super::readings::{Reading, Readings};
use crate::api::Reason;
use crate::declare::Source;
use crate::mysql::Error;
use crate::reconcile::applied::Applied;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::report::Report;
use crate::reconcile::request::Request;

/// Reads the live schema, plans, and decides what may run; verifies a schema that is in sync. `after` is the change
/// that has just ended for this resource.
pub async fn reconcile(pipeline: &Pipeline, request: &Request<Source>, after: Option<&Applied>) -> Pass {
    let snapshot = Snapshot::take(pipeline, &request.asker.login, Look::of(request)).await;
    reconcile_snapshot(pipeline, request, snapshot, after).await
}

/// As [`reconcile`], for a database of which the snapshot is there already.
pub async fn reconcile_snapshot(
    pipeline: &Pipeline,
    request: &Request<Source>,
    snapshot: Result<Snapshot, Error>,
    after: Option<&Applied>,
) -> Pass {
    let context = Context { pipeline, after, is_shared: false };
    Box::pin(stages(context, request, snapshot)).await.unwrap_or_else(Pass::from)
}

/// What a resource knows of its database since its last pass.
#[derive(Debug, Clone, Copy, Default)]
pub struct Before {
    /// When that pass looked.
    pub looked: Option<Instant>,
    /// What it saw, where it then was in sync, and all else that it depends on is as it was.
    pub fingerprint: Option<u64>,
}

/// A pass over a database that others look at as well.
#[derive(Debug)]
pub struct SharedPass {
    /// `None` where the database is as it was: the last report holds.
    pub pass: Option<Pass>,
    /// When the database was looked at.
    pub looked: Instant,
}

/// As [`reconcile`], for a pass that nothing but the time asks for: it shares a look at the database with the passes of
/// other resources. A look of its own follows where there is something to do or to report.
pub async fn reconcile_sharing(
    pipeline: &Pipeline,
    readings: &Readings,
    request: &Request<Source>,
    before: Before,
) -> SharedPass {
    let look = Look { owner: None, ..Look::of(request) };
    let reading = readings.read(pipeline, &request.asker.login, look, before.looked).await;
    let (snapshot, looked, is_shared) = match reading {
        Ok(Reading { snapshot, at, is_shared }) => (snapshot, at, is_shared),
        Err(error) => {
            let pass = Box::pin(reconcile_snapshot(pipeline, request, Err(error), None)).await;
            return SharedPass { pass: Some(pass), looked: Instant::now() };
        }
    };
    if before.fingerprint.is_some() && before.fingerprint == snapshot.fingerprint() {
        return SharedPass { pass: None, looked };
    }
    let snapshot = Arc::unwrap_or_clone(snapshot);
    let pass = Box::pin(stages(Context { pipeline, after: None, is_shared }, request, Ok(snapshot))).await;
    let pass = pass.unwrap_or_else(Pass::from);
    if !is_shared || pass.report.outcome.is_ok() {
        return SharedPass { pass: Some(pass), looked };
    }
    let looked = Instant::now();
    SharedPass { pass: Some(Box::pin(reconcile(pipeline, request, None)).await), looked }
}

/// Looks for foreign keys that a change dropped and did not return, of a resource that no pass looks after: it is deleted
/// or suspended. `None` where there are none.
///
/// # Errors
/// The server can't be reached.
pub async fn keys_left_away(pipeline: &Pipeline, request: &Request<Source>) -> Result<Option<KeysLeft>, NotReady> {
    let snapshot = Snapshot::take(pipeline, &request.asker.login, Look::of(request)).await;
    let context = Context { pipeline, after: None, is_shared: false };
    let look = async {
        let mut observed = observe(context, request, snapshot)?;
        KeysAway::look(context, request, &mut observed).await
    };
    let none = NotReady::new(Reason::Suspended, "no pass looks after it".to_owned());
    match look.await {
        Ok(keys) => Ok(keys.left(context, request, Report::not_reached(none).into())),
        Err(stop) => Pass::from(stop).report.outcome.map(|()| None),
    }
}

async fn stages(
    context: Context<'_>,
    request: &Request<Source>,
    snapshot: Result<Snapshot, Error>,
) -> Result<Pass, Stop> {
    let mut observed = observe(context, request, snapshot)?;
    if context.is_shared && observed.is_distrusted() {
        // It may be older than what the resource itself has written since. A look of its own follows.
        let message = "the record was read before it was last written; it is read again";
        return Err(Stop::with(Report::not_reached(NotReady::new(Reason::ChangedConcurrently, message))));
    }
    let keys = KeysAway::look(context, request, &mut observed).await?;
    // On the heap: it is the largest of all futures, and callers hold it beside others.
    let pass = Box::pin(stages_after(context, request, observed)).await.unwrap_or_else(Pass::from);
    Ok(keys.after(context, request, pass))
}

async fn stages_after(context: Context<'_>, request: &Request<Source>, observed: Observed) -> Result<Pass, Stop> {
    let declared = declare(context, request, observed).await?;
    if declared.is_contract() {
        // On the heap, since its future is larger than that of all other stages.
        return Box::pin(check_contract(context, declared)).await;
    }
    let planned = plan(context, declared).await?;
    let measured = measure(context, planned).await?;
    let decision = decide(measured, context.after);
    Ok(publish(context, decision).await)
}
