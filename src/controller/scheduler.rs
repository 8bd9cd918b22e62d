//! Runs the reconciles: begins them in the order of the queue, and cancels those that nobody needs any more.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use super::cancellation::{Cancellation, Canceller};
use super::queue::{FairQueue, Figures, Limits, Ticket};
use crate::telemetry::{Metrics, QueueFigures};

/// How long a reconcile keeps its place. One that takes longer waits for others, and goes on without.
const PLACE_TIME: Duration = Duration::from_millis(500);

/// When a resource is reconciled again whose reconcile panicked.
const AFTER_PANIC: Duration = Duration::from_mins(1);

/// What a reconcile returns: when to reconcile again.
pub type Next = Option<Duration>;

/// Begins reconciles, by the UID of their resource.
pub trait Begin {
    /// Returns the reconcile of a resource; `None` where it is gone.
    fn begin(&self, uid: &str, cancellation: Cancellation) -> Option<BoxFuture<'static, Next>>;
}

/// The reconciles that wait and run.
pub struct Scheduler<B> {
    begin: B,
    queue: FairQueue,
    running: JoinSet<Next>,
    /// By the id of their task.
    passes: HashMap<Id, Running>,
    tasks: HashMap<Arc<str>, Id>,
    /// When each reconcile loses its place, in the order of their beginning.
    places: VecDeque<(Instant, Id)>,
    place_time: Duration,
    metrics: Arc<Metrics>,
}

struct Running {
    uid: Arc<str>,
    canceller: Canceller,
    abort: AbortHandle,
}

impl<B: Begin> Scheduler<B> {
    /// Makes a scheduler in which nothing waits.
    pub fn new(begin: B, limits: Limits, metrics: Arc<Metrics>) -> Self {
        Self {
            begin,
            queue: FairQueue::new(limits),
            running: JoinSet::new(),
            passes: HashMap::new(),
            tasks: HashMap::new(),
            places: VecDeque::new(),
            place_time: PLACE_TIME,
            metrics,
        }
    }

    /// Has a resource reconciled as soon as its turn comes, that is due since then.
    pub fn add(&mut self, ticket: Ticket, since: Instant) {
        self.queue.add(ticket, since);
    }

    /// Has a resource reconciled that has another spec by now: what runs for the former one is cancelled.
    pub fn renew(&mut self, ticket: Ticket, since: Instant) {
        self.cancel(&ticket.uid);
        self.add(ticket, since);
    }

    /// Forgets a resource, and cancels its reconcile.
    pub fn forget(&mut self, uid: &str) {
        self.cancel(uid);
        self.queue.remove(uid);
    }

    /// Begins what is due, as far as there are places.
    pub fn begin_due(&mut self) {
        let now = Instant::now();
        while let Some((_, id)) = self.places.front().filter(|(end, _)| *end <= now).copied() {
            self.places.pop_front();
            if let Some(running) = self.passes.get(&id) {
                self.queue.give_up_place(&running.uid);
            }
        }
        while let Some(uid) = self.queue.take(now) {
            let (canceller, cancellation) = Canceller::new();
            let Some(reconcile) = self.begin.begin(&uid, cancellation) else {
                self.queue.finish(&uid, None);
                continue;
            };
            let abort = self.running.spawn(reconcile);
            let id = abort.id();
            self.places.push_back((now + self.place_time, id));
            self.tasks.insert(uid.clone(), id);
            self.passes.insert(id, Running { uid, canceller, abort });
        }
        let Figures { waiting, in_flight, oldest } = self.queue.figures();
        self.metrics.set_queue(QueueFigures { waiting, in_flight, oldest });
    }

    /// Waits until something may begin: a reconcile has ended, loses its place, or is due.
    pub async fn wait(&mut self) {
        let due = self.queue.next_due().into_iter().chain(self.places.front().map(|(end, _)| *end)).min();
        let sleep = async {
            match due {
                Some(due) => tokio::time::sleep_until(due.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(ended) = self.running.join_next_with_id() => self.finish(ended),
            () = sleep => {}
        }
    }

    /// Cancels all reconciles, and waits for those that can't be cancelled now, but no longer than `limit`.
    pub async fn end(mut self, limit: Duration) {
        self.passes.values().for_each(|running| running.canceller.cancel());
        let all_ended = async { while self.running.join_next().await.is_some() {} };
        tokio::select! {
            () = all_ended => {}
            () = tokio::time::sleep(limit) => tracing::warn!("reconciles still run, and are given up"),
        }
        self.passes.values().for_each(|running| running.abort.abort());
    }

    fn cancel(&self, uid: &str) {
        if let Some(running) = self.tasks.get(uid).and_then(|id| self.passes.get(id)) {
            running.canceller.cancel();
        }
    }

    fn finish(&mut self, ended: Result<(Id, Next), JoinError>) {
        let (id, next) = match ended {
            Ok((id, next)) => (id, next),
            Err(error) => {
                if error.is_panic() {
                    tracing::error!(%error, "a reconcile panicked, and is tried again");
                    self.metrics.count_panic();
                }
                (error.id(), Some(AFTER_PANIC))
            }
        };
        let Some(Running { uid, .. }) = self.passes.remove(&id) else { return };
        self.tasks.remove(&uid);
        self.queue.finish(&uid, next.map(|next| Instant::now() + next));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::sync::Notify;

    use super::*;
    use crate::mysql::Traffic;

    /// Reconciles that wait until they are told to end, or are cancelled, unless they are of the namespace `healthy`.
    #[derive(Clone, Default)]
    struct Silent {
        begun: Arc<Mutex<Vec<String>>>,
        cancelled: Arc<Mutex<Vec<String>>>,
        answer: Arc<Notify>,
    }

    impl Begin for Silent {
        fn begin(&self, uid: &str, cancellation: Cancellation) -> Option<BoxFuture<'static, Next>> {
            self.begun.lock().unwrap().push(uid.to_owned());
            let (silent, uid) = (self.clone(), uid.to_owned());
            Some(Box::pin(async move {
                assert!(!uid.contains("panics"), "a fault");
                if !uid.starts_with("healthy") && cancellation.or(silent.answer.notified()).await.is_none() {
                    silent.cancelled.lock().unwrap().push(uid);
                }
                None
            }))
        }
    }

    fn ticket(namespace: &str, number: usize) -> Ticket {
        let uid = format!("{namespace}-{number}");
        Ticket { uid: uid.into(), namespace: namespace.into(), server: number.to_string().into(), database: "d".into() }
    }

    fn scheduler() -> (Silent, Scheduler<Silent>) {
        let (silent, limits) = (Silent::default(), Limits { places: 4, per_namespace: 4, per_server: 4 });
        let scheduler = Scheduler::new(silent.clone(), limits, Arc::new(Metrics::new(Traffic::default())));
        // Each reconcile that has to wait loses its place at once.
        (silent, Scheduler { place_time: Duration::ZERO, ..scheduler })
    }

    async fn run_until(scheduler: &mut Scheduler<Silent>, is_done: impl Fn() -> bool) {
        loop {
            scheduler.begin_due();
            if is_done() {
                return;
            }
            scheduler.wait().await;
        }
    }

    #[tokio::test]
    async fn a_healthy_resource_is_looked_at_while_the_silent_ones_still_wait() {
        let (silent, mut scheduler) = scheduler();
        (0..200).for_each(|number| scheduler.add(ticket("silent", number), Instant::now()));
        scheduler.begin_due();
        assert_eq!(silent.begun.lock().unwrap().len(), 4, "they have every place");
        scheduler.add(ticket("healthy", 0), Instant::now());
        run_until(&mut scheduler, || silent.begun.lock().unwrap().contains(&"healthy-0".to_owned())).await;
        assert_eq!(silent.begun.lock().unwrap().len(), 5, "none of the silent ones has ended");
        assert!(silent.cancelled.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_deletion_and_another_spec_cancel_what_waits() {
        let (silent, mut scheduler) = scheduler();
        (0..5).for_each(|number| scheduler.add(ticket("silent", number), Instant::now()));
        scheduler.begin_due();
        scheduler.forget("silent-0");
        run_until(&mut scheduler, || silent.begun.lock().unwrap().contains(&"silent-4".to_owned())).await;
        assert_eq!(*silent.cancelled.lock().unwrap(), ["silent-0"], "its place is free");
        scheduler.renew(ticket("silent", 1), Instant::now());
        let begun = |uid: &str| silent.begun.lock().unwrap().iter().filter(|begun| *begun == uid).count();
        run_until(&mut scheduler, || begun("silent-1") == 2).await;
        assert_eq!(begun("silent-0"), 1, "what is gone is not looked at again");
    }

    #[tokio::test]
    async fn the_end_cancels_all_that_waits() {
        let (silent, mut scheduler) = scheduler();
        (0..9).for_each(|number| scheduler.add(ticket("silent", number), Instant::now()));
        scheduler.begin_due();
        scheduler.end(Duration::MAX).await;
        assert_eq!(silent.cancelled.lock().unwrap().len(), 4);
    }

    #[tokio::test]
    async fn a_panic_ends_its_own_reconcile_alone_and_is_counted() {
        let (silent, mut scheduler) = scheduler();
        scheduler.add(ticket("panics", 0), Instant::now());
        scheduler.add(ticket("healthy", 0), Instant::now());
        scheduler.begin_due();
        while scheduler.queue.figures().in_flight > 0 {
            scheduler.wait().await;
        }
        assert!(silent.begun.lock().unwrap().contains(&"healthy-0".to_owned()));
        assert!(scheduler.queue.due("panics-0").is_some(), "it is tried again");
        let metrics = scheduler.metrics.encode().unwrap();
        assert!(metrics.contains("schema_operator_reconcile_panics_total 1"), "{metrics}");
    }
}
