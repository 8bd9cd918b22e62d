//! Decides how long until a resource is measured again.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::api::{Reason, Retry};

/// The first pause after a failure that passes by itself; each further pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The server counts a wait for a lock in whole seconds.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// Counts the failures of each resource, by UID. A restart of the operator forgets them.
#[derive(Debug)]
pub struct Backoff {
    failures: Mutex<HashMap<String, Failures>>,
    random: RandomState,
    /// From when moments are counted that several resources share.
    began: Instant,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { failures: Mutex::default(), random: RandomState::new(), began: Instant::now() }
    }
}

/// The failures of one resource in a row.
#[derive(Debug, Clone, Copy, Default)]
struct Failures {
    /// How many of them pass by themselves.
    passing: u32,
    lock_timeouts: Option<LockTimeouts>,
}

/// A statement that gave way, since it could not get a lock in time.
#[derive(Debug, Clone, Copy)]
pub struct LockTimeout {
    /// The generation of the spec that asks for the statement.
    pub generation: Option<i64>,
    /// Whether another statement of the same change was done before.
    pub has_advanced: bool,
    /// How long the statement waited.
    pub lock_wait: Duration,
}

/// How many statements gave way in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockTimeouts {
    generation: Option<i64>,
    count: u32,
    /// The pause that follows.
    pause: Duration,
}

impl LockTimeouts {
    /// Returns whether a person has to act by now.
    pub fn are_exhausted(self) -> bool {
        self.count >= Retry::TRIES
    }
}

impl fmt::Display for LockTimeouts {
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
        write!(f, "try {} of {most}, the next in {} s", self.count, self.pause.as_secs())
    }
}

impl Backoff {
    /// Counts a statement that gave way. A new row begins with another spec, and after a statement that was done. The
    /// first pause is twice as long as the statement held others up, and each further one twice as long again.
    pub fn count_lock_timeout(&self, uid: &str, timeout: LockTimeout) -> LockTimeouts {
        let LockTimeout { generation, has_advanced, lock_wait } = timeout;
        let mut all = self.failures.lock();
        let failures = all.entry(uid.to_owned()).or_default();
        let before = failures.lock_timeouts.filter(|before| before.generation == generation && !has_advanced);
        let count = before.map_or(0, |before| before.count).saturating_add(1);
        let pause = if count >= Retry::TRIES {
            Retry::EXHAUSTED
        } else {
            lock_wait.max(SHORTEST_WAIT).saturating_mul(2_u32.saturating_pow(count)).min(Retry::RAREST)
        };
        let timeouts = LockTimeouts { generation, count, pause };
        *failures = Failures { passing: 0, lock_timeouts: Some(timeouts) };
        timeouts
    }

    /// Returns the time until the next reconcile after `reason`; `None` to wait for a change of the resource.
    pub fn next(&self, uid: &str, reason: Reason, interval: Duration) -> Option<Duration> {
        match reason.row().retry {
            Retry::Backoff => {
                // A change under way, or a server out of reach, says nothing of the lock that was waited for.
                let mut all = self.failures.lock();
                let passing = &mut all.entry(uid.to_owned()).or_default().passing;
                let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(*passing)).min(Retry::SLOWEST);
                *passing = passing.saturating_add(1);
                Some(self.spread(pause, *passing))
            }
            Retry::Rarer => {
                let timeouts = self.failures.lock().get(uid).and_then(|failures| failures.lock_timeouts);
                let pause = timeouts.map_or(Retry::RAREST, |timeouts| timeouts.pause);
                Some(self.spread(pause, timeouts.map_or(0, |timeouts| timeouts.count)))
            }
            Retry::Interval => {
                self.forget(uid);
                Some(self.spread(interval, 0))
            }
            Retry::Slow => {
                self.forget(uid);
                Some(Retry::SLOWEST)
            }
            Retry::Never => {
                self.forget(uid);
                None
            }
        }
    }

    /// Returns the time to the last moment within the interval at which all are due that share `key`. Each key has a moment
    /// of its own in each interval.
    pub fn next_moment(&self, key: u64, interval: Duration) -> Duration {
        next_moment(self.began.elapsed(), key, interval)
    }

    /// Returns the time until a reconcile is tried again whose status the Kubernetes API did not take. `asked` is how
    /// long that asks to be left alone.
    pub fn after_call(&self, uid: &str, asked: Option<Duration>) -> Duration {
        let pause = self.next(uid, Reason::KubernetesUnavailable, Retry::SLOWEST).unwrap_or(Retry::SLOWEST);
        // Those that were refused at one moment do not come back at one moment.
        asked.map_or(pause, |asked| asked + pause.min(asked))
    }

    /// Forgets the failures of a resource.
    pub fn forget(&self, uid: &str) {
        self.failures.lock().remove(uid);
    }

    /// Takes up to a tenth off a pause: so a thousand resources do not come back at one moment, and none comes late.
    fn spread(&self, pause: Duration, salt: u32) -> Duration {
        let permille = self.random.hash_one((std::time::Instant::now(), salt)) % 100;
        pause.saturating_sub(pause.mul_f64(f64::from(u32::try_from(permille).unwrap_or_default()) / 1000.0))
    }
}

/// As [`Backoff::next_moment`], `elapsed` after moments began to be counted.
fn next_moment(elapsed: Duration, key: u64, interval: Duration) -> Duration {
    let (elapsed, interval) = (elapsed.as_nanos(), interval.as_nanos().max(1));
    let phase = u128::from(key) % interval;
    let since = (elapsed + interval - phase) % interval;
    let left = interval - since;
    // Right after its moment, the next one is nearly an interval away.
    Duration::from_nanos(u64::try_from(left).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_mins(5);

    fn timeout(generation: i64, has_advanced: bool) -> LockTimeout {
        LockTimeout { generation: Some(generation), has_advanced, lock_wait: Duration::from_secs(5) }
    }

    #[test]
    fn pauses_grow_to_half_a_minute_and_start_over_after_success() {
        let backoff = Backoff::default();
        let next = |reason| backoff.next("uid", reason, INTERVAL);
        let pauses: Vec<Duration> = (0..40).filter_map(|_| next(Reason::ConnectionRefused)).collect();
        assert!(pauses.first().is_some_and(|first| *first <= FIRST_PAUSE));
        assert!(pauses.iter().all(|pause| *pause <= Retry::SLOWEST));
        assert!(pauses.last().is_some_and(|last| *last >= Retry::SLOWEST.mul_f64(0.9)));
        next(Reason::InSync);
        assert!(next(Reason::ConnectionRefused).is_some_and(|pause| pause <= FIRST_PAUSE));
    }

    #[test]
    fn tries_that_hold_others_up_are_few_and_far_between() {
        let backoff = Backoff::default();
        let mut pauses = Vec::new();
        for number in 1..=12 {
            let timeouts = backoff.count_lock_timeout("uid", timeout(1, false));
            assert_eq!(timeouts.are_exhausted(), number >= 10, "{timeouts}");
            let next = backoff.next("uid", Reason::LockWaitTimeout, INTERVAL).unwrap();
            assert!(next <= timeouts.pause && next >= timeouts.pause.mul_f64(0.9), "{next:?} {timeouts}");
            pauses.push(timeouts.pause.as_secs());
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
            (0..11).map(|_| backoff.count_lock_timeout("uid", timeout(1, false)).to_string()).collect();
        assert_eq!(texts[3], "try 4 of 10, the next in 80 s");
        assert!(texts[9].starts_with("it gave way 10 times in a row, and is tried again every 30 min"), "{}", texts[9]);
        assert_eq!(texts[9], texts[10], "what says nothing new is not written again");
    }

    #[test]
    fn lock_timeouts_are_counted_from_one_after_any_change() {
        let backoff = Backoff::default();
        let count =
            |generation, has_advanced| backoff.count_lock_timeout("uid", timeout(generation, has_advanced)).count;
        assert_eq!([count(1, false), count(1, false)], [1, 2]);
        assert_eq!([count(2, false), count(2, false)], [1, 2], "another spec");
        assert_eq!([count(2, true), count(2, false)], [1, 2], "a statement was done before");
        backoff.next("uid", Reason::InSync, INTERVAL);
        assert_eq!([count(2, false), count(2, false)], [1, 2], "success");
        backoff.next("uid", Reason::AwaitingApproval, INTERVAL);
        assert_eq!(count(2, false), 1, "another outcome");
        backoff.forget("uid");
        assert_eq!(count(2, false), 1);
    }

    #[test]
    fn a_status_that_was_not_taken_waits_as_long_as_the_server_asks_and_spreads() {
        let backoff = Backoff::default();
        let pauses: Vec<Duration> = (0..9).map(|_| backoff.after_call("uid", None)).collect();
        assert!(pauses[0] <= FIRST_PAUSE && pauses[8] > Retry::SLOWEST.mul_f64(0.8), "{pauses:?}");
        let asked = Duration::from_secs(7);
        let pauses: Vec<Duration> =
            (0..100).map(|number| backoff.after_call(&number.to_string(), Some(asked))).collect();
        assert!(pauses.iter().all(|pause| *pause > asked && *pause <= asked * 2));
        assert_ne!(pauses.iter().max(), pauses.iter().min());
    }

    #[test]
    fn those_that_share_a_key_are_due_at_one_moment_in_each_interval() {
        let due = |elapsed: u64, key| {
            Duration::from_millis(elapsed) + next_moment(Duration::from_millis(elapsed), key, INTERVAL)
        };
        for key in [0, 1, 299_999_999_999, 300_000_000_000, u64::MAX] {
            let first = due(1, key);
            assert!(first <= Duration::from_millis(1) + INTERVAL, "no later than the interval");
            let moments: Vec<Duration> = (1..100).map(|at| due(at * 7, key)).collect();
            assert!(moments.iter().all(|moment| *moment == first || *moment == first + INTERVAL), "{key}: {moments:?}");
            assert_eq!(due(u64::try_from(first.as_millis()).unwrap() + 1, key), first + INTERVAL);
        }
        assert_ne!(due(1, 5), due(1, 6_000_000_000), "others have another moment");
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
