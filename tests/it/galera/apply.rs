//! What a plan does on a cluster, and what it asks for.

use super::cluster::Cluster;
use super::world_at;
use crate::support::{condition, plan, reason, server_id};

const TABLE: &str = "
interval: 1s
tables:
- name: t
  columns:
  - {name: id, type: int, nullable: false}
  - {name: note, type: varchar(20)}
  primaryKey: [id]
";

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_live_on_all_nodes_and_the_server_is_the_cluster() {
    let cluster = Cluster::shared().await;
    let world = world_at(&cluster, 1).await;
    let ready = world.apply_ready(TABLE).await;
    let name = &world.database;
    for node in 1..=3 {
        let definition = cluster.run(node, &format!("SHOW CREATE TABLE {name}.t")).await[0].text(1).to_owned();
        assert!(definition.contains("`note` varchar(20)"), "node {node}: {definition}");
    }
    let uuid = "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS \
                WHERE VARIABLE_NAME = 'WSREP_CLUSTER_STATE_UUID'";
    let id = server_id(&ready).unwrap();
    assert_eq!(id, cluster.ask(1, uuid).await);
    // A load balancer picks another node: the operator claims nothing again, and sees no change.
    let claim = format!(
        "SELECT CONCAT_WS(' ', server, since, renewed_at, updated_at) FROM {name}.schema_operator_record WHERE resource <> 'lock'"
    );
    let before = cluster.ask(1, &claim).await;
    assert!(before.starts_with(&id), "{before}");
    for node in [2, 3] {
        cluster.visit(&world, node);
        world.operator.wait_for_measurements(3).await;
        assert_eq!(server_id(&world.resource().await).unwrap(), id);
        assert_eq!(cluster.ask(node, &claim).await, before);
    }
    assert_eq!(cluster.ask(2, &format!("SELECT holder FROM {name}.schema_operator_lease")).await, "", "given back");
    assert_eq!(world.resource().await.status.unwrap().undeclared.map_or(0, |undeclared| undeclared.tables), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_holds_up_the_cluster_waits_for_consent() {
    let cluster = Cluster::shared().await;
    let world = world_at(&cluster, 2).await;
    let name = &world.database;
    let rows: String = (0..40).map(|id| format!("({id}, 'x'),")).collect();
    let make = format!(
        "USE {name}; CREATE TABLE t (id int NOT NULL PRIMARY KEY, note varchar(20)); CREATE TABLE small LIKE t; \
         INSERT INTO t VALUES {}; INSERT INTO small VALUES (1, 'x')",
        rows.trim_end_matches(',')
    );
    cluster.run(3, &make).await;
    let spec = |tables: &str| format!("policy: {{smallTableRows: 10}}\ntables:\n{tables}");
    // INSTANT, and a small table: both run without consent.
    let index = "  indexes:\n  - {name: by_note, columns: [note]}\n";
    let instant = "- name: t\n  columns:\n  - {name: added, type: int}\n";
    world.apply_ready(&spec(&format!("{instant}- name: small\n{index}"))).await;
    // An index on more rows: a server alone builds it with LOCK=NONE, but here all writes wait.
    world.apply(&world.schema(&spec(&format!("- name: t\n{index}")))).unwrap();
    let waits = world.wait_reason("AwaitingApproval").await;
    let step = &plan(&waits).steps[0];
    assert_eq!(step.risks, [schema_operator::api::RiskSpec::Blocking], "{step:?}");
    assert_eq!((step.algorithm.as_str(), step.lock.as_deref()), ("INPLACE", Some("NONE")), "{step:?}");
    let message = step.message.clone().unwrap();
    assert!(message.contains("all nodes of the cluster execute it at the same time"), "{message}");
    world.apply_ready(&format!("policy: {{allow: [Blocking]}}\ntables:\n- name: t\n{index}")).await;
    let statement = "SELECT statement FROM schema_operator_history ORDER BY id DESC LIMIT 1";
    let statement = cluster.ask(1, &format!("USE {name}; {statement}")).await;
    assert!(statement.ends_with("ALGORITHM=NOCOPY, LOCK=NONE"), "{statement}");
}

/// The cluster rolls back the transactions in the way, on any node. `policy.lockWait` does not apply.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_in_the_way_is_rolled_back() {
    let cluster = Cluster::shared().await;
    let world = world_at(&cluster, 1).await;
    world.apply_ready(TABLE).await;
    let mut reader = cluster.session(2).await;
    let transaction = format!("START TRANSACTION; SELECT * FROM {}.t", world.database);
    reader.batch("a test's transaction", &transaction).await.unwrap();
    let ready = world.apply_ready(&TABLE.replace("varchar(20)", "varchar(30)")).await;
    assert_eq!(reason(&ready), reason(&ready));
    let end = reader.batch("a test's transaction", &format!("SELECT * FROM {}.t", world.database)).await;
    let error = end.expect_err("the transaction is gone").to_string();
    assert!(error.contains("1213"), "{error}");
}

/// Without the privilege for the lease the operator changes nothing, and the message says what to grant.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_needs_the_lease_to_change_anything() {
    let cluster = Cluster::shared().await;
    let world = world_at(&cluster, 1).await;
    let name = &world.database;
    let grant = |what: &str| format!("GRANT {what} TO {name}@'%'");
    cluster.run(1, &format!("CREATE USER {name}@'%' IDENTIFIED BY 'secret-of-a-test'")).await;
    cluster.run(1, &grant(&format!("SELECT, ALTER ON {name}.*"))).await;
    for table in ["t", "schema_operator_history", "schema_operator_record"] {
        cluster.run(1, &grant(&format!("CREATE, INSERT, UPDATE ON {name}.{table}"))).await;
    }
    cluster.visit_as(&world, 1, name, "secret-of-a-test");
    world.apply(&world.schema(TABLE)).unwrap();
    let refused = world.wait_reason("MissingPrivilege").await;
    let message = condition(&refused, "Ready").message;
    let advice = format!("GRANT CREATE, INSERT, UPDATE ON `{name}`.`schema_operator_lease`");
    assert!(message.contains(&advice), "{message}");
    let tables = cluster.run(2, &format!("SHOW TABLES FROM {name}")).await;
    assert!(tables.iter().all(|table| table.text(0) == "schema_operator_record"), "the lock has a name: {tables:?}");
    cluster.run(3, &grant(&format!("CREATE, INSERT, UPDATE ON {name}.schema_operator_lease"))).await;
    world.nudge("todobox");
    world.wait_ready().await;
    cluster.run(1, &format!("DROP USER {name}@'%'")).await;
}
