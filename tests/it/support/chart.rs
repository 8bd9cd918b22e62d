//! The operator's permissions: the real chart, installed once with the real Helm, and its ServiceAccount's token.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use super::variable;

const NAMESPACE: &str = "schema-operator";

/// The path of a kubeconfig that holds nothing but the token of the chart's ServiceAccount.
pub fn operator_kubeconfig() -> &'static PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let chart = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/schema-operator");
        run(
            "helm",
            &["upgrade", "--install", "schema-operator", chart, "--namespace", NAMESPACE, "--create-namespace"]
                .into_iter()
                .chain(["--set", "deployment.enabled=false"])
                .collect::<Vec<_>>(),
        );
        run(
            "kubectl",
            &["wait", "--for=condition=Established", "crd/databaseschemas.schema-operator.dev", "--timeout=60s"],
        );
        let token = run("kubectl", &["create", "token", "schema-operator", "--namespace", NAMESPACE, "--duration=12h"]);
        write_kubeconfig(token.trim())
    })
}

/// The administrator's kubeconfig, with the token in place of the administrator's certificate.
fn write_kubeconfig(token: &str) -> PathBuf {
    let config = run("kubectl", &["config", "view", "--raw", "--minify", "--flatten", "--output=json"]);
    let mut config: serde_json::Value = serde_json::from_str(&config).expect("kubectl prints JSON");
    config["users"][0]["user"] = serde_json::json!({ "token": token });
    let path = std::env::temp_dir().join(format!("schema-operator-test-{}.kubeconfig", std::process::id()));
    std::fs::write(&path, config.to_string()).expect("the temporary folder can be written");
    path
}

/// The administrator's kubeconfig, by which everything is done as `user`; for `kubectl` and `kubectl-schema`.
pub fn kubeconfig_as(user: &str, folder: &std::path::Path) -> PathBuf {
    let config = run("kubectl", &["config", "view", "--raw", "--minify", "--flatten", "--output=json"]);
    let mut config: serde_json::Value = serde_json::from_str(&config).expect("kubectl prints JSON");
    config["users"][0]["user"]["as"] = user.into();
    let path = folder.join(format!("{user}.kubeconfig"));
    std::fs::write(&path, config.to_string()).expect("the temporary folder can be written");
    path
}

/// Runs a program of the testbed and gives its output.
pub fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .env("KUBECONFIG", variable("KUBECONFIG"))
        .output()
        .unwrap_or_else(|error| panic!("{program} can't be run: {error}"));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
