//! Servers that stop, come back, or do not take writes.

use crate::support::{OwnServer, Server, World, condition};

const SPEC: &str = "interval: 1s\ntables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";

/// A world whose Secret names a server of its own.
async fn with_own_server(flavour: &'static str) -> (World, OwnServer) {
    let (world, server) = (World::new(Server::MySql).await, OwnServer::start(flavour));
    server.run(&format!("CREATE DATABASE {}", world.database)).await;
    world.apply(&server.secret(&world)).unwrap();
    (world, server)
}

async fn goes_and_comes_back(flavour: &'static str, how: &str) {
    let (world, server) = with_own_server(flavour).await;
    let before = world.apply_ready(SPEC).await;
    server.act(how);
    let gone = world.wait_reason("ConnectionRefused").await;
    let (status, _, message) = condition(&gone, "Reachable");
    assert_eq!(status, "False");
    assert!(message.contains(&server.value("PORT")), "{message}");
    assert_eq!(condition(&gone, "InSync").0, "Unknown", "what can't be seen is not known");
    server.act("start");
    let back = world.wait_ready().await;
    assert_eq!(condition(&back, "Reachable").0, "True");
    let id = |resource: &schema_operator::api::DatabaseSchema| resource.status.clone().unwrap().server.unwrap().id;
    assert_eq!(id(&back), id(&before));
    assert!(world.events("StatementFailed").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_mysql_is_unreachable_until_it_is_started() {
    goes_and_comes_back("mysql", "stop").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_mariadb_is_unreachable_until_it_is_started() {
    goes_and_comes_back("mariadb", "kill").await;
}

async fn is_read_only(flavour: &'static str) {
    let (world, server) = with_own_server(flavour).await;
    server.run("SET GLOBAL read_only = 1").await;
    world.apply(&world.schema(SPEC)).unwrap();
    let resource = world.wait_reason("NotPrimary").await;
    assert_eq!(condition(&resource, "Reachable").0, "False");
    assert!(condition(&resource, "Ready").2.contains("read-only"), "{resource:?}");
    let tables = server.run(&format!("SHOW TABLES FROM {}", world.database)).await;
    assert!(tables.is_empty(), "the administrator could write; the operator does not");
    server.run("SET GLOBAL read_only = 0").await;
    world.wait_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_mysql_is_no_primary() {
    is_read_only("mysql").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_mariadb_is_no_primary() {
    is_read_only("mariadb-newest").await;
}
