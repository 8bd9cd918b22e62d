//! What the operator reports about itself, and what it may do in the cluster.

use k8s_openapi::api::authorization::v1::SelfSubjectAccessReview;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use schema_operator::api::DatabaseSchema;

use crate::support::{
    ControlPlane, Operator, Server, World, client_of, kubectl, on_each_server, operator_kubeconfig, run, unique,
};

on_each_server!(metrics_follow_what_the_operator_does);

const SPEC: &str = "interval: 1s\ntables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";

async fn metrics_follow_what_the_operator_does(world: World) {
    let operator = &world.operator;
    assert_eq!(operator.get("/livez").0, 200);
    operator.wait_for_code("/readyz", 200).await;
    assert_eq!(operator.get("/nowhere").0, 404);
    let in_sync = r#"schema_operator_reconciles_total{reason="InSync"}"#;
    let done = r#"schema_operator_statements_total{outcome="done"}"#;
    let failed = r#"schema_operator_statements_total{outcome="failed"}"#;
    assert_eq!((operator.metric(in_sync), operator.metric(done)), (0.0, 0.0));
    world.apply_ready(SPEC).await;
    operator.wait_for_measurements(2).await;
    let (reconciles, round_trips) =
        (operator.metric(in_sync), operator.metric("schema_operator_sql_round_trips_total"));
    assert!(reconciles >= 2.0 && round_trips > 0.0, "{}", operator.get("/metrics").1);
    assert_eq!((operator.metric(done), operator.metric(failed)), (1.0, 0.0));
    operator.wait_for_measurements(2).await;
    assert!(operator.metric(in_sync) >= reconciles + 1.0);
    assert!(operator.metric("schema_operator_reconcile_duration_seconds_count") >= reconciles + 1.0);
    // Each reconcile takes two, and the first change also wrote the history.
    assert!(operator.metric("schema_operator_sql_round_trips_total") > round_trips);
    let (_, text) = operator.get("/metrics");
    assert!(text.ends_with("# EOF\n") && !text.contains(&world.namespace), "labels name no resource: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_is_ready_once_the_crd_exists() {
    let control_plane = ControlPlane::start();
    let operator = Operator::start_as(&control_plane.kubeconfig(), "default", &[]).await;
    operator.wait_for_log("is the CRD installed?").await;
    let (code, body) = operator.get("/readyz");
    assert_eq!(code, 503);
    assert!(body.contains("CRD"), "{body}");
    assert_eq!(operator.get("/livez").0, 200, "a restart would not help");
    control_plane.install(&schema_operator::api::crd_yaml().unwrap());
    operator.wait_for_code("/readyz", 200).await;
}

/// Connections that are opened to the operator's port and never ask anything.
const FLOOD: usize = 2000;

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_connections_leaves_probes_answered() {
    let world = World::new(Server::MySql).await;
    let operator = &world.operator;
    let mut flood = Vec::new();
    for _ in 0..FLOOD {
        flood.push(tokio::net::TcpStream::connect(operator.address()).await.unwrap());
    }
    operator.wait_for_code("/readyz", 200).await;
    assert_eq!((operator.get("/livez").0, operator.get("/metrics").0), (200, 200));
    let files = std::fs::read_dir(format!("/proc/{}/fd", operator.process_id())).unwrap().count();
    assert!(files < FLOOD / 4, "{files}");
    drop(flood);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_may_do_what_it_needs_and_no_more() {
    let world = World::new(Server::MySql).await;
    let client = client_of(operator_kubeconfig()).await;
    let may = async |verb: &str, resource: &str| {
        let (resource, group) = resource.split_once('.').unwrap_or((resource, ""));
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let review = serde_json::json!({ "spec": { "resourceAttributes": {
            "namespace": world.namespace, "verb": verb, "group": group, "resource": resource,
            "subresource": subresource,
        } } });
        let review: SelfSubjectAccessReview = serde_json::from_value(review).unwrap();
        let answer = Api::all(client.clone()).create(&PostParams::default(), &review).await.unwrap();
        answer.status.unwrap().allowed
    };
    let dbs = "databaseschemas.schema-operator.dev";
    for (verb, resource) in [
        ("get", dbs),
        ("list", dbs),
        ("watch", dbs),
        ("get", "secrets"),
        ("get", "configmaps"),
        ("create", "events.events.k8s.io"),
        ("patch", "databaseschemas/status.schema-operator.dev"),
    ] {
        assert!(may(verb, resource).await, "{verb} {resource}");
    }
    for (verb, resource) in [
        ("list", "secrets"),
        ("watch", "secrets"),
        ("create", "secrets"),
        ("patch", "secrets"),
        ("delete", "secrets"),
        ("create", dbs),
        ("update", dbs),
        ("patch", dbs),
        ("delete", dbs),
        ("list", "configmaps"),
        ("watch", "configmaps"),
        ("patch", "configmaps"),
        ("list", "pods"),
        ("create", "pods"),
        ("get", "nodes"),
        ("create", "customresourcedefinitions.apiextensions.k8s.io"),
        ("impersonate", "users"),
        ("escalate", "clusterroles.rbac.authorization.k8s.io"),
        ("*", "*"),
    ] {
        assert!(!may(verb, resource).await, "{verb} {resource}");
    }
    for verb in ["create", "get", "update", "delete"] {
        assert!(!may(verb, "leases.coordination.k8s.io").await, "{verb} leases of another namespace");
    }
    world.apply(&world.schema(SPEC)).unwrap();
    world.wait_ready().await;
    let namespace = ["--namespace", &world.namespace];
    let suspend = ["patch", "dbs", "todobox", "--type=merge", "--patch", r#"{"spec":{"suspend":true}}"#];
    for arguments in [&["get", "secrets"][..], &suspend] {
        let refusal = kubectl(operator_kubeconfig(), &[arguments, &namespace].concat(), "").unwrap_err();
        assert!(refusal.contains("forbidden"), "{refusal}");
    }
    // Writing the status changes nothing else of the object.
    let both = serde_json::json!({ "spec": { "suspend": true }, "metadata": { "annotations": { "a": "b" } } });
    let api: Api<DatabaseSchema> = Api::namespaced(client, &world.namespace);
    let written = api.patch_status("todobox", &PatchParams::default(), &Patch::Merge(&both)).await.unwrap();
    assert_eq!(written.metadata.annotations, None);
    assert_eq!(world.resource().await.spec.suspend, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_flag_is_refused_at_the_start() {
    let operator = || std::process::Command::new(env!("CARGO_BIN_EXE_schema-operator"));
    for (arguments, words) in [
        (&["run", "--allowed-hosts", "10.0.0.0/33"][..], "--allowed-hosts"),
        (&["run", "--concurrency", "0"], "--concurrency"),
        (&["run", "--listen", "nowhere"], "--listen"),
        (&["run", "--log-level", "x=y=z"], "log filter"),
    ] {
        let output = operator().args(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(words), "{arguments:?}: {error}");
    }
    let nowhere = std::env::temp_dir().join(unique("no-kubeconfig"));
    let output = operator().arg("run").env("KUBECONFIG", nowhere).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && error.contains("Kubernetes API"), "{error}");
}

/// The chart installs the CRD that the binary prints.
#[tokio::test]
async fn the_installed_crd_is_the_binarys_own() {
    operator_kubeconfig();
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_schema-operator")).arg("crd").output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    let printed: CustomResourceDefinition = serde_saphyr::from_str(&printed).unwrap();
    let installed = run("kubectl", &["get", "crd", "databaseschemas.schema-operator.dev", "--output=json"]);
    let installed: CustomResourceDefinition = serde_json::from_str(&installed).unwrap();
    assert_eq!(installed.spec.versions[0].schema, printed.spec.versions[0].schema);
    assert_eq!(
        installed.spec.versions[0].additional_printer_columns,
        printed.spec.versions[0].additional_printer_columns
    );
}
