//! A resource that can't be read, as it may stand there from before a rule of the CRD, stalls alone.

use kube::Api;
use kube::runtime::wait::await_condition;
use schema_operator::api::DatabaseSchema;
use serde_json::Value;

use crate::support::{ControlPlane, Operator, Server, World, client_of, condition};

/// The CRD with nothing checked in the spec.
fn relaxed() -> String {
    let mut crd: Value = serde_saphyr::from_str(&schema_operator::api::crd_yaml().unwrap()).unwrap();
    let version = &mut crd["spec"]["versions"][0];
    version["schema"]["openAPIV3Schema"]["properties"]["spec"] =
        serde_json::json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    crd.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_that_cannot_be_read_stalls_alone() {
    let control_plane = ControlPlane::start();
    control_plane.install(&relaxed());
    // For a database of its own; its operator looks into another cluster.
    let world = World::new(Server::MySql).await;
    let spec = "tables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";
    let apply = |manifest: &str| control_plane.kubectl(&["apply", "--server-side", "-f", "-"], manifest);
    apply(&world.secret("db", &[]));
    apply(&world.schema_named("malformed", &spec.replace("{name: id, type: int}", "{name: id, type: [1]}")));
    apply(&world.schema_named("huge", &format!("interval: 99999999999999999999h\n{spec}")));
    let operator = Operator::start_as(&control_plane.kubeconfig(), "default", &[]).await;
    apply(&world.schema_named("good", spec));
    let api: Api<DatabaseSchema> = Api::namespaced(client_of(&control_plane.kubeconfig()).await, "default");
    let ready = await_condition(api.clone(), "good", |resource: Option<&DatabaseSchema>| {
        resource.is_some_and(|resource| condition(resource, "Ready").0 == "True")
    });
    ready.await.expect("the good one is Ready");
    operator.wait_for_log("the resource can't be read").await;
    for (name, words) in [("malformed", "Expected a string"), ("huge", "spec.interval")] {
        let resource = format!("dbs/{name}");
        control_plane.kubectl(&["wait", "--for=condition=Stalled", &resource, "--timeout=60s"], "");
        let stalled = "--output=jsonpath={.status.conditions[?(@.type==\"Stalled\")]}";
        let stalled = control_plane.kubectl(&["get", &resource, stalled], "");
        assert!(stalled.contains("InvalidSpec") && stalled.contains(words), "{name}: {stalled}");
    }
}
