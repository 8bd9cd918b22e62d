//! A leader that was frozen or cut off at one node begins nothing once another one leads at a second one.

use super::cluster::Cluster;
use super::{lock_table, waiting_statement, world_at};
use crate::fencing::{LEADS, TWO_STEPS, administrator, candidate, has_ended_without_another_step};
use crate::support::Proxy;

#[tokio::test(flavor = "multi_thread")]
async fn the_next_leader_goes_on_at_another_node_and_the_frozen_one_does_not() {
    let cluster = Cluster::alone().await;
    let mut world = world_at(&cluster, 1).await;
    let name = world.database.clone();
    cluster.run(1, &format!("CREATE TABLE {name}.t (id int)")).await;
    world.kill_operator().await;
    world.operator = candidate(&world, &administrator()).await;
    world.operator.wait_for_log(LEADS).await;
    let standby = candidate(&world, &administrator()).await;
    let lock = lock_table(&cluster, 1, &format!("{name}.t")).await;
    world.apply(&world.schema(TWO_STEPS)).unwrap();
    cluster.wait(1, "the statement waits", &waiting_statement(&world), |count| count == "1").await;
    world.operator.signal("STOP");
    standby.wait_for_log(LEADS).await;
    cluster.visit(&world, 2);
    drop(lock);
    let former = std::mem::replace(&mut world.operator, standby);
    // The former leader still holds the lock at its node, and the lease lasts for longer than this.
    world.wait_ready().await;
    former.signal("CONT");
    has_ended_without_another_step(former).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_arrives_late_at_its_node_is_refused() {
    let cluster = Cluster::shared().await;
    let mut world = world_at(&cluster, 1).await;
    let name = world.database.clone();
    cluster.run(1, &format!("CREATE TABLE {name}.t (id int)")).await;
    let network = Proxy::cutting_at(
        format!("{}:{}", cluster.value(1, "HOST"), cluster.value(1, "PORT")),
        Some("ADD COLUMN `note`"),
    )
    .await;
    let [user, password] = ["USER", "PASSWORD"].map(|value| cluster.value(1, value));
    let port = network.port.to_string();
    let login = [("host", "127.0.0.1"), ("port", &port), ("username", &user), ("password", &password)];
    world.apply(&world.secret("db", &login)).unwrap();
    world.kill_operator().await;
    world.operator = candidate(&world, &administrator()).await;
    world.operator.wait_for_log(LEADS).await;
    let standby = candidate(&world, &administrator()).await;
    world.apply(&world.schema(TWO_STEPS).replace("tls: Preferred", "tls: Disabled")).unwrap();
    network.wait_for_cut().await;
    world.operator.signal("STOP");
    standby.wait_for_log(LEADS).await;
    // The next leader has done all of it when the statement arrives.
    cluster.visit(&world, 2);
    let former = std::mem::replace(&mut world.operator, standby);
    world.wait_ready().await;
    network.restore();
    network.wait_for_answer("returns more than 1 row").await;
    former.signal("CONT");
    has_ended_without_another_step(former).await;
}
