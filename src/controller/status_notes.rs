//! Notes in the status of a resource which entries of the record it writes, before they are written.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Patch, PatchParams};
use kube::core::DeserializeGuard;
use kube::{Api, Client, Resource};
use serde_json::json;

use super::context::{CallError, Context, call};
use super::record_notes::RecordNotes;
use super::status::noted_entries;
use super::written_statuses::{StatusVersion, WrittenStatuses};
use crate::api::{DatabaseSchema, DatabaseSchemaStatus, FIELD_MANAGER, Reason};
use crate::reconcile::{EntryNotes, NotReady};
use crate::record::NotedEntries;

/// The notes of one resource.
#[derive(Clone)]
pub struct StatusNotes {
    client: Client,
    meta: ObjectMeta,
    delivered: Option<NotedEntries>,
    notes: Arc<RecordNotes>,
    written_statuses: Arc<WrittenStatuses>,
}

impl StatusNotes {
    /// Returns the notes of the resource with this metadata, whose status was delivered as `status`.
    pub fn new(context: &Context, meta: &ObjectMeta, status: Option<&DatabaseSchemaStatus>) -> Self {
        Self {
            client: context.client.clone(),
            meta: ObjectMeta { managed_fields: None, annotations: None, ..meta.clone() },
            delivered: noted_entries(status),
            notes: context.record_notes.clone(),
            written_statuses: context.written_statuses.clone(),
        }
    }

    fn uid(&self) -> &str {
        self.meta.uid.as_deref().unwrap_or_default()
    }

    async fn write(&self, entries: NotedEntries) -> Result<(), CallError> {
        let NotedEntries { written, announced } = &entries;
        let patch = json!({ "status": { "record": { "written": written, "announced": announced } } });
        let namespace = self.meta.namespace.as_deref().unwrap_or_default();
        let api: Api<DeserializeGuard<DatabaseSchema>> = Api::namespaced(self.client.clone(), namespace);
        let params = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
        let (name, patch) = (self.meta.name.as_deref().unwrap_or_default(), Patch::Merge(&patch));
        let object = call(api.patch_status(name, &params, &patch)).await?;
        self.notes.note(self.uid(), entries);
        // The status of another spec is not written over.
        if object.meta().generation == self.meta.generation
            && let Ok(DatabaseSchema { metadata, status, .. }) = object.0
        {
            let version = StatusVersion { resource_version: metadata.resource_version, status };
            self.written_statuses.remember(self.uid(), version);
        }
        Ok(())
    }
}

impl EntryNotes for StatusNotes {
    fn noted(&self) -> Option<NotedEntries> {
        self.notes.known(self.uid()).or_else(|| self.delivered.clone())
    }

    fn announce(&self, entries: NotedEntries) -> BoxFuture<'_, Result<(), NotReady>> {
        Box::pin(async {
            self.write(entries).await.map_err(|error| {
                let message = format!("the record is written only once the status knows of it: {error}");
                NotReady::new(Reason::KubernetesUnavailable, message)
            })
        })
    }

    fn wrote(&self, entries: NotedEntries) {
        self.notes.note(self.uid(), entries);
    }
}

/// Leaves out the client.
impl fmt::Debug for StatusNotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusNotes").field("uid", &self.meta.uid).field("noted", &self.noted()).finish_non_exhaustive()
    }
}
