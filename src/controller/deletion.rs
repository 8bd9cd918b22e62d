//! Forgets a resource that is deleted, and gives back what it has claimed. Within the own cluster that is known anyway;
//! operators of other namespaces and clusters hear of it by this, and else only once the claim has lapsed.

use kube::ResourceExt;
use kube::core::DeserializeGuard;

use super::context::Context;
use super::dereference::reach;
use crate::api::{DatabaseSchema, Mode};
use crate::mysql::Purpose;
use crate::reconcile::NotReady;
use crate::record::release_claim;
use crate::schema::Identifier;

/// A resource is gone: its change begins no further step, and nothing of it is kept.
pub fn forget(object: &DeserializeGuard<DatabaseSchema>, context: &Context) {
    let uid = object.uid().unwrap_or_default();
    context.changes.stop(&uid);
    context.backoff.forget(&uid);
    context.failover.forget(&uid);
    context.written_statuses.forget(&uid);
}

/// Tries it once: the Secret may be gone as well.
pub async fn release(resource: &DatabaseSchema, context: &Context) {
    // What only plans writes nothing.
    if resource.spec.mode == Mode::Plan {
        return;
    }
    let name = resource.name_any();
    match try_release(resource, context).await {
        Ok(()) => tracing::debug!(resource = name, "its claims are given back"),
        Err(error) => tracing::debug!(resource = name, %error, "its claims were not given back, and will lapse"),
    }
}

async fn try_release(resource: &DatabaseSchema, context: &Context) -> Result<(), NotReady> {
    let asker = reach(resource, context).await?;
    let Ok(database) = Identifier::new(resource.spec.database.as_str()) else { return Ok(()) };
    let session = context.pipeline.servers.session(&asker.login, Purpose::Work).await;
    let mut session = session.map_err(|error| NotReady::connecting(&error))?;
    release_claim(&mut session, &database, &asker.owner).await.map_err(|error| NotReady::connecting(&error))
}
