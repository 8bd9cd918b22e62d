//! What is no longer wanted does not begin: the resource is suspended, changed or deleted while its first step runs.

use schema_operator::mysql::Session;

use crate::support::{OwnServer, Server, World, condition, on_each_server};

on_each_server!(
    a_suspended_resource_begins_no_further_step,
    a_changed_resource_begins_no_step_of_before,
    a_deleted_resource_begins_no_further_step,
);

/// Two steps, each on a table of its own; the first waits for a reader.
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

async fn in_the_first_step(world: &World) -> Session {
    world.sql("CREATE TABLE a (id int); CREATE TABLE b (id int); INSERT INTO a VALUES (1)").await;
    let mut reader = world.session().await;
    reader.batch("a test's transaction", "START TRANSACTION; SELECT * FROM a").await.unwrap();
    world.apply(&world.schema(SPEC)).unwrap();
    world.wait_for_a_blocked_statement().await;
    reader
}

async fn go_on(world: &World, mut reader: Session) {
    world.operator.wait_for_log("a change begins no further step").await;
    reader.batch("a test's transaction", "COMMIT").await.unwrap();
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

async fn a_changed_resource_begins_no_step_of_before(world: World) {
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
    world.kubectl(&["delete", "dbs", "todobox"], "").unwrap();
    go_on(&world, reader).await;
    let (sessions, prefix) = world.server.sessions();
    // What is left of the change is its session without a statement.
    let ours = format!(
        "SELECT COUNT(*) FROM {sessions} WHERE {prefix}db = '{}' AND {prefix}info LIKE '/* schema-%'",
        world.database
    );
    world.wait_sql("the change has ended", &ours, |count| count == "0").await;
    world.wait_sql("and said so", "SELECT outcome FROM schema_operator_history", |outcome| outcome == "done").await;
    only_the_first_ran(&world).await;
}

async fn replicates(flavour: &'static str, start: &str, stop: &str) {
    let (world, server) = (World::new(Server::MySql).await, OwnServer::start(flavour));
    server.run(&format!("CREATE DATABASE {}", world.database)).await;
    server.run(start).await;
    world.apply(&server.secret(&world)).unwrap();
    world.apply(&world.schema("interval: 1s\ntables:\n- name: t\n  columns:\n  - {name: id, type: int}\n")).unwrap();
    let resource = world.wait_reason("NotPrimary").await;
    let message = condition(&resource, "Ready").2;
    assert!(message.contains("replicates from 127.0.0.1"), "{message}");
    let tables = server.run(&format!("SHOW TABLES FROM {} LIKE 't'", world.database)).await;
    assert!(tables.is_empty());
    server.run(stop).await;
    world.wait_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mysql_that_replicates_is_no_primary() {
    // Nobody listens at the source: it is tried again and again.
    let start =
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = 1, SOURCE_USER = 'x'; START REPLICA";
    replicates("mysql", start, "STOP REPLICA").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mariadb_that_replicates_is_no_primary() {
    let start = "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = 1, MASTER_USER = 'x'; START SLAVE";
    replicates("mariadb-newest", start, "STOP SLAVE").await;
}
