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
use tokio::sync::mpsc;

use super::context::Context;
use super::deletion::{forget, release};
use super::options::Options;
use super::reconciler::{ReconcileError, reconcile};
use super::stop_signal::StopSignal;
use crate::api::{DatabaseSchema, Mode};
use crate::record::LiveResources;
use crate::telemetry::Health;

type Guarded = DeserializeGuard<DatabaseSchema>;

/// Watches and reconciles until the signal to stop. Reconciles that run at that time end first.
pub async fn watch_resources(
    options: &Options,
    context: Arc<Context>,
    health: Health,
    woken: mpsc::UnboundedReceiver<String>,
    stop: &StopSignal,
) {
    let api: Api<Guarded> = match &options.namespace {
        Some(namespace) => Api::namespaced(context.client.clone(), namespace),
        None => Api::all(context.client.clone()),
    };
    let (reader, writer) = reflector::store();
    // The store is filled before anything is reconciled.
    let _ = context.live_resources.set(live_resources(reader.clone(), options.namespace.clone()));
    let context_of_deleted = context.clone();
    let stream = watcher::watcher(api, watcher::Config::default())
        .modify(prune)
        .default_backoff()
        .inspect_ok(move |event| {
            if let Event::Delete(object) = event {
                forget(&context_of_deleted, object.meta().uid.as_deref().unwrap_or_default());
                if let Ok(resource) = object.0.clone() {
                    let context = context_of_deleted.clone();
                    tokio::spawn(async move { release(&context, &resource).await });
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
        tracing::warn!(%error, "the reconcile failed, and is tried again");
        Action::requeue(Duration::from_secs(5))
    };
    let (stop, changes) = (stop.clone(), context.changes.clone());
    let stopping = async move {
        stop.wait().await;
        // At once, before the reconciles end that wait for their changes.
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

/// Removes what the operator does not use: half of what the API server sends, and a fifth of the memory for a thousand
/// resources.
fn prune(object: &mut Guarded) {
    let meta = object.meta_mut();
    meta.managed_fields = None;
    if let Some(annotations) = &mut meta.annotations {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
}

/// Returns the resources that are watched. A resource in mode Plan claims nothing; one that can't be read may claim.
fn live_resources(store: Store<DeserializeGuard<DatabaseSchema>>, namespace: Option<String>) -> LiveResources {
    let claims = move |uid: &str| {
        let found = store.find(|object| object.meta().uid.as_deref() == Some(uid));
        found.is_some_and(|object| object.0.as_ref().map_or(true, |resource| resource.spec.mode != Mode::Plan))
    };
    LiveResources::Known { namespace, claims: Arc::new(claims) }
}
