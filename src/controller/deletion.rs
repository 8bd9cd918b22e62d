//! Forgets a resource that is deleted, and releases what it has claimed.
//!
//! Within the own cluster, its claims end with it. Operators of other namespaces and clusters learn of the deletion by
//! the release, and otherwise only once the claim has lapsed.

use std::time::Duration;

use kube::{Resource, ResourceExt};

use super::context::Context;
use super::dereference::read_asker;
use crate::api::{DatabaseSchema, DatabaseSchemaSpec, Mode};
use crate::declare::Source;
use crate::mysql::Purpose;
use crate::reconcile::{Applied, Asker, ChangeState, Intent, KeysLeft, NotReady, Request, keys_left_away};
use crate::record::release_claim;
use crate::schema::Identifier;

/// How long the last statement of a deleted resource is waited for.
const LAST_STATEMENT: Duration = Duration::from_hours(1);

/// Forgets a resource: its change begins no further step, and nothing of it is kept.
pub fn forget(context: &Context, uid: &str) {
    context.changes.stop(uid);
    context.changes.leave_line(uid);
    context.backoff.forget(uid);
    context.failover.forget(uid);
    context.written_statuses.forget(uid);
    context.last_looks.forget(uid);
    context.record_notes.forget(uid);
    context.object_sizes.forget(uid);
}

/// Tries once to release the claims of a resource: its Secret may be gone as well.
pub async fn release(context: &Context, resource: &DatabaseSchema) {
    // A resource in mode Plan writes nothing to the database.
    if resource.spec.mode == Mode::Plan {
        return;
    }
    let name = resource.name_any();
    let released = try_release(context, resource).await;
    context.record_notes.forget(resource.meta().uid.as_deref().unwrap_or_default());
    match released {
        Ok(()) => tracing::debug!(resource = name, "its claims are released"),
        Err(error) => tracing::debug!(resource = name, %error, "its claims are not released, and will lapse"),
    }
}

async fn try_release(context: &Context, resource: &DatabaseSchema) -> Result<(), NotReady> {
    let asker = read_asker(context, resource, resource.status.as_ref()).await?;
    if let Err(error) = return_keys(context, resource, asker.clone()).await {
        tracing::warn!(resource = resource.name_any(), %error, "a foreign key may be left away");
    }
    let Ok(database) = Identifier::new(resource.spec.database.as_str()) else { return Ok(()) };
    let session = context.pipeline.servers.session(&asker.login, Purpose::Work).await;
    let mut session = session.map_err(|error| NotReady::connecting(&error))?;
    release_claim(&mut session, &database, &asker.owner).await.map_err(|error| NotReady::connecting(&error))
}

/// Puts back the foreign keys that a change of the resource dropped and did not return. Its statement may still run.
async fn return_keys(context: &Context, resource: &DatabaseSchema, asker: Asker) -> Result<(), NotReady> {
    let (changes, uid) = (&context.changes, asker.uid.clone());
    changes.wait(&uid, LAST_STATEMENT).await;
    let (ChangeState::None | ChangeState::Ended(_)) = changes.state(&uid) else { return Ok(()) };
    let Some(KeysLeft { objects, job }) = keys_left_away(&context.pipeline, &bare_request(resource, asker)?).await?
    else {
        return Ok(());
    };
    tracing::info!(resource = resource.name_any(), objects, "it is deleted while keys are away, which are put back");
    if let Some(job) = job {
        changes.start(job);
        changes.wait(&uid, LAST_STATEMENT).await;
        if let ChangeState::Ended(Applied { failure: Some(failure), .. }) = changes.state(&uid) {
            return Err(failure);
        }
    }
    Ok(())
}

/// Returns the foreign keys, in words, that a change of a suspended resource dropped and did not return; `None` also where
/// the server can't be asked.
pub async fn keys_away(context: &Context, resource: &DatabaseSchema) -> Option<String> {
    let request = bare_request(resource, read_asker(context, resource, resource.status.as_ref()).await.ok()?).ok()?;
    keys_left_away(&context.pipeline, &request).await.ok()?.map(|left| left.objects)
}

/// Returns the request of a resource that no longer declares anything: what it declared does not matter any more.
fn bare_request(resource: &DatabaseSchema, asker: Asker) -> Result<Request<Source>, NotReady> {
    let spec = DatabaseSchemaSpec { tables: None, ddl: None, verify: None, ..resource.spec.clone() };
    Ok(Intent::from_spec(&spec, None)?.request(asker))
}
