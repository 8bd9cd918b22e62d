//! Starts the operator and ends it in order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt, StreamExt, TryStreamExt};
use kube::core::DeserializeGuard;
use kube::runtime::controller::{Action, Config as ControllerConfig};
use kube::runtime::events::{Recorder, Reporter};
use kube::runtime::reflector::ObjectRef;
use kube::runtime::watcher::Event;
use kube::runtime::{Controller, Predicate, WatchStreamExt, predicates, reflector, watcher};
use kube::{Api, Client, Config, Resource, ResourceExt};
use tokio::sync::{mpsc, watch};

use super::backoff::Backoff;
use super::context::Context;
use super::failover::FailoverCheck;
use super::hosts::{AllowedHosts, HostPattern};
use super::leader::{Candidate, Leadership, Lost};
use super::live_resources::live_resources;
use super::reconciler::{ReconcileError, reconcile};
use super::release::release;
use super::written_statuses::WrittenStatuses;
use crate::api::{DatabaseSchema, FIELD_MANAGER};
use crate::mysql::{Address, Servers};
use crate::reconcile::{ChangeRegistry, Pipeline, Wake};
use crate::telemetry::{Health, Metrics, serve};

/// How the operator is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Watch this namespace alone; all where there is none.
    pub namespace: Option<String>,
    /// Resources reconciled at a time.
    pub concurrency: u16,
    /// Connections to one server at a time.
    pub connections_per_server: usize,
    /// Schema changes that run on one server at a time.
    pub changes_per_server: usize,
    pub allowed_hosts: Vec<HostPattern>,
    /// How often servers are asked whether they are still the same; never where it is zero.
    pub failover_check: Duration,
    /// Where `/livez`, `/readyz` and `/metrics` are served.
    pub listen: SocketAddr,
    /// How long the end waits for statements that run.
    pub grace: Duration,
    /// Lead by a Lease, or stand by for who does.
    pub election: Option<LeaseOptions>,
}

/// The Lease by which one of several replicas leads.
#[derive(Debug, Clone)]
pub struct LeaseOptions {
    pub name: String,
    /// The operator's own namespace where there is none.
    pub namespace: Option<String>,
}

/// Why the operator could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("no way to reach the Kubernetes API is configured: {0}")]
    Configuration(#[from] kube::config::InferConfigError),
    #[error("the Kubernetes client could not be made: {0}")]
    Client(#[from] Box<kube::Error>),
    #[error("listening on {address}: {error}")]
    Listen { address: SocketAddr, error: std::io::Error },
    #[error(
        "changes per server ({changes}) must be fewer than connections per server ({connections}): long changes would \
         leave none to look with"
    )]
    Limits { changes: usize, connections: usize },
    #[error("waiting for signals: {0}")]
    Signal(std::io::Error),
    #[error("{0}; it ends, and stands by when it is started again")]
    Lost(#[from] Lost),
}

type Guarded = DeserializeGuard<DatabaseSchema>;

/// Runs the operator until SIGTERM or SIGINT.
///
/// # Errors
/// The operator can't start, or leads no longer. What else goes wrong is retried and reported on the resources.
pub async fn run(options: Options) -> Result<(), RunError> {
    let (changes, connections) = (options.changes_per_server, options.connections_per_server);
    if changes >= connections {
        return Err(RunError::Limits { changes, connections });
    }
    let mut config = Config::infer().await?;
    // Retries are ours: the client's would hold a reconcile for many minutes.
    config.default_retry = false;
    let api_server = api_server(&config);
    let candidate = options.election.as_ref().map(|lease| candidate(lease, &config));
    let client = Client::try_from(config).map_err(Box::new)?;
    let (stop, stopped) = stop_signal().map_err(RunError::Signal)?;
    let servers = Servers::new(options.connections_per_server);
    let metrics = Arc::new(Metrics::new(servers.traffic().clone()));
    let health = Health::default();
    let http = serve(options.listen, health.clone(), metrics.clone(), stopped.clone()).await;
    let (listen, http) = http.map_err(|error| RunError::Listen { address: options.listen, error })?;

    let (wake, woken) = mpsc::unbounded_channel();
    let wake: Wake = Arc::new(move |uid: &str| {
        // Nobody listens any more when the operator ends.
        let _ = wake.send(uid.to_owned());
    });
    let changes = ChangeRegistry::new(servers.clone(), options.changes_per_server, wake.clone());
    let hosts = AllowedHosts::new(options.allowed_hosts.clone(), api_server);
    let context = Arc::new(Context {
        recorder: Recorder::new(
            client.clone(),
            Reporter { controller: FIELD_MANAGER.into(), instance: std::env::var("POD_NAME").ok() },
        ),
        failover: FailoverCheck::new(servers.clone(), hosts.clone(), options.failover_check, wake),
        hosts,
        client,
        pipeline: Pipeline::new(servers),
        changes: changes.clone(),
        backoff: Backoff::default(),
        written_statuses: WrittenStatuses::default(),
        metrics,
        cluster: tokio::sync::OnceCell::new(),
        live_resources: std::sync::OnceLock::new(),
    });
    tracing::info!(%listen, version = env!("CARGO_PKG_VERSION"), "the operator starts");
    let leadership = Leadership::win(candidate, &context.client, &health, (stop.clone(), stopped.clone())).await;
    if !*stopped.borrow() {
        watch_resources(&options, context, health, woken, stopped).await;
    }
    // Whoever leads next finds the statements that still run by the locks of their databases.
    let lost = leadership.end().await;
    let grace = if lost.is_some() { Duration::ZERO } else { options.grace };
    let running = changes.stop_all_and_wait(grace).await;
    if running > 0 {
        tracing::warn!(running, "statements still run; the servers carry them through, and they are found again");
    }
    stop.send_replace(true);
    if let Err(error) = http.await {
        tracing::warn!(%error, "the HTTP server did not end in order");
    }
    tracing::info!("the operator ends");
    lost.map_or(Ok(()), |lost| Err(lost.into()))
}

/// Who this process is in an election.
fn candidate(lease: &LeaseOptions, config: &Config) -> Candidate {
    let namespace = lease.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
    Candidate::new(namespace, lease.name.clone(), std::env::var("POD_NAME").ok().filter(|name| !name.is_empty()))
}

/// Watches and reconciles until it is told to stop; what is being reconciled then is finished.
async fn watch_resources(
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

/// A resource is gone: its change begins no further step, and nothing of it is kept.
fn forget(object: &Guarded, context: &Context) {
    let uid = object.uid().unwrap_or_default();
    context.changes.stop(&uid);
    context.backoff.forget(&uid);
    context.failover.forget(&uid);
    context.written_statuses.forget(&uid);
}

fn api_server(config: &Config) -> Option<Address> {
    let url = &config.cluster_url;
    let default = if url.scheme_str() == Some("http") { 80 } else { 443 };
    let host = url.host()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    Some(Address { host, port: url.port_u16().unwrap_or(default) })
}

/// Turns true with the first SIGTERM or SIGINT; a second one ends the process at once.
fn stop_signal() -> std::io::Result<(watch::Sender<bool>, watch::Receiver<bool>)> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (stop, stopped) = watch::channel(false);
    let sender = stop.clone();
    tokio::spawn(async move {
        let mut next = async || {
            let (terminate, interrupt) = (terminate.recv().fuse(), interrupt.recv().fuse());
            tokio::select! { _ = terminate => {}, _ = interrupt => {} }
        };
        next().await;
        tracing::info!("a signal to stop arrived; no further step is begun");
        sender.send_replace(true);
        next().await;
        tracing::warn!("a second signal arrived; the operator ends at once");
        std::process::exit(1);
    });
    Ok((stop, stopped))
}
