//! The operator's command line.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use schema_operator::controller::{HostPattern, LeaseOptions, Options, run};
use schema_operator::telemetry::LogFormat;
use schema_operator::{api, controller, telemetry};

/// Keeps MySQL schemas at what DatabaseSchema resources declare.
#[derive(Debug, Parser)]
#[command(name = "schema-operator", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the operator, in a cluster or outside with a kubeconfig
    Run(Box<RunArgs>),
    /// Print the CustomResourceDefinition as YAML
    Crd,
    /// Print the reference of the resource as Markdown
    Reference,
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Watch this namespace only; all namespaces by default
    #[arg(long, env = "WATCH_NAMESPACE")]
    namespace: Option<String>,
    /// Resources that are reconciled at the same time
    #[arg(long, env = "CONCURRENCY", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: u16,
    /// Connections to one database server at the same time
    #[arg(long, env = "CONNECTIONS_PER_SERVER", default_value_t = 8, value_parser = clap::value_parser!(u16).range(2..))]
    connections_per_server: u16,
    /// Schema changes that run on one database server at the same time
    #[arg(long, env = "CHANGES_PER_SERVER", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..))]
    changes_per_server: u16,
    /// Hosts that the operator may connect to: names, *.suffixes and networks (10.0.0.0/8); all by default.
    /// Link-local addresses and the Kubernetes API are always refused
    #[arg(long, env = "ALLOWED_HOSTS", value_delimiter = ',')]
    allowed_hosts: Vec<HostPattern>,
    /// Seconds between two looks at each server in use: whether it is still the same, and takes writes. After a failover
    /// what uses it is measured at once, else at its interval. 0 for never
    #[arg(long, env = "FAILOVER_CHECK_SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u16))]
    failover_check_seconds: u16,
    /// Address and port of /livez, /readyz and /metrics
    #[arg(long, env = "LISTEN", default_value = "0.0.0.0:8080")]
    listen: SocketAddr,
    /// Seconds that a statement may go on running after a signal to stop; after them the server carries it through
    #[arg(long, env = "GRACE_SECONDS", default_value_t = 20)]
    grace_seconds: u64,
    /// Work only while this process holds a Lease, and stand by for the one that does
    #[arg(long, env = "LEADER_ELECT")]
    leader_elect: bool,
    /// The name of that Lease
    #[arg(long, env = "LEASE_NAME", default_value = "schema-operator")]
    lease_name: String,
    /// The namespace of that Lease; the operator's own by default
    #[arg(long, env = "LEASE_NAMESPACE")]
    lease_namespace: Option<String>,
    /// Log lines as text or as JSON
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
    /// Log level, or a list of target=level
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
            eprintln!("schema-operator: {error}");
            ExitCode::FAILURE
        }
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn run_operator(args: RunArgs) -> Result<(), Failure> {
    telemetry::init(args.log_format, &args.log_level)?;
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
