//! A resource that goes wrong holds up no other one.

use kube::Api;
use kube::runtime::wait::await_condition;
use schema_operator::api::DatabaseSchema;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::{ControlPlane, Operator, Server, World, client_of, condition, is_ready, reason};

const SPEC: &str = "tables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_resource_holds_up_no_good_one() {
    let world = World::with(Server::MySql, &["--concurrency", "4"]).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    world.apply(&world.secret("silent", &[("port", &port)])).unwrap();
    world.apply(&world.secret("wrong", &[("password", "wrong")])).unwrap();
    for (name, secret) in [("bad-silent", "silent"), ("bad-login", "wrong"), ("bad-secret", "none")] {
        world.apply(&world.schema_named(name, SPEC).replace("name: db", &format!("name: {secret}"))).unwrap();
    }
    world.apply(&world.schema_named("bad-spec", &SPEC.replace("int", "nosuchtype"))).unwrap();
    for (name, word) in [("bad-login", "AuthenticationFailed"), ("bad-secret", "SecretNotFound")] {
        world.wait_named(name, word, |resource| reason(resource) == word).await;
    }
    world.wait_named("bad-spec", "InvalidSpec", |resource| reason(resource) == "InvalidSpec").await;
    world.apply_ready(SPEC).await;
    let silent = world.resources().get("bad-silent").await.unwrap();
    assert_ne!(condition(&silent, "Ready").status, "True");
}

/// Returns a CRD that checks nothing in the spec.
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
    // The world serves for its database; its operator watches another cluster.
    let world = World::new(Server::MySql).await;
    let apply = |manifest: &str| control_plane.kubectl(&["apply", "--server-side", "-f", "-"], manifest);
    apply(&world.secret("db", &[]));
    apply(&world.schema_named("malformed", &SPEC.replace("{name: id, type: int}", "{name: id, type: [1]}")));
    apply(&world.schema_named("huge", &format!("interval: 99999999999999999999h\n{SPEC}")));
    let operator = Operator::start_as(&control_plane.kubeconfig(), "default", &[]).await;
    apply(&world.schema_named("good", SPEC));
    let api: Api<DatabaseSchema> = Api::namespaced(client_of(&control_plane.kubeconfig()).await, "default");
    let ready =
        await_condition(api.clone(), "good", |resource: Option<&DatabaseSchema>| resource.is_some_and(is_ready));
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
