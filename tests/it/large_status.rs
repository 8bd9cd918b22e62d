//! Resources whose status would not fit into etcd beside them.

use schema_operator::api::{DatabaseSchema, DatabaseSchemaStatus};
use serde_json::{Value, json};

use crate::support::{Server, World, condition, plan, reason};

/// What the API server may store of a resource in all.
const LIMIT: usize = 1_572_864;

/// Kubernetes stores each character in six bytes.
fn long_text(length: usize) -> String {
    "<".repeat(length)
}

fn stored_bytes(resource: &DatabaseSchema) -> usize {
    let json = serde_json::to_string(resource).unwrap();
    json.len() + 5 * json.matches('<').count()
}

fn status(resource: &DatabaseSchema) -> &DatabaseSchemaStatus {
    resource.status.as_ref().expect("a status")
}

/// Returns tables of so many bytes as JSON.
fn tables_of(bytes: usize) -> String {
    let column = |at: usize, length: usize| json!({ "name": format!("c{at:03}"), "type": "int", "default": { "expression": "x".repeat(length) } });
    let one = column(0, 16_000).to_string().len() + 1;
    let mut columns: Vec<Value> = (0..bytes / one).map(|at| column(at, 16_000)).collect();
    let tables = |columns: &[Value]| json!([{ "name": "t", "columns": columns }]).to_string();
    let missing = bytes - tables(&columns).len();
    let least = column(999, 0).to_string().len() + 1;
    columns.push(column(999, missing.saturating_sub(least)));
    format!("mode: Plan\ntables: {}\n", tables(&columns))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_a_thousand_tables_with_long_texts_fits() {
    let world = World::new(Server::MySql).await;
    let table = |at: usize| {
        json!({ "name": format!("t{at}"), "columns": [{ "name": "id", "type": "int" }],
                "options": { "comment": long_text(150) } })
    };
    let tables: Vec<Value> = (0..1000).map(table).collect();
    world.apply(&world.schema(&format!("mode: Plan\ntables: {}\n", json!(tables)))).unwrap();
    let planned = world.wait_reason("Planned").await;
    let shown = plan(&planned);
    assert_eq!(i64::try_from(shown.steps.len()).unwrap() + shown.omitted_steps.unwrap_or_default(), 1000);
    assert!(stored_bytes(&planned) < LIMIT, "{}", stored_bytes(&planned));
    assert!(condition(&planned, "Ready").message.starts_with("1000 statements would change: "), "{planned:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_takes_no_more_room_than_its_resource_leaves() {
    let world = World::new(Server::MySql).await;
    let tables: Vec<Value> = (0..60)
        .map(|at| {
            let comment = |kind: &str| json!({ "name": kind, "type": "int", "comment": long_text(500) });
            let columns: Vec<Value> = (0..6).map(|at| comment(&format!("c{at}"))).collect();
            json!({ "name": format!("t{at}"), "columns": columns })
        })
        .collect();
    world.apply(&world.schema(&format!("mode: Plan\ntables: {}\n", json!(tables)))).unwrap();
    let planned = world.wait_reason("Planned").await;
    let shown = plan(&planned);
    assert_eq!(i64::try_from(shown.steps.len()).unwrap() + shown.omitted_steps.unwrap_or_default(), 60);
    assert!(!shown.steps.is_empty() && shown.omitted_steps.is_some(), "some fit, and some do not: {shown:?}");
    assert!(stored_bytes(&planned) < LIMIT, "{}", stored_bytes(&planned));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_without_room_for_a_status_says_so() {
    let world = World::new(Server::MySql).await;
    world.apply(&world.schema(&tables_of(1_420_000))).unwrap();
    let stalled = world.wait_reason("ResourceTooLarge").await;
    assert_eq!(condition(&stalled, "Stalled").status, "True");
    assert_eq!(status(&stalled).observed_generation, stalled.metadata.generation);
    assert!(condition(&stalled, "Ready").message.contains(" bytes without its status"), "{stalled:?}");
    world.check_that_nothing_was_run().await;
    world.apply(&world.schema("tables: [{name: t, columns: [{name: id, type: int}]}]\n")).unwrap();
    world.wait_ready().await;
    // Not even this status fits: an Event tells.
    world.apply(&world.schema_named("larger", &tables_of(1_568_300))).unwrap();
    world.wait_event("ResourceTooLarge", "split it into several resources").await;
    let larger = world.resources().get("larger").await.unwrap();
    assert_eq!(reason(&larger), "", "it has none");
}
