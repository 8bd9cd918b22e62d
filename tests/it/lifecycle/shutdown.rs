//! The operator ends: in order, in the middle of a statement, by force. The next one goes on from what is live.

use std::os::unix::process::ExitStatusExt;

use crate::support::{OpenTransaction, Operator, Server, World, condition, on_each_server};

on_each_server!(
    a_statement_that_ends_in_time_is_waited_for,
    a_statement_that_takes_longer_is_left_to_the_server,
    a_killed_operator_is_succeeded_by_one_that_converges,
);

/// Two steps on one table. A statement waits as long as a transaction reads the table.
const SPEC: &str = "
interval: 1s
policy: {lockWait: 60s}
tables:
- name: t
  columns:
  - {name: id, type: int}
  - {name: note, type: varchar(64)}
  indexes:
  - {name: by_note, columns: [note]}
";

/// Brings the operator to the middle of a statement, and returns the transaction that holds it up.
async fn in_the_middle(world: &World) -> OpenTransaction {
    world.sql("CREATE TABLE t (id int); INSERT INTO t VALUES (1), (2)").await;
    let reader = world.open_transaction("SELECT * FROM t").await;
    world.apply(&world.schema(SPEC)).unwrap();
    world.wait_for_a_blocked_statement().await;
    reader
}

/// Starts a new operator, which completes the change, and does nothing twice.
async fn converges(world: &mut World) {
    world.start_operator().await;
    world.wait_ready().await;
    assert_eq!(world.sql("SHOW INDEX FROM t WHERE Key_name = 'by_note'").await.len(), 1);
    assert_eq!(world.sql("SELECT COUNT(*) FROM t").await[0].text(0), "2");
    assert!(!world.operator.log().contains("Duplicate column"), "{}", world.operator.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_work_the_operator_ends_at_once() {
    let mut world = World::new(Server::MySql).await;
    world.apply_ready("tables:\n- name: t\n  columns:\n  - {name: id, type: int}\n").await;
    world.operator.signal("TERM");
    assert_eq!(world.operator.wait().await.code(), Some(0));
    world.operator.wait_for_log("the operator ends").await;
}

async fn a_statement_that_ends_in_time_is_waited_for(mut world: World) {
    let reader = in_the_middle(&world).await;
    world.operator.signal("TERM");
    world.operator.wait_for_log("a signal to stop arrived").await;
    reader.commit().await;
    assert_eq!(world.operator.wait().await.code(), Some(0));
    let definition = world.show_create("t").await;
    assert!(definition.contains("`note`"), "the statement that ran has ended: {definition}");
    assert!(!definition.contains("by_note"), "and no further one began: {definition}");
    converges(&mut world).await;
}

async fn a_statement_that_takes_longer_is_left_to_the_server(mut world: World) {
    world.operator = Operator::start(&world.namespace, &["--grace-seconds", "1"]).await;
    let reader = in_the_middle(&world).await;
    world.operator.signal("TERM");
    assert_eq!(world.operator.wait().await.code(), Some(0));
    world.operator.wait_for_log("statements still run").await;
    reader.commit().await;
    converges(&mut world).await;
}

async fn a_killed_operator_is_succeeded_by_one_that_converges(mut world: World) {
    let reader = in_the_middle(&world).await;
    world.operator.signal("KILL");
    assert_eq!(world.operator.wait().await.signal(), Some(9));
    let next = Operator::start(&world.namespace, &[]).await;
    drop(std::mem::replace(&mut world.operator, next));
    // Either the server still has the statement and the lock of the first operator, or the second one has begun its
    // own.
    world.wait("work under way", |resource| condition(resource, "Reconciling").status == "True").await;
    reader.commit().await;
    converges(&mut world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_works_and_ends_with_its_log_closed() {
    let mut world = World::new(Server::MySql).await;
    world.operator.stop_reading_its_log();
    world.sql("CREATE TABLE t (id int)").await;
    world.apply_ready(SPEC).await;
    world.operator.signal("TERM");
    assert!(world.operator.wait().await.success());
}
