//! You own what you declare: an undeclared attribute survives any change beside it.

use crate::support::{World, on_each_server};

on_each_server!(undeclared_attributes_survive_a_change_of_type, undeclared_neighbours_survive,);

async fn undeclared_attributes_survive_a_change_of_type(world: World) {
    world
        .sql(
            "CREATE TABLE t (id int PRIMARY KEY,
               note varchar(20) CHARACTER SET latin1 COLLATE latin1_german1_ci NOT NULL DEFAULT 'it''s' COMMENT 'a \"note\"',
               hidden int INVISIBLE DEFAULT 7 COMMENT 'hidden',
               stamp timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'moved');
             INSERT INTO t (id, note) VALUES (1, 'a')",
        )
        .await;
    let before = world.show_create("t").await;
    world
        .apply_ready(
            "
policy: {allow: [Blocking]}
tables:
- name: t
  columns:
  - {name: note, type: varchar(40)}
  - {name: hidden, type: bigint}
  - {name: stamp, type: timestamp(3), allow: [Breaking]}
",
        )
        .await;
    let after = world.show_create("t").await;
    let expected = before
        .replace("varchar(20)", "varchar(40)")
        .replace("`hidden` int(11)", "`hidden` bigint(20)")
        .replace("`hidden` int", "`hidden` bigint")
        .replace("timestamp NOT NULL", "timestamp(3) NOT NULL")
        .replace("current_timestamp()", "current_timestamp(3)")
        .replace("CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP(3)");
    assert_eq!(after, expected);
}

async fn undeclared_neighbours_survive(world: World) {
    world
        .sql(
            "CREATE TABLE t (id int PRIMARY KEY, a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL,
               c varchar(10) GENERATED ALWAYS AS (concat('x', a)) STORED, KEY by_b (b)) COMMENT 'kept';
             INSERT INTO t (id, a) VALUES (1, 1)",
        )
        .await;
    let before = world.show_create("t").await;
    world.apply_ready("tables:\n- name: t\n  columns:\n  - {name: d, type: int, comment: new}\n").await;
    let after = world.show_create("t").await;
    let without: String = after.lines().filter(|line| !line.contains("`d`")).map(|line| format!("{line}\n")).collect();
    assert_eq!(without.trim(), before.trim());
}
