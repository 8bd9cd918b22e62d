//! Starts the operator, and ends it in order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use kube::runtime::events::{Recorder, Reporter};
use kube::{Client, Config};
use tokio::sync::mpsc;

use super::backoff::Backoff;
use super::context::Context;
use super::failover::FailoverCheck;
use super::hosts::{AllowedHosts, NoDatabases};
use super::last_looks::LastLooks;
use super::leader::{Candidate, Election, Leadership, LeaseLost};
use super::options::{LeaseOptions, Options};
use super::shared_secrets::SharedSecrets;
use super::stop_signal::StopSignal;
use super::watch::watch_resources;
use crate::api::FIELD_MANAGER;
use crate::mysql::{Address, Servers};
use crate::reconcile::{ChangeRegistry, Pipeline, Readings, Wake};
use crate::telemetry::{Health, HttpLimits, Metrics, Sources, serve};

/// How long requests for metrics may take at the end.
const LAST_REQUESTS: Duration = Duration::from_secs(1);

/// Why the operator could not start, or could not go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("no kubeconfig or ServiceAccount to reach the Kubernetes API with: {0}")]
    Configuration(#[from] kube::config::InferConfigError),
    #[error("the Kubernetes client can't be created: {0}")]
    Client(#[from] Box<kube::Error>),
    #[error("listening on {address}: {error}")]
    Listen { address: SocketAddr, error: std::io::Error },
    #[error(
        "changes per server ({changes}) must be fewer than connections per server ({connections}): otherwise \
         changes leave no connection to read with"
    )]
    Limits { changes: usize, connections: usize },
    #[error("waiting for signals: {0}")]
    Signal(std::io::Error),
    #[error("{0}; the operator ends, and stands by once it is restarted")]
    LeaseLost(#[from] LeaseLost),
}

/// Runs the operator until SIGTERM or SIGINT.
///
/// # Errors
/// The operator can't start, or no longer leads. Any other failure is retried, and reported on the resources.
pub async fn run(options: Options) -> Result<(), RunError> {
    let (changes, connections) = (options.changes_per_server, options.connections_per_server);
    if changes >= connections {
        return Err(RunError::Limits { changes, connections });
    }
    let mut config = Config::infer().await?;
    // The operator retries by itself: the client's own retries would hold a reconcile for many minutes.
    config.default_retry = false;
    let api_server = api_server(&config);
    let candidate = options.lease.as_ref().map(|lease| candidate(lease, &config));
    let client = Client::try_from(config).map_err(Box::new)?;
    let stop = StopSignal::on_termination().map_err(RunError::Signal)?;
    let hosts = AllowedHosts::new(options.allowed_hosts.clone(), no_databases(api_server, options.listen.port()));
    // Of the connections that changes leave, one is not there for a single namespace.
    let servers = Servers::to_allowed(connections, hosts.rule());
    let servers = servers.with_tenant_limit((connections - changes).saturating_sub(1));
    let election = candidate.map(|candidate| Election::new(client.clone(), candidate, servers.fence().clone()));
    let metrics = Arc::new(Metrics::new(servers.traffic().clone()));
    let health = Health::default();
    let stopped = stop.clone();
    let stopped = async move { stopped.wait().await };
    let sources = Sources { health: health.clone(), metrics: metrics.clone() };
    let http = serve(options.listen, sources, HttpLimits::default(), stopped).await;
    let http = http.map_err(|error| RunError::Listen { address: options.listen, error })?;

    let (wake, woken) = mpsc::unbounded_channel();
    let wake: Wake = Arc::new(move |uid: &str| {
        // When the operator ends, there is no receiver any more.
        let _ = wake.send(uid.to_owned());
    });
    let changes = ChangeRegistry::new(servers.clone(), options.changes_per_server, wake.clone());
    let context = Arc::new(Context {
        recorder: Recorder::new(
            client.clone(),
            Reporter { controller: FIELD_MANAGER.into(), instance: std::env::var("POD_NAME").ok() },
        ),
        failover: FailoverCheck::new(servers.clone(), options.failover_check, wake),
        hosts,
        client,
        pipeline: Pipeline::new(servers),
        changes: changes.clone(),
        backoff: Backoff::default(),
        written_statuses: Arc::default(),
        record_notes: Arc::default(),
        object_sizes: Arc::default(),
        last_looks: LastLooks::default(),
        readings: Readings::default(),
        secrets: SharedSecrets::default(),
        metrics,
        cluster_id: tokio::sync::OnceCell::new(),
        live_resources: std::sync::OnceLock::new(),
    });
    tracing::info!(listen = %http.address, version = env!("CARGO_PKG_VERSION"), "the operator starts");
    let mut leadership = Leadership::win(election, &health, &stop).await;
    if !stop.is_sent() {
        watch_resources(&options, context, health, woken, &stop).await;
    }
    // Another one leads only once no statement of this one can begin. It finds those that still run by the locks of their
    // databases.
    let running = tokio::select! {
        biased;
        () = leadership.lost() => changes.stop_all_and_wait(Duration::ZERO).await,
        running = changes.stop_all_and_wait(options.grace) => running,
    };
    let lost = leadership.end().await;
    if running > 0 {
        tracing::warn!(running, "statements still run; the servers complete them, and the next start finds them");
    }
    stop.send();
    tokio::select! {
        ended = http.task => if let Err(error) = ended {
            tracing::warn!(%error, "the HTTP server did not end in order");
        },
        // A client that never ends its request must not keep the operator.
        () = tokio::time::sleep(LAST_REQUESTS) => {}
    }
    tracing::info!("the operator ends");
    lost.map_or(Ok(()), |lost| Err(lost.into()))
}

/// Returns what this process is in an election.
fn candidate(lease: &LeaseOptions, config: &Config) -> Candidate {
    let namespace = lease.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
    Candidate::new(namespace, lease.name.clone(), std::env::var("POD_NAME").ok().filter(|name| !name.is_empty()))
}

/// Returns what listens and is no database, as far as the operator's environment tells.
fn no_databases(api_server: Option<Address>, own_port: u16) -> NoDatabases {
    let variable = |name| std::env::var(name).ok();
    // A pod finds the API server by these, whatever its kubeconfig says.
    let of_pod = variable("KUBERNETES_SERVICE_HOST").map(|host| {
        let port = variable("KUBERNETES_SERVICE_PORT").and_then(|port| port.parse().ok()).unwrap_or(443);
        Address::new(host, port)
    });
    let own_address = variable("POD_IP").and_then(|address| address.parse().ok());
    NoDatabases { api_servers: api_server.into_iter().chain(of_pod).collect(), own_port, own_address }
}

/// Returns the address of the Kubernetes API, which is no database server.
fn api_server(config: &Config) -> Option<Address> {
    let url = &config.cluster_url;
    let default = if url.scheme_str() == Some("http") { 80 } else { 443 };
    let host = url.host()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    Some(Address::new(host, url.port_u16().unwrap_or(default)))
}
