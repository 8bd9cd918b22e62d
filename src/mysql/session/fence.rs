//! Until when this process may send messages. A replica that no longer leads sends none, also if it was frozen or cut off
//! and does not know yet that another one leads.
//!
//! Four things hold it back. Each message looks at the fence right before it is sent. What a session that writes has sent
//! asks the server's own clock, so that the server refuses what was frozen or held up on its way ([`ServerClock`]). The
//! Lease is not given back while such a message may still arrive ([`Passage`]). And a session that has not been heard of
//! for [`IDLE_LIMIT`] loses its lock; until then no other session changes the database.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::error::ErrorKind;
use super::row::Row;
use super::select_list::Position;

/// How long a session that holds a lock may be silent before the server ends it, and the lock with it.
pub(super) const IDLE_LIMIT: Duration = Duration::from_mins(1);

/// How often a session that holds a lock is heard of while it waits for something else.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// For how long a reading of a server's clock is good: two clocks differ by a second in as long as this at the most.
const CLOCK_LASTS: Duration = Duration::from_mins(10);

/// The server's time, in microseconds since a day of no meaning. It knows no zone, and is a number on each server.
pub(super) const SERVER_TIME: &str = "TIMESTAMPDIFF(MICROSECOND, '2000-01-01', UTC_TIMESTAMP(6))";

/// The server's refusal of a message that came too late: ER_SUBQUERY_NO_1_ROW, of its first statement.
pub(super) const TOO_LATE: ErrorKind = ErrorKind::Refusal(1242);

/// The right of this process to send messages. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Fence(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    term: Term,
    /// Until when those messages may still be taken by a server that none has answered yet.
    unanswered: Vec<Instant>,
}

/// How long the right lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Term {
    /// No other process wants it.
    #[default]
    Unlimited,
    Until(Instant),
    Over,
}

/// The right to send one message.
#[derive(Debug)]
pub(super) struct Passage {
    fence: Fence,
    /// Until when a server may take it; `None` where it does not matter.
    end: Option<Instant>,
}

impl Fence {
    /// Lets messages pass until then. Once the fence is closed, it stays closed.
    pub fn open_until(&self, end: Instant) {
        let mut state = self.0.lock();
        state.term = match state.term {
            Term::Unlimited | Term::Until(_) => Term::Until(end),
            Term::Over => Term::Over,
        };
    }

    /// Lets no further message pass.
    pub fn close(&self) {
        self.0.lock().term = Term::Over;
    }

    /// Returns whether a message that passed may still be on its way to a server that would take it.
    pub fn is_awaited(&self, now: Instant) -> bool {
        self.0.lock().unanswered.iter().any(|end| *end > now)
    }

    /// Lets a message pass that may write, if it is time.
    pub(super) fn pass(&self, now: Instant) -> Option<Passage> {
        let mut state = self.0.lock();
        let end = match state.term {
            Term::Unlimited => None,
            Term::Until(end) if now < end => Some(end),
            Term::Until(_) | Term::Over => return None,
        };
        state.unanswered.retain(|end| *end > now);
        state.unanswered.extend(end);
        Some(Passage { fence: self.clone(), end })
    }

    /// Lets a message pass that only reads, if it is time.
    pub(super) fn pass_reading(&self, now: Instant) -> Option<Passage> {
        let is_open = match self.0.lock().term {
            Term::Unlimited => true,
            Term::Until(end) => now < end,
            Term::Over => false,
        };
        is_open.then(|| Passage { fence: self.clone(), end: None })
    }
}

impl Passage {
    /// Returns until when a server may take the message.
    pub fn end(&self) -> Option<Instant> {
        self.end
    }

    /// Notes that the server has answered. A message whose answer does not come may arrive until its end.
    pub fn answered(self) {
        let mut state = self.fence.0.lock();
        if let Some(at) = state.unanswered.iter().position(|end| Some(*end) == self.end) {
            state.unanswered.swap_remove(at);
        }
    }
}

/// What the server's clock showed, and when the answer had come.
#[derive(Debug, Clone, Copy)]
pub(super) struct ServerClock {
    micros: i64,
    read: Instant,
}

impl ServerClock {
    /// Reads [`SERVER_TIME`] from an answer that has just come. A server that tells none takes nothing that has an end.
    pub fn read_now(row: Option<&Row>, column: impl Position) -> Self {
        let micros = row.and_then(|row| row.number(column)).unwrap_or_default();
        Self { micros, read: Instant::now() }
    }

    /// Returns whether the reading is new enough.
    pub fn is_fresh(self) -> bool {
        self.read.elapsed() < CLOCK_LASTS
    }

    /// Returns a statement that the server refuses once its clock is past `end`, and what follows in the message with it.
    /// The clock was read before the answer came, so that its end is never later than ours. `DO` would hide the error on
    /// MariaDB (tried on 10.11 and 11.8).
    pub fn check(self, end: Instant) -> String {
        let left = end.saturating_duration_since(self.read).as_micros();
        let end = self.micros.saturating_add(i64::try_from(left).unwrap_or(i64::MAX));
        format!("SET @schema_operator_leads = IF({SERVER_TIME} < {end}, 1, (SELECT 1 UNION ALL SELECT 2))")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(fence: &Fence, now: Instant) -> bool {
        let reads = fence.pass_reading(now).is_some();
        let writes = fence.pass(now).map(Passage::answered).is_some();
        assert_eq!(reads, writes);
        writes
    }

    #[test]
    fn a_fence_ends_with_its_term_and_never_opens_again() {
        let now = Instant::now();
        let fence = Fence::default();
        assert!(passes(&fence, now));
        let end = now + Duration::from_secs(10);
        fence.clone().open_until(end);
        assert!(passes(&fence, now));
        assert!(!passes(&fence, end), "whether or not anybody has noticed");
        fence.open_until(end + Duration::from_secs(2));
        assert!(passes(&fence, end));
        fence.close();
        fence.open_until(end + Duration::from_secs(2));
        assert!(!passes(&fence, now));
    }

    #[test]
    fn what_was_sent_is_awaited_until_it_is_answered_or_its_time_is_over() {
        let now = Instant::now();
        let fence = Fence::default();
        drop(fence.pass(now));
        assert!(!fence.is_awaited(now), "no other process wants to lead");
        let end = now + Duration::from_secs(10);
        fence.open_until(end);
        let (one, other) = (fence.pass(now).unwrap(), fence.pass(now).unwrap());
        drop(fence.pass_reading(now));
        one.answered();
        fence.close();
        assert!(fence.is_awaited(now), "of two one is not answered");
        other.answered();
        assert!(!fence.is_awaited(now));
        let fence = Fence::default();
        fence.open_until(end);
        // Its connection was lost.
        drop(fence.pass(now));
        assert!(fence.is_awaited(now) && !fence.is_awaited(end));
    }

    #[test]
    fn a_message_is_refused_when_the_term_ends() {
        let read = Instant::now();
        let clock = ServerClock { micros: 5_000_000, read };
        let check = clock.check(read + Duration::from_secs(2));
        assert!(check.contains("< 7000000,"), "{check}");
        let before = clock.check(read.checked_sub(Duration::from_secs(1)).unwrap_or(read));
        assert!(before.contains("< 5000000,"), "{before}");
    }

    #[test]
    fn a_session_is_heard_of_well_before_it_ends() {
        assert!(KEEP_ALIVE * 3 < IDLE_LIMIT);
    }
}
