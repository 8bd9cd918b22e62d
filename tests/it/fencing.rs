//! A leader that was frozen or cut off begins nothing once another one leads, and its locks end with it.

use std::path::Path;

use crate::support::{
    Operator, Proxy, Server, World, condition, kubeconfig_at, on_each_server, reason, temporary_folder, variable,
};

on_each_server!(
    a_frozen_leader_loses_its_lock_and_begins_nothing,
    a_statement_that_arrives_late_is_refused_by_the_server,
    a_leader_without_the_api_server_begins_nothing,
);

/// Logged by an operator that leads.
pub const LEADS: &str = "\"it leads\"";

/// Two steps, of which the first waits while a session reads the table.
pub const TWO_STEPS: &str = "interval: 1s\npolicy: {lockWait: 60s}\ntables:\n- name: t\n  columns:\n  - {name: note, type: \
                         varchar(9)}\n  indexes:\n  - {name: by_note, columns: [note]}\n";

/// Starts an operator that wants the Lease of the test's own namespace.
pub async fn candidate(world: &World, kubeconfig: &Path) -> Operator {
    let arguments = ["--leader-elect", "--lease-namespace", &world.namespace, "--failover-check-seconds", "0"];
    Operator::start_as(kubeconfig, &world.namespace, &arguments).await
}

/// Returns the kubeconfig with which an operator may hold any Lease.
pub fn administrator() -> std::path::PathBuf {
    variable("KUBECONFIG").into()
}

/// Makes an operator lead that `kubeconfig` takes to the API server, and has it begin the first of two steps. Returns a
/// second one that stands by.
async fn leader_in_a_statement(world: &mut World, kubeconfig: &Path) -> (Operator, crate::support::OpenTransaction) {
    world.sql("CREATE TABLE t (id int); INSERT INTO t VALUES (1)").await;
    world.kill_operator().await;
    world.operator = candidate(world, kubeconfig).await;
    world.operator.wait_for_log(LEADS).await;
    let standby = candidate(world, &administrator()).await;
    let reader = world.open_transaction("SELECT * FROM t").await;
    world.apply(&world.schema(TWO_STEPS)).unwrap();
    world.wait_for_a_blocked_statement().await;
    (standby, reader)
}

/// Waits until a former leader has ended, and makes sure that it has begun one step.
pub async fn has_ended_without_another_step(mut former: Operator) {
    assert_eq!(former.wait().await.code(), Some(1), "another one leads");
    assert_eq!(former.logged("\"a step begins\""), 1, "{}", former.log());
}

async fn a_frozen_leader_loses_its_lock_and_begins_nothing(mut world: World) {
    let (standby, reader) = leader_in_a_statement(&mut world, &administrator()).await;
    world.operator.signal("STOP");
    standby.wait_for_log(LEADS).await;
    reader.commit().await;
    let held = world.wait("an idle holder", |resource| condition(resource, "Ready").message.contains("idle for")).await;
    assert_eq!(reason(&held), "LockHeld");
    // The former leader is still frozen, and holds its connection.
    world.wait_ready().await;
    let former = std::mem::replace(&mut world.operator, standby);
    former.signal("CONT");
    has_ended_without_another_step(former).await;
}

async fn a_statement_that_arrives_late_is_refused_by_the_server(mut world: World) {
    world.sql("CREATE TABLE t (id int); INSERT INTO t VALUES (1)").await;
    let address = format!("{}:{}", world.server.value("HOST"), world.server.value("PORT"));
    let network = Proxy::cutting_at(address, Some("ADD COLUMN `note`")).await;
    let port = network.port.to_string();
    world.apply(&world.secret("db", &[("host", "127.0.0.1"), ("port", &port)])).unwrap();
    world.kill_operator().await;
    world.operator = candidate(&world, &administrator()).await;
    world.operator.wait_for_log(LEADS).await;
    let standby = candidate(&world, &administrator()).await;
    world.apply(&world.schema(TWO_STEPS).replace("tls: Preferred", "tls: Disabled")).unwrap();
    network.wait_for_cut().await;
    // The statement is on its way when the leader freezes, and arrives once another one leads.
    world.operator.signal("STOP");
    standby.wait_for_log(LEADS).await;
    network.restore();
    let former = std::mem::replace(&mut world.operator, standby);
    network.wait_for_answer("returns more than 1 row").await;
    assert!(!world.show_create("t").await.contains("note"), "the server has refused it");
    former.signal("CONT");
    has_ended_without_another_step(former).await;
    world.wait_ready().await;
}

async fn a_leader_without_the_api_server_begins_nothing(mut world: World) {
    let folder = temporary_folder("cut");
    let (kubeconfig, address) = kubeconfig_at(&folder);
    let network = Proxy::start(address).await;
    let kubeconfig = kubeconfig(network.port);
    let (standby, reader) = leader_in_a_statement(&mut world, &kubeconfig).await;
    network.cut();
    let mut former = std::mem::replace(&mut world.operator, standby);
    // The server goes on with the statement that had begun.
    assert_eq!(former.wait().await.code(), Some(1));
    world.operator.wait_for_log(LEADS).await;
    reader.commit().await;
    world.wait_ready().await;
    has_ended_without_another_step(former).await;
    let _ = std::fs::remove_dir_all(folder);
}

/// An idle holder is an error after `spec.progressDeadline`.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_an_idle_session_holds_is_stalled_in_time() {
    let world = World::new(Server::MySql).await;
    let spec = "progressDeadline: 1s\ntables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";
    world.apply_ready(spec).await;
    let holder = world.hold_lock().await;
    world.apply(&world.schema(&format!("{spec}  - {{name: a, type: int}}\n"))).unwrap();
    let stalled = world.wait("Stalled", |resource| condition(resource, "Stalled").status == "True").await;
    assert_eq!(reason(&stalled), "LockHeld");
    let message = condition(&stalled, "Ready").message;
    assert!(message.contains("idle for") && message.contains(&format!("KILL {}", holder.id)), "{message}");
    drop(holder);
    world.wait_ready().await;
}
