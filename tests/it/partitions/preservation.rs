//! What the operator preserves of partitions, and what it refuses.

use schema_operator::api::DatabaseSchema;

use crate::support::{Server, World, condition, on_each_server};

on_each_server!(
    undeclared_partitions_survive_other_changes,
    what_the_server_refuses_is_refused_by_name,
    subpartitions_are_left_alone,
    comments_and_options_of_partitions_stay,
    a_renamed_column_is_followed_or_refused,
);

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
            "is already in p",
        ),
        (
            "plain",
            "{by: Range, expression: a, partitions: [{name: p, lessThan: '1'}, {name: P, lessThan: '2'}]}",
            "one name to the server",
        ),
        (
            "plain",
            "{by: Range, expression: a, partitions: [{name: p, lessThan: '1, 2'}]}",
            "and needs 1, one for each column",
        ),
        ("plain", "{by: Range, expression: a, partitions: [{name: p, in: '1'}]}", "a range has lessThan"),
        ("plain", "{by: Range, expression: a, partitions: [{name: p, lessThan: '1.5'}]}", "must have type INT"),
    ] {
        world.apply(&world.schema(&format!("tables:\n- name: {table}\n  partitioning: {partitioning}\n"))).unwrap();
        let is_said = |resource: &DatabaseSchema| condition(resource, "Stalled").message.contains(expected);
        world.wait(expected, is_said).await;
        assert!(!world.show_create(table).await.contains("PARTITION BY"));
    }
    if world.server == Server::MySql {
        world.sql("CREATE TABLE texts (id int, body text, FULLTEXT KEY words (body))").await;
        world
            .apply(&world.schema("tables:\n- name: texts\n  partitioning: {by: Hash, expression: id, count: 2}\n"))
            .unwrap();
        world
            .wait("a name", |resource| condition(resource, "Stalled").message.contains("the full-text index words"))
            .await;
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
    assert!(condition(&refused, "Stalled").message.contains("subpartitions"));
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
    assert!(condition(&refused, "Stalled").message.contains("comment of partition p0"));
}

async fn a_renamed_column_is_followed_or_refused(world: World) {
    world.sql("CREATE TABLE t (a int) PARTITION BY RANGE (a + 1) (PARTITION p0 VALUES LESS THAN MAXVALUE)").await;
    let spec = "policy: {allow: [Breaking]}\ntables:\n- name: t\n  columns: [{name: b, renamedFrom: [a]}]\n  \
                partitioning: {by: Range, expression: b + 1, partitions: [{name: p0, lessThan: MAXVALUE}]}\n";
    world.apply(&world.schema(spec)).unwrap();
    if world.server == Server::MySql {
        let refused = world.wait_reason("Unsupported").await;
        assert!(condition(&refused, "Stalled").message.contains("partitioned by a"));
    } else {
        world.wait_ready().await;
        assert_eq!(world.sql("SELECT COUNT(*) FROM schema_operator_history").await[0].text(0), "1", "the rename alone");
    }
}
