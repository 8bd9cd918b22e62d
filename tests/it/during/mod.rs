//! While a statement runs: what it waits for, how far it is, and what becomes of it when the operator is gone.

mod cancel;
mod concurrent_writes;
mod interruption;
mod locks;
mod orphaned_statement;
mod progress;
mod terminal;

use crate::support::{SessionTable, World};

/// Creates a table `t` with `4 * 2^doublings` rows, so that a change of it takes a while.
async fn large_table(world: &World, doublings: usize) {
    world
        .sql(
            "CREATE TABLE t (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(60));
             INSERT INTO t (note) VALUES (UUID()), (UUID()), (UUID()), (UUID())",
        )
        .await;
    let mut session = world.session().await;
    for _ in 0..doublings {
        session.change("a test's rows", "INSERT INTO t (note) SELECT UUID() FROM t").await.unwrap();
    }
}

/// Counts the rows of `t`.
async fn row_count(world: &World) -> String {
    world.sql("SELECT COUNT(*) FROM t").await[0].text(0).to_owned()
}

/// Returns the end of a query that finds the operator's statement among the server's sessions: a table and a condition.
fn running_statement(world: &World) -> String {
    let SessionTable { name, prefix } = world.server.sessions();
    format!("{name} WHERE {prefix}db = '{}' AND {prefix}info LIKE '/* schema-operator %'", world.database)
}

/// Waits until the operator's statement copies the table's rows.
async fn wait_for_copy(world: &World) {
    let (statement, prefix) = (running_statement(world), world.server.sessions().prefix);
    let copies = format!("SELECT COUNT(*) FROM {statement} AND {prefix}state = 'copy to tmp table'");
    world.wait_sql("a statement that copies the table", &copies, |count| count == "1").await;
}
