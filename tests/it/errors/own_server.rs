//! Servers that stop, come back, refuse writes, or are replicas.

use crate::support::{ConditionView, OwnServer, Server, condition, server_id};

const SPEC: &str = "interval: 1s\ntables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";

async fn goes_and_comes_back(kind: Server, how: &str) {
    let (world, server) = OwnServer::with_world(kind, &[]).await;
    let before = world.apply_ready(SPEC).await;
    server.act(how);
    let gone = world.wait_reason("ConnectionRefused").await;
    let ConditionView { status, message, .. } = condition(&gone, "Reachable");
    assert_eq!(status, "False");
    assert!(message.contains("the host of Secret db"), "{message}");
    assert_eq!(condition(&gone, "InSync").status, "Unknown", "what can't be read is unknown");
    server.act("start");
    let back = world.wait_ready().await;
    assert_eq!(condition(&back, "Reachable").status, "True");
    assert_eq!(server_id(&back), server_id(&before));
    assert!(world.events("StatementFailed").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_mysql_is_unreachable_until_it_is_started() {
    goes_and_comes_back(Server::MySql, "stop").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_mariadb_is_unreachable_until_it_is_started() {
    goes_and_comes_back(Server::MariaDb, "kill").await;
}

async fn is_read_only(kind: Server) {
    let (world, server) = OwnServer::with_world(kind, &[]).await;
    server.run("SET GLOBAL read_only = 1").await;
    world.apply(&world.schema(SPEC)).unwrap();
    let resource = world.wait_reason("NotPrimary").await;
    assert_eq!(condition(&resource, "Reachable").status, "False");
    assert!(condition(&resource, "Ready").message.contains("read-only"), "{resource:?}");
    let tables = server.run(&format!("SHOW TABLES FROM {}", world.database)).await;
    assert!(tables.is_empty(), "the administrator could write; the operator does not");
    server.run("SET GLOBAL read_only = 0").await;
    world.wait_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_mysql_is_no_primary() {
    is_read_only(Server::MySql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_mariadb_is_no_primary() {
    is_read_only(Server::MariaDbNewest).await;
}

async fn replicates(kind: Server, start: &str, stop: &str) {
    let (world, server) = OwnServer::with_world(kind, &[]).await;
    server.run(start).await;
    world.apply(&world.schema("interval: 1s\ntables:\n- name: t\n  columns:\n  - {name: id, type: int}\n")).unwrap();
    let resource = world.wait_reason("NotPrimary").await;
    let message = condition(&resource, "Ready").message;
    assert!(message.contains("replicates from 127.0.0.1"), "{message}");
    let tables = server.run(&format!("SHOW TABLES FROM {} LIKE 't'", world.database)).await;
    assert!(tables.is_empty());
    server.run(stop).await;
    world.wait_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mysql_that_replicates_is_no_primary() {
    // No server listens at the source, so the replica keeps trying.
    let start =
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = 1, SOURCE_USER = 'x'; START REPLICA";
    replicates(Server::MySql, start, "STOP REPLICA").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mariadb_that_replicates_is_no_primary() {
    let start = "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = 1, MASTER_USER = 'x'; START SLAVE";
    replicates(Server::MariaDbNewest, start, "STOP SLAVE").await;
}
