//! Which changes share a statement: what each server accepts together, and that nothing gets lost.

use crate::support::{Server, World, on_each_server, reason};

on_each_server!(
    everything_at_once_is_done_in_few_statements,
    a_table_with_virtual_columns_is_changed_without_a_copy_where_it_can_be,
    keys_columns_and_indexes_are_swapped_in_one_statement,
    what_needs_no_consent_does_not_wait_for_what_does,
    several_full_text_indexes_are_added,
);

/// Returns the statements that the operator ran, without the clause that asks for an algorithm.
async fn statements(world: &World) -> Vec<String> {
    let rows = world.sql("SELECT statement FROM schema_operator_history ORDER BY id").await;
    rows.iter().map(|row| row.text(0).split(", ALGORITHM=").next().unwrap_or_default().to_owned()).collect()
}

async fn everything_at_once_is_done_in_few_statements(world: World) {
    world
        .sql(
            "CREATE TABLE t (id int NOT NULL, a int, b varchar(20), c int, gone int, old_name int, wide varchar(20),
               hidden int, base int, made int GENERATED ALWAYS AS (base + 1) STORED, e enum('x','y'), moved int,
               PRIMARY KEY (id), KEY by_gone (gone), KEY old_index (c), KEY swapped (b), UNIQUE KEY dropped (a),
               CONSTRAINT positive CHECK (a > 0), CONSTRAINT other CHECK (c > 0)) COMMENT 'before';
             INSERT INTO t (id, a, b, c, gone, old_name, wide, hidden, base, e, moved)
               VALUES (1, 10, 'b', 20, 30, 40, 'w', 50, 60, 'y', 70), (2, 11, 'b', 21, 31, 41, 'v', 51, 61, 'x', 71)",
        )
        .await;
    let resource = world
        .apply_ready(
            "
policy: {allow: [Blocking, Breaking, Destructive]}
interval: 1s
tables:
- name: t
  options: {comment: after}
  columns:
  - {name: added, type: int}
  - {name: a, type: bigint}
  - {name: base, type: bigint}
  - {name: made, type: bigint, generated: {expression: base + 2, storage: Stored}}
  - {name: new_name, type: int, renamedFrom: [old_name]}
  - {name: e, type: \"enum('x','y','z')\"}
  - {name: wide, type: varchar(40)}
  - {name: c, nullable: false}
  - {name: b, default: {value: q}}
  - {name: moved, after: id}
  - {name: gone, state: Absent}
  - {name: computed, type: int, generated: {expression: added + new_name}}
  primaryKey: [id, c]
  indexes:
  - {name: new_index, columns: [c], renamedFrom: [old_index]}
  - {name: swapped, columns: [b, a]}
  - {name: by_new_name, columns: [new_name, added]}
  - {name: words, columns: [wide], kind: Fulltext}
  - {name: dropped, state: Absent}
  - {name: by_gone, state: Absent}
  checks:
  - {name: positive, expression: a > 5}
  - {name: late, expression: added is null or added > 0}
  - {name: other, state: Absent}
",
        )
        .await;
    assert!(reason(&resource) == "InSync");
    world.operator.wait_for_log("in sync").await;
    let ran = statements(&world).await;
    let rewritten = ran.iter().filter(|sql| sql.contains("bigint")).count();
    assert_eq!(rewritten, 3, "what has other risks stays apart: {ran:#?}");
    // MariaDB moves columns and renames indexes INSTANT, together with the other instant changes.
    let expected = match world.server {
        Server::MySql | Server::MySqlLower => 13,
        Server::MariaDb | Server::MariaDbNewest => 11,
    };
    assert_eq!(ran.len(), expected, "{ran:#?}");
    let rows = world.sql("SELECT id, a, b, c, new_name, wide, hidden, base, made, e, moved FROM t ORDER BY id").await;
    let texts = |at: usize| (0..11).map(|column| rows[at].text(column).to_owned()).collect::<Vec<_>>().join(" ");
    assert_eq!(texts(0), "1 10 b 20 40 w 50 60 62 y 70");
    assert_eq!(texts(1), "2 11 b 21 41 v 51 61 63 x 71");
}

async fn a_table_with_virtual_columns_is_changed_without_a_copy_where_it_can_be(world: World) {
    world
        .sql(
            "CREATE TABLE t (id int PRIMARY KEY, a int, b varchar(20), v int GENERATED ALWAYS AS (a + 1) VIRTUAL, gone int);
             INSERT INTO t (id, a, gone) VALUES (1, 1, 1)",
        )
        .await;
    // Without consent to Blocking, a statement asks for the predicted algorithm, and the server may take no other.
    let spec = "
policy: {allow: [Breaking, Destructive], smallTableRows: 0}
tables:
- name: t
  options: {comment: commented}
  columns:
  - {name: b, type: varchar(30)}
  - {name: added, type: int}
  - {name: w1, type: int, generated: {expression: a + added}}
  - {name: w2, type: int, generated: {expression: a + 3}}
  - {name: gone, state: Absent}
  indexes:
  - {name: by_b, columns: [b]}
";
    world.apply_ready(spec).await;
    assert_eq!(world.sql("SELECT v, w2, added FROM t").await[0].text(1), "4");
}

async fn keys_columns_and_indexes_are_swapped_in_one_statement(world: World) {
    world
        .sql(
            "CREATE TABLE parent (id int PRIMARY KEY);
             CREATE TABLE t (id int NOT NULL AUTO_INCREMENT, tenant int, p int, q int, PRIMARY KEY (id), KEY by_p (p),
               CONSTRAINT fk FOREIGN KEY (p) REFERENCES parent (id));
             INSERT INTO parent VALUES (1); INSERT INTO t VALUES (1, 1, 1, 1)",
        )
        .await;
    let spec = "
policy: {allow: [Blocking, Breaking, Destructive]}
tables:
- name: t
  columns: [{name: tenant, nullable: false}]
  primaryKey: [tenant, id]
  indexes:
  - {name: by_id, columns: [id], unique: true}
  - {name: by_p_q, columns: [p, q]}
  - {name: by_p, state: Absent}
";
    world.apply_ready(spec).await;
    let ran = statements(&world).await;
    assert_eq!(ran.len(), 2, "{ran:#?}");
    let has = |words: &str| ran.iter().any(|sql| sql.contains(words));
    assert!(has("ADD INDEX `by_p_q` (`p`, `q`), DROP INDEX `by_p`"), "{ran:#?}");
    let key = ran.iter().find(|sql| sql.contains("DROP PRIMARY KEY"));
    assert!(key.is_some_and(|sql| sql.contains("MODIFY COLUMN `tenant` int")), "{ran:#?}");
}

async fn what_needs_no_consent_does_not_wait_for_what_does(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY, a int, b int)").await;
    let spec = "
policy: {smallTableRows: 0}
tables:
- name: t
  columns:
  - {name: b, type: varchar(9)}
  - {name: c, type: int, renamedFrom: [a]}
  - {name: added, type: int}
  indexes:
  - {name: by_added, columns: [added]}
";
    world.apply(&world.schema(spec)).unwrap();
    let resource = world.wait_reason("AwaitingApproval").await;
    let plan = resource.status.unwrap().plan.unwrap();
    assert_eq!(plan.steps.len(), 2, "{:#?}", plan.steps);
    let created = world.show_create("t").await;
    assert!(created.contains("`by_added`"), "{created}");
    world.apply(&world.schema(&spec.replace("smallTableRows: 0", "allow: [Blocking, Breaking, Destructive]"))).unwrap();
    world.wait_ready().await;
}

async fn several_full_text_indexes_are_added(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY, a varchar(20), b text)").await;
    let spec = "
policy: {allow: [Blocking]}
tables:
- name: t
  columns: [{name: c, type: text}]
  indexes:
  - {name: f1, columns: [a], kind: Fulltext}
  - {name: f2, columns: [b], kind: Fulltext}
  - {name: f3, columns: [a, c], kind: Fulltext}
";
    world.apply_ready(spec).await;
}
