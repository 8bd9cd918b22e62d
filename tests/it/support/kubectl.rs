//! `kubectl`, as a person runs it.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs `kubectl` with this standard input. Returns its output, or what it prints as its error.
pub fn kubectl(kubeconfig: &Path, arguments: &[&str], input: &str) -> Result<String, String> {
    let mut kubectl = Command::new("kubectl")
        .args(arguments)
        .env("KUBECONFIG", kubeconfig)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kubectl runs");
    kubectl.stdin.take().expect("stdin is piped").write_all(input.as_bytes()).expect("kubectl reads");
    let output = kubectl.wait_with_output().expect("kubectl ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}
