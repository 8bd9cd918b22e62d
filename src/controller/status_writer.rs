//! Writes the status of a resource, as the only part of the operator that does, and publishes the Events of what changed.

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Patch, PatchParams};
use kube::core::DeserializeGuard;
use kube::{Api, Resource};
use serde_json::json;

use super::context::{CallError, Context, call};
use super::events::{notice_events, publish, report_events, unwritten_event};
use super::status::{LEAST_ROOM, Subject, fitted, mark_progress, record_status, status, stored_bytes};
use super::written_statuses::StatusVersion;
use crate::api::{DatabaseSchema, DatabaseSchemaStatus, FIELD_MANAGER};
use crate::reconcile::{Applied, ChangeProgress, NotReady, Report};
use crate::record::NotedEntries;

/// Writes the status of one resource.
pub struct StatusWriter<'a> {
    meta: &'a ObjectMeta,
    context: &'a Context,
    /// The status as it is now.
    pub current: Option<DatabaseSchemaStatus>,
    resource_version: Option<String>,
}

impl<'a> StatusWriter<'a> {
    /// Returns a writer for the resource with this metadata, whose status was delivered as `status`.
    pub fn new(context: &'a Context, meta: &'a ObjectMeta, status: Option<&DatabaseSchemaStatus>) -> Self {
        let resource_version = meta.resource_version.clone();
        let delivered = StatusVersion { resource_version, status: status.cloned() };
        let StatusVersion { resource_version, status } = context.written_statuses.newest(uid(meta), delivered);
        Self { meta, context, current: status, resource_version }
    }

    /// Writes what has changed, and publishes Events of it. Returns false where the resource is gone, or has another spec by
    /// now: then nothing was reported, and nothing may be done for it.
    ///
    /// # Errors
    /// The Kubernetes API does not take the status.
    pub async fn publish(
        &mut self,
        subject: Subject<'_>,
        report: &Report,
        applied: Option<&Applied>,
    ) -> Result<bool, CallError> {
        // What was noted during the pass is a version of the status as well.
        let known = StatusVersion { resource_version: self.resource_version.take(), status: self.current.take() };
        let known = self.context.written_statuses.newest(uid(self.meta), known);
        StatusVersion { resource_version: self.resource_version, status: self.current } = known;
        let (before, now) = (self.current.clone(), Timestamp::now());
        let mut next = status(before.as_ref(), subject, report, applied, now);
        next.record = record_status(next.record.take(), self.noted(), report.distrusted.as_deref(), now);
        let mut next = fitted(next, self.room());
        if before.as_ref() == Some(&next) {
            return Ok(true);
        }
        match self.write(&mut next).await {
            Ok(()) => {}
            // Another client wrote the object: the measurement holds, unless it was for another spec.
            Err(error) if error.is_conflict() => {
                if !self.read_again().await? {
                    return Ok(false);
                }
                self.write(&mut next).await?;
            }
            Err(error) if error.is_not_found() => return Ok(false),
            Err(error) => return Err(error),
        }
        let events = report_events(before.as_ref(), &next, report, applied);
        self.remember(next);
        publish(self.context, &self.reference(), events).await;
        Ok(true)
    }

    /// Writes how far a change has come.
    ///
    /// # Errors
    /// The Kubernetes API does not take the status.
    pub async fn write_progress(&mut self, progress: &ChangeProgress) -> Result<(), CallError> {
        let Some(mut next) = self.current.clone() else { return Ok(()) };
        if !mark_progress(&mut next, progress) {
            return Ok(());
        }
        next.record = record_status(next.record.take(), self.noted(), None, Timestamp::now());
        let mut next = fitted(next, self.room());
        match self.write(&mut next).await {
            Ok(()) => {
                let events = notice_events(self.current.as_ref(), &next, progress);
                self.remember(next);
                publish(self.context, &self.reference(), events).await;
                Ok(())
            }
            // The next progress, or the end, is written all the same.
            Err(error) if error.is_conflict() || error.is_not_found() => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn noted(&self) -> Option<NotedEntries> {
        self.context.record_notes.noted(uid(self.meta), self.current.as_ref())
    }

    fn remember(&mut self, written: DatabaseSchemaStatus) {
        let version = StatusVersion { resource_version: self.resource_version.clone(), status: Some(written.clone()) };
        self.context.written_statuses.remember(uid(self.meta), version);
        self.current = Some(written);
    }

    fn room(&self) -> usize {
        self.context.object_sizes.room(uid(self.meta))
    }

    /// Tells of a resource whose status can't be written, by an Event.
    pub async fn tell_beside(&self, not_ready: &NotReady) {
        publish(self.context, &self.reference(), vec![unwritten_event(not_ready)]).await;
    }

    /// Applies the whole status on the server. Where its etcd may take less than is usual, it writes what fits anywhere.
    async fn write(&mut self, status: &mut DatabaseSchemaStatus) -> Result<(), CallError> {
        match self.try_write(status).await {
            Err(error) if error.may_be_too_large() && stored_bytes(status) > LEAST_ROOM => {
                *status = fitted(std::mem::take(status), LEAST_ROOM);
                self.try_write(status).await
            }
            outcome => outcome,
        }
    }

    /// Applies the whole status on the server, against the version that was read.
    async fn try_write(&mut self, status: &DatabaseSchemaStatus) -> Result<(), CallError> {
        let patch = json!({
            "apiVersion": DatabaseSchema::api_version(&()),
            "kind": DatabaseSchema::kind(&()),
            "metadata": { "resourceVersion": self.resource_version },
            "status": status,
        });
        let params = PatchParams::apply(FIELD_MANAGER).force();
        let (api, patch) = (self.api(), Patch::Apply(&patch));
        let written = call(api.patch_status(self.name(), &params, &patch)).await?;
        self.resource_version.clone_from(&written.meta().resource_version);
        Ok(())
    }

    /// Reads the object's newest version. Returns false where it has another spec, or is gone.
    async fn read_again(&mut self) -> Result<bool, CallError> {
        let Some(newest) = call(self.api().get_metadata_opt(self.name())).await? else {
            return Ok(false);
        };
        self.resource_version.clone_from(&newest.metadata.resource_version);
        Ok(newest.metadata.uid == self.meta.uid && newest.metadata.generation == self.meta.generation)
    }

    /// Does not parse answers beyond their metadata, so a resource that can't be read gets a status as well.
    fn api(&self) -> Api<DeserializeGuard<DatabaseSchema>> {
        Api::namespaced(self.context.client.clone(), self.meta.namespace.as_deref().unwrap_or_default())
    }

    fn name(&self) -> &str {
        self.meta.name.as_deref().unwrap_or_default()
    }

    fn reference(&self) -> ObjectReference {
        ObjectReference {
            api_version: Some(DatabaseSchema::api_version(&()).into_owned()),
            kind: Some(DatabaseSchema::kind(&()).into_owned()),
            name: self.meta.name.clone(),
            namespace: self.meta.namespace.clone(),
            uid: self.meta.uid.clone(),
            // Without it, the same Event at a later state would count up the first one, with the note of the first.
            resource_version: self.resource_version.clone(),
            ..ObjectReference::default()
        }
    }
}

fn uid(meta: &ObjectMeta) -> &str {
    meta.uid.as_deref().unwrap_or_default()
}
