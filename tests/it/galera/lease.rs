//! Of all operators that want to change a database of the cluster, one does.

use schema_operator::mysql::Session;
use schema_operator::record::{ClusterLease, LeaseAttempt, Owner};
use schema_operator::schema::Identifier;

use super::cluster::Cluster;
use super::{lock_table, waiting_statement, world_at};
use crate::support::{World, condition, is_ready, reason, unique};

const TABLE: &str = "interval: 1s\ntables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";

/// Returns the same with one more column.
fn with_column(name: &str) -> String {
    format!("{TABLE}  - {{name: {name}, type: int}}\n")
}

fn owner(name: &str) -> Owner {
    Owner { cluster: "a-test".into(), resource: format!("somewhere/{name}"), uid: format!("uid-of-{name}") }
}

async fn database(cluster: &Cluster) -> Identifier {
    let name = unique("lease").replace('-', "_");
    cluster.run(1, &format!("CREATE DATABASE {name}")).await;
    Identifier::new(&name).unwrap()
}

async fn take(session: &mut Session, database: &Identifier, name: &str) -> Option<ClusterLease> {
    match ClusterLease::take(session, database, &owner(name)).await.unwrap() {
        LeaseAttempt::Taken(lease) => Some(lease),
        LeaseAttempt::HeldBy(_) => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_three_takers_on_three_nodes_one_gets_the_lease() {
    let cluster = Cluster::shared().await;
    let database = database(&cluster).await;
    let (mut one, mut two, mut three) = (cluster.session(1).await, cluster.session(2).await, cluster.session(3).await);
    for round in 0..20 {
        let taken = tokio::join!(
            take(&mut one, &database, "a"),
            take(&mut two, &database, "b"),
            take(&mut three, &database, "c")
        );
        let taken: Vec<ClusterLease> = [taken.0, taken.1, taken.2].into_iter().flatten().collect();
        assert_eq!(taken.len(), 1, "round {round}");
        for mut lease in taken {
            assert!(lease.is_fresh());
            // The holder may renew it from any session.
            assert!(lease.renew(&mut one).await.unwrap());
            lease.release(&mut one).await;
        }
    }
    cluster.run(1, &format!("DROP DATABASE {database}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lapsed_lease_is_lost_to_the_next_holder() {
    let cluster = Cluster::shared().await;
    let database = database(&cluster).await;
    let (mut one, mut two) = (cluster.session(1).await, cluster.session(2).await);
    let mut first = take(&mut one, &database, "a").await.unwrap();
    assert!(take(&mut two, &database, "b").await.is_none(), "it is held");
    let age = format!("UPDATE {database}.schema_operator_lease SET expires_at = UTC_TIMESTAMP(6)");
    cluster.run(3, &age).await;
    assert!(first.renew(&mut one).await.unwrap(), "no other holder took it");
    cluster.run(3, &age).await;
    let mut second = take(&mut two, &database, "b").await.expect("it has lapsed");
    assert!(!first.renew(&mut one).await.unwrap(), "it is another's");
    first.release(&mut one).await;
    assert!(second.renew(&mut two).await.unwrap(), "the former holder releases nothing");
    // An earlier run of the same resource is gone.
    let third = take(&mut one, &database, "b").await;
    assert!(third.is_some() && !second.renew(&mut two).await.unwrap());
    cluster.run(1, &format!("DROP DATABASE {database}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_of_another_holder_is_waited_for_until_it_lapses() {
    let cluster = Cluster::shared().await;
    let world = world_at(&cluster, 1).await;
    world.apply_ready(TABLE).await;
    let name = &world.database;
    let hold = |resource: &str, cluster: &str| {
        format!(
            "UPDATE {name}.schema_operator_lease SET holder = 'a-test', resource = '{resource}', resource_uid = 'other', \
             node = 'node3', connection_id = 7, expires_at = UTC_TIMESTAMP(6) + INTERVAL 600 SECOND{cluster}"
        )
    };
    // A resource of another namespace has it.
    cluster.run(2, &hold("elsewhere/secret-name", "")).await;
    world.apply(&world.schema(&with_column("one"))).unwrap();
    let held = world.wait_reason("LockHeld").await;
    let message = condition(&held, "Ready").message;
    assert!(message.contains("another namespace's resource is changing this schema, by connection 7 of node node3"));
    assert!(!message.contains("secret-name"), "{message}");
    // A neighbour is named.
    cluster.run(2, &hold(&format!("{}/neighbour", world.namespace), "")).await;
    world
        .wait("the neighbour is named", |resource| {
            reason(resource) == "LockHeld"
                && condition(resource, "Ready").message.contains("DatabaseSchema neighbour is changing")
        })
        .await;
    let columns = format!("SHOW COLUMNS FROM {name}.t LIKE 'one'");
    assert!(cluster.run(3, &columns).await.is_empty());
    // No one renews it.
    cluster.run(2, &format!("UPDATE {name}.schema_operator_lease SET expires_at = UTC_TIMESTAMP(6)")).await;
    world.wait_ready().await;
    assert_eq!(cluster.run(3, &columns).await.len(), 1);
}

/// The operator was killed between two steps, and the next one comes to another node: it need not wait.
#[tokio::test(flavor = "multi_thread")]
async fn the_lease_of_a_killed_operator_is_taken_over_at_another_node() {
    let cluster = Cluster::shared().await;
    let mut world = world_at(&cluster, 1).await;
    world.apply_ready(TABLE).await;
    world.kill_operator().await;
    let name = world.database.clone();
    let left = "SET holder = 'left', expires_at = UTC_TIMESTAMP(6) + INTERVAL 600 SECOND";
    cluster.run(1, &format!("UPDATE {name}.schema_operator_lease {left}")).await;
    cluster.visit(&world, 2);
    world.apply(&world.schema(&with_column("one"))).unwrap();
    world.start_operator().await;
    world.wait_ready().await;
    let free = format!("SELECT COUNT(*) FROM {name}.schema_operator_lease WHERE holder = '' AND expires_at IS NULL");
    assert_eq!(cluster.ask(3, &free).await, "1");
}

/// The operator is killed while its statement runs, and the next one comes to another node, where it runs too.
#[tokio::test(flavor = "multi_thread")]
async fn an_orphaned_statement_is_waited_for_at_another_node() {
    let cluster = Cluster::alone().await;
    let mut world = world_at(&cluster, 1).await;
    world.apply_ready(TABLE).await;
    report_lag_soon(&cluster).await;
    let name = world.database.clone();
    let table = format!("{name}.t");
    let locks = (lock_table(&cluster, 1, &table).await, lock_table(&cluster, 2, &table).await);
    world.apply(&world.schema(&with_column("one"))).unwrap();
    cluster.wait(1, "the statement waits", &waiting_statement(&world), |count| count == "1").await;
    world.kill_operator().await;
    cluster.visit(&world, 2);
    world.start_operator().await;
    let told = world
        .wait("it says what it waits for", |resource| {
            reason(resource) == "LockHeld"
                && condition(resource, "Ready")
                    .message
                    .contains("a former change of this very resource is changing this schema")
        })
        .await;
    let message = condition(&told, "Ready").message;
    assert!(message.contains(" of node node1") && message.contains("has not caught up"), "{message}");
    drop(locks);
    world.wait_ready().await;
    let history = format!("SELECT COUNT(*) FROM {name}.schema_operator_history WHERE statement LIKE 'ALTER%'");
    assert_eq!(cluster.ask(3, &history).await, "1", "it was not run a second time");
}

/// A step took longer than the lease lasts, and another operator took the lease meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_lease_ends_a_change_before_its_next_step() {
    let cluster = Cluster::alone().await;
    let world = world_at(&cluster, 1).await;
    let two = |columns: &str| {
        let columns = format!("  columns:\n  - {{name: id, type: int}}\n{columns}");
        format!("interval: 1s\ntables:\n- name: a\n{columns}- name: b\n{columns}")
    };
    world.apply_ready(&two("")).await;
    let name = &world.database;
    let lock = lock_table(&cluster, 1, &format!("{name}.a")).await;
    world.apply(&world.schema(&two("  - {name: note, type: varchar(20)}\n"))).unwrap();
    cluster.wait(1, "the statement waits", &waiting_statement(&world), |count| count == "1").await;
    let taken = "SET holder = 'a-test', resource = 'elsewhere/other', resource_uid = 'other', \
                 expires_at = UTC_TIMESTAMP(6) + INTERVAL 600 SECOND";
    // On the other nodes the statement has ended, so one of them accepts the write.
    cluster.run(2, &format!("UPDATE {name}.schema_operator_lease {taken}")).await;
    drop(lock);
    let waits = world.wait_reason("LockHeld").await;
    assert!(condition(&waits, "Ready").message.contains("another namespace's resource is changing this schema"));
    let columns = |table: &str| format!("SHOW COLUMNS FROM {name}.{table}");
    assert_eq!(cluster.run(3, &columns("a")).await.len(), 2, "what had begun has ended");
    assert_eq!(cluster.run(3, &columns("b")).await.len(), 1, "and nothing more has begun");
    world.wait_event("ChangedConcurrently", "the lease of the database lapsed").await;
    cluster.run(2, &format!("UPDATE {name}.schema_operator_lease SET holder = '', expires_at = NULL")).await;
    world.wait_ready().await;
    assert_eq!(cluster.run(3, &columns("b")).await.len(), 2);
}

/// Two resources of two namespaces, each with its operator, at two nodes.
#[tokio::test(flavor = "multi_thread")]
async fn two_operators_at_two_nodes_take_turns() {
    let cluster = Cluster::alone().await;
    let world = world_at(&cluster, 1).await;
    world.apply_ready(TABLE).await;
    report_lag_soon(&cluster).await;
    let other: World = world.neighbour().await;
    cluster.visit(&other, 2);
    let name = &world.database;
    let lock = lock_table(&cluster, 1, &format!("{name}.t")).await;
    world.apply(&world.schema(&with_column("one"))).unwrap();
    cluster.wait(1, "the statement waits", &waiting_statement(&world), |count| count == "1").await;
    other
        .apply(
            &other.schema_named("other", "interval: 1s\ntables:\n- name: u\n  columns:\n  - {name: id, type: int}\n"),
        )
        .unwrap();
    let is_told = |resource: &schema_operator::api::DatabaseSchema| {
        reason(resource) == "LockHeld"
            && condition(resource, "Ready").message.contains("another namespace's resource is changing this schema")
    };
    other.wait_named("other", "it says for whom it waits", is_told).await;
    drop(lock);
    world.wait_ready().await;
    other.wait_named("other", "Ready", is_ready).await;
    let twice = format!(
        "SELECT COUNT(*) FROM (SELECT step_id FROM {name}.schema_operator_history GROUP BY step_id HAVING COUNT(*) > 1) s"
    );
    assert_eq!(cluster.ask(3, &twice).await, "0");
    let outcomes = format!("SELECT GROUP_CONCAT(DISTINCT outcome) FROM {name}.schema_operator_history");
    assert_eq!(cluster.ask(3, &outcomes).await, "done");
}

/// Makes each node report after 2 s instead of 30 that it has not caught up.
async fn report_lag_soon(cluster: &Cluster) {
    for node in 1..=3 {
        cluster.run(node, "SET GLOBAL wsrep_provider_options = 'repl.causal_read_timeout=PT2S'").await;
    }
}
