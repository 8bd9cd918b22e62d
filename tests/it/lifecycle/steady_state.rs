//! The operator measures a resource that is in sync, and writes nothing.

use crate::support::{Server, World, on_each_server};

on_each_server!(nothing_is_written_while_nothing_changes);

const SPEC: &str = "
interval: 1s
tables:
- name: t
  columns:
  - {name: id, type: int, nullable: false}
  - {name: note, type: varchar(64), default: {value: it's}}
  - {name: stamp, type: timestamp, default: {expression: CURRENT_TIMESTAMP}}
  primaryKey: [id]
verify:
- {name: it can be read, query: SELECT id FROM t}
";

async fn nothing_is_written_while_nothing_changes(world: World) {
    world.apply_ready(SPEC).await;
    // The Events of becoming Ready are published after the status.
    world.operator.wait_for_measurements(2).await;
    let (resource, events) = (world.resource().await, world.events_json());
    let written = "SELECT COUNT(*) FROM schema_operator_history";
    let history = world.sql(written).await;
    world.operator.wait_for_measurements(4).await;
    let after = world.resource().await;
    assert_eq!(after.metadata.resource_version, resource.metadata.resource_version);
    let items = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()["items"].clone();
    assert_eq!(items(&world.events_json()), items(&events), "no Event for an interval");
    assert_eq!(world.sql(written).await, history);
}

/// A tool that waits for a generation must not be told of an older one.
#[tokio::test(flavor = "multi_thread")]
async fn the_status_says_which_generation_it_is_about() {
    let world = World::new(Server::MySql).await;
    let first = world.apply_ready(SPEC).await;
    assert_eq!(first.metadata.generation, Some(1));
    let later = SPEC.replace("varchar(64)", "varchar(80)");
    world.apply(&world.schema(&later).replace("revision: r1", "revision: r2")).unwrap();
    let second = world.wait_ready().await;
    let status = second.status.unwrap();
    assert_eq!((second.metadata.generation, status.observed_generation), (Some(2), Some(2)));
    for condition in &status.conditions {
        assert_eq!(condition.observed_generation, Some(2), "{condition:?}");
    }
    assert_eq!(status.revision.unwrap().applied.as_deref(), Some("r2"));
    assert_eq!(status.history.len(), 2);
    assert_eq!(status.history[0].revision, "r2", "the newest first");
}
