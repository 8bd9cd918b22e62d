//! The stages of a pass, in their order.

use super::context::{Context, Pipeline};
use super::contract::check_contract;
use super::decide::decide;
use super::declare::declare;
use super::keys_away::KeysAway;
use super::measure::measure;
use super::observe::{Observed, Snapshot, observe};
use super::outcome::{Pass, Stop};
use super::plan::plan;
use super::publish::publish;
use crate::declare::Source;
use crate::mysql::Error;
use crate::reconcile::applied::Applied;
use crate::reconcile::request::Request;

/// Reads the live schema, plans, and decides what may run; verifies a schema that is in sync. `after` is the change
/// that has just ended for this resource.
pub async fn reconcile(pipeline: &Pipeline, request: &Request<Source>, after: Option<&Applied>) -> Pass {
    let (asker, database) = (&request.asker, &request.spec.database);
    let snapshot = Snapshot::take(pipeline, &asker.login, database, Some(&asker.owner)).await;
    reconcile_snapshot(pipeline, request, snapshot, after).await
}

/// As [`reconcile`], for a database of which the snapshot is there already.
pub async fn reconcile_snapshot(
    pipeline: &Pipeline,
    request: &Request<Source>,
    snapshot: Result<Snapshot, Error>,
    after: Option<&Applied>,
) -> Pass {
    stages(Context { pipeline, after }, request, snapshot).await.unwrap_or_else(Pass::from)
}

async fn stages(
    context: Context<'_>,
    request: &Request<Source>,
    snapshot: Result<Snapshot, Error>,
) -> Result<Pass, Stop> {
    let mut observed = observe(context, request, snapshot)?;
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
