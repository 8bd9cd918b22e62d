//! A person who may approve.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use schema_operator::api::PlanStatus;

use super::{World, kubeconfig_as, run, temporary_folder};

/// `ann`, who may approve in the namespace of a world.
pub struct Approver {
    kubeconfig: PathBuf,
    namespace: String,
}

impl Approver {
    /// Grants the chart's role to `ann`.
    pub fn new(world: &World) -> Self {
        let kubeconfig = kubeconfig_as("ann", &temporary_folder("approver"));
        let namespace = &world.namespace;
        let role = "--clusterrole=schema-operator-approve";
        run("kubectl", &["-n", namespace, "create", "rolebinding", "approve", role, "--user=ann"]);
        Self { kubeconfig, namespace: namespace.clone() }
    }

    /// Runs `kubectl schema` as `ann`.
    pub fn schema(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_kubectl-schema"))
            .args(arguments)
            .args(["-n", &self.namespace])
            .env("KUBECONFIG", &self.kubeconfig)
            .stdin(Stdio::null())
            .output()
            .expect("the binary runs")
    }

    /// Approves the plan with this id.
    pub fn approve(&self, plan: &PlanStatus) {
        let output = self.schema(&["approve", "todobox", "--plan", &plan.id]);
        assert!(output.status.success(), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).ends_with("approved by ann\n"), "{output:?}");
    }
}
