//! Nodes go, and come back.

use super::cluster::Cluster;
use super::world_at;
use crate::support::{condition, server_id};

const TABLE: &str = "interval: 1s\ntables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";

#[tokio::test(flavor = "multi_thread")]
async fn without_a_quorum_nothing_is_done_and_with_it_all_goes_on() {
    let cluster = Cluster::alone().await;
    let world = world_at(&cluster, 3).await;
    let before = world.apply_ready(TABLE).await;
    cluster.kill(1);
    cluster.kill(2);
    let alone = world.wait_reason("NotPrimary").await;
    let message = condition(&alone, "Ready").message;
    assert!(message.contains("node3") && message.contains("no quorum"), "{message}");
    assert!(message.contains("1047") || message.contains("1205"), "the server's own words: {message}");
    assert_eq!(condition(&alone, "Reachable").status, "False");
    assert_eq!(condition(&alone, "Reconciling").status, "True");
    // What is declared meanwhile waits.
    world.apply(&world.schema(&format!("{TABLE}  - {{name: note, type: varchar(20)}}\n"))).unwrap();
    world.wait_reason("NotPrimary").await;
    cluster.start();
    let back = world.wait_ready().await;
    assert_eq!(server_id(&back), server_id(&before));
    for node in 1..=3 {
        let columns = cluster.run(node, &format!("SHOW COLUMNS FROM {}.t", world.database)).await;
        assert_eq!(columns.len(), 2, "node {node}");
    }
    assert!(world.events("StatementFailed").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_node_catches_up_once_it_is_back() {
    let cluster = Cluster::alone().await;
    let world = world_at(&cluster, 1).await;
    cluster.kill(3);
    world.apply_ready(TABLE).await;
    cluster.start();
    assert_eq!(cluster.run(3, &format!("SHOW COLUMNS FROM {}.t", world.database)).await.len(), 1);
    cluster.visit(&world, 3);
    world.operator.wait_for_measurements(2).await;
    world.wait_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_not_in_step_changes_nothing() {
    let cluster = Cluster::alone().await;
    let world = world_at(&cluster, 2).await;
    world.apply_ready(TABLE).await;
    cluster.run(2, "SET GLOBAL wsrep_desync = ON").await;
    world.apply(&world.schema(&format!("{TABLE}  - {{name: note, type: varchar(20)}}\n"))).unwrap();
    let refused = world.wait_reason("NotPrimary").await;
    let message = condition(&refused, "Ready").message;
    assert!(message.contains("node node2 is not in step with its cluster"), "{message}");
    assert!(message.contains("Donor/Desynced"), "{message}");
    cluster.run(2, "SET GLOBAL wsrep_desync = OFF").await;
    world.wait_ready().await;
}
