//! Another session's transaction holds the metadata lock that a statement needs.

use schema_operator::api::DatabaseSchema;

use super::{large_table, row_count, running_statement};
use crate::support::{
    ConditionView, OpenTransaction, OwnServer, Server, SessionTable, World, condition, on_each_server, reason,
};

on_each_server!(
    a_first_wait_gives_way_in_time,
    tries_are_counted,
    a_lock_taken_at_the_end_costs_no_work,
    a_first_wait_gives_way_also_if_other_sessions_are_hidden,
);

/// A value that must not be shown anywhere.
const VALUE: &str = "very-private-value";

/// An index on a table that counts as large.
const INDEX: &str = "
policy: {lockWait: 2s, smallTableRows: 0}
tables:
- name: t
  indexes:
  - {name: by_note, columns: [note]}
";

const STATE: &str = "state LIKE 'alter%'";

/// Reads the table in a transaction that stays open.
async fn reader(world: &World) -> OpenTransaction {
    world.open_transaction("SELECT COUNT(*) FROM t").await
}

/// Starts a session that runs a statement with a literal until it is killed.
async fn busy_reader(world: &World) -> (u64, tokio::task::JoinHandle<()>) {
    let mut reader = world.session().await;
    let id = reader.id;
    let sql = format!("SELECT SLEEP(3000) FROM t WHERE note <> '{VALUE}'");
    let task = tokio::spawn(async move {
        let _ = reader.change("a test's query", &sql).await;
    });
    let SessionTable { name, prefix } = world.server.sessions();
    let state = format!("SELECT {prefix}state FROM {name} WHERE {prefix}id = {id}");
    world.wait_sql("the reader reads", &state, |state| state == "User sleep").await;
    (id, task)
}

/// Collects everything that the operator has said.
async fn said(world: &World) -> String {
    let resource = serde_json::to_string(&world.resource().await).unwrap();
    let history = world.sql("SELECT GROUP_CONCAT(COALESCE(message, '')) FROM schema_operator_history").await;
    format!("{resource}{}{}{}", world.events_json(), world.operator.log(), history[0].text(0))
}

async fn a_first_wait_gives_way_in_time(world: World) {
    large_table(&world, 2).await;
    let (id, task) = busy_reader(&world).await;
    world.apply(&world.schema(INDEX)).unwrap();
    world.wait_for_a_blocked_statement().await;
    // A query that comes now waits behind the statement, and is served while the reader still reads.
    world.sql("SET SESSION lock_wait_timeout = 30; SELECT COUNT(*) FROM t").await;
    let resource = world.wait_reason("LockWaitTimeout").await;
    let message = condition(&resource, "Ready").message;
    assert!(message.contains("waited 2 s") && message.contains("gave way"), "{message}");
    assert_eq!(condition(&resource, "Reconciling").status, "True");
    if world.server == Server::MySql {
        assert!(message.contains(&format!("connection {id} of the operator's account at ")), "{message}");
        assert!(message.contains("SELECT `SLEEP` (?) FROM `t` WHERE `note` != ?"), "{message}");
    } else {
        // Without its plugin, the server does not tell which of the open transactions it is.
        assert!(message.contains("transactions that are open"), "{message}");
    }
    world.wait_event("LockWaitTimeout", "connection ").await;
    world.server.run(&format!("KILL {id}")).await;
    task.await.unwrap();
    world.wait_ready().await;
    let said = said(&world).await;
    assert!(!said.contains(VALUE), "{said}");
}

async fn tries_are_counted(world: World) {
    world.sql("CREATE TABLE t (id int, note varchar(20)); INSERT INTO t VALUES (1, 'a')").await;
    let reader = reader(&world).await;
    world.apply(&world.schema(&INDEX.replace("2s", "1s"))).unwrap();
    let says = |text: &'static str| {
        move |resource: &DatabaseSchema| {
            let ConditionView { reason, message, .. } = condition(resource, "Ready");
            reason == "LockWaitTimeout" && message.contains(text)
        }
    };
    world.wait("the first try", says("; try 1 of 10, the next in 2 s")).await;
    world.wait("the second try", says("; try 2 of 10, the next in 4 s")).await;
    world.apply(&world.schema(&INDEX.replace("2s", "1s").replace("by_note", "by_other"))).unwrap();
    world.wait("another spec", says("; try 1 of 10, the next in 2 s")).await;
    reader.commit().await;
    world.wait_ready().await;
    assert_eq!(world.sql("SHOW INDEX FROM t").await.len(), 1);
}

async fn a_lock_taken_at_the_end_costs_no_work(world: World) {
    large_table(&world, 17).await;
    let before = row_count(&world).await;
    world.apply(&world.schema(&INDEX.replace("2s", "1s"))).unwrap();
    let (statement, prefix) = (running_statement(&world), world.server.sessions().prefix);
    let works = format!("SELECT COUNT(*) FROM {statement} AND {prefix}{STATE}");
    world.wait_sql("the index is being built", &works, |count| count == "1").await;
    let reader = reader(&world).await;
    world.wait_for_a_blocked_statement().await;
    let resource = world
        .wait("the blocker is named", |resource| {
            condition(resource, "Ready").message.contains("waits for its last lock")
        })
        .await;
    let message = condition(&resource, "Ready").message;
    assert_eq!(reason(&resource), "Applying");
    if world.server == Server::MySql {
        assert!(
            message.contains(&format!("connection {} of the operator's account at ", reader.connection())),
            "{message}"
        );
    }
    // By now it has waited for several times lockWait.
    let age = format!("SELECT {prefix}time FROM {statement}");
    world.wait_sql("it goes on waiting", &age, |age| age.parse::<u64>().is_ok_and(|age| age >= 6)).await;
    reader.commit().await;
    world.wait_ready().await;
    world.wait_event("StatementBlocked", "").await;
    let history = world.sql("SELECT outcome FROM schema_operator_history WHERE statement LIKE '%by_note%'").await;
    assert_eq!(history.iter().map(|row| row.text(0)).collect::<Vec<_>>(), ["done"]);
    assert_eq!(row_count(&world).await, before);
}

async fn a_first_wait_gives_way_also_if_other_sessions_are_hidden(world: World) {
    large_table(&world, 2).await;
    world.apply(&world.account("secret-word", "SELECT, INSERT, UPDATE, CREATE, ALTER").await).unwrap();
    let reader = reader(&world).await;
    world.apply(&world.schema(INDEX)).unwrap();
    let resource = world.wait_reason("LockWaitTimeout").await;
    let message = condition(&resource, "Ready").message;
    assert!(message.contains("waited 2 s") && message.contains("hidden from this account"), "{message}");
    reader.commit().await;
    world.wait_ready().await;
}

/// With its plugin, MariaDB tells which session holds the lock, not just which have an open transaction.
#[tokio::test(flavor = "multi_thread")]
async fn mariadb_with_its_plugin_names_the_holder_of_a_lock() {
    let world = World::new(Server::MariaDb).await;
    let server = OwnServer::start_with(Server::MariaDbNewest, &["--plugin-load-add=metadata_lock_info"]);
    let name = &world.database;
    server.run(&format!("CREATE DATABASE {name}; USE {name}; CREATE TABLE t (note varchar(60))")).await;
    server.run(&format!("USE {name}; INSERT INTO t VALUES ('a'); CREATE TABLE u (id int) SELECT 1 AS id")).await;
    let read = |table: &str| format!("SELECT COUNT(*) FROM {name}.{table} WHERE '{VALUE}' <> 'x'");
    let reader = OpenTransaction::begin(server.session().await, &read("t")).await;
    let other = OpenTransaction::begin(server.session().await, &read("u")).await;
    world.apply(&server.secret(&world)).unwrap();
    world.apply(&world.schema(INDEX)).unwrap();
    let resource = world.wait_reason("LockWaitTimeout").await;
    let message = condition(&resource, "Ready").message;
    assert!(
        message.contains(&format!("it is held by connection {} of the operator's account at ", reader.connection())),
        "{message}"
    );
    assert!(
        !message.contains(&format!("connection {} of", other.connection())) && !message.contains(VALUE),
        "{message}"
    );
    reader.commit().await;
    world.wait_ready().await;
}

/// On a server of its own, all transactions are this test's.
#[tokio::test(flavor = "multi_thread")]
async fn mariadb_names_the_sessions_with_open_transactions() {
    let (world, server) = OwnServer::with_world(Server::MariaDbNewest, &[]).await;
    server.run(&format!("USE {}; CREATE TABLE t (note varchar(60)); INSERT INTO t VALUES ('a')", world.database)).await;
    let read = format!("SELECT COUNT(*) FROM {}.t", world.database);
    let reader = OpenTransaction::begin(server.session().await, &read).await;
    world.apply(&world.schema(INDEX)).unwrap();
    let resource = world.wait_reason("LockWaitTimeout").await;
    let message = condition(&resource, "Ready").message;
    assert!(
        message.contains(&format!("connection {} of the operator's account at ", reader.connection())),
        "{message}"
    );
    assert!(message.contains("in a transaction for "), "{message}");
    reader.commit().await;
    world.wait_ready().await;
}
