//! The operator is killed while a statement runs: the server goes on with it, and the next operator finds it.

use super::{large_table, row_count, running_statement, wait_for_copy};
use crate::support::{ConditionView, Server, World, condition, on_each_server, plan};

on_each_server!(a_statement_that_runs_on_is_found_and_waited_for, a_waiting_statement_of_a_killed_operator_gives_way,);

/// A change that copies the table.
const COPY: &str = "
interval: 1s
policy: {lockWait: 60s, allow: [Blocking]}
tables:
- name: t
  columns:
  - {name: id, type: bigint}
";

async fn a_statement_that_runs_on_is_found_and_waited_for(mut world: World) {
    // MariaDB ends a statement that waits for a lock once its client is gone, so the copy has to last until then.
    large_table(&world, 19).await;
    let before = row_count(&world).await;
    world.apply(&world.schema(COPY)).unwrap();
    wait_for_copy(&world).await;
    let (statement, prefix) = (running_statement(&world), world.server.sessions().prefix);
    let connection = world.sql(&format!("SELECT {prefix}id FROM {statement}")).await[0].text(0).to_owned();
    // The transaction holds the statement up at its end, so that it does not end before the next operator finds it.
    let reader = world.open_transaction("SELECT id FROM t LIMIT 1").await;
    world.kill_operator().await;
    world.start_operator().await;
    let found = world
        .wait("the statement is found", |resource| {
            let ConditionView { reason, message, .. } = condition(resource, "Ready");
            reason == "Applying" && message.contains("an earlier run of the operator began")
        })
        .await;
    let message = condition(&found, "Ready").message;
    assert!(message.contains(&format!("connection {connection} ")) && message.contains("column t.id"), "{message}");
    let step = &plan(&found).steps[0];
    assert_eq!(step.state, schema_operator::api::StepState::Running);
    reader.commit().await;
    world.wait_ready().await;
    world.wait_event("StatementFound", "").await;
    let history = world.sql("SELECT COUNT(*) FROM schema_operator_history").await;
    assert_eq!(history[0].text(0), "1", "it was not run a second time");
    assert_eq!(row_count(&world).await, before);
}

async fn a_waiting_statement_of_a_killed_operator_gives_way(mut world: World) {
    large_table(&world, 10).await;
    let reader = world.open_transaction("SELECT id FROM t LIMIT 1").await;
    let index = "interval: 1s\npolicy: {lockWait: 4s, smallTableRows: 0}\ntables:\n- name: t\n  indexes:\n  \
                 - {name: by_note, columns: [note]}\n";
    world.apply(&world.schema(index)).unwrap();
    world.wait_for_a_blocked_statement().await;
    world.kill_operator().await;
    world.start_operator().await;
    // The reader still reads, and other sessions are served.
    world.sql("SET SESSION lock_wait_timeout = 60; SELECT COUNT(*) FROM t").await;
    reader.commit().await;
    world.wait_ready().await;
}

/// A session that took the lock by hand is named.
#[tokio::test(flavor = "multi_thread")]
async fn another_session_that_holds_the_lock_is_named() {
    let world = World::new(Server::MySql).await;
    let spec = "tables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";
    world.apply_ready(spec).await;
    let holder = world.hold_lock().await;
    world.apply(&world.schema(&format!("{spec}  - {{name: a, type: int}}\n"))).unwrap();
    let held = world.wait_reason("LockHeld").await;
    let message = condition(&held, "Ready").message;
    assert!(message.contains(&format!("connection {} of the operator's account at ", holder.id)), "{message}");
    drop(holder);
    world.wait_ready().await;
}
