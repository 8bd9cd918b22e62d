//! How long until a resource is looked at again.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::api::{Reason, Retry};

/// The first pause after a failure that passes by itself; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(250);

/// Counts the failures of each resource, by UID.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: Mutex<HashMap<String, u32>>,
    random: RandomState,
}

impl Backoff {
    /// The time until the next try after `reason`; `None` to wait for a change of the resource.
    pub fn next(&self, uid: &str, reason: Reason, interval: Duration) -> Option<Duration> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        match reason.row().retry {
            retry @ (Retry::Backoff | Retry::Rarer) => {
                let longest = if retry == Retry::Rarer { Retry::RAREST } else { Retry::SLOWEST };
                let count = failures.entry(uid.to_owned()).or_default();
                let pause = FIRST.saturating_mul(2_u32.saturating_pow(*count)).min(longest);
                *count = count.saturating_add(1);
                Some(self.spread(pause, *count))
            }
            retry => {
                failures.remove(uid);
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
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
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
