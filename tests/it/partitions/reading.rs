//! How the operator reads and compares partitions.

use schema_operator::mysql::{Session, observe_table};
use schema_operator::schema::Identifier;

use super::last_statement;
use crate::support::{World, condition, on_each_server};

on_each_server!(
    a_partitioned_table_is_read_once,
    bounds_are_compared_as_the_server_computes_them,
    without_the_privilege_computed_bounds_are_not_compared,
);

/// The query that reads its partitions also reads its details.
async fn a_partitioned_table_is_read_once(world: World) {
    world.sql("CREATE TABLE t (id int NOT NULL PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 3").await;
    let mut session = world.session().await;
    let before = times_shown(&mut session).await;
    let [database, table] = [world.database.as_str(), "t"].map(|name| Identifier::new(name).unwrap());
    let observation = observe_table(&mut session, &database, &table).await.unwrap();
    assert_eq!(times_shown(&mut session).await - before, 1);
    assert_eq!(observation.schema.details[&table].row_format.as_deref(), Some("DYNAMIC"));
    assert!(observation.schema.table(&table).unwrap().partitioning.is_some());
}

async fn times_shown(session: &mut Session) -> u32 {
    let rows = session.batch("", "SHOW SESSION STATUS LIKE 'Com_show_create_table'").await.unwrap();
    rows[0][0].text(1).parse().unwrap()
}

async fn bounds_are_compared_as_the_server_computes_them(world: World) {
    world
        .sql(
            "CREATE TABLE t (id int NOT NULL, d date NOT NULL) PARTITION BY RANGE (to_days(d))
               (PARTITION p0 VALUES LESS THAN (737790), PARTITION p1 VALUES LESS THAN (738156));
             INSERT INTO t VALUES (1, '2019-05-05')",
        )
        .await;
    let spec = |more: &str| {
        format!(
            "interval: 1s\ntables:\n- name: t\n  partitioning:\n    by: Range\n    expression: TO_DAYS( d )\n    partitions:\n    \
             - {{name: p0, lessThan: \"TO_DAYS('2020-01-01')\"}}\n    - {{name: p1, lessThan: \"to_days('2021-01-01')\"}}\n{more}"
        )
    };
    world.apply_ready(&spec("")).await;
    world.check_that_nothing_was_run().await;
    world.apply_ready(&spec("    - {name: p2, lessThan: \"to_days('2022-01-01')\"}\n")).await;
    let last = last_statement(&world).await;
    assert!(last.contains("ADD PARTITION (PARTITION `p2` VALUES LESS THAN (738521))"), "{last}");
    assert!(!last.contains("p1"), "{last}");
}

async fn without_the_privilege_computed_bounds_are_not_compared(world: World) {
    world
        .sql("CREATE TABLE t (id int, d date) PARTITION BY RANGE (to_days(d)) (PARTITION p0 VALUES LESS THAN (737790))")
        .await;
    world.apply(&world.account("secret-word", "SELECT, CREATE, ALTER, DROP, INSERT, UPDATE").await).unwrap();
    let spec = |bound: &str| {
        format!(
            "tables:\n- name: t\n  partitioning: {{by: Range, expression: to_days(d), partitions: [{{name: p0, lessThan: \"{bound}\"}}, \
             {{name: p1, lessThan: '738156'}}]}}\n"
        )
    };
    world.apply(&world.schema(&spec("to_days('2020-01-01')"))).unwrap();
    let refused = world.wait_reason("PlanRefused").await;
    assert!(condition(&refused, "Stalled").message.contains("declared as the server prints them"));
    world.apply_ready(&spec("737790")).await;
    assert!(world.show_create("t").await.contains("738156"));
}
