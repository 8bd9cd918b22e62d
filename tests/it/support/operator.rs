//! The operator's own binary, run with the chart's permissions.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::chart::operator_kubeconfig;

/// A running operator. It is ended when the test ends.
pub struct Operator {
    process: Child,
    log: Arc<Mutex<Vec<String>>>,
}

impl Operator {
    /// Starts an operator for one namespace, and waits until it has an address.
    pub async fn start(namespace: &str, arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_schema-operator"))
            .args(["run", "--namespace", namespace, "--listen", "127.0.0.1:0", "--log-format", "json"])
            .args(["--log-level", "debug,hyper=info,rustls=info,tower=info,h2=info,kube=info"])
            .args(arguments)
            .env("KUBECONFIG", operator_kubeconfig())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the operator's binary runs");
        let log = Arc::new(Mutex::new(Vec::new()));
        let stderr = process.stderr.take().expect("stderr is piped");
        let lines = log.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        let operator = Self { process, log };
        operator.wait_for_log("the operator starts").await;
        operator
    }

    /// Everything that it has logged.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// Waits for a line of the log.
    pub async fn wait_for_log(&self, text: &str) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.log().contains(text) {
            assert!(Instant::now() < deadline, "{text:?} was not logged:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Where it serves /livez, /readyz and /metrics.
    pub fn address(&self) -> String {
        let log = self.log();
        let line = log.lines().find(|line| line.contains("the operator starts")).expect("it has started");
        let line: serde_json::Value = serde_json::from_str(line).expect("the log is JSON");
        line["listen"].as_str().expect("the line names the address").to_owned()
    }

    /// Sends a signal: TERM, INT or KILL.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args(["-s", signal, &self.process.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()));
    }

    /// Waits until it has ended.
    pub async fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(status) = self.process.try_wait().expect("it can be waited for") {
                return status;
            }
            assert!(Instant::now() < deadline, "the operator does not end:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("the operator's log:\n{}", self.log());
        }
    }
}
