//! How the operator is run.

use std::net::SocketAddr;
use std::time::Duration;

use super::hosts::HostPattern;

/// How the operator is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The only namespace to watch; all namespaces where there is none.
    pub namespace: Option<String>,
    /// Resources that are reconciled at the same time.
    pub concurrency: u16,
    /// Connections to one server at the same time.
    pub connections_per_server: usize,
    /// Schema changes that run on one server at the same time.
    pub changes_per_server: usize,
    pub allowed_hosts: Vec<HostPattern>,
    /// The time between two checks whether a server is still the same; zero for none.
    pub failover_check: Duration,
    /// Where `/livez`, `/readyz` and `/metrics` are served.
    pub listen: SocketAddr,
    /// How long the operator waits at its end for statements that run.
    pub grace: Duration,
    /// The Lease by which this replica leads or stands by; a single replica needs none.
    pub lease: Option<LeaseOptions>,
}

/// The Lease by which one of several replicas leads.
#[derive(Debug, Clone)]
pub struct LeaseOptions {
    pub name: String,
    /// Where there is none, the operator's own namespace.
    pub namespace: Option<String>,
}
