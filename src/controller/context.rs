//! Holds what every reconcile shares, and calls the Kubernetes API within a time limit.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use kube::core::Status;
use kube::runtime::events::Recorder;
use kube::{Api, Client};

use super::backoff::Backoff;
use super::failover::FailoverCheck;
use super::hosts::AllowedHosts;
use super::last_looks::LastLooks;
use super::object_sizes::ObjectSizes;
use super::record_notes::RecordNotes;
use super::shared_secrets::SharedSecrets;
use super::written_statuses::WrittenStatuses;
use crate::api::Reason;
use crate::reconcile::{ChangeRegistry, NotReady, Pipeline, Readings};
use crate::record::LiveResources;
use crate::telemetry::Metrics;

/// The time that one call of the Kubernetes API may take: the client has no limit of its own.
const CALL_TIME: Duration = Duration::from_secs(15);

/// What all reconciles share.
pub struct Context {
    pub client: Client,
    pub recorder: Recorder,
    pub pipeline: Pipeline,
    pub changes: ChangeRegistry,
    pub hosts: AllowedHosts,
    pub backoff: Backoff,
    pub failover: FailoverCheck,
    pub written_statuses: Arc<WrittenStatuses>,
    pub record_notes: Arc<RecordNotes>,
    pub object_sizes: Arc<ObjectSizes>,
    pub last_looks: LastLooks,
    pub readings: Readings,
    pub secrets: SharedSecrets,
    pub metrics: Arc<Metrics>,
    /// The cluster's id, once it was read.
    pub cluster_id: tokio::sync::OnceCell<String>,
    /// The resources that there are, once they are watched.
    pub live_resources: std::sync::OnceLock<LiveResources>,
}

/// A call of the Kubernetes API that failed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("{0}")]
    Refused(#[from] Box<kube::Error>),
    #[error("the Kubernetes API did not answer within {} s", CALL_TIME.as_secs())]
    Timeout,
}

impl CallError {
    /// Returns whether the operator lacks the RBAC permission.
    pub fn is_forbidden(&self) -> bool {
        self.code() == Some(403)
    }

    /// Returns whether another client wrote the object first.
    pub fn is_conflict(&self) -> bool {
        self.code() == Some(409)
    }

    /// Returns whether the object may have been too large. The API server passes on what etcd says as an error of its own.
    pub fn may_be_too_large(&self) -> bool {
        matches!(self.code(), Some(413 | 500))
    }

    /// Returns whether the object does not exist.
    pub fn is_not_found(&self) -> bool {
        self.code() == Some(404)
    }

    /// Returns whether the namespace is being deleted, so that nothing new can be made there.
    pub fn is_of_deleted_namespace(&self) -> bool {
        let causes = self.status().and_then(|status| status.details.as_ref()).map(|details| details.causes.as_slice());
        self.is_forbidden()
            && causes.is_some_and(|causes| causes.iter().any(|cause| cause.reason == "NamespaceTerminating"))
    }

    /// Returns how long the API server asks to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = self.status()?.details.as_ref()?.retry_after_seconds;
        (seconds > 0).then(|| Duration::from_secs(seconds.into()))
    }

    fn code(&self) -> Option<u16> {
        self.status().map(|status| status.code)
    }

    fn status(&self) -> Option<&Status> {
        match self {
            Self::Refused(error) => match error.as_ref() {
                kube::Error::Api(status) => Some(status),
                _ => None,
            },
            Self::Timeout => None,
        }
    }
}

impl Context {
    /// Returns what tells this cluster from others that use the same database: the UID of its namespace `kube-system`.
    /// Empty where the operator may not read that namespace, as with a Role in a single namespace.
    ///
    /// # Errors
    /// The Kubernetes API does not answer.
    pub async fn cluster_id(&self) -> Result<String, NotReady> {
        let read = async || match call(Api::<Namespace>::all(self.client.clone()).get_metadata("kube-system")).await {
            Ok(namespace) => Ok(namespace.metadata.uid.unwrap_or_default()),
            Err(error) if error.is_forbidden() => {
                tracing::warn!("the operator may not read the namespace kube-system: its cluster has no id");
                Ok(String::new())
            }
            Err(error) => {
                let message = format!("reading the namespace kube-system: {error}");
                Err(NotReady::new(Reason::KubernetesUnavailable, message))
            }
        };
        self.cluster_id.get_or_try_init(read).await.cloned()
    }
}

/// Waits for a call of the Kubernetes API, at most 15 s.
///
/// # Errors
/// The API refuses the call, or does not answer.
pub async fn call<T>(call: impl Future<Output = kube::Result<T>>) -> Result<T, CallError> {
    tokio::select! {
        answer = call => answer.map_err(|error| CallError::Refused(Box::new(error))),
        () = tokio::time::sleep(CALL_TIME) => Err(CallError::Timeout),
    }
}
