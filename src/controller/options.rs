//! How the operator is run.

use std::net::SocketAddr;
use std::time::Duration;

use super::hosts::HostPattern;

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
