//! Objects that a database can have and a spec can't declare: the operator leaves them alone, and goes on with the
//! rest.

use crate::support::{ConditionView, Server, World, condition};

#[tokio::test(flavor = "multi_thread")]
async fn objects_that_only_mariadb_has_are_left_alone() {
    for server in [Server::MariaDb, Server::MariaDbNewest] {
        let world = World::new(server).await;
        world
            .sql(
                "CREATE TABLE versioned (id int PRIMARY KEY) WITH SYSTEM VERSIONING; CREATE SEQUENCE numbers; \
                 CREATE TABLE booked (id int, s date, e date, PERIOD FOR p(s, e), \
                   PRIMARY KEY (id, p WITHOUT OVERLAPS)); \
                 CREATE TABLE partly (id int PRIMARY KEY, a int, b int WITHOUT SYSTEM VERSIONING) \
                   WITH SYSTEM VERSIONING; \
                 CREATE TABLE t (id int PRIMARY KEY)",
            )
            .await;
        if server == Server::MariaDbNewest {
            world.sql("CREATE TABLE near (id int PRIMARY KEY, v vector(3) NOT NULL, VECTOR INDEX (v))").await;
        }
        world.apply_ready("tables: [{name: t, columns: [{name: a, type: int}]}]\n").await;
        let mut cases = vec![("versioned", "system versioned"), ("numbers", "sequence"), ("booked", "period")];
        if server == Server::MariaDbNewest {
            cases.push(("near", "vector index"));
        }
        for (table, word) in cases {
            let before = world.show_create(table).await;
            world
                .apply(&world.schema(&format!("tables: [{{name: {table}, columns: [{{name: x, type: int}}]}}]\n")))
                .unwrap();
            let path = format!("spec.tables[{table}]");
            let seen = |resource: &_| condition(resource, "Ready").message.contains(&path);
            let resource = world.wait("the refusal", seen).await;
            let ConditionView { reason, message, .. } = condition(&resource, "Ready");
            assert_eq!(reason, "Unsupported", "{message}");
            assert!(message.contains(word), "{message}");
            assert_eq!(world.show_create(table).await, before);
        }
    }
}
