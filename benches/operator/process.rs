//! Runs the operator's own binary with the chart's permissions, and measures it from outside.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::Result;
use crate::support::operator_kubeconfig;

/// Clock ticks of /proc in a second: 100 on every Linux that a program can see.
const TICKS: f64 = 100.0;

/// A running operator. It is ended when dropped.
pub struct Operator {
    process: Child,
    address: String,
}

/// The operator's counters at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Counters {
    pub reconciles: f64,
    /// Reconciles that have begun and not ended.
    pub in_flight: f64,
    /// How long the resource that waits longest has been due, in seconds.
    pub oldest: f64,
    pub round_trips: f64,
}

impl Operator {
    /// Starts an operator for one namespace or all, and waits until it watches.
    pub async fn start(namespace: Option<&str>) -> Result<Self> {
        // A higher level than the default would cost time that the operator does not need.
        let level = std::env::var("BENCH_LOG_LEVEL").ok();
        let mut process = Command::new(env!("CARGO_BIN_EXE_schema-operator"))
            .args(["run", "--listen", "127.0.0.1:0", "--log-format", "json"])
            .args(namespace.map(|namespace| format!("--namespace={namespace}")))
            .args(["--log-level", level.as_deref().unwrap_or("info")])
            .env("KUBECONFIG", operator_kubeconfig())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let log = process.stderr.take().ok_or("the operator has no log")?;
        let mut operator = Self { process, address: String::new() };
        let addresses = follow(log, level.is_some());
        let deadline = Instant::now() + Duration::from_mins(1);
        while operator.address.is_empty() || !operator.get("/readyz").is_ok_and(|answer| answer.contains(" 200 ")) {
            if Instant::now() > deadline {
                return Err("the operator did not start within a minute; see BENCH_LOG_LEVEL=debug".into());
            }
            if let Ok(address) = addresses.try_recv() {
                operator.address = address;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(operator)
    }

    /// Asks it to end, as a pod is asked. Returns the time until it has ended.
    pub async fn terminate(&mut self) -> Result<Duration> {
        let began = Instant::now();
        Command::new("kill").args(["-s", "TERM", &self.process.id().to_string()]).status()?;
        while self.process.try_wait()?.is_none() {
            if began.elapsed() > Duration::from_mins(2) {
                return Err("the operator does not end".into());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(began.elapsed())
    }

    /// Ends it.
    pub fn end(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Returns what `path` of its HTTP server answers, with the headers.
    fn get(&self, path: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: operator\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// Reads its counters, summed over all labels.
    pub fn counters(&self) -> Result<Counters> {
        let answer = self.get("/metrics")?;
        Ok(Counters {
            reconciles: sum_of_metric(&answer, "schema_operator_reconciles_total"),
            in_flight: sum_of_metric(&answer, "schema_operator_reconciles_in_flight"),
            oldest: sum_of_metric(&answer, "schema_operator_queue_oldest_seconds"),
            round_trips: sum_of_metric(&answer, "schema_operator_sql_round_trips_total"),
        })
    }

    /// Reads the memory that it holds, in MB.
    pub fn memory(&self) -> Result<f64> {
        let status = self.proc("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes: f64 = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmRSS")?.parse()?;
        Ok(kilobytes / 1024.0)
    }

    /// Reads the processor time that it has used, in seconds.
    pub fn cpu(&self) -> Result<f64> {
        let stat = self.proc("stat")?;
        // The second field is the program's name in parentheses; user and system time are fields 14 and 15.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: Vec<f64> = fields.skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
        Ok(ticks.iter().sum::<f64>() / TICKS)
    }

    fn proc(&self, file: &str) -> std::io::Result<String> {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.process.id()))
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        self.end();
    }
}

/// Sums a metric over all labels, in the text format of Prometheus.
pub fn sum_of_metric(text: &str, name: &str) -> f64 {
    let lines = text.lines().filter(|line| line.split(['{', ' ']).next() == Some(name));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

/// Reads the log, since the operator would otherwise wait for a reader. Sends the address that a line names.
fn follow(log: ChildStderr, print: bool) -> mpsc::Receiver<String> {
    let (found, addresses) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(log).lines().map_while(std::result::Result::ok) {
            if print {
                eprintln!("{line}");
            }
            let parsed: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(address) = parsed.get("listen").and_then(serde_json::Value::as_str) {
                // Where the operator started too late, there is no receiver any more.
                let _ = found.send(address.to_owned());
            }
        }
    });
    addresses
}
