//! The changes under way. A statement may take hours, and the pass that asked for it does not wait: each change runs in
//! a task of its own, which wakes its resource when there is something to tell.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, watch};

use super::change_task::{ChangeHandle, ChangeProgress, ChangeTask};
use super::run_job::run_job;
use super::turns::{Turn, Turns, Wake};
use crate::mysql::{Address, Servers};
use crate::reconcile::applied::Applied;
use crate::reconcile::fault::{OperatorFault, caught};
use crate::reconcile::job::Job;
use crate::reconcile::not_ready::NotReady;

/// All changes under way, at most one for each resource. Cheap to clone.
#[derive(Clone)]
pub struct ChangeRegistry {
    servers: Servers,
    per_server: usize,
    wake: Wake,
    turns: Turns,
    state: Arc<Mutex<RegistryState>>,
}

/// Where a resource's change is.
#[derive(Debug, Clone)]
pub enum ChangeState {
    /// There is none.
    None,
    /// It runs, and is this far.
    Running(ChangeProgress),
    /// It has ended. The registry says this once.
    Ended(Applied),
}

#[derive(Default)]
struct RegistryState {
    /// By the UID of the resource.
    changes: HashMap<String, ChangeUnderWay>,
    slots: HashMap<Address, Arc<Semaphore>>,
    /// The operator ends: no change begins a further step.
    is_ending: bool,
}

struct ChangeUnderWay {
    handle: ChangeHandle,
    outcome: watch::Receiver<Option<Applied>>,
    /// A caller waits for the end, so that the resource need not be woken.
    is_awaited: bool,
}

impl ChangeRegistry {
    /// Makes an empty registry. At most `per_server` changes run on one server at a time; the others wait for a slot.
    pub fn new(servers: Servers, per_server: usize, wake: Wake) -> Self {
        Self { servers, per_server, turns: Turns::new(wake.clone()), wake, state: Arc::default() }
    }

    /// Takes the turn in which a resource may change its database. One of another resource is waited for, where it is not
    /// long.
    ///
    /// # Errors
    /// [`Reason::LockHeld`](crate::api::Reason::LockHeld) names whose turn it is. The resource is woken when the turn is
    /// its own.
    pub async fn take_turn(&self, job: &Job) -> Result<Turn, NotReady> {
        self.turns.take(&job.request).await
    }

    /// Lets others have the turn for which a resource waits: it has nothing to change, or is gone.
    pub fn leave_line(&self, uid: &str) {
        self.turns.leave(uid);
    }

    /// Starts a change outside of any turn, unless one is under way for its resource.
    pub fn start(&self, job: Job) {
        self.start_in_turn(job, None);
    }

    /// Starts a change, unless one is under way for its resource. Its turn ends with it.
    pub fn start_in_turn(&self, job: Job, turn: impl Into<Option<Turn>>) {
        let turn = turn.into();
        let uid = job.request.asker.uid.clone();
        let mut state = self.state.lock();
        if state.changes.contains_key(&uid) {
            return;
        }
        let (registry, woken) = (self.clone(), uid.clone());
        let wake = Arc::new(move || registry.wake_up(&woken));
        let (task, handle) = ChangeTask::new(state.is_ending, wake);
        let (outcome_sender, outcome) = watch::channel(None);
        state.changes.insert(uid.clone(), ChangeUnderWay { handle, outcome, is_awaited: false });
        let slots = state.slots.entry(job.request.asker.login.address.clone());
        let slots = slots.or_insert_with(|| Arc::new(Semaphore::new(self.per_server))).clone();
        drop(state);
        let (servers, registry) = (self.servers.clone(), self.clone());
        tokio::spawn(async move {
            let _slot = slots.acquire_owned().await;
            let plan_id = job.plan_id.clone();
            let applied = caught(Box::pin(run_job(&servers, job, &task))).await;
            drop(turn);
            // What had run before is in the history, and the next pass reads what is live.
            let ended = |fault: OperatorFault| Applied { plan_id, statements: Vec::new(), failure: Some(fault.into()) };
            let applied = applied.unwrap_or_else(ended);
            // The receivers may be gone when the operator ends.
            outcome_sender.send_replace(Some(applied));
            registry.wake_up(&uid);
        });
    }

    /// Returns where the change of this resource is, and forgets one that has ended.
    pub fn state(&self, uid: &str) -> ChangeState {
        let mut state = self.state.lock();
        let Some(change) = state.changes.get(uid) else { return ChangeState::None };
        let Some(applied) = change.outcome.borrow().clone() else {
            return ChangeState::Running(change.handle.progress.borrow().clone());
        };
        state.changes.remove(uid);
        ChangeState::Ended(applied)
    }

    /// Waits until the change of this resource has ended, but no longer than `limit`.
    pub async fn wait(&self, uid: &str, limit: Duration) {
        let awaited = self.state.lock().changes.get_mut(uid).map(|change| {
            change.is_awaited = true;
            change.outcome.clone()
        });
        let Some(mut outcome) = awaited else { return };
        tokio::select! {
            _ = outcome.wait_for(Option::is_some) => {}
            () = tokio::time::sleep(limit) => {
                // An end from now on wakes the resource; the caller itself finds one that came before.
                if let Some(change) = self.state.lock().changes.get_mut(uid) {
                    change.is_awaited = false;
                }
            }
        }
    }

    /// Lets the running statement of this resource end, and begins no further step.
    pub fn stop(&self, uid: &str) {
        if let Some(change) = self.state.lock().changes.get(uid)
            && !change.handle.stop.send_replace(true)
        {
            tracing::info!(uid, "a change begins no further step");
        }
    }

    /// Ends the running statement of this resource because `by` asked for that, and begins no further step.
    pub fn cancel(&self, uid: &str, by: &str) {
        if let Some(change) = self.state.lock().changes.get(uid) {
            // This comes first, so that the task knows why it stops.
            change.handle.cancel.send_if_modified(|cancel| {
                let is_new = cancel.is_none();
                cancel.get_or_insert_with(|| by.to_owned());
                is_new
            });
            change.handle.stop.send_replace(true);
        }
    }

    /// Lets all running statements end, and begins no further step. A change that starts later begins none either.
    pub fn stop_all(&self) {
        let mut state = self.state.lock();
        state.is_ending = true;
        for change in state.changes.values() {
            change.handle.stop.send_replace(true);
        }
    }

    /// Stops all changes, and waits until the running statements have ended, but no longer than `limit`. Returns how
    /// many have not: the servers finish those, and hold their locks until then.
    pub async fn stop_all_and_wait(&self, limit: Duration) -> usize {
        self.stop_all();
        let uids: Vec<String> = self.state.lock().changes.keys().cloned().collect();
        join_all(uids.iter().map(|uid| self.wait(uid, limit))).await;
        self.state.lock().changes.values().filter(|change| change.outcome.borrow().is_none()).count()
    }

    /// Wakes a resource whose change has something to tell, unless a caller waits for that change.
    fn wake_up(&self, uid: &str) {
        if self.state.lock().changes.get(uid).is_some_and(|change| !change.is_awaited) {
            (self.wake)(uid);
        }
    }
}

impl fmt::Debug for ChangeRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeRegistry").field("per_server", &self.per_server).finish_non_exhaustive()
    }
}
