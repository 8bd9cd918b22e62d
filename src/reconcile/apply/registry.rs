//! The changes under way. A statement may take hours, and the reconcile that began it does not wait for it: it runs in
//! a task of its own, which tells who asked when it has ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

use super::apply;
use super::change_task::{ChangeHandle, ChangeProgress, ChangeTask};
use crate::mysql::{Address, Servers};
use crate::reconcile::applied::Applied;
use crate::reconcile::job::Job;

/// Called with the UID of a resource whose change has ended.
pub type Wake = Arc<dyn Fn(&str) + Send + Sync>;

/// All changes under way, one for a resource at most. Cheap to clone.
#[derive(Clone)]
pub struct ChangeRegistry {
    servers: Servers,
    per_server: usize,
    wake: Wake,
    shared: Arc<Mutex<Shared>>,
}

impl std::fmt::Debug for ChangeRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangeRegistry").field("per_server", &self.per_server).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Shared {
    under_way: HashMap<String, UnderWay>,
    slots: HashMap<Address, Arc<Semaphore>>,
    /// The operator ends: no change begins a step any more.
    ending: bool,
}

struct UnderWay {
    reins: ChangeHandle,
    outcome: watch::Receiver<Option<Applied>>,
    /// Whether somebody waits for the end, and need not be told of it.
    is_awaited: bool,
}

/// Where a resource's change stands.
#[derive(Debug, Clone)]
pub enum ChangeState {
    None,
    /// It runs, and has come so far.
    Running(ChangeProgress),
    /// It has ended; this is told once.
    Ended(Applied),
}

impl ChangeRegistry {
    /// At most `per_server` changes run on one server at a time; the others wait for their turn.
    pub fn new(servers: Servers, per_server: usize, wake: Wake) -> Self {
        Self { servers, per_server, wake, shared: Arc::default() }
    }

    /// Begins a change, unless one is under way for that resource.
    pub fn start(&self, job: Job) {
        let uid = job.request.asker.uid.clone();
        let (slots, task, ended) = {
            let mut shared = self.shared();
            if shared.under_way.contains_key(&uid) {
                return;
            }
            let (changes, uid_of_news) = (self.clone(), uid.clone());
            let news = move || changes.wake_up(&uid_of_news);
            let (task, reins) = ChangeTask::new(shared.ending, Arc::new(news));
            let (ended, outcome) = watch::channel(None);
            shared.under_way.insert(uid.clone(), UnderWay { reins, outcome, is_awaited: false });
            let slots = shared.slots.entry(job.request.asker.login.address.clone());
            (slots.or_insert_with(|| Arc::new(Semaphore::new(self.per_server))).clone(), task, ended)
        };
        let (servers, changes) = (self.servers.clone(), self.clone());
        tokio::spawn(async move {
            let _slot = slots.acquire_owned().await;
            let applied = apply(&servers, job, &task).await;
            // Whoever would be told may be gone, when the operator ends.
            ended.send_replace(Some(applied));
            changes.wake_up(&uid);
        });
    }

    /// Where the change of this resource stands; an ended one is forgotten with the answer.
    pub fn state(&self, uid: &str) -> ChangeState {
        let mut shared = self.shared();
        let Some(under_way) = shared.under_way.get(uid) else { return ChangeState::None };
        let Some(applied) = under_way.outcome.borrow().clone() else {
            return ChangeState::Running(under_way.reins.progress.borrow().clone());
        };
        shared.under_way.remove(uid);
        ChangeState::Ended(applied)
    }

    /// Waits until the change of this resource has ended, but no longer than `limit`.
    pub async fn wait(&self, uid: &str, limit: Duration) {
        let awaited = self.shared().under_way.get_mut(uid).map(|under_way| {
            under_way.is_awaited = true;
            under_way.outcome.clone()
        });
        let Some(mut outcome) = awaited else { return };
        tokio::select! {
            _ = outcome.wait_for(Option::is_some) => {}
            () = tokio::time::sleep(limit) => {
                // What ends from now on has to be told; what has ended before is there to be asked for.
                if let Some(under_way) = self.shared().under_way.get_mut(uid) {
                    under_way.is_awaited = false;
                }
            }
        }
    }

    /// Lets the running statement of this resource end, and begins no further one.
    pub fn stop(&self, uid: &str) {
        if let Some(under_way) = self.shared().under_way.get(uid)
            && !under_way.reins.stop.send_replace(true)
        {
            tracing::info!(uid, "a change begins no further step");
        }
    }

    /// Ends the running statement of this resource, as `by` asked for, and begins no further one.
    pub fn cancel(&self, uid: &str, by: &str) {
        if let Some(under_way) = self.shared().under_way.get(uid) {
            // First, so that whoever stops sees why.
            under_way.reins.cancel.send_if_modified(|cancel| {
                let is_new = cancel.is_none();
                cancel.get_or_insert_with(|| by.to_owned());
                is_new
            });
            under_way.reins.stop.send_replace(true);
        }
    }

    /// Lets the statements that run end, and begins no further one, of a change that begins from now on neither.
    pub fn end(&self) {
        let mut shared = self.shared();
        shared.ending = true;
        for under_way in shared.under_way.values() {
            under_way.reins.stop.send_replace(true);
        }
    }

    /// Ends all changes, and waits until the statements that run have ended, but no longer than `limit`. Gives the
    /// number of those that have not: the servers carry them through, and hold their locks till then.
    pub async fn stop_all(&self, limit: Duration) -> usize {
        self.end();
        let uids: Vec<String> = self.shared().under_way.keys().cloned().collect();
        let all = futures::future::join_all(uids.iter().map(|uid| self.wait(uid, limit)));
        all.await;
        let shared = self.shared();
        shared.under_way.values().filter(|under_way| under_way.outcome.borrow().is_none()).count()
    }

    /// Tells whoever asked that there is news of a change, unless somebody waits for it anyway.
    fn wake_up(&self, uid: &str) {
        if self.shared().under_way.get(uid).is_some_and(|under_way| !under_way.is_awaited) {
            (self.wake)(uid);
        }
    }

    /// Nothing that holds this lock can panic half way, so a poisoned one is as good as new.
    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
