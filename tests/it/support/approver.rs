//! A person who may approve.

use std::process::{Command, Output};

use schema_operator::api::PlanStatus;

use super::{World, kubeconfig_as, run, temporary_folder};

/// Somebody who may approve in the namespace.
pub struct Approver {
    kubeconfig: std::path::PathBuf,
    namespace: String,
}

impl Approver {
    pub fn new(world: &World) -> Self {
        let kubeconfig = kubeconfig_as("ann", &temporary_folder("approver"));
        let namespace = &world.namespace;
        let role = "--clusterrole=schema-operator-approve";
        run("kubectl", &["-n", namespace, "create", "rolebinding", "approve", role, "--user=ann"]);
        Self { kubeconfig, namespace: namespace.clone() }
    }

    /// `kubectl schema`, as that person.
    pub fn schema(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_kubectl-schema"))
            .args(arguments)
            .args(["-n", &self.namespace])
            .env("KUBECONFIG", &self.kubeconfig)
            .stdin(std::process::Stdio::null())
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
