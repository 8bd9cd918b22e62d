//! Foreign keys, checks, renames and removals, on each server.

use schema_operator::mysql::Row;

use crate::support::{World, condition, on_each_server, reason};

on_each_server!(
    tables_that_reference_each_other_are_created,
    a_foreign_key_changes_its_action,
    an_equal_key_under_another_name_is_enough,
    a_check_is_added_and_changed,
    a_column_is_renamed_with_its_rows,
    a_chain_of_renames_is_done_once,
    a_rename_with_both_live_is_a_conflict,
    a_table_is_renamed_and_altered,
    objects_are_removed_when_that_is_allowed,
);

const CYCLE: &str = "
interval: 1s
tables:
- name: author
  columns:
  - {name: id, type: int, nullable: false}
  - {name: best_book, type: int}
  primaryKey: [id]
  foreignKeys:
  - {name: author_best, columns: [best_book], references: {table: book, columns: [id]}, onDelete: SetNull}
- name: book
  columns:
  - {name: id, type: int, nullable: false}
  - {name: author, type: int}
  primaryKey: [id]
  foreignKeys:
  - {name: book_author, columns: [author], references: {table: author, columns: [id]}, onDelete: Cascade}
";

async fn foreign_keys(world: &World) -> Vec<Row> {
    world
        .sql(
            "SELECT CONSTRAINT_NAME, DELETE_RULE FROM information_schema.REFERENTIAL_CONSTRAINTS
             WHERE CONSTRAINT_SCHEMA = DATABASE() ORDER BY CONSTRAINT_NAME",
        )
        .await
}

async fn tables_that_reference_each_other_are_created(world: World) {
    world.apply_ready(CYCLE).await;
    let keys = foreign_keys(&world).await;
    let keys: Vec<(&str, &str)> = keys.iter().map(|row| (row.text(0), row.text(1))).collect();
    assert_eq!(keys, [("author_best", "SET NULL"), ("book_author", "CASCADE")]);
}

async fn a_foreign_key_changes_its_action(world: World) {
    world.apply_ready(CYCLE).await;
    let changed = CYCLE.replace("onDelete: Cascade", "onDelete: Restrict, allow: [Destructive]");
    world.apply(&world.schema(&changed)).unwrap();
    world.wait_ready().await;
    let rule = foreign_keys(&world).await[1].text(1).to_owned();
    assert!(rule == "RESTRICT" || rule == "NO ACTION", "{rule}");
}

async fn an_equal_key_under_another_name_is_enough(world: World) {
    world
        .sql(
            "CREATE TABLE author (id int PRIMARY KEY, best_book int);
             CREATE TABLE book (id int PRIMARY KEY, author int,
               CONSTRAINT other FOREIGN KEY (author) REFERENCES author (id) ON DELETE CASCADE)",
        )
        .await;
    world.apply_ready(CYCLE).await;
    let keys = foreign_keys(&world).await;
    assert_eq!(keys.iter().map(|row| row.text(0)).collect::<Vec<_>>(), ["author_best", "other"]);
}

async fn a_check_is_added_and_changed(world: World) {
    let spec = |expression: &str| {
        format!(
            "tables:\n- name: t\n  columns:\n  - {{name: id, type: int, nullable: false}}\n  - {{name: age, type: int}}\n  \
             primaryKey: [id]\n  checks:\n  - {{name: adult, expression: \"{expression}\", allow: [Destructive]}}\n"
        )
    };
    world.apply_ready(&spec("age >= 18 and (age < 200 or age is null)")).await;
    let refused =
        world.server.session().await.batch("", &format!("INSERT INTO {}.t VALUES (1, 5)", world.database)).await;
    assert!(refused.is_err(), "the check holds");
    world.apply(&world.schema(&spec("age >= 5"))).unwrap();
    world.wait_ready().await;
    world.sql("INSERT INTO t VALUES (1, 5)").await;
}

async fn a_column_is_renamed_with_its_rows(world: World) {
    world
        .sql("CREATE TABLE t (id int PRIMARY KEY, mail varchar(50), KEY by_mail (mail)); INSERT INTO t VALUES (1, 'x')")
        .await;
    let spec = "tables:\n- name: t\n  columns:\n  - {name: email, type: varchar(60), renamedFrom: [mail], allow: [Breaking]}\n  \
                indexes:\n  - {name: ix_email, columns: [email]}\n";
    world.apply_ready(spec).await;
    assert_eq!(world.sql("SELECT email FROM t").await[0].text(0), "x");
    let index = world.sql("SHOW INDEX FROM t WHERE Key_name <> 'PRIMARY'").await;
    assert_eq!((index.len(), index[0].text(2)), (1, "ix_email"), "the index was renamed, not doubled");
}

async fn a_chain_of_renames_is_done_once(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY, a int, b int); INSERT INTO t VALUES (1, 10, 20)").await;
    let spec = "policy: {allow: [Breaking]}\ninterval: 1s\ntables:\n- name: t\n  columns:\n  \
                - {name: b, type: int, renamedFrom: [a]}\n  - {name: c, type: int, renamedFrom: [b]}\n";
    world.apply_ready(spec).await;
    let row = &world.sql("SELECT b, c FROM t").await[0];
    assert_eq!((row.text(0), row.text(1)), ("10", "20"));
    world.operator.wait_for_log("in sync").await;
    let history = world.sql("SELECT COUNT(*) FROM schema_operator_history").await;
    assert_eq!(history[0].text(0), "1", "nothing is renamed twice");
}

async fn a_rename_with_both_live_is_a_conflict(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY, a int, b int)").await;
    let spec = "tables:\n- name: t\n  columns:\n  - {name: b, type: int, renamedFrom: [a]}\n";
    world.apply(&world.schema(spec)).unwrap();
    let resource = world.wait_reason("RenameConflict").await;
    assert!(condition(&resource, "Stalled").message.contains("both a and b are live"));
}

async fn a_table_is_renamed_and_altered(world: World) {
    world.sql("CREATE TABLE old (id int PRIMARY KEY, v int, CHECK (v > 0)); INSERT INTO old VALUES (1, 5)").await;
    let spec =
        "tables:\n- name: new\n  renamedFrom: [old]\n  allow: [Breaking]\n  columns:\n  - {name: w, type: int}\n";
    world.apply_ready(spec).await;
    assert_eq!(world.sql("SELECT v, w FROM new").await[0].text(0), "5");
}

async fn objects_are_removed_when_that_is_allowed(world: World) {
    world
        .sql(
            "CREATE TABLE t (id int PRIMARY KEY, gone int, kept int, KEY by_gone (gone), KEY by_kept (kept),
               CONSTRAINT positive CHECK (kept > 0));
             CREATE TABLE child (id int PRIMARY KEY, t int, FOREIGN KEY (t) REFERENCES parent (id));
             CREATE TABLE parent (id int PRIMARY KEY)"
                .replace("CREATE TABLE child", "SET foreign_key_checks = 0; CREATE TABLE child")
                .as_str(),
        )
        .await;
    let spec = "
tables:
- name: t
  columns: [{name: gone, state: Absent}]
  indexes: [{name: by_kept, state: Absent}]
  checks: [{name: positive, state: Absent}]
- {name: parent, state: Absent}
- {name: child, state: Absent}
";
    world.apply(&world.schema(spec)).unwrap();
    let waiting = world.wait_reason("AwaitingApproval").await;
    assert_eq!(waiting.status.unwrap().plan.unwrap().risks, "Breaking,Destructive");
    assert_eq!(world.sql("SHOW TABLES LIKE 'child'").await.len(), 1);
    let allowed = format!("policy: {{allow: [Breaking, Destructive]}}{spec}");
    world.apply(&world.schema(&allowed)).unwrap();
    let resource = world.wait_ready().await;
    assert_eq!(reason(&resource), "InSync");
    assert_eq!(world.sql("SELECT GROUP_CONCAT(column_name) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 't'").await[0].text(0), "id,kept");
    assert_eq!(world.sql("SHOW INDEX FROM t").await.len(), 1);
    assert_eq!(world.tables().await, ["schema_operator_history", "schema_operator_record", "t"]);
}
