//! Forgets a resource that is deleted, and releases what it has claimed.
//!
//! Within the own cluster, its claims end with it. Operators of other namespaces and clusters learn of the deletion by
//! the release, and otherwise only once the claim has lapsed.

use kube::ResourceExt;

use super::context::Context;
use super::dereference::read_asker;
use crate::api::{DatabaseSchema, Mode};
use crate::mysql::Purpose;
use crate::reconcile::NotReady;
use crate::record::release_claim;
use crate::schema::Identifier;

/// Forgets a resource: its change begins no further step, and nothing of it is kept.
pub fn forget(context: &Context, uid: &str) {
    context.changes.stop(uid);
    context.changes.leave_line(uid);
    context.backoff.forget(uid);
    context.failover.forget(uid);
    context.written_statuses.forget(uid);
    context.last_looks.forget(uid);
}

/// Tries once to release the claims of a resource: its Secret may be gone as well.
pub async fn release(context: &Context, resource: &DatabaseSchema) {
    // A resource in mode Plan writes nothing to the database.
    if resource.spec.mode == Mode::Plan {
        return;
    }
    let name = resource.name_any();
    match try_release(context, resource).await {
        Ok(()) => tracing::debug!(resource = name, "its claims are released"),
        Err(error) => tracing::debug!(resource = name, %error, "its claims are not released, and will lapse"),
    }
}

async fn try_release(context: &Context, resource: &DatabaseSchema) -> Result<(), NotReady> {
    let asker = read_asker(context, resource).await?;
    let Ok(database) = Identifier::new(resource.spec.database.as_str()) else { return Ok(()) };
    let session = context.pipeline.servers.session(&asker.login, Purpose::Work).await;
    let mut session = session.map_err(|error| NotReady::connecting(&error))?;
    release_claim(&mut session, &database, &asker.owner).await.map_err(|error| NotReady::connecting(&error))
}
