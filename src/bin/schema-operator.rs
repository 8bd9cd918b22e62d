//! Reads the operator's command line, and runs it.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use schema_operator::controller::{HostPattern, LeaseOptions, Options, run};
use schema_operator::telemetry::LogFormat;
use schema_operator::{api, controller, telemetry};

/// Keep MySQL and MariaDB schemas as DatabaseSchema resources declare them.
#[derive(Debug, Parser)]
#[command(name = "schema-operator", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the operator, in a cluster or outside of it with a kubeconfig
    Run(Box<RunArgs>),
    /// Print the CustomResourceDefinition as YAML
    Crd,
    /// Print the reference of the resource as Markdown
    Reference,
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Namespace to watch; all namespaces by default
    #[arg(long, env = "WATCH_NAMESPACE")]
    namespace: Option<String>,
    /// Maximum number of resources to reconcile at the same time
    #[arg(long, env = "CONCURRENCY", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: u16,
    /// Maximum number of connections to one database server
    #[arg(long, env = "CONNECTIONS_PER_SERVER", default_value_t = 8, value_parser = clap::value_parser!(u16).range(2..))]
    connections_per_server: u16,
    /// Maximum number of schema changes to run on one database server at the same time
    #[arg(long, env = "CHANGES_PER_SERVER", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..))]
    changes_per_server: u16,
    /// Hosts that the operator may connect to: names, *.suffixes and networks (10.0.0.0/8); all hosts by default.
    /// Link-local addresses and the Kubernetes API are always refused
    #[arg(long, env = "ALLOWED_HOSTS", value_delimiter = ',')]
    allowed_hosts: Vec<HostPattern>,
    /// Seconds between two checks whether each server in use is still the same and accepts writes, so that resources are
    /// measured right after a failover. 0 disables these checks, and resources are measured at their interval only
    #[arg(long, env = "FAILOVER_CHECK_SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u16))]
    failover_check_seconds: u16,
    /// Address and port on which to serve /livez, /readyz and /metrics
    #[arg(long, env = "LISTEN", default_value = "0.0.0.0:8080")]
    listen: SocketAddr,
    /// Seconds to wait for running statements after a signal to stop. The server completes those that run longer
    #[arg(long, env = "GRACE_SECONDS", default_value_t = 20)]
    grace_seconds: u64,
    /// Work only while this process holds a Lease, and stand by while another replica holds it
    #[arg(long, env = "LEADER_ELECT")]
    leader_elect: bool,
    /// Name of the Lease
    #[arg(long, env = "LEASE_NAME", default_value = "schema-operator")]
    lease_name: String,
    /// Namespace of the Lease; by default the operator's own namespace
    #[arg(long, env = "LEASE_NAMESPACE")]
    lease_namespace: Option<String>,
    /// Format of the log
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
    /// Level of the log, or a list of target=level
    #[arg(long, env = "LOG_LEVEL", default_value = "info")]
    log_level: String,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(args) => run_operator(*args),
        Command::Crd => print(api::crd_yaml().map_err(Into::into)),
        Command::Reference => print(Ok(api::reference_markdown())),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            telemetry::report(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn run_operator(args: RunArgs) -> Result<(), Failure> {
    telemetry::init(args.log_format, &args.log_level)?;
    telemetry::log_panics();
    let options = Options {
        namespace: args.namespace,
        concurrency: args.concurrency,
        connections_per_server: args.connections_per_server.into(),
        changes_per_server: args.changes_per_server.into(),
        allowed_hosts: args.allowed_hosts,
        failover_check: Duration::from_secs(args.failover_check_seconds.into()),
        listen: args.listen,
        grace: Duration::from_secs(args.grace_seconds),
        lease: args.leader_elect.then_some(LeaseOptions { name: args.lease_name, namespace: args.lease_namespace }),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async { run(options).await.map_err(controller::RunError::into) })
}

fn print(text: Result<String, Failure>) -> Result<(), Failure> {
    use std::io::Write;
    let text = text?;
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}
