//! Knows how large each resource is in etcd, as it was delivered: what it leaves of a request is the room for its status.

use std::collections::HashMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use parking_lot::Mutex;
use serde::Serialize;

use super::resource_store::Guarded;
use super::status::{LEAST_ROOM, MAX_STATUS, stored_bytes};
use crate::api::{DatabaseSchemaSpec, Reason};
use crate::reconcile::NotReady;

/// What etcd takes in one request unless its administrator says otherwise (`--max-request-bytes`). Larger ones are
/// refused as "etcdserver: request is too large" (tried with etcd 3.6 and kube-apiserver 1.37).
const MAX_REQUEST: usize = 1_572_864;

/// The bytes of a request beside the resource, and what the operator adds to `managedFields`.
const OVERHEAD: usize = 16 * 1024;

/// A resource of more bytes, without its status, may leave too little room for that.
const MAX_OBJECT: usize = MAX_REQUEST - OVERHEAD - LEAST_ROOM;

/// The sizes of the resources that were delivered, without their statuses, by UID.
#[derive(Debug, Default)]
pub struct ObjectSizes(Mutex<HashMap<String, usize>>);

/// What of a resource is not its status.
#[derive(Serialize)]
struct Written<'a> {
    metadata: &'a ObjectMeta,
    spec: &'a DatabaseSchemaSpec,
}

impl ObjectSizes {
    /// Notes the size of a resource as the API server delivered it. One that can't be read is not noted: it gets a small
    /// status.
    pub fn note(&self, object: &Guarded) {
        let (Some(uid), Ok(resource)) = (object.meta().uid.clone(), &object.0) else { return };
        let size = stored_bytes(&Written { metadata: &resource.metadata, spec: &resource.spec });
        self.0.lock().insert(uid, size);
    }

    /// Forgets a resource that is gone.
    pub fn forget(&self, uid: &str) {
        self.0.lock().remove(uid);
    }

    /// Returns how many bytes the status of a resource may have.
    pub fn room(&self, uid: &str) -> usize {
        let size = self.0.lock().get(uid).copied().unwrap_or_default();
        MAX_REQUEST.saturating_sub(OVERHEAD).saturating_sub(size).min(MAX_STATUS)
    }

    /// Says that a resource is too large for a whole status, where it is.
    pub fn too_large(&self, uid: &str) -> Option<NotReady> {
        let size = self.0.lock().get(uid).copied().filter(|size| *size > MAX_OBJECT)?;
        let message = format!(
            "the resource takes {size} bytes without its status, and more than {MAX_OBJECT} leave no room for a whole \
             one in etcd; nothing is done for it; split it into several resources, or move its tables to the ConfigMap \
             of spec.ddl"
        );
        Some(NotReady::new(Reason::ResourceTooLarge, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(size: usize) -> ObjectSizes {
        ObjectSizes(Mutex::new(HashMap::from([("u".to_owned(), size)])))
    }

    #[test]
    fn a_resource_that_is_not_too_large_leaves_the_least_room() {
        for size in [0, 100_000, 1_200_000, MAX_OBJECT] {
            assert!(sizes(size).too_large("u").is_none() && sizes(size).room("u") >= LEAST_ROOM, "{size}");
        }
        assert_eq!(sizes(MAX_REQUEST + 1).room("u"), 0);
        let refused = sizes(MAX_OBJECT + 1).too_large("u").unwrap();
        assert!(refused.message.len() <= 300, "{}", refused.message.len());
    }
}
