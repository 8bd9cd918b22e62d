//! Leader election by a Lease: of several replicas one works, and another takes its place.
//!
//! Each write names the version of the Lease that was read, so of two that take it one fails. Whether a holder still
//! lives is judged by one's own clock alone: its Lease has to have been the same for as long as it lasts. The holder
//! gives up well before that, if it can't renew it; so clocks that differ, and an API server that is out of reach, leave
//! no time at which two lead.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::api::FIELD_MANAGER;
use crate::telemetry::Health;

/// For how long a Lease that nobody renews is its holder's.
const LASTS: Duration = Duration::from_secs(15);

/// For how long a holder that can't renew its Lease goes on.
const GIVES_UP: Duration = Duration::from_secs(10);

/// The time between two looks, or two renewals.
const PAUSE: Duration = Duration::from_secs(2);

/// Which Lease, and who wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub namespace: String,
    pub lease: String,
    /// What tells this process from all others.
    pub identity: String,
}

impl Candidate {
    /// The candidate of this process. A pod's name is used once, and a container that starts again in it goes on with
    /// its Lease; elsewhere each process is another.
    pub fn new(namespace: String, lease: String, pod: Option<String>) -> Self {
        use std::hash::{BuildHasher, RandomState};
        let random = || format!("{FIELD_MANAGER}-{:016x}", RandomState::new().hash_one(std::process::id()));
        Self { namespace, lease, identity: pod.unwrap_or_else(random) }
    }
}

/// The Lease was lost: somebody else may lead by now.
#[derive(Debug, thiserror::Error)]
#[error("the Lease {lease} is lost: {why}")]
pub struct Lost {
    lease: String,
    why: String,
}

/// A look at the Lease that failed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Refused(Box<kube::Error>),
    #[error("the Kubernetes API did not answer in time")]
    Silent,
}

impl From<kube::Error> for Failure {
    fn from(error: kube::Error) -> Self {
        Self::Refused(Box::new(error))
    }
}

/// What a look at the Lease showed.
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    Leads,
    /// Somebody else leads.
    StandsBy(String),
}

/// One process that wants to lead.
struct Election {
    leases: Api<Lease>,
    candidate: Candidate,
    seen: Option<ObservedLease>,
    /// When the last renewal was sent that succeeded.
    renewed: Instant,
}

/// A Lease, and since when it is as it is.
#[derive(Debug, Clone)]
struct ObservedLease {
    lease: Lease,
    since: Instant,
}

impl ObservedLease {
    /// What was seen, now that `lease` was read.
    fn after(seen: Option<Self>, lease: Lease, now: Instant) -> Self {
        match seen {
            Some(seen) if seen.lease.metadata.resource_version == lease.metadata.resource_version => seen,
            _ => Self { lease, since: now },
        }
    }

    fn holder(&self) -> Option<&str> {
        let holder = self.lease.spec.as_ref().and_then(|spec| spec.holder_identity.as_deref());
        holder.filter(|holder| !holder.is_empty())
    }

    /// Whether its holder has let it go, or is gone.
    fn is_free(&self, now: Instant) -> bool {
        let seconds = self.lease.spec.as_ref().and_then(|spec| spec.lease_duration_seconds);
        let lasts = seconds.and_then(|seconds| u64::try_from(seconds).ok()).map_or(LASTS, Duration::from_secs);
        self.holder().is_none() || now.saturating_duration_since(self.since) >= lasts
    }

    /// The Lease as `identity` takes or renews it, at the version that was seen.
    fn held_by(&self, identity: &str, time: Timestamp) -> Lease {
        let mut lease = self.lease.clone();
        let spec = lease.spec.get_or_insert_default();
        if spec.holder_identity.as_deref() != Some(identity) {
            spec.holder_identity = Some(identity.to_owned());
            spec.acquire_time = Some(MicroTime(time));
            spec.lease_transitions = Some(spec.lease_transitions.unwrap_or_default().saturating_add(1));
        }
        spec.renew_time = Some(MicroTime(time));
        spec.lease_duration_seconds = i32::try_from(LASTS.as_secs()).ok();
        lease
    }

    /// The Lease as its holder lets it go.
    fn released(&self) -> Lease {
        let mut lease = self.lease.clone();
        lease.spec.get_or_insert_default().holder_identity = None;
        lease
    }
}

impl Election {
    fn new(client: Client, candidate: Candidate) -> Self {
        let leases = Api::namespaced(client, &candidate.namespace);
        Self { leases, candidate, seen: None, renewed: Instant::now() }
    }

    /// Waits until this process leads; false where it is to stop before.
    async fn campaign(&mut self, health: &Health, stopped: &mut watch::Receiver<bool>) -> bool {
        let mut told = None;
        while !*stopped.borrow() {
            let look = self.look_within(GIVES_UP).await;
            health.standing_by(matches!(look, Ok(Standing::StandsBy(_))));
            match look {
                Ok(Standing::Leads) => {
                    tracing::info!(identity = self.candidate.identity, "it leads");
                    return true;
                }
                Ok(Standing::StandsBy(holder)) => {
                    if told.as_ref() != Some(&holder) {
                        tracing::info!(holder, "another one leads, and this one stands by");
                    }
                    told = Some(holder);
                }
                Err(error) => tracing::warn!(%error, lease = self.candidate.lease, "the Lease can't be had"),
            }
            tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => {}
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
        false
    }

    /// Renews the Lease until it is lost.
    async fn keep(&mut self) -> Lost {
        let unrenewed = || format!("it could not be renewed for {} s", GIVES_UP.as_secs());
        loop {
            tokio::time::sleep(PAUSE).await;
            let Some(left) = GIVES_UP.checked_sub(self.renewed.elapsed()) else { return self.lost(unrenewed()) };
            match self.look_within(left).await {
                Ok(Standing::Leads) => {}
                Ok(Standing::StandsBy(holder)) => return self.lost(format!("{holder} holds it")),
                Err(Failure::Silent) => return self.lost(unrenewed()),
                Err(error) => tracing::warn!(%error, "the Lease is not renewed"),
            }
        }
    }

    /// Lets the Lease go, so that nobody has to wait until it has run out.
    async fn release(&mut self) {
        let outcome = tokio::select! {
            outcome = self.let_go() => outcome,
            () = tokio::time::sleep(PAUSE) => Err(Failure::Silent),
        };
        match outcome {
            Ok(()) => tracing::info!("the Lease is released"),
            Err(error) => tracing::warn!(%error, "the Lease is not released, and runs out"),
        }
    }

    /// A renewal may just have been cut short, so the Lease is read anew.
    async fn let_go(&mut self) -> Result<(), Failure> {
        let name = &self.candidate.lease;
        let seen = ObservedLease::after(None, self.leases.get(name).await?, Instant::now());
        if seen.holder() == Some(&self.candidate.identity) {
            self.leases.replace(name, &params(), &seen.released()).await?;
        }
        Ok(())
    }

    fn lost(&self, why: String) -> Lost {
        Lost { lease: self.candidate.lease.clone(), why }
    }

    async fn look_within(&mut self, limit: Duration) -> Result<Standing, Failure> {
        tokio::select! {
            biased;
            look = self.look() => look,
            () = tokio::time::sleep(limit) => Err(Failure::Silent),
        }
    }

    /// Reads the Lease, and takes or renews it where it is free or this process's own.
    async fn look(&mut self) -> Result<Standing, Failure> {
        let name = &self.candidate.lease;
        let found = match self.leases.get_opt(name).await? {
            Some(found) => found,
            None => match self.leases.create(&params(), &empty(name)).await {
                // Somebody else was quicker.
                Err(kube::Error::Api(status)) if status.code == 409 => self.leases.get(name).await?,
                created => created?,
            },
        };
        let now = Instant::now();
        let seen = ObservedLease::after(self.seen.take(), found, now);
        let identity = &self.candidate.identity;
        if seen.holder() != Some(identity) && !seen.is_free(now) {
            let holder = seen.holder().unwrap_or_default().to_owned();
            self.seen = Some(seen);
            return Ok(Standing::StandsBy(holder));
        }
        let held = seen.held_by(identity, Timestamp::now());
        self.seen = Some(seen);
        // A conflict says that somebody has written it meanwhile: who holds it now shows at the next look.
        let lease = self.leases.replace(name, &params(), &held).await?;
        self.seen = Some(ObservedLease { lease, since: now });
        // From before the request: nobody else has seen it renewed any earlier.
        self.renewed = now;
        Ok(Standing::Leads)
    }
}

/// What lets this process work: its Lease, which is renewed in a task of its own, or that nobody asked for one.
pub struct Leadership(Option<(oneshot::Sender<()>, JoinHandle<Option<Lost>>)>);

impl Leadership {
    /// Waits until this process leads or is to stop. When the Lease is lost, it is to stop as well. Without a candidate
    /// it leads at once.
    pub async fn win(
        candidate: Option<Candidate>,
        client: &Client,
        health: &Health,
        (stop, mut stopped): (watch::Sender<bool>, watch::Receiver<bool>),
    ) -> Self {
        let Some(candidate) = candidate else { return Self(None) };
        let mut election = Election::new(client.clone(), candidate);
        if !election.campaign(health, &mut stopped).await {
            return Self(None);
        }
        let (end, mut ended) = oneshot::channel();
        let keeping = tokio::spawn(async move {
            let lost = tokio::select! {
                lost = election.keep() => lost,
                _ = &mut ended => {
                    election.release().await;
                    return None;
                }
            };
            tracing::error!(%lost, "no further step is begun");
            stop.send_replace(true);
            Some(lost)
        });
        Self(Some((end, keeping)))
    }

    /// Lets the Lease go; tells whether it was lost before.
    pub async fn end(self) -> Option<Lost> {
        let (end, keeping) = self.0?;
        // Nobody hears it where the Lease is lost.
        let _ = end.send(());
        keeping.await.unwrap_or_default()
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
        let seen = ObservedLease::after(None, lease("1", Some("a"), Some(15)), start);
        assert!(!seen.is_free(at(14)) && seen.is_free(at(15)));
        let same = ObservedLease::after(Some(seen), lease("1", Some("a"), Some(15)), at(14));
        assert!(same.is_free(at(15)), "to look again is no renewal");
        let renewed = ObservedLease::after(Some(same), lease("2", Some("a"), Some(15)), at(14));
        assert!(!renewed.is_free(at(28)) && renewed.is_free(at(29)));
    }

    #[test]
    fn one_that_nobody_holds_is_free_at_once() {
        let start = Instant::now();
        for holder in [None, Some("")] {
            assert!(ObservedLease::after(None, lease("1", holder, Some(15)), start).is_free(start), "{holder:?}");
        }
        let mut bare = empty("operator");
        bare.spec = None;
        assert!(ObservedLease::after(None, bare, start).is_free(start));
        // A nonsensical time is as good as none.
        assert!(!ObservedLease::after(None, lease("1", Some("a"), Some(-1)), start).is_free(start));
    }

    #[test]
    fn a_holder_gives_up_before_anybody_else_may_begin() {
        assert!(GIVES_UP + PAUSE < LASTS);
    }

    #[test]
    fn taking_it_counts_and_renewing_does_not() {
        let now = Timestamp::UNIX_EPOCH;
        let seen = |lease| ObservedLease::after(None, lease, Instant::now());
        let taken = seen(lease("7", Some("a"), Some(15))).held_by("b", now);
        assert_eq!(taken.metadata.resource_version.as_deref(), Some("7"), "or whoever was quicker is overwritten");
        let spec = taken.spec.clone().unwrap();
        assert_eq!((spec.holder_identity.as_deref(), spec.lease_transitions), (Some("b"), Some(1)));
        let renewed = seen(taken).held_by("b", now).spec.unwrap();
        assert_eq!(renewed.lease_transitions, Some(1));
        let released = seen(lease("8", Some("b"), Some(15))).released();
        assert_eq!(released.spec.unwrap().holder_identity, None);
    }

    #[test]
    fn processes_outside_of_pods_are_told_apart() {
        let candidate = |pod: Option<&str>| Candidate::new("ns".into(), "l".into(), pod.map(str::to_owned)).identity;
        assert_ne!(candidate(None), candidate(None));
        assert_eq!(candidate(Some("pod-1")), "pod-1");
    }
}
