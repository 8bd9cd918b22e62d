//! An API server for one test alone, without the CRD.

use std::path::PathBuf;

use super::kubectl::kubectl;
use super::{temporary_folder, testbed};

/// etcd and kube-apiserver in a folder of their own, which end with the test.
pub struct ControlPlane {
    folder: PathBuf,
}

impl ControlPlane {
    /// Starts both.
    pub fn start() -> Self {
        let control_plane = Self { folder: temporary_folder("control-plane") };
        control_plane.act("start");
        control_plane
    }

    fn act(&self, action: &str) {
        testbed("control-plane", &[action, self.folder.to_str().expect("UTF-8")]);
    }

    /// Returns the path of the administrator's kubeconfig.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }

    /// Runs `kubectl` with this standard input, and returns its output.
    pub fn kubectl(&self, arguments: &[&str], input: &str) -> String {
        let outcome = kubectl(&self.kubeconfig(), arguments, input);
        outcome.unwrap_or_else(|error| panic!("kubectl {arguments:?}: {error}"))
    }

    /// Installs a CRD and waits until the API server serves it.
    pub fn install(&self, crd: &str) {
        self.kubectl(&["apply", "--server-side", "-f", "-"], crd);
        let crd = "crd/databaseschemas.schema-operator.dev";
        // Until it has conditions, `kubectl wait` for one ends with an error.
        self.kubectl(&["wait", "--for=jsonpath={.status.conditions[0].type}", crd, "--timeout=60s"], "");
        self.kubectl(&["wait", "--for=condition=Established", crd, "--timeout=60s"], "");
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        self.act("kill");
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
