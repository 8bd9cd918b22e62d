//! Two replicas of the operator: one works, the other takes its place.

use k8s_openapi::api::coordination::v1::Lease;
use kube::Api;
use kube::api::{Patch, PatchParams};

use crate::support::{Operator, Server, World, client_of, condition, operator_kubeconfig};

/// The namespace and the name that the chart's Role permits.
const LEASE: &str = "schema-operator";
const ELECT: [&str; 3] = ["--leader-elect", "--lease-namespace", LEASE];
const LEADS: &str = "\"it leads\"";
const STANDS_BY: &str = "another one leads, and this one stands by";

async fn another(world: &World) -> Operator {
    let operator = Operator::start(&world.namespace, &ELECT).await;
    operator.wait_for_log(STANDS_BY).await;
    operator.wait_for_code("/readyz", 200).await;
    operator
}

async fn holder(world: &World) -> Option<String> {
    let leases: Api<Lease> = Api::namespaced(world.client.clone(), LEASE);
    leases.get(LEASE).await.unwrap().spec.and_then(|spec| spec.holder_identity)
}

fn column(name: &str) -> String {
    format!("tables:\n- name: t\n  columns:\n  - {{name: {name}, type: int}}\n")
}

/// There is one Lease, so this is one test.
#[tokio::test(flavor = "multi_thread")]
async fn one_replica_works_and_another_takes_its_place() {
    let mut world = World::with(Server::MySql, &ELECT).await;
    world.sql("CREATE TABLE t (id int); INSERT INTO t VALUES (1)").await;
    world.operator.wait_for_log(LEADS).await;
    let standby = another(&world).await;
    world.apply_ready(&column("a")).await;
    assert_eq!(standby.logged("in sync") + standby.logged("not ready"), 0, "a standby does nothing");

    // Killed: it does not release the Lease, which runs out.
    world.kill_operator().await;
    standby.wait_for_log(LEADS).await;
    world.operator = standby;
    world.apply_ready(&column("b")).await;

    // Shut down in order: the Lease is free at once.
    let standby = another(&world).await;
    let former = holder(&world).await;
    world.operator.signal("TERM");
    assert_eq!(world.operator.wait().await.code(), Some(0));
    world.operator.wait_for_log("the Lease is released").await;
    assert_ne!(holder(&world).await, former);
    standby.wait_for_log(LEADS).await;
    world.operator = standby;
    world.apply_ready(&column("c")).await;

    // Stopped for longer than the Lease lasts: it exits once it goes on, because another one leads by then.
    let standby = another(&world).await;
    world.operator.signal("STOP");
    standby.wait_for_log(LEADS).await;
    world.operator.signal("CONT");
    assert_eq!(world.operator.wait().await.code(), Some(1));
    world.operator.wait_for_log("no further step is begun").await;
    world.operator = standby;
    world.apply_ready(&column("d")).await;

    a_leader_that_loses_its_lease_begins_no_further_step(&mut world).await;
}

async fn a_leader_that_loses_its_lease_begins_no_further_step(world: &mut World) {
    let reader = world.open_transaction("SELECT * FROM t").await;
    let two = "policy: {lockWait: 60s}\ntables:\n- name: t\n  columns:\n  - {name: note, type: varchar(9)}\n  indexes:\n  - \
               {name: by_note, columns: [note]}\n";
    world.apply(&world.schema(two)).unwrap();
    world.wait_for_a_blocked_statement().await;
    let thief = serde_json::json!({ "spec": { "holderIdentity": "thief", "leaseDurationSeconds": 1 } });
    let leases: Api<Lease> = Api::namespaced(client_of(operator_kubeconfig()).await, LEASE);
    assert!(
        leases.patch(LEASE, &PatchParams::default(), &Patch::Merge(&thief)).await.is_err(),
        "the chart's account has no verb patch"
    );
    let leases: Api<Lease> = Api::namespaced(world.client.clone(), LEASE);
    leases.patch(LEASE, &PatchParams::default(), &Patch::Merge(&thief)).await.unwrap();
    assert_eq!(world.operator.wait().await.code(), Some(1));
    world.operator.wait_for_log("thief holds it").await;
    world.operator.wait_for_log("statements still run").await;
    // The server completes the statement that had begun, and no operator begins another.
    reader.commit().await;
    world.wait_sql("the new column", "SHOW COLUMNS FROM t LIKE 'note'", |name| name == "note").await;
    assert!(!world.show_create("t").await.contains("by_note"));
    world.operator = Operator::start(&world.namespace, &ELECT).await;
    world.operator.wait_for_log(LEADS).await;
    let ready = world.wait_ready().await;
    assert_eq!(condition(&ready, "InSync").status, "True");
    assert!(world.show_create("t").await.contains("by_note"));
}
