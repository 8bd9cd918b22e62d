//! The id of a plan, which is what a person consents to, does not change with traffic, with a failover, or when half of
//! the plan is done.

use schema_operator::api::DatabaseSchema;

use crate::support::{OwnServer, Server, World, plan, server_id};

const LIVE: &str =
    "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, note varchar(64)); INSERT INTO t (note) VALUES ('a');
  CREATE TABLE u (id int PRIMARY KEY, note varchar(64))";

const SPEC: &str = "mode: Plan\ninterval: 1s\ntables:\n- name: t\n  columns:\n  - {name: note, type: varchar(10)}\n- name: \
                    u\n  columns:\n  - {name: note, type: varchar(10)}\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_keeps_its_id_on_mysql() {
    Box::pin(keeps_its_id(Server::MySql)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_keeps_its_id_on_mariadb() {
    Box::pin(keeps_its_id(Server::MariaDb)).await;
}

async fn keeps_its_id(server: Server) {
    let world = World::new(server).await;
    world.sql(LIVE).await;
    world.apply(&world.schema(SPEC)).unwrap();
    let before = world.wait_reason("Planned").await;
    let (first, former) = (plan(&before), server_id(&before));
    assert_eq!(first.steps.len(), 2);

    // Rows come and go, the counter moves, and the server updates its statistics.
    world
        .sql("INSERT INTO t (note) SELECT note FROM t; ALTER TABLE t AUTO_INCREMENT = 4711; DELETE FROM t WHERE id = 1")
        .await;
    world.sql("INSERT INTO u VALUES (1, 'x'); ANALYZE TABLE t, u").await;
    let rows = |resource: &DatabaseSchema| plan(resource).steps[1].rows == Some(1);
    let after = world.wait("the new rows", rows).await;
    assert_eq!(plan(&after).id, first.id, "traffic");

    // Another server has the same database, as after a failover.
    let other = OwnServer::start(server);
    other.run(&format!("CREATE DATABASE {0}; USE {0}; {LIVE}", world.database)).await;
    world.apply(&other.secret(&world)).unwrap();
    let after = world.wait("the other server", |resource| server_id(resource) != former).await;
    assert_eq!(plan(&after).id, first.id, "failover");

    // Half of it is done: the plan is another, but the step that is left has its old id.
    other.run(&format!("ALTER TABLE {}.t MODIFY note varchar(10)", world.database)).await;
    let after = world.wait("the rest", |resource| plan(resource).steps.len() == 1).await;
    let rest = plan(&after);
    assert_ne!(rest.id, first.id);
    assert_eq!(rest.steps[0].id, first.steps[1].id, "half done");
}
