//! A name that a rename frees: what is new under it waits for the rename, and is never taken for what is renamed.

use std::collections::BTreeSet;

use crate::support::{CliWorld, on_each_server};

on_each_server!(CliWorld: what_is_new_under_a_freed_name_waits_for_the_rename);

/// A live schema, and a declaration that gives a name in it to something new.
struct FreedName {
    title: &'static str,
    live: &'static str,
    declared: &'static str,
    /// The live tables that a rename waits in.
    tables: &'static [&'static str],
    /// A query, and what it returns once everything is allowed.
    moved: [&'static str; 2],
}

const FREED_NAMES: &[FreedName] = &[
    FreedName {
        title: "a new table of other columns",
        live: "CREATE TABLE orders (id int PRIMARY KEY, amount decimal(10,2), note varchar(100));
               INSERT INTO orders VALUES (1, 19.99, 'x'), (2, 5.49, 'y')",
        declared: "
- {name: orders_2025, renamedFrom: [orders]}
- name: orders
  columns: [{name: id, type: int}, {name: amount, type: int}, {name: note, state: Absent}, {name: tag, type: int}]
  primaryKey: [id]
  indexes: [{name: by_tag, columns: [tag], unique: true}]
  checks: [{name: positive, expression: amount > 100}]
  options: {comment: the new one}",
        tables: &["orders"],
        moved: ["SELECT CONCAT(SUM(amount), '|', (SELECT COUNT(*) FROM orders)) FROM orders_2025", "25.48|0"],
    },
    FreedName {
        title: "a new table at the end of a chain",
        live: "CREATE TABLE a (id int PRIMARY KEY, x int); CREATE TABLE b (id int PRIMARY KEY, x int);
               INSERT INTO a VALUES (1, 10); INSERT INTO b VALUES (2, 20), (3, 30)",
        declared: "
- {name: a, columns: [{name: id, type: bigint}, {name: x, state: Absent}], primaryKey: [id]}
- {name: b, renamedFrom: [a]}
- {name: c, renamedFrom: [b]}",
        tables: &["a", "b"],
        moved: ["SELECT CONCAT((SELECT SUM(x) FROM b), '|', (SELECT SUM(x) FROM c))", "10|50"],
    },
    FreedName {
        title: "an absent table",
        live: "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)",
        declared: "
- {name: t, state: Absent}
- {name: u, renamedFrom: [t]}",
        tables: &["t"],
        moved: ["SELECT COUNT(*) FROM u", "1"],
    },
    FreedName {
        title: "a new parent",
        live: "CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p VALUES (1);
               CREATE TABLE c (id int PRIMARY KEY, p_id int, CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p (id))",
        declared: "
- name: c
  columns: [{name: q_id, type: bigint, nullable: true}]
  foreignKeys:
  - {name: f, columns: [p_id], references: {table: p_old, columns: [id]}}
  - {name: g, columns: [q_id], references: {table: p, columns: [id]}}
  - {name: h, columns: [id], references: {table: p_old, columns: [id]}}
- {name: p, columns: [{name: id, type: bigint}], primaryKey: [id]}
- {name: p_old, renamedFrom: [p]}",
        tables: &["p"],
        moved: ["SELECT CONCAT((SELECT COUNT(*) FROM p_old), '|', (SELECT COUNT(*) FROM p))", "1|0"],
    },
    FreedName {
        title: "a new column with keys",
        live: "CREATE TABLE p (id int PRIMARY KEY);
               CREATE TABLE t (id int PRIMARY KEY, v varchar(20), KEY i (v)); INSERT INTO t VALUES (1, 'x'), (2, 'x')",
        declared: "
- name: t
  columns: [{name: w, renamedFrom: [v]}, {name: v, type: int, nullable: true}]
  indexes: [{name: u, columns: [v], unique: true}]
  checks: [{name: k, expression: v > 0}]
  foreignKeys: [{name: f, columns: [v], references: {table: p, columns: [id]}}]",
        tables: &["t"],
        moved: ["SELECT CONCAT(COUNT(w), '|', COUNT(v)) FROM t", "2|0"],
    },
    FreedName {
        title: "a new column for the foreign keys of others",
        live: "CREATE TABLE p (id int PRIMARY KEY, code int NOT NULL UNIQUE); INSERT INTO p VALUES (1, 7);
               CREATE TABLE c (id int PRIMARY KEY, code int, CONSTRAINT f FOREIGN KEY (code) REFERENCES p (code));
               INSERT INTO c VALUES (1, 7)",
        declared: "
- name: p
  columns: [{name: old_code, renamedFrom: [code]}, {name: code, type: bigint, nullable: true}]
  indexes: [{name: by_code, columns: [code], unique: true}]
- {name: c, foreignKeys: [{name: f, columns: [code], references: {table: p, columns: [old_code]}}]}",
        tables: &["p", "c"],
        moved: ["SELECT CONCAT(SUM(old_code), '|', COUNT(code)) FROM p", "7|0"],
    },
];

async fn what_is_new_under_a_freed_name_waits_for_the_rename(world: CliWorld) {
    for FreedName { title, live, declared, tables, moved: [query, expected] } in FREED_NAMES {
        world.sql(&format!("DROP DATABASE {0}; CREATE DATABASE {0}; USE {0}; {live}", world.database)).await;
        let before = contents(&world, tables).await;
        let file = |allow: &str| world.write_manifest(&format!("policy: {{allow: [{allow}]}}\ntables:{declared}"));
        for pass in 1..=2 {
            let waiting = world.run(&["apply", "-f", &file("Blocking, Destructive, Unknown")]);
            assert_ne!(waiting.code, 0, "{title}: the rename is Breaking: {waiting:?}");
            assert_eq!(contents(&world, tables).await, before, "{title}, pass {pass}: {waiting:?}");
        }
        let done = world.run(&["apply", "-f", &file("Blocking, Breaking, Destructive, Unknown")]);
        assert_eq!(done.code, 0, "{title}: {done:?}");
        assert_eq!(world.sql(query).await[0].text(0), *expected, "{title}: {done:?}");
        assert_eq!(world.run(&["plan", "-f", &file("")]).code, 0, "{title}");
    }
}

/// Returns the definitions of tables, and checksums of their rows.
async fn contents(world: &CliWorld, tables: &[&str]) -> Vec<(BTreeSet<String>, String)> {
    let mut contents = Vec::new();
    for table in tables {
        let rows = world.sql(&format!("CHECKSUM TABLE {table} EXTENDED")).await;
        contents.push((world.definition_lines(table).await, rows[0].text(1).to_owned()));
    }
    contents
}
