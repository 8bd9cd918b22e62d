//! Partitions that are declared, and change.

use super::{last_statement, spec, steps, table};
use crate::support::{Server, World, condition, is_ready, on_each_server};

on_each_server!(
    each_method_is_created_and_then_left_alone,
    ranges_are_added_split_and_dropped,
    lists_change_without_losing_rows,
    hashed_partitions_grow_and_shrink,
    a_table_is_partitioned_and_then_otherwise,
    statements_cost_what_is_predicted,
);

/// Each method, with definitions that servers print in other words: computed bounds, NULL, text with quotes and 4-byte
/// characters.
const METHODS: [(&str, &str); 12] = [
    (
        "by_range",
        "{by: Range, expression: YEAR(d), partitions: [{name: p0, lessThan: '2020'}, {name: pm, lessThan: MAXVALUE}]}",
    ),
    (
        "by_days",
        "{by: Range, expression: to_days(d), partitions: [{name: p0, lessThan: \"TO_DAYS('2020-01-01')\"}, {name: p1, lessThan: \"to_days('2021-01-01')\"}]}",
    ),
    (
        "by_columns",
        "{by: RangeColumns, columns: [id, s], partitions: [{name: p0, lessThan: \"1, 'it''s ä'\"}, {name: 'p 1', lessThan: \"10, MAXVALUE\"}, {name: pm, lessThan: 'MAXVALUE, MAXVALUE'}]}",
    ),
    (
        "by_column",
        "{by: RangeColumns, columns: [d], partitions: [{name: p0, lessThan: \"'2020-01-01'\"}, {name: pm, lessThan: MAXVALUE}]}",
    ),
    (
        "by_list",
        "{by: List, expression: id % 7, partitions: [{name: p0, in: '3, NULL, 1'}, {name: p1, in: '-1, 2+2'}]}",
    ),
    (
        "by_lists",
        "{by: ListColumns, columns: [id, s], partitions: [{name: p0, in: \"(1, 'a'), (2, '😀\\\\\\\\')\"}, {name: p1, in: \"(3, 'a*/b')\"}]}",
    ),
    ("by_hash", "{by: Hash, expression: id * 2, count: 3}"),
    ("by_linear_hash", "{by: LinearHash, expression: id, partitions: [{name: a}, {name: b}]}"),
    ("by_key", "{by: Key, columns: [id, s], count: 2}"),
    ("by_linear_key", "{by: LinearKey, columns: [s], count: 2}"),
    ("by_primary_key", "{by: Key, count: 2}"),
    ("by_one", "{by: Key}"),
];

async fn each_method_is_created_and_then_left_alone(world: World) {
    let mut spec = "interval: 1s\ntables:\n".to_owned();
    for (name, partitioning) in METHODS {
        spec += &table(name, partitioning);
        if partitioning.starts_with("{by: Key}") || partitioning.starts_with("{by: Key, count") {
            spec += "  primaryKey: [id]\n";
        }
    }
    world.apply_ready(&spec).await;
    for (name, _) in METHODS {
        assert!(world.show_create(name).await.contains("PARTITION BY"), "{name}");
    }
    world.operator.wait_for_log("in sync").await;
    let history = world.sql("SELECT COUNT(*) FROM schema_operator_history").await;
    assert_eq!(history[0].text(0), METHODS.len().to_string(), "nothing is done twice");
}

async fn ranges_are_added_split_and_dropped(world: World) {
    world
        .apply_ready(&spec(
            "{by: Range, expression: id, partitions: [{name: p0, lessThan: '10'}, {name: p1, lessThan: '20'}]}",
        ))
        .await;
    world.sql("INSERT INTO t VALUES (1, '2020-01-01', 'a'), (11, '2020-01-01', 'b')").await;
    let changes = [
        ("[{name: p0, lessThan: '10'}, {name: p1, lessThan: '20'}, {name: pm, lessThan: MAXVALUE}]", "ADD PARTITION"),
        (
            "[{name: p0, lessThan: '10'}, {name: p1, lessThan: '20'}, {name: p2, lessThan: '30'}, {name: pm, lessThan: MAXVALUE}]",
            "REORGANIZE PARTITION `pm` INTO",
        ),
        (
            "[{name: low, lessThan: '20'}, {name: p2, lessThan: '30'}, {name: pm, lessThan: MAXVALUE}]",
            "REORGANIZE PARTITION `p0`, `p1` INTO",
        ),
        (
            "[{name: low, lessThan: '15'}, {name: p2, lessThan: '30'}, {name: pm, lessThan: MAXVALUE}]",
            "REORGANIZE PARTITION `low`, `p2` INTO",
        ),
    ];
    for (partitions, statement) in changes {
        world.apply_ready(&spec(&format!("{{by: Range, expression: id, partitions: {partitions}}}"))).await;
        assert_eq!(last_statement(&world).await.matches(statement).count(), 1, "{statement}");
        assert_eq!(world.sql("SELECT COUNT(*) FROM t").await[0].text(0), "2", "{statement}");
    }
    let without =
        "{by: Range, expression: id, partitions: [{name: p2, lessThan: '30'}, {name: pm, lessThan: MAXVALUE}]}";
    world.apply(&world.schema(&spec(without))).unwrap();
    let waiting = world.wait_reason("AwaitingApproval").await;
    assert_eq!(steps(&waiting)[0].statement, "ALTER TABLE `t` DROP PARTITION `low`");
    assert_eq!(waiting.status.unwrap().plan.unwrap().risks, "Destructive");
    assert_eq!(world.sql("SELECT COUNT(*) FROM t").await[0].text(0), "2");
    world.apply_ready(&spec(without).replace("Breaking]", "Breaking, Destructive]")).await;
    assert_eq!(world.sql("SELECT COUNT(*) FROM t").await[0].text(0), "0");
}

async fn lists_change_without_losing_rows(world: World) {
    let lists = |partitions: &str| spec(&format!("{{by: List, expression: id, partitions: {partitions}}}"));
    world.apply_ready(&lists("[{name: a, in: '1, 2'}, {name: b, in: '3'}]")).await;
    world.sql("INSERT INTO t VALUES (1, '2020-01-01', 'a'), (2, '2020-01-01', 'b'), (3, '2020-01-01', 'c')").await;
    for (partitions, statement) in [
        ("[{name: c, in: 'NULL, 4'}, {name: b, in: '3'}, {name: a, in: '2, 1'}]", "ADD PARTITION (PARTITION `c`"),
        ("[{name: a, in: '1'}, {name: b, in: '2, 3'}, {name: c, in: '4, NULL'}]", "REORGANIZE PARTITION `a`, `b` INTO"),
    ] {
        world.apply_ready(&lists(partitions)).await;
        assert!(last_statement(&world).await.contains(statement), "{statement}");
    }
    // A REORGANIZE without 2 would fail on its row (1526), so none is sent.
    world.apply(&world.schema(&lists("[{name: a, in: '1'}, {name: b, in: '3'}, {name: c, in: '4, NULL'}]"))).unwrap();
    let failed = world.wait("a refusal", |resource| condition(resource, "Stalled").status == "True").await;
    let message = condition(&failed, "Stalled").message;
    assert!(message.contains("can't change partitions of t: 1 row is in no partition"), "{message}");
    assert_eq!(world.sql("SELECT COUNT(*) FROM t").await[0].text(0), "3");
}

async fn hashed_partitions_grow_and_shrink(world: World) {
    world.apply_ready(&spec("{by: Hash, expression: id, count: 2}")).await;
    world.sql("INSERT INTO t VALUES (1, '2020-01-01', 'a'), (2, '2020-01-01', 'b'), (3, '2020-01-01', 'c')").await;
    for (partitioning, statement) in [
        ("{by: Hash, expression: id, count: 5}", "ADD PARTITION"),
        ("{by: Hash, expression: id, count: 3}", "COALESCE PARTITION 2"),
        ("{by: Hash, expression: id}", "COALESCE PARTITION 2"),
        (
            "{by: Hash, expression: id, partitions: [{name: p0}, {name: p1}, {name: p2}, {name: more}]}",
            "(PARTITION `more`)",
        ),
        ("{by: Key, columns: [id], count: 2}", "PARTITION BY KEY (`id`) "),
        ("{by: LinearKey, columns: [id]}", "PARTITION BY LINEAR KEY (`id`) PARTITIONS 2"),
    ] {
        world.apply_ready(&spec(partitioning)).await;
        let last = last_statement(&world).await;
        assert!(last.contains(statement), "{statement}: {last}");
        assert_eq!(world.sql("SELECT COUNT(*) FROM t").await[0].text(0), "3", "{statement}");
    }
}

async fn a_table_is_partitioned_and_then_otherwise(world: World) {
    world
        .sql(
            "CREATE TABLE t (id int NOT NULL, d date NOT NULL, s varchar(20) CHARACTER SET utf8mb4 NOT NULL, PRIMARY KEY (id),
               UNIQUE KEY by_s (s)) ENGINE=InnoDB;
             INSERT INTO t VALUES (1, '2019-01-01', 'a'), (2, '2021-01-01', 'b')",
        )
        .await;
    // The keys change in the same plan, so that they contain the column that divides the rows.
    let by_year = "{by: Range, expression: year(d), partitions: [{name: old, lessThan: '2020'}, {name: new, lessThan: MAXVALUE}]}";
    let spec = format!(
        "{}  primaryKey: [id, d]\n  indexes: [{{name: by_s, state: Absent}}]\n",
        spec(by_year).replace("Breaking]", "Breaking, Destructive]")
    );
    world.apply_ready(&spec).await;
    let resource = world.resource().await;
    assert!(is_ready(&resource));
    assert_eq!(world.sql("SELECT COUNT(*) FROM t PARTITION (old)").await[0].text(0), "1");
    let by_month = spec.replace(by_year, "{by: Hash, expression: month(d), count: 12}");
    world.apply_ready(&by_month).await;
    assert_eq!(world.sql("SELECT COUNT(*) FROM t PARTITION (p1)").await[0].text(0), "2");
    assert!(last_statement(&world).await.contains("PARTITION BY HASH (month(d)) PARTITIONS 12"));
    // The key may lose the column only after another one divides the rows.
    let by_id = spec.replace(by_year, "{by: Hash, expression: id, count: 2}").replace("[id, d]", "[id]");
    world.apply_ready(&by_id).await;
    assert!(last_statement(&world).await.contains("ADD PRIMARY KEY (`id`)"));
    assert_eq!(world.sql("SELECT COUNT(*) FROM t").await[0].text(0), "2");
}

/// The server accepts the predicted algorithm, and refuses a cheaper one.
async fn statements_cost_what_is_predicted(world: World) {
    if world.server != Server::MySql {
        let mut session = world.session().await;
        session.batch("", "CREATE TABLE t (a int) PARTITION BY HASH (a) PARTITIONS 2").await.unwrap();
        let asked = session.batch("", "ALTER TABLE t ALGORITHM=INPLACE, LOCK=NONE, COALESCE PARTITION 1").await;
        assert!(asked.is_err(), "MariaDB can't be asked");
        return;
    }
    let (range, hash) = (
        "PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (10), PARTITION pm VALUES LESS THAN MAXVALUE)",
        "PARTITION BY HASH (a) PARTITIONS 2",
    );
    let bounded = "PARTITION BY LIST (a) (PARTITION p0 VALUES IN (1))";
    for (partitions, statement, algorithm, lock, cheaper) in [
        (bounded, "ADD PARTITION (PARTITION p1 VALUES IN (2))", "INPLACE", "NONE", "ALGORITHM=INSTANT"),
        (range, "DROP PARTITION p0", "INPLACE", "NONE", "ALGORITHM=INSTANT"),
        (
            range,
            "REORGANIZE PARTITION p0 INTO (PARTITION q VALUES LESS THAN (5), PARTITION p0 VALUES LESS THAN (10))",
            "INPLACE",
            "SHARED",
            "ALGORITHM=INPLACE, LOCK=NONE",
        ),
        (hash, "ADD PARTITION (PARTITION p2)", "INPLACE", "SHARED", "ALGORITHM=INPLACE, LOCK=NONE"),
        (hash, "COALESCE PARTITION 1", "INPLACE", "SHARED", "ALGORITHM=INPLACE, LOCK=NONE"),
    ] {
        let mut session = world.session().await;
        session.batch("", &format!("DROP TABLE IF EXISTS t; CREATE TABLE t (a int) {partitions}")).await.unwrap();
        let refused = session.batch("", &format!("ALTER TABLE t {cheaper}, {statement}")).await;
        assert!(refused.is_err(), "{cheaper}, {statement}");
        session.batch("", &format!("ALTER TABLE t ALGORITHM={algorithm}, LOCK={lock}, {statement}")).await.unwrap();
    }
}
