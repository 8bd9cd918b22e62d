//! The turns of changes within this process: one change for each database at a time, in the order of asking. Who waits is
//! told when the turn is free. Of other processes it knows nothing: the lock of the database keeps these apart.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::api::Reason;
use crate::mysql::Address;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::request::Request;

/// How long a pass waits for its turn. It then leaves, and is woken when the turn is its own.
const WAIT: Duration = Duration::from_secs(5);

/// Nobody waits for a change that has taken this long: it may take hours.
const LONG: Duration = Duration::from_secs(2);

/// Who is woken and does not come for this long, loses the turn to the next.
const CALL_TIME: Duration = Duration::from_secs(5);

/// Called with the UID of a resource that has something to do or to tell.
pub type Wake = Arc<dyn Fn(&str) + Send + Sync>;

/// All turns. Cheap to clone.
#[derive(Clone)]
pub(super) struct Turns {
    wake: Wake,
    lines: Arc<Mutex<HashMap<Line, State>>>,
}

/// The database whose changes take turns.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Line {
    address: Address,
    database: String,
}

#[derive(Default)]
struct State {
    holder: Option<Holder>,
    /// The UIDs of those that wait. The first is called when the turn is free.
    waiting: VecDeque<String>,
    /// When the first was called, and how many calls there were.
    called: Option<Instant>,
    calls: u64,
    freed: Arc<Notify>,
}

struct Holder {
    resource: String,
    since: Instant,
}

/// The turn of one change. It is free again once this is dropped.
pub struct Turn {
    turns: Turns,
    line: Line,
    /// Whether another change ran since the turn was asked for: what was planned before may be out of date.
    pub was_waited_for: bool,
}

/// Why there is no turn yet.
struct Busy {
    resource: String,
    is_long: bool,
    freed: Arc<Notify>,
}

impl Turns {
    pub fn new(wake: Wake) -> Self {
        Self { wake, lines: Arc::default() }
    }

    /// Takes the turn of a request's database, and waits for it where that is not long.
    ///
    /// # Errors
    /// [`Reason::LockHeld`] names whose turn it is. The resource is woken when the turn is its own.
    pub async fn take<D>(&self, request: &Request<D>) -> Result<Turn, NotReady> {
        let line =
            Line { address: request.asker.login.address.clone(), database: request.spec.database.folded().clone() };
        let (uid, resource) = (&request.asker.uid, &request.asker.owner.resource);
        let ends = Instant::now() + WAIT;
        let mut was_waited_for = false;
        loop {
            let Busy { resource: other, is_long, freed } = match self.try_take(&line, uid, resource, was_waited_for) {
                Ok(turn) => return Ok(turn),
                Err(busy) => busy,
            };
            let left = ends.saturating_duration_since(Instant::now());
            if is_long || left.is_zero() {
                let message = format!(
                    "the operator is changing this database for DatabaseSchema {other}; this one has its turn after it, \
                     in the order of asking"
                );
                return Err(NotReady::new(Reason::LockHeld, message));
            }
            was_waited_for = true;
            // A short pause as well: the turn may have become free before this waits.
            tokio::select! {
                () = freed.notified() => {}
                () = tokio::time::sleep(left.min(Duration::from_millis(100))) => {}
            }
        }
    }

    /// Leaves the line of each database: the resource has nothing to change, or is gone.
    pub fn leave(&self, uid: &str) {
        let mut freed = Vec::new();
        for (line, state) in self.lines.lock().iter_mut() {
            let was_first = state.waiting.front().is_some_and(|first| first == uid);
            state.waiting.retain(|waiting| waiting != uid);
            if was_first && state.holder.is_none() {
                freed.push(line.clone());
            }
        }
        for line in freed {
            self.call(&line);
        }
    }

    fn try_take(&self, line: &Line, uid: &str, resource: &str, was_waited_for: bool) -> Result<Turn, Busy> {
        let mut lines = self.lines.lock();
        let state = lines.entry(line.clone()).or_default();
        let is_first = state.waiting.front().is_none_or(|first| first == uid);
        let is_called = state.called.is_some_and(|called| called.elapsed() < CALL_TIME);
        if state.holder.is_none() && (is_first || !is_called) {
            state.waiting.retain(|waiting| waiting != uid);
            state.called = None;
            state.holder = Some(Holder { resource: resource.to_owned(), since: Instant::now() });
            return Ok(Turn { turns: self.clone(), line: line.clone(), was_waited_for });
        }
        if !state.waiting.iter().any(|waiting| waiting == uid) {
            state.waiting.push_back(uid.to_owned());
        }
        let (other, is_long) = match &state.holder {
            Some(holder) => (holder.resource.clone(), holder.since.elapsed() > LONG),
            None => ("that comes first".to_owned(), false),
        };
        Err(Busy { resource: other, is_long, freed: state.freed.clone() })
    }

    /// Ends a turn.
    fn free(&self, line: &Line) {
        if let Some(state) = self.lines.lock().get_mut(line) {
            state.holder = None;
        }
        self.call(line);
    }

    /// Calls the first that waits. Where it does not come, the next is called.
    fn call(&self, line: &Line) {
        let (first, call) = {
            let mut lines = self.lines.lock();
            let Some(state) = lines.get_mut(line) else { return };
            let Some(first) = state.waiting.front().cloned() else {
                if state.holder.is_none() {
                    lines.remove(line);
                }
                return;
            };
            state.called = Some(Instant::now());
            state.calls += 1;
            state.freed.notify_waiters();
            (first, state.calls)
        };
        (self.wake)(&first);
        // Without a runtime the process ends, and nobody waits.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (turns, line) = (self.clone(), line.clone());
        runtime.spawn(async move {
            tokio::time::sleep(CALL_TIME).await;
            turns.pass_over(&line, call);
        });
    }

    /// Passes over whom this call was for, unless it came.
    fn pass_over(&self, line: &Line, call: u64) {
        {
            let mut lines = self.lines.lock();
            let Some(state) = lines.get_mut(line) else { return };
            if state.calls != call || state.holder.is_some() {
                return;
            }
            state.waiting.pop_front();
        }
        self.call(line);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.free(&self.line);
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("line", &self.line).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Trial {
        turns: Turns,
        line: Line,
        woken: Arc<Mutex<Vec<String>>>,
    }

    impl Trial {
        fn new() -> Self {
            let woken = Arc::new(Mutex::new(Vec::new()));
            let wakes = woken.clone();
            let turns = Turns::new(Arc::new(move |uid: &str| wakes.lock().push(uid.to_owned())));
            let line = Line { address: Address::new("h", 1), database: "shop".into() };
            Self { turns, line, woken }
        }

        fn take(&self, uid: &str) -> Option<Turn> {
            self.turns.try_take(&self.line, uid, uid, false).ok()
        }

        fn woken(&self) -> Vec<String> {
            self.woken.lock().clone()
        }
    }

    #[tokio::test]
    async fn who_waits_is_woken_in_the_order_of_asking() {
        let trial = Trial::new();
        let turn = trial.take("a").unwrap();
        for uid in ["b", "c", "b"] {
            assert!(trial.take(uid).is_none(), "{uid}");
        }
        assert!(trial.woken().is_empty());
        drop(turn);
        assert_eq!(trial.woken(), ["b"], "nobody but the first");
        assert!(trial.take("d").is_none(), "who comes now does not overtake");
        let turn = trial.take("b").unwrap();
        drop(turn);
        assert_eq!(trial.woken(), ["b", "c"]);
        drop(trial.take("c").unwrap());
        assert_eq!(trial.woken(), ["b", "c", "d"]);
        drop(trial.take("d").unwrap());
        assert!(trial.turns.lines.lock().is_empty(), "nothing is kept");
    }

    #[tokio::test]
    async fn who_has_nothing_to_change_any_more_lets_the_next_have_the_turn() {
        let trial = Trial::new();
        let turn = trial.take("a").unwrap();
        assert!(trial.take("b").is_none() && trial.take("c").is_none() && trial.take("d").is_none());
        trial.turns.leave("c");
        drop(turn);
        trial.turns.leave("b");
        assert_eq!(trial.woken(), ["b", "d"]);
        trial.turns.leave("d");
        assert!(trial.take("e").is_some());
    }

    #[tokio::test]
    async fn who_is_called_and_does_not_come_is_passed_over() {
        let trial = Trial::new();
        let turn = trial.take("a").unwrap();
        assert!(trial.take("b").is_none() && trial.take("c").is_none());
        drop(turn);
        trial.turns.pass_over(&trial.line, 1);
        assert_eq!(trial.woken(), ["b", "c"]);
        trial.turns.pass_over(&trial.line, 1);
        assert_eq!(trial.woken(), ["b", "c"], "that call is over");
        assert!(trial.take("c").is_some());
    }
}
