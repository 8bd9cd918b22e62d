//! What the API server makes of a resource: defaults, ownership of fields, columns of `kubectl get`, size.

use kube::api::DynamicObject;
use kube::{Api, Client};
use serde_json::{Value, json};

use super::{apply, client, resources, spec};
use crate::support::{run, unique};

/// Makes a namespace of the test's own, which no operator watches.
async fn namespace() -> (String, Api<DynamicObject>) {
    let client: Client = client().await;
    let name = unique("test-crd");
    run("kubectl", &["create", "namespace", &name]);
    let api = resources(client, &name);
    (name, api)
}

async fn apply_base(api: &Api<DynamicObject>) {
    apply(api, "todobox", &spec(&[]), "first", false).await.expect("the base is accepted");
}

#[tokio::test]
async fn the_database_is_immutable() {
    let (_, api) = namespace().await;
    apply_base(&api).await;
    let refusal = apply(&api, "todobox", &spec(&[("database", "other")]), "first", true).await.unwrap_err();
    assert!(refusal.contains("spec.database") && refusal.contains("database is immutable"), "{refusal}");
}

#[tokio::test]
async fn defaults_are_filled_in_and_the_status_is_unobserved() {
    let (_, api) = namespace().await;
    let least = json!({
        "revision": "1", "database": "d", "connection": { "secretRef": { "name": "db" } }, "tables": [{ "name": "t" }],
    });
    apply(&api, "least", &least, "first", false).await.unwrap();
    let resource = api.get("least").await.unwrap().data;
    assert_eq!(resource["status"], json!({ "observedGeneration": -1 }));
    let spec = &resource["spec"];
    assert_eq!((&spec["interval"], &spec["progressDeadline"]), (&json!("5m"), &json!("10m")));
    assert_eq!((&spec["mode"], &spec["connection"]["tls"]), (&json!("Apply"), &json!("VerifyIdentity")));
    assert_eq!((&spec["policy"]["undeclared"], &spec["policy"]["drift"]), (&json!("Keep"), &json!("Correct")));
    assert_eq!(spec["tables"], json!([{ "name": "t" }]), "absence is not a default");
}

#[tokio::test]
async fn two_managers_of_one_column_conflict_and_the_column_is_named() {
    let (_, api) = namespace().await;
    apply_base(&api).await;
    let mut other = spec(&[]);
    other["tables"] = json!([{ "name": "user", "columns": [{ "name": "username", "nullable": true }] }]);
    let refusal = apply(&api, "todobox", &other, "second", false).await.unwrap_err();
    assert!(refusal.contains("first") && refusal.contains(r#"columns[name="username"]"#), "{refusal}");
    other["tables"] = json!([{ "name": "user", "columns": [{ "name": "fullname", "type": "varchar(100)" }] }]);
    apply(&api, "todobox", &other, "second", false).await.unwrap();
    let columns = &api.get("todobox").await.unwrap().data["spec"]["tables"][0]["columns"];
    assert_eq!(columns.as_array().unwrap().len(), 4, "each keeps its own columns: {columns}");
}

#[tokio::test]
async fn kubectl_knows_the_short_name_and_its_columns() {
    let (namespace, api) = namespace().await;
    apply_base(&api).await;
    let table = run("kubectl", &["get", "dbs", "--namespace", &namespace]);
    let header: Vec<&str> = table.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(header, ["NAME", "DATABASE", "REVISION", "READY", "REASON", "RISKS", "AGE"]);
    assert!(table.lines().nth(1).unwrap().starts_with("todobox   todobox"), "{table}");
    let explained = run("kubectl", &["explain", "dbs.spec.tables.columns.default"]);
    assert!(explained.contains("expression"), "{explained}");
}

#[tokio::test]
async fn a_large_schema_fits() {
    let column = |at: usize| {
        let name = format!("column_{at}");
        json!({ "name": name, "type": "varchar(255)", "nullable": true, "default": { "value": "0" } })
    };
    let table = |at: usize| json!({ "name": format!("t{at}"), "columns": (0..15).map(column).collect::<Vec<Value>>() });
    let (_, api) = namespace().await;
    let mut many = spec(&[]);
    many["tables"] = (0..500).map(table).collect();
    apply(&api, "many", &many, "first", false).await.unwrap();
    apply(&api, "many", &many, "first", false).await.expect("and is applied again");
    let mut wide = spec(&[]);
    wide["tables"] = json!([{ "name": "t", "columns": (0..1017).map(column).collect::<Vec<Value>>() }]);
    apply(&api, "wide", &wide, "first", false).await.unwrap();
}
