//! What is no longer declared: `policy.undeclared`, and the record from which the operator knows it.

use schema_operator::api::DatabaseSchema;

use crate::support::{World, condition, is_ready, on_each_server};

on_each_server!(
    a_reverted_commit_is_removed_with_consent,
    what_others_made_stays,
    what_was_there_before_stays,
    an_object_is_handed_over_without_a_drop,
    what_a_resource_in_conflict_waits_for_is_not_removed,
    a_resource_that_is_made_again_removes_nothing,
    a_rename_is_taken_back_with_its_rows,
    without_privileges_nothing_is_recorded,
    an_unchanged_interval_writes_no_record,
    columns_take_each_others_names_once,
    indexes_take_each_others_names_once,
);

const BEFORE: &str = "
tables:
- name: user
  columns:
  - {name: id, type: int, nullable: false}
  primaryKey: [id]
";

const AFTER: &str = "
tables:
- name: user
  columns:
  - {name: id, type: int, nullable: false}
  - {name: api_token, type: varchar(64)}
  - {name: team, type: int}
  primaryKey: [id]
  indexes:
  - {name: ix_user_api_token, columns: [api_token], unique: true}
  foreignKeys:
  - {name: user_team, columns: [team], references: {table: team, columns: [id]}}
  checks:
  - {name: positive, expression: id > 0}
- name: team
  columns:
  - {name: id, type: int, nullable: false}
  primaryKey: [id]
";

fn removing(allow: &str, spec: &str) -> String {
    format!("interval: 1s\npolicy: {{undeclared: Remove, allow: [{allow}]}}\n{spec}")
}

async fn columns(world: &World, table: &str) -> String {
    let sql = format!(
        "SELECT GROUP_CONCAT(column_name ORDER BY ordinal_position) FROM information_schema.columns
         WHERE table_schema = DATABASE() AND table_name = '{table}'"
    );
    world.sql(&sql).await[0].text(0).to_owned()
}

async fn a_reverted_commit_is_removed_with_consent(mut world: World) {
    world.sql("CREATE TABLE user (id int NOT NULL PRIMARY KEY); INSERT INTO user VALUES (1)").await;
    world.apply_ready(&removing("Blocking", BEFORE)).await;
    world.apply_ready(&removing("Blocking", AFTER)).await;
    assert_eq!(columns(&world, "user").await, "id,api_token,team");
    // Another operator knows it from the database alone.
    world.kill_operator().await;
    world.apply(&world.schema(&removing("", BEFORE))).unwrap();
    world.start_operator().await;
    let waiting = world.wait_reason("AwaitingApproval").await;
    assert_eq!(waiting.status.unwrap().plan.unwrap().risks, "Breaking,Destructive");
    assert_eq!(columns(&world, "user").await, "id,api_token,team");
    world.apply_ready(&removing("Breaking, Destructive", BEFORE)).await;
    assert_eq!(columns(&world, "user").await, "id");
    assert_eq!(world.sql("SHOW INDEX FROM user").await.len(), 1);
    assert!(!world.show_create("user").await.contains("CONSTRAINT"));
    assert_eq!(world.tables().await, ["schema_operator_history", "schema_operator_record", "user"]);
    assert_eq!(world.sql("SELECT COUNT(*) FROM user").await[0].text(0), "1");
}

async fn what_others_made_stays(world: World) {
    world.sql("CREATE TABLE user (id int NOT NULL PRIMARY KEY, theirs int); CREATE TABLE other (id int)").await;
    let neighbour = "interval: 1s\ntables:\n- name: team\n  columns:\n  - {name: id, type: int}\n";
    world.apply_ready(&removing("Blocking", AFTER)).await;
    world.apply(&world.schema_named("neighbour", neighbour)).unwrap();
    world.wait_named("neighbour", "Ready", is_ready).await;
    world.sql("CREATE INDEX theirs ON user (team, theirs)").await;
    let nothing = "tables:\n- name: own\n  columns:\n  - {name: id, type: int}\n";
    world.apply_ready(&removing("Blocking, Breaking, Destructive", nothing)).await;
    assert_eq!(columns(&world, "user").await, "id,theirs,team", "a key and an index of others use id and team");
    let tables = ["other", "own", "schema_operator_history", "schema_operator_record", "team", "user"];
    assert_eq!(world.tables().await, tables, "team is the neighbour's as well");
    let undeclared = world.resource().await.status.unwrap().undeclared.unwrap();
    assert_eq!(undeclared.tables, 3, "what stays is counted");
}

/// What was live before the resource declared it, and what only a revision declared that never got in sync.
async fn what_was_there_before_stays(mut world: World) {
    world
        .sql("CREATE TABLE user (id int NOT NULL PRIMARY KEY, old int, wide int); INSERT INTO user VALUES (1, 2, 3)")
        .await;
    let all = "Blocking, Breaking, Destructive";
    let table = |columns: &str| {
        format!(
            "tables:\n- name: user\n  columns: [{{name: id, type: int}}, {columns}]\n  indexes: [{{name: i, columns: [id]}}]\n"
        )
    };
    let old = "{name: old, type: int}";
    world.apply_ready(&removing(all, &table(old))).await;
    world
        .apply(&world.schema(&removing("", &table(&format!("{old}, {{name: wide, type: bigint, nullable: false}}")))))
        .unwrap();
    world.wait_reason("AwaitingApproval").await;
    // Another operator knows it from the database alone.
    world.kill_operator().await;
    world.apply(&world.schema(&removing(all, "tables:\n- name: user\n  columns: [{name: id}]\n"))).unwrap();
    world.start_operator().await;
    let ready = world.wait_ready().await;
    assert_eq!(columns(&world, "user").await, "id,old,wide");
    assert!(!world.show_create("user").await.contains("KEY `i`"), "the index was made by the resource");
    assert_eq!(ready.status.unwrap().undeclared.unwrap().kept, ["column user.old: this resource did not make it"]);
    let explicit = "tables:\n- name: user\n  columns: [{name: old, state: Absent}]\n";
    world.apply_ready(&removing(all, explicit)).await;
    assert_eq!(columns(&world, "user").await, "id,wide", "an explicit removal is done");
    // An earlier version's record does not say who made what.
    world.kill_operator().await;
    let record = r#"{"tables":{"user":{"columns":{"id":{},"wide":{}}}}}"#;
    world.sql(&format!("UPDATE schema_operator_record SET declared = '{record}'")).await;
    world.apply(&world.schema(&removing(all, "tables:\n- name: user\n  columns: [{name: id}]\n"))).unwrap();
    world.start_operator().await;
    let said = |resource: &DatabaseSchema| {
        let undeclared = resource.status.as_ref().and_then(|status| status.undeclared.as_ref());
        undeclared.is_some_and(|undeclared| undeclared.kept == ["column user.wide: this resource did not make it"])
    };
    world.wait("what is kept", said).await;
    assert_eq!(columns(&world, "user").await, "id,wide");
}

async fn an_object_is_handed_over_without_a_drop(world: World) {
    let all = "Blocking, Breaking, Destructive";
    let of = |columns: &str| format!("tables:\n- name: t\n  columns: [{columns}]\n");
    let (id, note) = ("{name: id, type: int}", "{name: note, type: varchar(20)}");
    world.apply_ready(&removing(all, &of(&format!("{id}, {note}")))).await;
    world.sql("INSERT INTO t VALUES (1, 'kept')").await;
    // The other one declares it first.
    world.apply(&world.schema_named("other", &removing(all, &of(note)))).unwrap();
    world.wait_named("other", "Ready", is_ready).await;
    let ready = world.apply_ready(&removing(all, &of(id))).await;
    assert_eq!(ready.status.unwrap().undeclared.unwrap().kept, ["column t.note: another resource declares it"]);
    let kept = async |why: &str| {
        world.operator.wait_for_measurements(3).await;
        assert_eq!(columns(&world, "t").await, "id,note", "{why}");
        assert_eq!(world.sql("SELECT note FROM t").await[0].text(0), "kept", "{why}");
    };
    kept("both orders").await;
    world.delete("other");
    kept("the first one does not take it back").await;
}

/// The second resource declares an object otherwise, so it claims nothing of it while the first one declares it.
async fn what_a_resource_in_conflict_waits_for_is_not_removed(world: World) {
    let all = "Blocking, Breaking, Destructive";
    let of = |table: &str, columns: &str| format!("- name: {table}\n  columns: [{columns}]\n");
    let spec = |tables: &[String]| removing(all, &format!("tables:\n{}", tables.concat()));
    let id = "{name: id, type: int}";
    let first = spec(&[
        of("wider", &format!("{id}, {{name: note, type: varchar(20)}}")),
        of("renamed", &format!("{id}, {{name: note, type: varchar(20)}}")),
        of("whole", "{name: note, type: varchar(20)}"),
        of("gone", &format!("{id}, {{name: note, type: int}}")),
    ]);
    world.apply_ready(&first).await;
    for table in ["wider", "renamed", "whole"] {
        world.sql(&format!("INSERT INTO {table} (note) VALUES ('kept')")).await;
    }
    let second = spec(&[
        of("wider", "{name: note, type: varchar(30)}"),
        of("renamed", "{name: memo, renamedFrom: [note]}"),
        of("whole", "{name: note, type: varchar(30)}"),
    ]);
    world.apply(&world.schema_named("second", &second)).unwrap();
    let is_waiting = "SELECT COUNT(*) FROM schema_operator_record WHERE declared LIKE '%waiting%'";
    world.wait_sql("the record of what it waits for", is_waiting, |count| count == "1").await;

    let left = spec(&[of("wider", id), of("renamed", id), of("gone", id)]);
    let ready = world.apply_ready(&left).await;
    assert_eq!(columns(&world, "gone").await, "id", "nobody waits for this one");
    let kept = ready.status.unwrap().undeclared.unwrap().kept;
    assert!(kept.contains(&"column wider.note: another resource declares it".to_owned()), "{kept:?}");
    world.nudge("second");
    world.wait_named("second", "Ready", is_ready).await;
    for (table, column) in [("wider", "note"), ("renamed", "memo"), ("whole", "note")] {
        assert_eq!(world.sql(&format!("SELECT {column} FROM {table}")).await[0].text(0), "kept", "{table}");
    }
    assert_eq!(world.column_type("wider", "note").await, "varchar(30)");
    world.wait_sql("the end of the wait", is_waiting, |count| count == "0").await;
    world.nudge("todobox");
    world.operator.wait_for_measurements(3).await;
    assert_eq!(columns(&world, "wider").await, "id,note", "the first one takes nothing back");
}

async fn a_resource_that_is_made_again_removes_nothing(world: World) {
    world.apply_ready(&removing("Blocking", AFTER)).await;
    world.delete("todobox");
    world.apply_ready(&removing("Blocking, Breaking, Destructive", BEFORE)).await;
    assert_eq!(columns(&world, "user").await, "id,api_token,team");
    let records = world.sql("SELECT resource FROM schema_operator_record WHERE resource <> 'lock'").await;
    assert_eq!(records.len(), 1, "the new one has taken the place of the old one");
}

async fn a_rename_is_taken_back_with_its_rows(world: World) {
    let spec = |column: &str| {
        format!(
            "interval: 1s\npolicy: {{allow: [Breaking]}}\ntables:\n- name: t\n  columns:\n  - {{name: id, type: int}}\n  - {{name: {column}}}\n"
        )
    };
    world.sql("CREATE TABLE t (id int, mail int); INSERT INTO t VALUES (1, 5)").await;
    world.apply_ready(&spec("mail, type: int")).await;
    world.apply_ready(&spec("email, type: int, renamedFrom: [mail]")).await;
    assert_eq!(columns(&world, "t").await, "id,email");
    world.apply_ready(&spec("mail, type: int")).await;
    assert_eq!(columns(&world, "t").await, "id,mail", "never an empty column beside it");
    assert_eq!(world.sql("SELECT mail FROM t").await[0].text(0), "5");
    world.apply_ready(&spec("email, type: int, renamedFrom: [mail]")).await;
    assert_eq!(columns(&world, "t").await, "id,email", "and forth again");
}

async fn without_privileges_nothing_is_recorded(world: World) {
    world.sql("CREATE TABLE user (id int NOT NULL PRIMARY KEY)").await;
    let secret = world.account("secret-of-the-account", "SELECT").await;
    world.apply(&secret).unwrap();
    let ready = world.apply_ready(&format!("interval: 1s\n{BEFORE}")).await;
    let message = condition(&ready, "Ready").message;
    let grant = format!("GRANT CREATE, INSERT, UPDATE ON `{}`.`schema_operator_record`", world.database);
    assert!(message.contains("no record of it can be kept") && message.contains(&grant), "{message}");
    world.apply(&world.schema(&removing("", BEFORE))).unwrap();
    let refused = world.wait_reason("MissingPrivilege").await;
    let message = condition(&refused, "Stalled").message;
    assert!(message.contains("policy.undeclared is Remove") && message.contains(&grant), "{message}");
    world.sql(&format!("{grant} TO {}@'%'", world.database)).await;
    world.wait_ready().await;
}

async fn an_unchanged_interval_writes_no_record(world: World) {
    world.apply_ready(&format!("interval: 1s\n{BEFORE}")).await;
    world.operator.wait_for_measurements(1).await;
    let written = "SELECT updated_at FROM schema_operator_record WHERE resource <> 'lock'";
    let before = world.sql(written).await;
    let sent = || world.operator.metric("schema_operator_sql_round_trips_total");
    let (trips, looks) = (sent(), world.operator.logged("\"in sync\""));
    world.operator.wait_for_measurements(3).await;
    let (trips, looks) = (sent() - trips, world.operator.logged("\"in sync\"") - looks);
    assert_eq!(world.sql(written).await, before);
    // A measurement may be under way at either end.
    assert!(trips <= f64::from(u32::try_from(looks + 1).unwrap()), "{trips} messages for {looks} measurements");
}

/// Waits for two more measurements, and checks that `a, b, c` have these values.
async fn values(world: &World, expected: &str) {
    world.operator.wait_for_measurements(2).await;
    assert_eq!(world.sql("SELECT CONCAT_WS(',', a, b, c) FROM t").await[0].text(0), expected);
}

async fn columns_take_each_others_names_once(mut world: World) {
    let spec = |a: &str, b: &str, c: &str, rest: &str| {
        format!(
            "interval: 1s\npolicy: {{allow: [Breaking]}}\ntables:\n- name: t\n  columns:\n  - {{name: a, type: int{a}}}\n  \
             - {{name: b, type: int{b}}}\n  - {{name: c, type: int{c}}}\n{rest}"
        )
    };
    let from = |name: &str| format!(", renamedFrom: [{name}]");
    world.sql("CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int); INSERT INTO t VALUES (1, 10, 20, 30)").await;
    world.apply_ready(&spec(&from("b"), &from("a"), "", "  - {name: d, type: int}\n")).await;
    values(&world, "20,10,30").await;
    assert_eq!(columns(&world, "t").await, "id,b,a,c,d", "what else is declared came after it");
    // The statement has run, and the operator died before it could record that. All that it knew was written before the
    // statement.
    world.kill_operator().await;
    let declared = r#"{"tables":{},"rounds":[{"table":"t","columns":["a","b"]}]}"#;
    world.sql(&format!("UPDATE schema_operator_record SET declared = '{declared}'")).await;
    world.start_operator().await;
    world.operator.wait_for_log("\"in sync\"").await;
    values(&world, "20,10,30").await;
    world.apply_ready(&spec("", "", "", "")).await;
    values(&world, "20,10,30").await;
    world.apply_ready(&spec(&from("c"), &from("a"), &from("b"), "")).await;
    values(&world, "30,20,10").await;
}

async fn indexes_take_each_others_names_once(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY, a int, b int, KEY ix (a), KEY iy (b))").await;
    let spec = "interval: 1s\ntables:\n- name: t\n  indexes:\n  - {name: ix, columns: [b], renamedFrom: [iy]}\n  \
                - {name: iy, columns: [a], renamedFrom: [ix]}\n";
    world.apply_ready(spec).await;
    let definition = world.show_create("t").await;
    assert!(definition.contains("KEY `ix` (`b`)") && definition.contains("KEY `iy` (`a`)"), "{definition}");
    world.operator.wait_for_measurements(2).await;
    let statements = world.sql("SELECT statement FROM schema_operator_history").await;
    assert_eq!(statements.len(), 1, "no index was built: {statements:?}");
}
