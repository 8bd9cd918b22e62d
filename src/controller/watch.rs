//! Watches the resources, and has those reconciled that change, are due or are woken.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use kube::core::DeserializeGuard;
use kube::runtime::watcher::Event;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Resource};
use tokio::sync::mpsc;

use super::cancellation::Cancellation;
use super::context::Context;
use super::deletion::{forget, release};
use super::options::Options;
use super::queue::Limits;
use super::reconciler::reconcile;
use super::resource_store::{Delivery, Guarded, ResourceStore};
use super::scheduler::{Begin, Next, Scheduler};
use super::stop_signal::StopSignal;
use crate::telemetry::Health;

/// How long the operator waits at its end for reconciles that report what a change did.
const LAST_REPORTS: Duration = Duration::from_secs(3);

/// Watches and reconciles until the signal to stop. What only waits then is cancelled; the rest ends first.
pub async fn watch_resources(
    options: &Options,
    context: Arc<Context>,
    health: Health,
    mut woken: mpsc::UnboundedReceiver<String>,
    stop: &StopSignal,
) {
    let api: Api<Guarded> = match &options.namespace {
        Some(namespace) => Api::namespaced(context.client.clone(), namespace),
        None => Api::all(context.client.clone()),
    };
    let store = ResourceStore::default();
    // The store is filled before anything is reconciled.
    let _ = context.live_resources.set(store.live_resources(options.namespace.clone()));
    let sizes = context.object_sizes.clone();
    let weigh_and_prune = move |object: &mut Guarded| {
        sizes.note(object);
        prune(object);
    };
    let events = watcher::watcher(api, watcher::Config::default()).modify(weigh_and_prune).default_backoff();
    let mut events = std::pin::pin!(events);
    let begin = Reconciles { store: store.clone(), context: context.clone() };
    let scheduler = Scheduler::new(begin, limits(options), context.metrics.clone());
    let mut watched =
        Watched { store, context, health, scheduler, listed: None, list_began: Instant::now(), is_listed: false };
    loop {
        if watched.is_listed {
            watched.scheduler.begin_due();
        }
        tokio::select! {
            () = stop.wait() => break,
            Some(event) = events.next() => match event {
                Ok(event) => watched.take(event),
                Err(error) => tracing::warn!(%error, "watching DatabaseSchemas fails; is the CRD installed?"),
            },
            Some(uid) = woken.recv() => watched.wake(&uid),
            () = watched.scheduler.wait() => {}
        }
    }
    // At once, before the reconciles end that wait for their changes.
    watched.context.changes.stop_all();
    watched.scheduler.end(LAST_REPORTS).await;
}

/// Returns how much is reconciled at a time: a namespace may have half as many in flight as there are places, and half
/// of these on one server.
fn limits(options: &Options) -> Limits {
    let places = usize::from(options.concurrency);
    let per_namespace = places.div_ceil(2);
    Limits { places, per_namespace, per_server: per_namespace.div_ceil(2) }
}

/// What is known of the resources, and what they wait for.
struct Watched {
    store: ResourceStore,
    context: Arc<Context>,
    health: Health,
    scheduler: Scheduler<Reconciles>,
    /// The resources that a list has named so far, while one is read.
    listed: Option<HashSet<String>>,
    list_began: Instant,
    /// Whether all resources were listed once.
    is_listed: bool,
}

impl Watched {
    fn take(&mut self, event: Event<Guarded>) {
        match event {
            Event::Apply(object) => self.put(&object, None),
            Event::Delete(object) => self.delete(object.meta().uid.as_deref().unwrap_or_default()),
            Event::Init => (self.listed, self.list_began) = (Some(HashSet::new()), Instant::now()),
            Event::InitApply(object) => {
                if let Some((listed, uid)) = self.listed.as_mut().zip(object.meta().uid.clone()) {
                    listed.insert(uid);
                }
                self.put(&object, Some(self.list_began));
            }
            Event::InitDone => {
                // What was deleted while nobody watched is told by no event.
                let gone = self.listed.take().map(|listed| self.store.others_than(&listed)).unwrap_or_default();
                for uid in &gone {
                    self.delete(uid);
                }
                self.is_listed = true;
                self.health.watching(true);
            }
        }
    }

    /// Stores a resource. Those of a list are all due since it began. For one that was just written, a person waits.
    fn put(&mut self, object: &Guarded, listed: Option<Instant>) {
        let meta = object.meta();
        self.context.written_statuses.was_delivered(meta);
        match self.store.put(object) {
            Some((ticket, Delivery::Written)) => {
                if listed.is_none() {
                    self.context.last_looks.is_urgent(&ticket.uid);
                }
                self.scheduler.renew(ticket, listed.unwrap_or_else(Instant::now));
            }
            Some((_, Delivery::Same)) | None => {}
        }
    }

    fn delete(&mut self, uid: &str) {
        self.scheduler.forget(uid);
        forget(&self.context, uid);
        if let Some(DeserializeGuard(Ok(resource))) = self.store.remove(uid) {
            let context = self.context.clone();
            tokio::spawn(async move { release(&context, &resource).await });
        }
    }

    fn wake(&mut self, uid: &str) {
        if let Some(ticket) = self.store.ticket(uid) {
            self.context.last_looks.is_urgent(uid);
            self.scheduler.add(ticket, Instant::now());
        }
    }
}

/// Begins the reconciles of stored resources.
struct Reconciles {
    store: ResourceStore,
    context: Arc<Context>,
}

impl Begin for Reconciles {
    fn begin(&self, uid: &str, cancellation: Cancellation) -> Option<BoxFuture<'static, Next>> {
        let object = self.store.get(uid)?;
        let context = self.context.clone();
        Some(async move { reconcile(&object, &context, &cancellation).await }.boxed())
    }
}

/// Removes what the operator does not use: half of what the API server sends.
fn prune(object: &mut Guarded) {
    let meta = object.meta_mut();
    meta.managed_fields = None;
    if let Some(annotations) = &mut meta.annotations {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
}
