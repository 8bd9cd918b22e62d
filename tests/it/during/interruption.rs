//! What is no longer wanted does not begin: the resource is suspended, changed or deleted while its first step runs.

use super::running_statement;
use crate::support::{OpenTransaction, World, on_each_server};

on_each_server!(
    a_suspended_resource_begins_no_further_step,
    a_changed_resource_begins_no_step_of_its_old_plan,
    a_deleted_resource_begins_no_further_step,
);

/// Two steps, each on a table of its own. The first waits for a reader.
const SPEC: &str = "
policy: {lockWait: 60s}
tables:
- name: a
  columns:
  - {name: added, type: int}
- name: b
  columns:
  - {name: added, type: int}
";

async fn in_the_first_step(world: &World) -> OpenTransaction {
    world.sql("CREATE TABLE a (id int); CREATE TABLE b (id int); INSERT INTO a VALUES (1)").await;
    let reader = world.open_transaction("SELECT * FROM a").await;
    world.apply(&world.schema(SPEC)).unwrap();
    world.wait_for_a_blocked_statement().await;
    reader
}

async fn go_on(world: &World, reader: OpenTransaction) {
    world.operator.wait_for_log("a change begins no further step").await;
    reader.commit().await;
}

async fn only_the_first_ran(world: &World) {
    let statements = world.sql("SELECT statement FROM schema_operator_history").await;
    assert!(statements.len() == 1 && statements[0].text(0).contains("`a`"), "{statements:?}");
    assert!(world.show_create("a").await.contains("added") && !world.show_create("b").await.contains("added"));
}

async fn a_suspended_resource_begins_no_further_step(world: World) {
    let reader = in_the_first_step(&world).await;
    world.apply(&world.schema(&format!("suspend: true\n{SPEC}"))).unwrap();
    go_on(&world, reader).await;
    world.wait_reason("Suspended").await;
    only_the_first_ran(&world).await;
    world.apply_ready(SPEC).await;
}

async fn a_changed_resource_begins_no_step_of_its_old_plan(world: World) {
    let reader = in_the_first_step(&world).await;
    let other = SPEC.replace("- name: b\n  columns:\n  - {name: added", "- name: c\n  columns:\n  - {name: other");
    world.apply(&world.schema(&other)).unwrap();
    go_on(&world, reader).await;
    world.wait_ready().await;
    assert!(!world.show_create("b").await.contains("added"));
    assert_eq!(world.tables().await, ["a", "b", "c", "schema_operator_history", "schema_operator_record"]);
}

async fn a_deleted_resource_begins_no_further_step(world: World) {
    let reader = in_the_first_step(&world).await;
    world.delete("todobox");
    go_on(&world, reader).await;
    // The change leaves a session without a statement.
    let running = format!("SELECT COUNT(*) FROM {}", running_statement(&world));
    world.wait_sql("the end of the statement", &running, |count| count == "0").await;
    world
        .wait_sql("its row in the history", "SELECT outcome FROM schema_operator_history", |outcome| outcome == "done")
        .await;
    only_the_first_ran(&world).await;
}
