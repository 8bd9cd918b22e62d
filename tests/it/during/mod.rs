//! While a statement runs: what it waits for, how far it is, and what becomes of it when the operator is not there.

mod cancel;
mod concurrent_writes;
mod interruption;
mod locks;
mod orphaned_statement;
mod progress;
mod terminal;

use crate::support::World;

/// Makes a table `t` whose rows take a while to go through: `4 * 2^doublings` of them.
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

/// How many rows it has.
async fn rows(world: &World) -> String {
    world.sql("SELECT COUNT(*) FROM t").await[0].text(0).to_owned()
}

/// The condition on the table of sessions that finds this operator's `ALTER TABLE`.
fn alter(world: &World) -> String {
    let (sessions, prefix) = world.server.sessions();
    format!("{sessions} WHERE {prefix}db = '{}' AND {prefix}info LIKE '/* schema-operator %'", world.database)
}
