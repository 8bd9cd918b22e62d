//! Remembers the status that was written last to each resource: the watch may deliver an object as it was before that.

use std::collections::HashMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use parking_lot::Mutex;

use crate::api::DatabaseSchemaStatus;

/// The statuses written last, by UID.
#[derive(Debug, Default)]
pub struct WrittenStatuses(Mutex<HashMap<String, StatusVersion>>);

/// A status, and the version of the object that holds it.
#[derive(Debug, Clone)]
pub struct StatusVersion {
    pub resource_version: Option<String>,
    pub status: Option<DatabaseSchemaStatus>,
}

impl WrittenStatuses {
    /// Returns the newer of what was delivered and what was written. Resource versions of one kind can be compared as
    /// numbers (Kubernetes 1.35). Where the delivered one is no number, it counts as the newer.
    pub fn newest(&self, uid: &str, delivered: StatusVersion) -> StatusVersion {
        let Some(delivered_number) = delivered.number() else { return delivered };
        match self.0.lock().get(uid) {
            Some(written) if written.number() > Some(delivered_number) => written.clone(),
            _ => delivered,
        }
    }

    /// Remembers what was written.
    pub fn remember(&self, uid: &str, written: StatusVersion) {
        self.0.lock().insert(uid.to_owned(), written);
    }

    /// Forgets what was written to a resource once the watch has delivered it.
    pub fn was_delivered(&self, meta: &ObjectMeta) {
        let delivered = StatusVersion { resource_version: meta.resource_version.clone(), status: None }.number();
        let uid = meta.uid.as_deref().unwrap_or_default();
        let mut statuses = self.0.lock();
        if statuses.get(uid).is_some_and(|written| written.number() <= delivered) {
            statuses.remove(uid);
        }
    }

    /// Forgets a resource that is gone.
    pub fn forget(&self, uid: &str) {
        self.0.lock().remove(uid);
    }
}

impl StatusVersion {
    fn number(&self) -> Option<u64> {
        self.resource_version.as_ref().and_then(|text| text.parse().ok())
    }
}
