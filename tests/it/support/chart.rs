//! The operator's permissions: the token of the ServiceAccount in the real chart, which the real Helm installs once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::variable;

const NAMESPACE: &str = "schema-operator";

/// Returns the path of a kubeconfig that holds nothing but the token of the chart's ServiceAccount.
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
        let mut config = administrator_config();
        config["users"][0]["user"] = serde_json::json!({ "token": token.trim() });
        let name = format!("schema-operator-test-{}.kubeconfig", std::process::id());
        write_kubeconfig(&config, std::env::temp_dir().join(name))
    })
}

/// Writes a kubeconfig with which the administrator acts as `user`, for `kubectl` and `kubectl-schema`.
pub fn kubeconfig_as(user: &str, folder: &Path) -> PathBuf {
    let mut config = administrator_config();
    config["users"][0]["user"]["as"] = user.into();
    write_kubeconfig(&config, folder.join(format!("{user}.kubeconfig")))
}

/// Returns what makes a kubeconfig by which the administrator reaches the API server at another port, and the address that
/// it has.
pub fn kubeconfig_at(folder: &Path) -> (impl Fn(u16) -> PathBuf + use<>, String) {
    let config = administrator_config();
    let url = config["clusters"][0]["cluster"]["server"].as_str().expect("a URL").to_owned();
    let address = url.trim_start_matches("https://").trim_end_matches('/').to_owned();
    let path = folder.join("at-another-port.kubeconfig");
    let make = move |port: u16| {
        let mut config = config.clone();
        config["clusters"][0]["cluster"]["server"] = format!("https://127.0.0.1:{port}").into();
        write_kubeconfig(&config, path.clone())
    };
    (make, address)
}

fn administrator_config() -> serde_json::Value {
    let config = run("kubectl", &["config", "view", "--raw", "--minify", "--flatten", "--output=json"]);
    serde_json::from_str(&config).expect("kubectl prints JSON")
}

fn write_kubeconfig(config: &serde_json::Value, path: PathBuf) -> PathBuf {
    std::fs::write(&path, config.to_string()).expect("the temporary folder can be written");
    path
}

/// Runs a program of the testbed as the administrator, and returns its output.
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
