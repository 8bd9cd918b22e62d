//! How long until a resource is looked at again.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::api::{Reason, Retry};

/// The first pause after a failure that passes by itself; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(250);

/// The server counts a wait for a lock in whole seconds.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// Counts the failures of each resource, by UID. A restart of the operator begins anew.
#[derive(Debug, Default)]
pub struct Backoff {
    counts: Mutex<HashMap<String, Count>>,
    random: RandomState,
}

/// What one resource has been through.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    /// Failures in a row that pass by themselves.
    failures: u32,
    tries: Option<Tries>,
}

/// How often a statement has given way in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    generation: Option<i64>,
    number: u32,
    /// The pause that follows.
    pause: Duration,
}

impl Tries {
    /// Whether somebody has to act by now.
    pub fn are_exhausted(self) -> bool {
        self.number >= Retry::TRIES
    }
}

impl fmt::Display for Tries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = Retry::TRIES;
        if self.are_exhausted() {
            let minutes = Retry::EXHAUSTED.as_secs() / 60;
            return write!(
                f,
                "it gave way {most} times in a row, and is tried again every {minutes} min, and at once when the \
                 resource is changed or annotated"
            );
        }
        write!(f, "try {} of {most}, the next in {} s", self.number, self.pause.as_secs())
    }
}

impl Backoff {
    /// Counts a try that gave way after `lock_wait`; one that had `advanced` before, by a statement that was done, begins
    /// a new row, and so does a new spec. The pause is twice as long as others were held up, and then ever longer.
    pub fn gave_way(&self, uid: &str, (generation, advanced): (Option<i64>, bool), lock_wait: Duration) -> Tries {
        let mut counts = self.counts();
        let count = counts.entry(uid.to_owned()).or_default();
        let before = count.tries.filter(|before| before.generation == generation && !advanced);
        let number = before.map_or(0, |before| before.number).saturating_add(1);
        let pause = if number >= Retry::TRIES {
            Retry::EXHAUSTED
        } else {
            lock_wait.max(SHORTEST_WAIT).saturating_mul(2_u32.saturating_pow(number)).min(Retry::RAREST)
        };
        let tries = Tries { generation, number, pause };
        *count = Count { failures: 0, tries: Some(tries) };
        tries
    }

    /// The time until the next try after `reason`; `None` to wait for a change of the resource.
    pub fn next(&self, uid: &str, reason: Reason, interval: Duration) -> Option<Duration> {
        let mut counts = self.counts();
        match reason.row().retry {
            Retry::Backoff => {
                // What is under way, or out of reach, says nothing of the lock that was waited for.
                let failures = &mut counts.entry(uid.to_owned()).or_default().failures;
                let pause = FIRST.saturating_mul(2_u32.saturating_pow(*failures)).min(Retry::SLOWEST);
                *failures = failures.saturating_add(1);
                Some(self.spread(pause, *failures))
            }
            Retry::Rarer => {
                let tries = counts.get(uid).and_then(|count| count.tries);
                let pause = tries.map_or(Retry::RAREST, |tries| tries.pause);
                Some(self.spread(pause, tries.map_or(0, |tries| tries.number)))
            }
            retry => {
                counts.remove(uid);
                match retry {
                    Retry::Interval => Some(self.spread(interval, 0)),
                    Retry::Slow => Some(Retry::SLOWEST),
                    Retry::Backoff | Retry::Rarer | Retry::Never => None,
                }
            }
        }
    }

    /// Forgets a resource that is gone.
    pub fn forget(&self, uid: &str) {
        self.counts().remove(uid);
    }

    /// Nothing that holds this lock can panic half way, so a poisoned one is as good as new.
    fn counts(&self) -> MutexGuard<'_, HashMap<String, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Up to a tenth less, so that a thousand resources do not come back at one moment, and none comes late.
    fn spread(&self, pause: Duration, salt: u32) -> Duration {
        let permille = self.random.hash_one((std::time::Instant::now(), salt)) % 100;
        pause.saturating_sub(pause.mul_f64(f64::from(u32::try_from(permille).unwrap_or_default()) / 1000.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_mins(5);

    #[test]
    fn pauses_grow_to_half_a_minute_and_begin_anew_after_success() {
        let backoff = Backoff::default();
        let next = |reason| backoff.next("uid", reason, INTERVAL);
        let pauses: Vec<Duration> = (0..40).filter_map(|_| next(Reason::ConnectionRefused)).collect();
        assert!(pauses.first().is_some_and(|first| *first <= FIRST));
        assert!(pauses.iter().all(|pause| *pause <= Retry::SLOWEST));
        assert!(pauses.last().is_some_and(|last| *last >= Retry::SLOWEST.mul_f64(0.9)));
        next(Reason::InSync);
        assert!(next(Reason::ConnectionRefused).is_some_and(|pause| pause <= FIRST));
    }

    #[test]
    fn tries_that_hold_others_up_are_few_and_far_between() {
        let backoff = Backoff::default();
        let mut pauses = Vec::new();
        for number in 1..=12 {
            let tries = backoff.gave_way("uid", (Some(1), false), Duration::from_secs(5));
            assert_eq!(tries.are_exhausted(), number >= 10, "{tries}");
            let next = backoff.next("uid", Reason::LockWaitTimeout, INTERVAL).unwrap();
            assert!(next <= tries.pause && next >= tries.pause.mul_f64(0.9), "{next:?} {tries}");
            pauses.push(tries.pause.as_secs());
            // The next try is under way, and may meet the lock of the database.
            backoff.next("uid", Reason::Applying, INTERVAL);
            backoff.next("uid", Reason::LockHeld, INTERVAL);
        }
        assert_eq!(pauses, [10, 20, 40, 80, 160, 300, 300, 300, 300, 1800, 1800, 1800]);
    }

    #[test]
    fn the_message_counts_and_stands_still_at_the_end() {
        let backoff = Backoff::default();
        let texts: Vec<String> =
            (0..11).map(|_| backoff.gave_way("uid", (Some(1), false), Duration::from_secs(5)).to_string()).collect();
        assert_eq!(texts[3], "try 4 of 10, the next in 80 s");
        assert!(texts[9].starts_with("it gave way 10 times in a row, and is tried again every 30 min"), "{}", texts[9]);
        assert_eq!(texts[9], texts[10], "what says nothing new is not written again");
    }

    #[test]
    fn tries_are_counted_anew_after_what_is_news() {
        let backoff = Backoff::default();
        let gave_way =
            |generation, advanced| backoff.gave_way("uid", (Some(generation), advanced), Duration::from_secs(5)).number;
        assert_eq!([gave_way(1, false), gave_way(1, false)], [1, 2]);
        assert_eq!([gave_way(2, false), gave_way(2, false)], [1, 2], "another spec");
        assert_eq!([gave_way(2, true), gave_way(2, false)], [1, 2], "a statement was done before");
        backoff.next("uid", Reason::InSync, INTERVAL);
        assert_eq!([gave_way(2, false), gave_way(2, false)], [1, 2], "success");
        backoff.next("uid", Reason::AwaitingApproval, INTERVAL);
        assert_eq!(gave_way(2, false), 1, "another outcome");
        backoff.forget("uid");
        assert_eq!(gave_way(2, false), 1);
    }

    #[test]
    fn what_only_a_new_spec_mends_is_not_tried_again() {
        assert_eq!(Backoff::default().next("uid", Reason::InvalidSpec, INTERVAL), None);
    }

    #[test]
    fn resources_are_measured_no_later_than_their_interval() {
        let backoff = Backoff::default();
        let next = backoff.next("uid", Reason::InSync, INTERVAL).unwrap();
        assert!(next <= INTERVAL && next >= INTERVAL.mul_f64(0.9));
    }
}
