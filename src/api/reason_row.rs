//! What a reason means for conditions, health and retries: the kinds of rows in the table of reasons.

use std::time::Duration;

/// What a reason means for conditions, health and retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a condition of its own, as Kubernetes has them")]
pub struct ReasonRow {
    /// The Ready condition.
    pub ready: bool,
    /// The Reconciling condition.
    pub reconciling: bool,
    /// The Stalled condition.
    pub stalled: bool,
    /// Whether Reconciling gives way to Stalled once `spec.progressDeadline` has passed.
    pub stalls_after_deadline: bool,
    /// The health that Argo CD shows.
    pub health: Health,
    /// When the resource is tried again.
    pub retry: Retry,
    /// The Reachable condition; `None` where the reason says nothing new about it.
    pub reachable: Option<bool>,
    /// What has happened, in one sentence.
    pub meaning: &'static str,
    /// What to do about it, in one sentence.
    pub action: &'static str,
}

/// The health of a resource in Argo CD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// All is well.
    Healthy,
    /// It will get better by itself.
    Progressing,
    /// It will not get better by itself.
    Degraded,
    /// It waits for a person or a time.
    Suspended,
}

/// When a resource is tried again, if nothing changes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// At the resource's interval.
    Interval,
    /// At once, then after growing pauses of up to thirty seconds.
    Backoff,
    /// Ten times in a row after growing pauses, and then rarely: each try holds up others.
    Rarer,
    /// Every thirty seconds: a person must act outside the resource, and no event tells when.
    Slow,
    /// Not before the resource changes.
    Never,
}

impl Retry {
    /// The time between two slow tries, and the longest between two that back off.
    pub const SLOWEST: Duration = Duration::from_secs(30);

    /// The longest time between two tries that hold others up.
    pub const RAREST: Duration = Duration::from_mins(5);

    /// The number of such tries in a row before the resource is Stalled.
    pub const TRIES: u32 = 10;

    /// The time between two tries after that.
    pub const EXHAUSTED: Duration = Duration::from_mins(30);
}

/// The kinds of rows. Each reason has one of them, so that no reason sets each field.
impl ReasonRow {
    pub(super) const fn done(meaning: &'static str, action: &'static str) -> Self {
        Self {
            ready: true,
            reconciling: false,
            stalled: false,
            stalls_after_deadline: false,
            health: Health::Healthy,
            retry: Retry::Interval,
            reachable: Some(true),
            meaning,
            action,
        }
    }

    /// Makes the row of a reason that waits for a person or a time: nothing is wrong, and nothing happens.
    pub(super) const fn waiting(meaning: &'static str, action: &'static str) -> Self {
        Self { ready: false, health: Health::Suspended, ..Self::done(meaning, action) }
    }

    pub(super) const fn suspended(meaning: &'static str, action: &'static str) -> Self {
        Self { retry: Retry::Never, reachable: None, ..Self::waiting(meaning, action) }
    }

    pub(super) const fn working(reachable: Option<bool>, meaning: &'static str, action: &'static str) -> Self {
        Self {
            ready: false,
            reconciling: true,
            health: Health::Progressing,
            retry: Retry::Backoff,
            reachable,
            ..Self::done(meaning, action)
        }
    }

    /// Makes the row of a try that others block and that blocks others: the tries become rare, and after ten of them it
    /// is Stalled.
    pub(super) const fn contended(meaning: &'static str, action: &'static str) -> Self {
        Self { retry: Retry::Rarer, stalls_after_deadline: true, ..Self::working(Some(true), meaning, action) }
    }

    /// Makes the row of a server or Secret out of reach. It may only be starting, so it becomes an error after a while.
    pub(super) const fn unreachable(meaning: &'static str, action: &'static str) -> Self {
        Self { stalls_after_deadline: true, ..Self::working(Some(false), meaning, action) }
    }

    /// Makes the row of a change that others have to make. It becomes an error after a while.
    pub(super) const fn awaited(meaning: &'static str, action: &'static str) -> Self {
        Self { stalls_after_deadline: true, ..Self::working(Some(true), meaning, action) }
    }

    /// Makes the row of something missing in Kubernetes: as unreachable, and nothing is known about the server.
    pub(super) const fn missing(meaning: &'static str, action: &'static str) -> Self {
        Self { reachable: None, ..Self::unreachable(meaning, action) }
    }

    /// Makes the row of a spec that only a change of the resource mends.
    pub(super) const fn refused(meaning: &'static str, action: &'static str) -> Self {
        Self {
            ready: false,
            stalled: true,
            health: Health::Degraded,
            retry: Retry::Never,
            reachable: None,
            ..Self::done(meaning, action)
        }
    }

    /// Makes the row of a failure that a change outside the resource mends too; no event tells when.
    pub(super) const fn failed(meaning: &'static str, action: &'static str) -> Self {
        Self { retry: Retry::Slow, reachable: Some(true), ..Self::refused(meaning, action) }
    }

    /// Makes the row of a failure where no connection was tried.
    pub(super) const fn forbidden(meaning: &'static str, action: &'static str) -> Self {
        Self { reachable: Some(false), ..Self::failed(meaning, action) }
    }

    /// Makes the row of a failure that is found before or after the server was reached.
    pub(super) const fn unsupported(meaning: &'static str, action: &'static str) -> Self {
        Self { reachable: None, ..Self::failed(meaning, action) }
    }

    /// Makes the row of a failure with nothing to try: the resource is only checked again.
    pub(super) const fn reported(meaning: &'static str, action: &'static str) -> Self {
        Self { retry: Retry::Interval, ..Self::failed(meaning, action) }
    }
}
