//! Other sessions change the database while the operator does.

use crate::support::{SessionTable, World, condition, is_ready, on_each_server};

on_each_server!(
    a_change_between_plan_and_statement_is_not_reverted,
    a_long_transaction_is_waited_for_and_then_gives_way,
    two_resources_of_one_database_take_turns,
    a_plan_of_an_earlier_spec_does_not_run,
);

async fn a_change_between_plan_and_statement_is_not_reverted(world: World) {
    world.sql("CREATE TABLE a (id int); CREATE TABLE b (id int, note varchar(20)); INSERT INTO a VALUES (1)").await;
    let reader = world.open_transaction("SELECT * FROM a").await;
    let spec = "
policy: {lockWait: 60s, allow: [Blocking]}
tables:
- name: a
  columns:
  - {name: added, type: int}
- name: b
  columns:
  - {name: note, type: varchar(40)}
";
    world.apply(&world.schema(spec)).unwrap();
    world.wait_for_a_blocked_statement().await;
    world.sql("ALTER TABLE b MODIFY note varchar(20) NOT NULL DEFAULT 'kept' COMMENT 'kept'").await;
    reader.commit().await;
    world.wait_ready().await;
    let definition = world.show_create("b").await;
    let note = definition.lines().find(|line| line.contains("`note`")).unwrap();
    assert!(note.contains("varchar(40)") && note.contains("NOT NULL DEFAULT 'kept' COMMENT 'kept'"), "{definition}");
    world.wait_event("ChangedConcurrently", "session changed table b").await;
}

/// The operator publishes a plan before it runs, but not if the spec has changed by then.
async fn a_plan_of_an_earlier_spec_does_not_run(world: World) {
    world.sql("CREATE TABLE t (id int)").await;
    // Counting the rows waits for this lock.
    let mut other = world.session().await;
    other.batch("a test's lock", &format!("LOCK TABLES {}.t WRITE", world.database)).await.unwrap();
    let spec = |column: &str| format!("tables:\n- name: t\n  columns:\n  - {{name: {column}, type: int}}\n");
    world.apply(&world.schema(&spec("mistaken"))).unwrap();
    let SessionTable { name, prefix } = world.server.sessions();
    let counts = format!(
        "SELECT COUNT(*) FROM {name} WHERE {prefix}state LIKE 'Waiting for table%' AND {prefix}info LIKE '%FROM `{}`.`t`%'",
        world.database
    );
    world.wait_sql("the rows are being counted", &counts, |count| count == "1").await;
    world.apply(&world.schema(&spec("meant"))).unwrap();
    other.batch("a test's lock", "UNLOCK TABLES").await.unwrap();
    world
        .wait("Ready", |resource| {
            let is_new = resource.status.as_ref().and_then(|status| status.observed_generation) == Some(2);
            is_new && is_ready(resource)
        })
        .await;
    let definition = world.show_create("t").await;
    assert!(definition.contains("`meant`") && !definition.contains("`mistaken`"), "{definition}");
}

async fn a_long_transaction_is_waited_for_and_then_gives_way(world: World) {
    world.sql("CREATE TABLE t (id int); INSERT INTO t VALUES (1)").await;
    let reader = world.open_transaction("SELECT * FROM t").await;
    let spec = "policy: {lockWait: 1s}\ntables:\n- name: t\n  columns:\n  - {name: note, type: varchar(20)}\n";
    world.apply(&world.schema(spec)).unwrap();
    let resource = world.wait_reason("LockWaitTimeout").await;
    assert_eq!(condition(&resource, "Reconciling").status, "True");
    assert_eq!(condition(&resource, "Reachable").status, "True");
    reader.commit().await;
    world.wait_ready().await;
}

/// Only one at a time changes a database. The others wait for their turn, and lose nothing.
async fn two_resources_of_one_database_take_turns(world: World) {
    let spec = |table: &str| {
        let columns: String = (0..5).map(|at| format!("  - {{name: c{at}, type: int}}\n")).collect();
        let indexes: String = (0..5).map(|at| format!("  - {{name: i{at}, columns: [c{at}]}}\n")).collect();
        format!("tables:\n- name: {table}\n  columns:\n{columns}  indexes:\n{indexes}")
    };
    let names = ["one", "two", "three"];
    for name in names {
        world.sql(&format!("CREATE TABLE {name} (id int)")).await;
        world.apply(&world.schema_named(name, &spec(name))).unwrap();
    }
    for name in names {
        world.wait_named(name, "Ready", is_ready).await;
        assert_eq!(world.sql(&format!("SHOW INDEX FROM {name}")).await.len(), 5);
    }
}
