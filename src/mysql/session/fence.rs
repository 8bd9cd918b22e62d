//! Until when this process may send messages. A replica that no longer leads sends none, also if it was frozen or cut off
//! and does not know yet that another one leads.
//!
//! Three things hold it back. Each message looks at the fence right before it is sent. What is sent and arrives late asks
//! the server's own clock ([`ServerClock`]). And a session that has not been heard of for [`IDLE_LIMIT`] loses its lock.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::error::ErrorKind;

/// How long a session that holds a lock may be silent before the server ends it, and the lock with it.
pub(super) const IDLE_LIMIT: Duration = Duration::from_mins(1);

/// How often a session that holds a lock is heard of while it waits for something else.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The server's time, in microseconds since a day of no meaning. It knows no zone, and is a number on each server.
pub(super) const SERVER_TIME: &str = "TIMESTAMPDIFF(MICROSECOND, '2000-01-01', UTC_TIMESTAMP(6))";

/// The server's refusal of a statement that came too late: ER_SUBQUERY_NO_1_ROW. No statement of a change has a subquery.
pub(super) const TOO_LATE: ErrorKind = ErrorKind::Refusal(1242);

/// The right of this process to send messages. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Fence(Arc<Mutex<Term>>);

/// How long the right lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Term {
    /// No other process wants it.
    #[default]
    Unlimited,
    Until(Instant),
    Over,
}

impl Fence {
    /// Lets messages pass until then. Once the fence is closed, it stays closed.
    pub fn open_until(&self, end: Instant) {
        self.change(|term| match term {
            Term::Unlimited | Term::Until(_) => Term::Until(end),
            Term::Over => Term::Over,
        });
    }

    /// Lets no further message pass.
    pub fn close(&self) {
        self.change(|_| Term::Over);
    }

    pub(super) fn term(&self, now: Instant) -> Term {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Term::Until(end) if now >= end => Term::Over,
            term => term,
        }
    }

    fn change(&self, next: impl FnOnce(Term) -> Term) {
        let mut term = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *term = next(*term);
    }
}

/// What the server's clock showed, and when the answer had come.
#[derive(Debug, Clone, Copy)]
pub(super) struct ServerClock {
    pub micros: i64,
    pub read: Instant,
}

impl ServerClock {
    /// Returns `sql` such that the server refuses it once its clock is past `end`. The clock was read before the answer
    /// came, so that its end is never later than ours. `DO` would hide the error on MariaDB (tried on 10.11 and 11.8).
    pub fn guard(self, sql: &str, end: Instant) -> String {
        let left = end.saturating_duration_since(self.read).as_micros();
        let end = self.micros.saturating_add(i64::try_from(left).unwrap_or(i64::MAX));
        format!("SET @schema_operator_leads = IF({SERVER_TIME} < {end}, 1, (SELECT 1 UNION ALL SELECT 2)); {sql}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_ends_with_its_term_and_never_opens_again() {
        let now = Instant::now();
        let fence = Fence::default();
        assert_eq!(fence.term(now), Term::Unlimited);
        let end = now + Duration::from_secs(10);
        fence.clone().open_until(end);
        assert_eq!(fence.term(now), Term::Until(end));
        assert_eq!(fence.term(end), Term::Over, "whether or not anybody has noticed");
        fence.open_until(end + Duration::from_secs(2));
        assert_eq!(fence.term(end), Term::Until(end + Duration::from_secs(2)));
        fence.close();
        fence.open_until(end);
        assert_eq!(fence.term(now), Term::Over);
    }

    #[test]
    fn a_guarded_statement_ends_when_the_term_does() {
        let read = Instant::now();
        let clock = ServerClock { micros: 5_000_000, read };
        let guarded = clock.guard("DROP TABLE t", read + Duration::from_secs(2));
        assert!(guarded.contains("< 7000000,") && guarded.ends_with("; DROP TABLE t"), "{guarded}");
        let before = clock.guard("DROP TABLE t", read.checked_sub(Duration::from_secs(1)).unwrap_or(read));
        assert!(before.contains("< 5000000,"), "{before}");
    }

    #[test]
    fn a_session_is_heard_of_well_before_it_ends() {
        assert!(KEEP_ALIVE * 3 < IDLE_LIMIT);
    }
}
