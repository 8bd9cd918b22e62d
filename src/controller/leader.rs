//! Elects a leader by a Lease: of several replicas one works, and another takes its place.
//!
//! Each write names the version of the Lease that was read, so of two replicas that take it one fails. A replica judges
//! by its own clock alone whether the holder still lives: the Lease must not have changed for as long as it lasts. A
//! holder that can't renew its Lease gives up well before that. So two replicas never lead at once, even where clocks
//! differ, or the API server is out of reach.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::stop_signal::StopSignal;
use crate::api::FIELD_MANAGER;
use crate::mysql::Fence;
use crate::telemetry::Health;

/// For how long a Lease that is not renewed belongs to its holder.
const LEASE_DURATION: Duration = Duration::from_secs(15);

/// For how long a holder that can't renew its Lease goes on.
const RENEW_DEADLINE: Duration = Duration::from_secs(10);

/// The time between two tries to take the Lease, or two renewals.
const RETRY_PERIOD: Duration = Duration::from_secs(2);

/// A process that wants a Lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub namespace: String,
    pub lease: String,
    /// Tells this process from all others.
    pub identity: String,
}

impl Candidate {
    /// Returns the candidate of this process. Its identity is the name of its pod, which is used once, so a container
    /// that starts again goes on with its Lease. Outside of pods, each process has another identity.
    pub fn new(namespace: String, lease: String, pod: Option<String>) -> Self {
        use std::hash::{BuildHasher, RandomState};
        let random = || format!("{FIELD_MANAGER}-{:016x}", RandomState::new().hash_one(std::process::id()));
        Self { namespace, lease, identity: pod.unwrap_or_else(random) }
    }
}

/// The Lease was lost: another replica may lead by now.
#[derive(Debug, thiserror::Error)]
#[error("the Lease {lease} is lost: {why}")]
pub struct LeaseLost {
    lease: String,
    why: String,
}

/// A try to take or renew the Lease that failed.
#[derive(Debug, thiserror::Error)]
enum LeaseError {
    #[error("{0}")]
    Refused(Box<kube::Error>),
    #[error("the Kubernetes API did not answer in time")]
    Timeout,
}

impl From<kube::Error> for LeaseError {
    fn from(error: kube::Error) -> Self {
        Self::Refused(Box::new(error))
    }
}

/// Which replica leads.
#[derive(Debug, PartialEq, Eq)]
enum Leader {
    ThisProcess,
    /// The identity of the other one.
    Another(String),
}

/// One process that wants to lead.
pub struct Election {
    leases: Api<Lease>,
    candidate: Candidate,
    observed: Option<ObservedLease>,
    /// When the last renewal was sent that succeeded.
    renewed_at: Instant,
    /// Lets the statements of this process pass while it leads.
    fence: Fence,
}

/// A Lease, and when this version of it was first read.
#[derive(Debug, Clone)]
struct ObservedLease {
    lease: Lease,
    since: Instant,
}

impl ObservedLease {
    /// Adds what was read `now` to what was observed before.
    fn after(before: Option<Self>, lease: Lease, now: Instant) -> Self {
        match before {
            Some(before) if before.lease.metadata.resource_version == lease.metadata.resource_version => before,
            _ => Self { lease, since: now },
        }
    }

    fn holder(&self) -> Option<&str> {
        let holder = self.lease.spec.as_ref().and_then(|spec| spec.holder_identity.as_deref());
        holder.filter(|holder| !holder.is_empty())
    }

    /// Returns whether its holder has released it, or is gone.
    fn is_free(&self, now: Instant) -> bool {
        let seconds = self.lease.spec.as_ref().and_then(|spec| spec.lease_duration_seconds);
        let lasts = seconds.and_then(|seconds| u64::try_from(seconds).ok()).map_or(LEASE_DURATION, Duration::from_secs);
        self.holder().is_none() || now.saturating_duration_since(self.since) >= lasts
    }

    /// Returns the Lease as `identity` takes or renews it, at the version that was read.
    fn held_by(&self, identity: &str, time: Timestamp) -> Lease {
        let mut lease = self.lease.clone();
        let spec = lease.spec.get_or_insert_default();
        if spec.holder_identity.as_deref() != Some(identity) {
            spec.holder_identity = Some(identity.to_owned());
            spec.acquire_time = Some(MicroTime(time));
            spec.lease_transitions = Some(spec.lease_transitions.unwrap_or_default().saturating_add(1));
        }
        spec.renew_time = Some(MicroTime(time));
        spec.lease_duration_seconds = i32::try_from(LEASE_DURATION.as_secs()).ok();
        lease
    }

    /// Returns the Lease as its holder releases it.
    fn released(&self) -> Lease {
        let mut lease = self.lease.clone();
        lease.spec.get_or_insert_default().holder_identity = None;
        lease
    }
}

impl Election {
    /// Makes an election that this process has not won yet.
    pub fn new(client: Client, candidate: Candidate, fence: Fence) -> Self {
        let leases = Api::namespaced(client, &candidate.namespace);
        Self { leases, candidate, observed: None, renewed_at: Instant::now(), fence }
    }

    /// Waits until this process leads. Returns false where it has to stop before.
    async fn campaign(&mut self, health: &Health, stop: &StopSignal) -> bool {
        let mut logged_holder = None;
        while !stop.is_sent() {
            let leader = self.take_or_renew_within(RENEW_DEADLINE).await;
            health.standing_by(matches!(leader, Ok(Leader::Another(_))));
            match leader {
                Ok(Leader::ThisProcess) => {
                    tracing::info!(identity = self.candidate.identity, "it leads");
                    return true;
                }
                Ok(Leader::Another(holder)) => {
                    if logged_holder.as_ref() != Some(&holder) {
                        tracing::info!(holder, "another one leads, and this one stands by");
                    }
                    logged_holder = Some(holder);
                }
                Err(error) => tracing::warn!(%error, lease = self.candidate.lease, "the Lease can't be taken"),
            }
            tokio::select! {
                () = stop.wait() => {}
                () = tokio::time::sleep(RETRY_PERIOD) => {}
            }
        }
        false
    }

    /// Renews the Lease until it is lost.
    async fn keep(&mut self) -> LeaseLost {
        let unrenewed = || format!("it could not be renewed for {} s", RENEW_DEADLINE.as_secs());
        loop {
            tokio::time::sleep(RETRY_PERIOD).await;
            let Some(left) = RENEW_DEADLINE.checked_sub(self.renewed_at.elapsed()) else {
                return self.lost(unrenewed());
            };
            match self.take_or_renew_within(left).await {
                Ok(Leader::ThisProcess) => {}
                Ok(Leader::Another(holder)) => return self.lost(format!("{holder} holds it")),
                Err(LeaseError::Timeout) => return self.lost(unrenewed()),
                Err(error) => tracing::warn!(%error, "the Lease is not renewed"),
            }
        }
    }

    /// Releases the Lease, so that no replica has to wait until it has run out. Where a statement may still be on its way,
    /// they wait: by then a server refuses it.
    async fn release(&mut self) {
        self.fence.close();
        if self.fence.is_awaited(Instant::now()) {
            tracing::info!(
                "the Lease is not released, and runs out: a statement may still be on its way to its server"
            );
            return;
        }
        let outcome = tokio::select! {
            outcome = self.try_release() => outcome,
            () = tokio::time::sleep(RETRY_PERIOD) => Err(LeaseError::Timeout),
        };
        match outcome {
            Ok(()) => tracing::info!("the Lease is released"),
            Err(error) => tracing::warn!(%error, "the Lease is not released, and runs out"),
        }
    }

    /// Reads the Lease again before it releases it: a renewal may just have been cut short.
    async fn try_release(&mut self) -> Result<(), LeaseError> {
        let name = &self.candidate.lease;
        let observed = ObservedLease::after(None, self.leases.get(name).await?, Instant::now());
        if observed.holder() == Some(&self.candidate.identity) {
            self.leases.replace(name, &params(), &observed.released()).await?;
        }
        Ok(())
    }

    fn lost(&self, why: String) -> LeaseLost {
        self.fence.close();
        LeaseLost { lease: self.candidate.lease.clone(), why }
    }

    async fn take_or_renew_within(&mut self, limit: Duration) -> Result<Leader, LeaseError> {
        tokio::select! {
            biased;
            leader = self.take_or_renew() => leader,
            () = tokio::time::sleep(limit) => Err(LeaseError::Timeout),
        }
    }

    /// Reads the Lease. Takes it where it is free, and renews it where this process holds it.
    async fn take_or_renew(&mut self) -> Result<Leader, LeaseError> {
        let name = &self.candidate.lease;
        let found = match self.leases.get_opt(name).await? {
            Some(found) => found,
            None => match self.leases.create(&params(), &empty(name)).await {
                // Another replica was quicker.
                Err(kube::Error::Api(status)) if status.code == 409 => self.leases.get(name).await?,
                created => created?,
            },
        };
        let now = Instant::now();
        let observed = ObservedLease::after(self.observed.take(), found, now);
        let identity = &self.candidate.identity;
        if observed.holder() != Some(identity) && !observed.is_free(now) {
            let holder = observed.holder().unwrap_or_default().to_owned();
            self.observed = Some(observed);
            return Ok(Leader::Another(holder));
        }
        let held = observed.held_by(identity, Timestamp::now());
        self.observed = Some(observed);
        // After a conflict, another replica has written it: the next try shows which one holds it.
        let lease = self.leases.replace(name, &params(), &held).await?;
        self.observed = Some(ObservedLease { lease, since: now });
        // From before the request: no other replica has seen it renewed any earlier.
        self.renewed_at = now;
        self.fence.open_until(now + RENEW_DEADLINE);
        Ok(Leader::ThisProcess)
    }
}

/// The right of this process to work: a Lease that it holds, or no need of one.
#[derive(Debug)]
pub enum Leadership {
    /// Nobody else wants to lead, or this process does not.
    Undisputed,
    Held(HeldLease),
    Lost(LeaseLost),
}

/// A Lease that a task of its own renews.
#[derive(Debug)]
pub struct HeldLease {
    /// Tells the task to release the Lease.
    release: oneshot::Sender<()>,
    renewal: JoinHandle<Option<LeaseLost>>,
}

impl Leadership {
    /// Waits until this process leads, or has to stop. Without an election it leads at once. If the Lease is lost later,
    /// the process has to stop as well.
    pub async fn win(election: Option<Election>, health: &Health, stop: &StopSignal) -> Self {
        let Some(mut election) = election else { return Self::Undisputed };
        if !election.campaign(health, stop).await {
            return Self::Undisputed;
        }
        let (release, mut released) = oneshot::channel();
        let stop = stop.clone();
        let renewal = tokio::spawn(async move {
            let lost = tokio::select! {
                lost = election.keep() => lost,
                _ = &mut released => {
                    election.release().await;
                    return None;
                }
            };
            tracing::error!(%lost, "no further step is begun");
            stop.send();
            Some(lost)
        });
        Self::Held(HeldLease { release, renewal })
    }

    /// Waits for the loss of the Lease.
    pub async fn lost(&mut self) {
        match self {
            Self::Undisputed => std::future::pending().await,
            Self::Held(held) => {
                *self = (&mut held.renewal).await.unwrap_or_default().map_or(Self::Undisputed, Self::Lost);
            }
            Self::Lost(_) => {}
        }
    }

    /// Releases the Lease. Returns why it was lost, where it was lost before.
    pub async fn end(self) -> Option<LeaseLost> {
        let HeldLease { release, renewal } = match self {
            Self::Undisputed => return None,
            Self::Lost(lost) => return Some(lost),
            Self::Held(held) => held,
        };
        // Once the Lease is lost, the task has ended, and does not receive it.
        let _ = release.send(());
        renewal.await.unwrap_or_default()
    }
}

fn params() -> PostParams {
    PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() }
}

fn empty(name: &str) -> Lease {
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    Lease { metadata, spec: Some(LeaseSpec::default()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(version: &str, holder: Option<&str>, seconds: Option<i32>) -> Lease {
        let mut lease = empty("operator");
        lease.metadata.resource_version = Some(version.to_owned());
        let holder_identity = holder.map(str::to_owned);
        lease.spec = Some(LeaseSpec { holder_identity, lease_duration_seconds: seconds, ..LeaseSpec::default() });
        lease
    }

    #[test]
    fn a_lease_is_free_once_it_has_been_the_same_for_as_long_as_it_lasts() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let first = ObservedLease::after(None, lease("1", Some("a"), Some(15)), start);
        assert!(!first.is_free(at(14)) && first.is_free(at(15)));
        let same = ObservedLease::after(Some(first), lease("1", Some("a"), Some(15)), at(14));
        assert!(same.is_free(at(15)), "to read it again is no renewal");
        let renewed = ObservedLease::after(Some(same), lease("2", Some("a"), Some(15)), at(14));
        assert!(!renewed.is_free(at(28)) && renewed.is_free(at(29)));
    }

    #[test]
    fn a_lease_without_a_holder_is_free_at_once() {
        let start = Instant::now();
        for holder in [None, Some("")] {
            assert!(ObservedLease::after(None, lease("1", holder, Some(15)), start).is_free(start), "{holder:?}");
        }
        let mut bare = empty("operator");
        bare.spec = None;
        assert!(ObservedLease::after(None, bare, start).is_free(start));
        // A nonsensical duration counts as none.
        assert!(!ObservedLease::after(None, lease("1", Some("a"), Some(-1)), start).is_free(start));
    }

    #[test]
    fn a_holder_gives_up_before_another_replica_may_begin() {
        assert!(RENEW_DEADLINE + RETRY_PERIOD < LEASE_DURATION);
    }

    #[test]
    fn taking_it_counts_as_a_transition_and_renewing_does_not() {
        let now = Timestamp::UNIX_EPOCH;
        let observed = |lease| ObservedLease::after(None, lease, Instant::now());
        let taken = observed(lease("7", Some("a"), Some(15))).held_by("b", now);
        assert_eq!(taken.metadata.resource_version.as_deref(), Some("7"), "or a quicker replica is overwritten");
        let spec = taken.spec.clone().unwrap();
        assert_eq!((spec.holder_identity.as_deref(), spec.lease_transitions), (Some("b"), Some(1)));
        let renewed = observed(taken).held_by("b", now).spec.unwrap();
        assert_eq!(renewed.lease_transitions, Some(1));
        let released = observed(lease("8", Some("b"), Some(15))).released();
        assert_eq!(released.spec.unwrap().holder_identity, None);
    }

    #[test]
    fn processes_outside_of_pods_are_told_apart() {
        let candidate = |pod: Option<&str>| Candidate::new("ns".into(), "l".into(), pod.map(str::to_owned)).identity;
        assert_ne!(candidate(None), candidate(None));
        assert_eq!(candidate(Some("pod-1")), "pod-1");
    }
}
