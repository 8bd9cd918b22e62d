//! Measures how fast the operator is, and what it costs, on the testbed's servers with the operator's own binary:
//!
//!     cargo bench                              # everything, about fifteen minutes once built
//!     cargo bench -- --quick                   # the same with smaller numbers; or BENCH_QUICK=1
//!     cargo bench -- latency change            # some measurements alone, by name
//!     BENCH_LOG_LEVEL=debug cargo bench -- change     # with the operator's log
//!
//! Ratios compare what was measured alternately in one run, so a slow machine does not change them. A missed aim is shown
//! in the table, and is no failure. A measurement that could not be made is one.

// Its results are a table for a person, and no text of a server.
#![allow(clippy::print_stdout, clippy::print_stderr)]

#[path = "operator/change.rs"]
mod change;
#[path = "operator/environment.rs"]
mod environment;
#[path = "operator/fairness.rs"]
mod fairness;
#[path = "operator/latency.rs"]
mod latency;
#[path = "operator/many_tables.rs"]
mod many_tables;
#[path = "operator/memory.rs"]
mod memory;
#[path = "operator/pass.rs"]
mod pass;
#[path = "operator/process.rs"]
mod process;
#[path = "operator/reading.rs"]
mod reading;
#[path = "operator/round_trips.rs"]
mod round_trips;
#[path = "operator/scale.rs"]
mod scale;
#[path = "operator/sizes.rs"]
mod sizes;
#[path = "operator/stats.rs"]
mod stats;
#[path = "operator/support.rs"]
mod support;
#[path = "operator/table.rs"]
mod table;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use environment::BenchEnvironment;
use support::Server;
use table::Row;

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Failure>;

/// How large the numbers are.
#[derive(Debug, Clone, Copy)]
struct Scale {
    quick: bool,
}

impl Scale {
    fn of(self, full: usize, quick: usize) -> usize {
        if self.quick { quick } else { full }
    }
}

/// The measurements, in the order of the table. The last one takes long, and is made only by its name.
const MEASUREMENTS: [&str; 8] = ["latency", "change", "rounds", "memory", "reading", "sizes", "fairness", LONGEST];

const LONGEST: &str = "scale";

const SERVERS: [Server; 2] = [Server::MySql, Server::MariaDb];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((sizes::ONE_SIZE, rest)) = arguments.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return one_size(rest);
    }
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let (flags, names): (Vec<&str>, Vec<&str>) =
        arguments.iter().map(String::as_str).partition(|argument| argument.starts_with("--"));
    let unknown_flags = flags.iter().find(|flag| !["--bench", "--quick"].contains(flag));
    if let Some(unknown) = unknown_flags.or(names.iter().find(|name| !MEASUREMENTS.contains(name))) {
        eprintln!("{unknown} is unknown; there are --quick and {}", MEASUREMENTS.join(", "));
        return ExitCode::FAILURE;
    }
    // Without this flag, `cargo test --all-targets` runs the benchmark, and has to be short.
    if !has("--bench") {
        eprintln!("nothing is measured; run `cargo bench`");
        return ExitCode::SUCCESS;
    }
    let quick = has("--quick") || std::env::var("BENCH_QUICK").is_ok_and(|value| !["", "0"].contains(&value.as_str()));
    let is_asked = |name: &&str| names.contains(name) || names.is_empty() && *name != LONGEST;
    let names: Vec<&str> = MEASUREMENTS.into_iter().filter(is_asked).collect();
    let Some(runtime) = runtime() else { return ExitCode::FAILURE };
    let results = runtime.block_on(measure_all(&names, Scale { quick }));
    print!("{}", table::render(&results.rows));
    if cfg!(debug_assertions) {
        println!("\nThe operator was built without optimisation: these figures say little. Run `cargo bench`.");
    }
    if results.are_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn runtime() -> Option<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.inspect_err(|error| eprintln!("no runtime: {error}")).ok()
}

/// Measures one size for the process that started this one.
fn one_size(arguments: &[String]) -> ExitCode {
    let Some(runtime) = runtime() else { return ExitCode::FAILURE };
    match runtime.block_on(sizes::one_size(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The results of all measurements.
struct Results {
    rows: Vec<Row>,
    /// Whether each measurement could be made.
    are_complete: bool,
}

/// Measures one after the other, so that none disturbs another.
async fn measure_all(names: &[&str], scale: Scale) -> Results {
    let mut results = Results { rows: Vec::new(), are_complete: true };
    for &name in names {
        // What it measures is the operator, not the server.
        let servers = if name == LONGEST { &SERVERS[..1] } else { &SERVERS[..] };
        for &server in servers {
            let began = Instant::now();
            eprintln!("{name} on {} ...", table::label(server));
            match measure_one(name, server, scale).await {
                Ok(measured) => results.rows.extend(measured),
                Err(error) => {
                    results.are_complete = false;
                    // A panic has printed more already.
                    results.rows.push(Row::failed(name, server, &error.to_string()));
                }
            }
            eprintln!("{name} on {}: {:.0} s", table::label(server), began.elapsed().as_secs_f64());
        }
    }
    if let Some(path) = support::kubeconfig_if_made() {
        // It holds a token.
        let _ = std::fs::remove_file(path);
    }
    results
}

/// Measures in a task of its own: what it creates in cluster and server is removed even if it panics.
async fn measure_one(name: &str, server: Server, scale: Scale) -> Result<Vec<Row>> {
    let environment = Arc::new(BenchEnvironment::new(server).await?);
    let measuring = environment.clone();
    let measured = match name {
        "latency" => tokio::spawn(async move { latency::measure(&measuring, scale).await }),
        "change" => tokio::spawn(async move { change::measure(&measuring, scale).await }),
        "rounds" => tokio::spawn(async move { round_trips::measure(&measuring, scale).await }),
        "memory" => tokio::spawn(async move { memory::measure(&measuring, scale).await }),
        "fairness" => tokio::spawn(async move { fairness::measure(&measuring, scale).await }),
        "scale" => tokio::spawn(async move { scale::measure(&measuring, scale).await }),
        "reading" => tokio::spawn(async move { reading::measure(&measuring, scale).await }),
        _ => tokio::spawn(async move { sizes::measure(&measuring, scale).await }),
    };
    let measured = measured.await;
    let removed = tokio::spawn(async move { environment.remove().await }).await;
    let rows = measured??;
    removed??;
    Ok(rows)
}
