//! On a Galera cluster of three real nodes: who changes a database, what a step costs, and what happens when nodes go.

mod apply;
mod cancel;
mod cluster;
mod fencing;
mod lease;
mod quorum;
mod scratch;

use cluster::Cluster;
use schema_operator::mysql::Session;

use crate::support::{Server, World};

/// Makes a world whose database is in the cluster, and whose Secret names `node`.
async fn world_at(cluster: &Cluster, node: usize) -> World {
    let world = World::new(Server::MySql).await;
    cluster.home_of(&world, node).await;
    world
}

/// Locks a table so that a statement which changes it waits, on this node and so in the whole cluster. Only `LOCK
/// TABLES` does that: the cluster rolls a transaction back.
async fn lock_table(cluster: &Cluster, node: usize, table: &str) -> Session {
    let mut session = cluster.session(node).await;
    session.batch("a test's lock", &format!("LOCK TABLES {table} READ")).await.unwrap();
    session
}

/// Returns a query that counts the operator's statement among a node's sessions, once it waits.
fn waiting_statement(world: &World) -> String {
    format!(
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = '{}' AND INFO LIKE '/* schema-operator %' \
         AND STATE LIKE 'Waiting for table%'",
        world.database
    )
}
