//! An API server for one test alone, without the CRD.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{temporary_folder, testbed};

/// etcd and kube-apiserver in a folder of their own. They end with the test.
pub struct ControlPlane {
    folder: PathBuf,
}

impl ControlPlane {
    pub fn start() -> Self {
        let control_plane = Self { folder: temporary_folder("control-plane") };
        control_plane.act("start");
        control_plane
    }

    fn act(&self, action: &str) {
        testbed("control-plane", &[action, self.folder.to_str().expect("UTF-8")]);
    }

    /// The administrator's kubeconfig.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }

    /// `kubectl`, with this on standard input; gives its output.
    pub fn kubectl(&self, arguments: &[&str], input: &str) -> String {
        let mut kubectl = Command::new("kubectl")
            .args(arguments)
            .env("KUBECONFIG", self.kubeconfig())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("kubectl runs");
        kubectl.stdin.take().expect("stdin is piped").write_all(input.as_bytes()).expect("kubectl reads");
        let output = kubectl.wait_with_output().expect("kubectl ends");
        assert!(output.status.success(), "kubectl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Installs a CRD and waits until the API server serves it.
    pub fn install(&self, crd: &str) {
        self.kubectl(&["apply", "--server-side", "-f", "-"], crd);
        let crd = "crd/databaseschemas.schema-operator.dev";
        self.kubectl(&["wait", "--for=condition=Established", crd, "--timeout=60s"], "");
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        self.act("kill");
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
