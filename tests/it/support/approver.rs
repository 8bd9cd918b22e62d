//! A person who may approve.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use schema_operator::api::PlanStatus;

use super::{World, kubeconfig_as, run, temporary_folder};

/// `ann`, who may approve in the namespace of a world.
pub struct Approver {
    kubeconfig: PathBuf,
    namespace: String,
}

impl Approver {
    /// Grants the chart's role to `ann`, and waits until the API server knows of it.
    pub fn new(world: &World) -> Self {
        let kubeconfig = kubeconfig_as("ann", &temporary_folder("approver"));
        let namespace = &world.namespace;
        let role = "--clusterrole=schema-operator-approve";
        run("kubectl", &["-n", namespace, "create", "rolebinding", "approve", role, "--user=ann"]);
        let approver = Self { kubeconfig, namespace: namespace.clone() };
        approver.wait_for_role();
        approver
    }

    fn wait_for_role(&self) {
        let resource = "databaseschemas.schema-operator.dev";
        let may = || {
            Command::new("kubectl")
                .args(["auth", "can-i", "get", resource, "--quiet", "-n", &self.namespace])
                .env("KUBECONFIG", &self.kubeconfig)
                .status()
                .expect("kubectl runs")
                .success()
        };
        let deadline = Instant::now() + Duration::from_secs(30);
        while !may() {
            assert!(Instant::now() < deadline, "ann never got the role");
        }
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
