//! Texts with 4-byte characters, which `information_schema` shows as question marks.

use crate::support::{World, condition, on_each_server};

on_each_server!(
    expressions_survive_a_change_of_their_column,
    other_texts_are_not_rewritten,
    characters_that_the_server_does_not_show_survive,
);

async fn expressions_survive_a_change_of_their_column(world: World) {
    world
        .sql(
            "CREATE TABLE t (id int PRIMARY KEY, \
               v varchar(20) DEFAULT (concat('\u{1f600}', 'x?')) COMMENT 'plain', \
               g varchar(40) AS (concat(v, '\u{1f600}')) VIRTUAL, CONSTRAINT c CHECK (v <> '\u{1f601}')) \
             CHARACTER SET utf8mb4; INSERT INTO t (id) VALUES (1)",
        )
        .await;
    let before = world.sql("SELECT HEX(v), HEX(g) FROM t").await;
    let spec = "policy: {allow: [Blocking, Breaking]}\ntables:\n- name: t\n  columns:\n  - {name: v, type: varchar(30)}\n  \
                - {name: g, comment: x}\n";
    world.apply_ready(spec).await;
    world.sql("INSERT INTO t (id) VALUES (2)").await;
    let after = world.sql("SELECT HEX(v), HEX(g) FROM t WHERE id = 2").await;
    assert_eq!(after, before, "the default and the generated column are as they were");
    let create = world.show_create("t").await;
    assert!(create.contains("varchar(30)") && create.contains("COMMENT 'x'"), "{create}");
}

async fn other_texts_are_not_rewritten(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY, e enum('a','\u{1f600}'), v int COMMENT '\u{1f600}') CHARACTER SET utf8mb4").await;
    let before = world.show_create("t").await;
    let spec = "policy: {allow: [Blocking, Breaking]}\ntables:\n- name: t\n  columns:\n  - {name: e, nullable: false}\n  - \
                {name: v, type: bigint}\n";
    world.apply(&world.schema(spec)).unwrap();
    let resource = world.wait_reason("Unsupported").await;
    let message = condition(&resource, "Ready").message;
    assert!(message.contains("columns[e]") && message.contains("columns[v]"), "{message}");
    assert_eq!(world.show_create("t").await, before);
}

async fn characters_that_the_server_does_not_show_survive(world: World) {
    world
        .sql(
            "CREATE TABLE t (id int PRIMARY KEY, e enum('a','\u{1f600}') CHARACTER SET utf8mb4 COMMENT 'a \u{1f600}');
             INSERT INTO t VALUES (1, '\u{1f600}')",
        )
        .await;
    let spec = "tables:\n- name: t\n  columns:\n  - {name: e, nullable: false, allow: [Breaking]}\n";
    world.apply(&world.schema(spec)).unwrap();
    let resource = world.wait_reason("Unsupported").await;
    let message = condition(&resource, "Stalled").message;
    assert!(message.contains("spec.tables[t].columns[e]"), "{message}");
    assert_eq!(world.sql("SELECT HEX(e) FROM t").await[0].text(0), "F09F9880", "the row is as it was");
}
