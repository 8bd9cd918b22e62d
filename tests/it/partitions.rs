//! Partitions: declared, changed and left alone, on each server.

use schema_operator::api::{DatabaseSchema, StepStatus};

use crate::support::{Server, World, condition, on_each_server};

on_each_server!(
    each_method_is_created_and_then_left_alone,
    undeclared_partitions_survive_other_changes,
    ranges_are_added_split_and_dropped,
    lists_change_without_losing_rows,
    hashed_partitions_grow_and_shrink,
    a_table_is_partitioned_and_partitioned_anew,
    what_the_server_refuses_is_refused_by_name,
    subpartitions_are_left_alone,
    comments_and_options_of_partitions_stay,
    bounds_are_compared_as_the_server_computes_them,
    without_the_privilege_computed_bounds_are_not_compared,
    a_renamed_column_is_followed_or_refused,
    statements_cost_what_is_predicted,
);

const COLUMNS: &str = "  columns:\n  - {name: id, type: int, nullable: false}\n  - {name: d, type: date, nullable: false}\n  \
                       - {name: s, type: varchar(20), nullable: false, charset: utf8mb4}\n";

fn table(name: &str, partitioning: &str) -> String {
    format!("- name: {name}\n{COLUMNS}  partitioning: {partitioning}\n")
}

fn spec(partitioning: &str) -> String {
    format!("interval: 1s\npolicy: {{allow: [Blocking, Breaking]}}\ntables:\n{}", table("t", partitioning))
}

/// Each method, with what the servers write in other words: computed bounds, NULL, text with quotes and 4-byte characters.
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

async fn undeclared_partitions_survive_other_changes(world: World) {
    let columns = "id int NOT NULL, d date NOT NULL, s varchar(20) CHARACTER SET utf8mb4 NOT NULL";
    world
        .sql(&format!(
            "CREATE TABLE r ({columns}) PARTITION BY RANGE (year(d)) (PARTITION p0 VALUES LESS THAN (2020) COMMENT 'it''s 😀?',
               PARTITION pm VALUES LESS THAN MAXVALUE MAX_ROWS = 7);
             CREATE TABLE l ({columns}) PARTITION BY LIST COLUMNS (s) (PARTITION p0 VALUES IN ('a''b', '😀'));
             CREATE TABLE k ({columns}, PRIMARY KEY (id)) PARTITION BY KEY ALGORITHM = 1 () PARTITIONS 2;
             INSERT INTO r VALUES (1, '2019-01-01', 'x'), (2, '2022-01-01', 'y')"
        ))
        .await;
    let clause = |text: &str| text.split_once("PARTITION BY").map(|(_, clause)| clause.to_owned());
    let mut before = Vec::new();
    for name in ["r", "l", "k"] {
        before.push(clause(&world.show_create(name).await).unwrap());
    }
    let tables = ["r", "l", "k"].map(|name| {
        format!(
            "- name: {name}\n  columns:\n  - {{name: s, type: varchar(30), comment: longer}}\n  - {{name: extra, type: int}}\n  \
             checks: [{{name: {name}_c, expression: 'not (id > 90 and id < 95)'}}]\n"
        )
    });
    world.apply_ready(&format!("policy: {{allow: [Blocking]}}\ntables:\n{}", tables.concat())).await;
    for (name, before) in ["r", "l", "k"].into_iter().zip(before) {
        assert_eq!(clause(&world.show_create(name).await).unwrap(), before, "{name}");
    }
    assert_eq!(world.sql("SELECT COUNT(*) FROM r").await[0].text(0), "2");
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
    // A REORGANIZE without 2 would delete its row; this fails, and says no value.
    world.apply(&world.schema(&lists("[{name: a, in: '1'}, {name: b, in: '3'}, {name: c, in: '4, NULL'}]"))).unwrap();
    let failed = world.wait("a refusal", |resource| condition(resource, "Stalled").0 == "True").await;
    let message = condition(&failed, "Stalled").2;
    assert!(message.contains("no partition would take") && message.contains("1526"), "{message}");
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

async fn a_table_is_partitioned_and_partitioned_anew(world: World) {
    world
        .sql(
            "CREATE TABLE t (id int NOT NULL, d date NOT NULL, s varchar(20) CHARACTER SET utf8mb4 NOT NULL, PRIMARY KEY (id),
               UNIQUE KEY by_s (s)) ENGINE=InnoDB;
             INSERT INTO t VALUES (1, '2019-01-01', 'a'), (2, '2021-01-01', 'b')",
        )
        .await;
    // The keys change in the same plan, so that they hold what divides the rows.
    let by_year = "{by: Range, expression: year(d), partitions: [{name: old, lessThan: '2020'}, {name: new, lessThan: MAXVALUE}]}";
    let spec = format!(
        "{}  primaryKey: [id, d]\n  indexes: [{{name: by_s, state: Absent}}]\n",
        spec(by_year).replace("Breaking]", "Breaking, Destructive]")
    );
    world.apply_ready(&spec).await;
    let resource = world.resource().await;
    assert!(condition(&resource, "Ready").0 == "True");
    assert_eq!(world.sql("SELECT COUNT(*) FROM t PARTITION (old)").await[0].text(0), "1");
    let by_month = spec.replace(by_year, "{by: Hash, expression: month(d), count: 12}");
    world.apply_ready(&by_month).await;
    assert_eq!(world.sql("SELECT COUNT(*) FROM t PARTITION (p1)").await[0].text(0), "2");
    assert!(last_statement(&world).await.contains("PARTITION BY HASH (month(d)) PARTITIONS 12"));
    // Now the key loses what divided the rows: only after they are divided otherwise.
    let by_id = spec.replace(by_year, "{by: Hash, expression: id, count: 2}").replace("[id, d]", "[id]");
    world.apply_ready(&by_id).await;
    assert!(last_statement(&world).await.contains("ADD PRIMARY KEY (`id`)"));
    assert_eq!(world.sql("SELECT COUNT(*) FROM t").await[0].text(0), "2");
}

async fn what_the_server_refuses_is_refused_by_name(world: World) {
    world
        .sql(
            "CREATE TABLE keyed (id int NOT NULL PRIMARY KEY, a int NOT NULL, UNIQUE KEY by_a (a));
             CREATE TABLE parent (id int NOT NULL PRIMARY KEY) ENGINE=InnoDB;
             CREATE TABLE child (id int NOT NULL PRIMARY KEY, CONSTRAINT to_parent FOREIGN KEY (id) REFERENCES parent (id)) ENGINE=InnoDB;
             CREATE TABLE plain (a int)",
        )
        .await;
    for (table, partitioning, expected) in [
        ("keyed", "{by: Hash, expression: id, count: 2}", "the unique index by_a has to contain the column id"),
        ("keyed", "{by: Hash, expression: a, count: 2}", "the primary key has to contain the column a"),
        ("parent", "{by: Hash, expression: id, count: 2}", "the foreign key child.to_parent"),
        ("child", "{by: Key, count: 2}", "the foreign key to_parent"),
        ("plain", "{by: Key, count: 2}", "the table has none"),
        ("plain", "{by: Key, columns: [nowhere], count: 2}", "no column nowhere"),
        (
            "plain",
            "{by: Range, expression: a, partitions: [{name: p, lessThan: '2'}, {name: q, lessThan: '1'}]}",
            "ranges ascend",
        ),
        (
            "plain",
            "{by: Range, expression: a, partitions: [{name: p, lessThan: MAXVALUE}, {name: q, lessThan: '1'}]}",
            "only the last",
        ),
        (
            "plain",
            "{by: List, expression: a, partitions: [{name: p, in: '1, 2'}, {name: q, in: '2'}]}",
            "stands in p already",
        ),
        (
            "plain",
            "{by: Range, expression: a, partitions: [{name: p, lessThan: '1'}, {name: P, lessThan: '2'}]}",
            "one name to the server",
        ),
        ("plain", "{by: Range, expression: a, partitions: [{name: p, lessThan: '1, 2'}]}", "there have to be 1"),
        ("plain", "{by: Range, expression: a, partitions: [{name: p, in: '1'}]}", "a range has lessThan"),
        ("plain", "{by: Range, expression: a, partitions: [{name: p, lessThan: '1.5'}]}", "must have type INT"),
    ] {
        world.apply(&world.schema(&format!("tables:\n- name: {table}\n  partitioning: {partitioning}\n"))).unwrap();
        let is_said = |resource: &DatabaseSchema| condition(resource, "Stalled").2.contains(expected);
        world.wait(expected, is_said).await;
        assert!(!world.show_create(table).await.contains("PARTITION BY"));
    }
    if world.server == Server::MySql {
        world.sql("CREATE TABLE texts (id int, body text, FULLTEXT KEY words (body))").await;
        world
            .apply(&world.schema("tables:\n- name: texts\n  partitioning: {by: Hash, expression: id, count: 2}\n"))
            .unwrap();
        world.wait("a name", |resource| condition(resource, "Stalled").2.contains("the full-text index words")).await;
    }
}

async fn subpartitions_are_left_alone(world: World) {
    world
        .sql(
            "CREATE TABLE t (id int, d date) PARTITION BY RANGE (year(d)) SUBPARTITION BY HASH (id) SUBPARTITIONS 2
               (PARTITION p0 VALUES LESS THAN (2020), PARTITION pm VALUES LESS THAN MAXVALUE)",
        )
        .await;
    let other = "policy: {allow: [Blocking]}\ntables:\n- name: t\n  columns: [{name: id, type: bigint}, {name: extra, type: int}]\n  \
                 checks: [{name: c, expression: 'not (id > 90 and id < 95)'}]\n";
    world.apply_ready(other).await;
    let now = world.show_create("t").await;
    assert!(now.contains("SUBPARTITIONS 2") && now.contains("extra") && now.contains("bigint"), "{now}");
    let declared = format!("{other}  partitioning: {{by: Hash, expression: id, count: 2}}\n");
    world.apply(&world.schema(&declared)).unwrap();
    let refused = world.wait_reason("Unsupported").await;
    assert!(condition(&refused, "Stalled").2.contains("subpartitions"));
    assert!(world.show_create("t").await.contains("SUBPARTITIONS 2"));
}

async fn comments_and_options_of_partitions_stay(world: World) {
    world
        .sql(
            "CREATE TABLE t (id int) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10) COMMENT 'it''s ä' MAX_ROWS = 7,
               PARTITION pm VALUES LESS THAN MAXVALUE COMMENT 'rest');
             CREATE TABLE lost (id int) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN MAXVALUE COMMENT '😀');
             CREATE TABLE k (id int) PARTITION BY KEY ALGORITHM = 1 (id) PARTITIONS 2",
        )
        .await;
    let spec = "policy: {allow: [Blocking, Breaking]}\ntables:\n- name: t\n  partitioning:\n    by: Range\n    expression: id\n    \
                partitions: [{name: p0, lessThan: '5'}, {name: p1, lessThan: '20'}, {name: pm, lessThan: MAXVALUE}]\n\
                - name: k\n  partitioning: {by: LinearKey, columns: [id], count: 3}\n";
    world.apply_ready(spec).await;
    let now = world.show_create("t").await;
    assert!(now.contains("MAX_ROWS = 7 COMMENT = 'it\\'s ä'") && now.contains("COMMENT = 'rest'"), "{now}");
    assert!(world.show_create("k").await.contains("ALGORITHM = 1"));
    let spec = "tables:\n- name: lost\n  partitioning: {by: Range, expression: id, partitions: [{name: a, lessThan: '1'}, {name: p0, lessThan: MAXVALUE}]}\n";
    world.apply(&world.schema(spec)).unwrap();
    let refused = world.wait_reason("Unsupported").await;
    assert!(condition(&refused, "Stalled").2.contains("comment of partition p0"));
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
    assert!(world.sql("SHOW TABLES LIKE 'schema_operator_history'").await.is_empty(), "no statement was run");
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
    assert!(condition(&refused, "Stalled").2.contains("declared as the server prints them"));
    world.apply_ready(&spec("737790")).await;
    assert!(world.show_create("t").await.contains("738156"));
}

async fn a_renamed_column_is_followed_or_refused(world: World) {
    world.sql("CREATE TABLE t (a int) PARTITION BY RANGE (a + 1) (PARTITION p0 VALUES LESS THAN MAXVALUE)").await;
    let spec = "policy: {allow: [Breaking]}\ntables:\n- name: t\n  columns: [{name: b, renamedFrom: [a]}]\n  \
                partitioning: {by: Range, expression: b + 1, partitions: [{name: p0, lessThan: MAXVALUE}]}\n";
    world.apply(&world.schema(spec)).unwrap();
    if world.server == Server::MySql {
        let refused = world.wait_reason("Unsupported").await;
        assert!(condition(&refused, "Stalled").2.contains("partitioned by a"));
    } else {
        world.wait_ready().await;
        assert_eq!(world.sql("SELECT COUNT(*) FROM schema_operator_history").await[0].text(0), "1", "the rename alone");
    }
}

/// What the plan predicts is what the server takes: it is asked for just that, and refuses what is cheaper.
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

async fn last_statement(world: &World) -> String {
    world.sql("SELECT statement FROM schema_operator_history ORDER BY id DESC LIMIT 1").await[0].text(0).to_owned()
}

fn steps(resource: &DatabaseSchema) -> Vec<StepStatus> {
    resource.status.clone().and_then(|status| status.plan).map(|plan| plan.steps).unwrap_or_default()
}
