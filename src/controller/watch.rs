//! Watches the resources, and reconciles those that change, are due or are woken.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use kube::core::DeserializeGuard;
use kube::runtime::controller::{Action, Config as ControllerConfig};
use kube::runtime::reflector::{ObjectRef, Store};
use kube::runtime::watcher::Event;
use kube::runtime::{Controller, Predicate, WatchStreamExt, predicates, reflector, watcher};
use kube::{Api, Resource};
use tokio::sync::{mpsc, watch};

use super::context::Context;
use super::deletion::{forget, release};
use super::options::Options;
use super::reconciler::{ReconcileError, reconcile};
use crate::api::{DatabaseSchema, Mode};
use crate::record::LiveResources;
use crate::telemetry::Health;

type Guarded = DeserializeGuard<DatabaseSchema>;

/// Watches and reconciles until it is told to stop; what is being reconciled then is finished.
pub async fn watch_resources(
    options: &Options,
    context: Arc<Context>,
    health: Health,
    woken: mpsc::UnboundedReceiver<String>,
    stopped: watch::Receiver<bool>,
) {
    let api: Api<Guarded> = match &options.namespace {
        Some(namespace) => Api::namespaced(context.client.clone(), namespace),
        None => Api::all(context.client.clone()),
    };
    let (reader, writer) = reflector::store();
    // It is filled before anything is reconciled.
    let _ = context.live_resources.set(live_resources(reader.clone(), options.namespace.clone()));
    let deleted = context.clone();
    let stream = watcher::watcher(api, watcher::Config::default())
        .modify(prune)
        .default_backoff()
        .inspect_ok(move |event| {
            if let Event::Delete(object) = event {
                forget(object, &deleted);
                if let Ok(resource) = object.0.clone() {
                    let context = deleted.clone();
                    tokio::spawn(async move { release(&resource, &context).await });
                }
            }
        })
        .reflect(writer)
        .inspect(move |event| match event {
            Ok(Event::InitDone) => health.watching(true),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "watching DatabaseSchemas fails; is the CRD installed?"),
        })
        .applied_objects()
        .predicate_filter(
            predicates::generation.combine(predicates::annotations),
            kube::runtime::PredicateConfig::default(),
        );
    let store = reader.clone();
    let woken = futures::stream::unfold(woken, |mut woken| async move { woken.recv().await.map(|uid| (uid, woken)) })
        .filter_map(move |uid| {
            let found = store.find(|object: &Guarded| object.meta().uid.as_ref() == Some(&uid));
            std::future::ready(found.map(|object| ObjectRef::from_obj(object.as_ref())))
        });
    let on_error = |_: Arc<Guarded>, error: &ReconcileError, _: Arc<Context>| {
        tracing::warn!(%error, "it is tried again");
        Action::requeue(Duration::from_secs(5))
    };
    let (mut stop, changes) = (stopped, context.changes.clone());
    let stopping = async move {
        _ = stop.wait_for(|stop| *stop).await;
        // At once, and not only when the reconciles that wait for their changes have ended.
        changes.stop_all();
    };
    Controller::for_stream(stream, reader)
        .with_config(ControllerConfig::default().concurrency(options.concurrency))
        .reconcile_on(woken)
        .graceful_shutdown_on(stopping)
        .run(reconcile, on_error, context)
        .for_each(|result| {
            if let Err(error) = result {
                tracing::debug!(%error, "a reconcile ended early");
            }
            std::future::ready(())
        })
        .await;
}

/// Half of what the API server sends is of no use here: a fifth of the memory for a thousand resources.
fn prune(object: &mut Guarded) {
    let meta = object.meta_mut();
    meta.managed_fields = None;
    if let Some(annotations) = &mut meta.annotations {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
}

/// Those that are watched. One that only plans claims nothing; one that can't be read may well.
pub fn live_resources(store: Store<DeserializeGuard<DatabaseSchema>>, namespace: Option<String>) -> LiveResources {
    let claims = move |uid: &str| {
        let found = store.find(|object| object.meta().uid.as_deref() == Some(uid));
        found.is_some_and(|object| object.0.as_ref().map_or(true, |resource| resource.spec.mode != Mode::Plan))
    };
    LiveResources::Known { namespace, claims: Arc::new(claims) }
}
