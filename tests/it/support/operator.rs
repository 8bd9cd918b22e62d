//! The operator's own binary, run with the chart's permissions.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::chart::operator_kubeconfig;

/// A running operator, which ends with the test.
pub struct Operator {
    process: Child,
    log: Arc<Mutex<Vec<String>>>,
    stops_reading: Arc<AtomicBool>,
}

impl Operator {
    /// Starts an operator for one namespace, and waits until it has an address.
    pub async fn start(namespace: &str, arguments: &[&str]) -> Self {
        Self::start_as(operator_kubeconfig(), namespace, arguments).await
    }

    /// Starts an operator with another kubeconfig.
    pub async fn start_as(kubeconfig: &Path, namespace: &str, arguments: &[&str]) -> Self {
        Self::start_everywhere(kubeconfig, &[&["--namespace", namespace], arguments].concat()).await
    }

    /// Starts an operator for all namespaces of a cluster.
    pub async fn start_everywhere(kubeconfig: &Path, arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_schema-operator"))
            .args(["run", "--listen", "127.0.0.1:0", "--log-format", "json"])
            .args(["--log-level", "debug,hyper=info,rustls=info,tower=info,h2=info,kube=info"])
            .args(arguments)
            .env("KUBECONFIG", kubeconfig)
            // The image is linked with musl, which gives large buffers back to the system when they are freed. glibc
            // keeps those that are smaller than the largest one before, unless it is told where to begin.
            .env("MALLOC_MMAP_THRESHOLD_", "131072")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the operator's binary runs");
        let log = Arc::new(Mutex::new(Vec::new()));
        let stderr = process.stderr.take().expect("stderr is piped");
        let stops_reading = Arc::new(AtomicBool::new(false));
        let (lines, stops) = (log.clone(), stops_reading.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
                if stops.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let operator = Self { process, log, stops_reading };
        operator.wait_for_log("the operator starts").await;
        operator
    }

    /// Closes the pipe of its log after the next line.
    pub fn stop_reading_its_log(&self) {
        self.stops_reading.store(true, Ordering::Relaxed);
    }

    /// Returns everything that it has logged.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// Counts the lines of the log that contain this text.
    pub fn logged(&self, text: &str) -> usize {
        self.log.lock().unwrap().iter().filter(|line| line.contains(text)).count()
    }

    /// Waits until a line of the log contains this text.
    pub async fn wait_for_log(&self, text: &str) {
        self.wait_for_logs(text, 1).await;
    }

    /// Waits until `count` lines of the log contain this text.
    pub async fn wait_for_logs(&self, text: &str, count: usize) {
        let deadline = Instant::now() + Duration::from_secs(90);
        while self.logged(text) < count {
            assert!(Instant::now() < deadline, "{text:?} was not logged {count} times:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until it has measured the resource as in sync `count` more times.
    pub async fn wait_for_measurements(&self, count: usize) {
        const IN_SYNC: &str = "\"in sync\"";
        self.wait_for_logs(IN_SYNC, self.logged(IN_SYNC) + count).await;
    }

    /// Returns the code and the body of the answer to `GET path`.
    pub fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address()).expect("the operator listens");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: operator\r\nConnection: close\r\n\r\n")
            .expect("the operator reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the operator answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
        (head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a code"), body.to_owned())
    }

    /// Waits until `GET path` answers with this code.
    pub async fn wait_for_code(&self, path: &str, code: u16) {
        let deadline = Instant::now() + Duration::from_mins(1);
        while self.get(path).0 != code {
            assert!(Instant::now() < deadline, "{path} does not answer {code}: {:?}", self.get(path));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Returns the value of a metric, by its name and labels; 0 where there is none.
    pub fn metric(&self, name: &str) -> f64 {
        let (_, text) = self.get("/metrics");
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().expect("a number"))
    }

    /// Returns the address at which it serves /livez, /readyz and /metrics.
    pub fn address(&self) -> String {
        let log = self.log();
        let line = log.lines().find(|line| line.contains("the operator starts")).expect("the operator has started");
        let line: serde_json::Value = serde_json::from_str(line).expect("the log is JSON");
        line["listen"].as_str().expect("the line names the address").to_owned()
    }

    /// Returns the number of its process.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Returns the most memory that it has had, in KiB.
    pub fn most_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells it");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Sends a signal: TERM, INT or KILL.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args(["-s", signal, &self.process.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()));
    }

    /// Waits until it has ended.
    pub async fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            if let Some(status) = self.process.try_wait().expect("the operator can be waited for") {
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
