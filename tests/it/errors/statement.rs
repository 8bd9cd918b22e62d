//! Statements that the server refuses.

use crate::support::{World, condition, on_each_server, plan};

on_each_server!(
    a_missing_privilege_is_named_and_its_grant_noticed,
    duplicates_are_counted_and_not_shown,
    a_refused_statement_says_why,
    a_view_is_left_alone,
);

async fn a_missing_privilege_is_named_and_its_grant_noticed(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY)").await;
    world.apply(&world.account("secret-word", "SELECT, INSERT, UPDATE, CREATE").await).unwrap();
    let spec = "
tables:
- name: t
  columns:
  - {name: id}
  - {name: note, type: varchar(20)}
  indexes:
  - {name: by_note, columns: [note]}
";
    world.apply(&world.schema(spec)).unwrap();
    let resource = world.wait_reason("MissingPrivilege").await;
    let message = condition(&resource, "Ready").message;
    let database = world.database.replace('_', "\\_");
    assert!(message.contains(&format!("GRANT ALTER ON `{database}`.* TO the account")), "{message}");
    assert!(message.contains("t.note"), "{message}");
    world.check_that_nothing_was_run().await;
    assert_eq!(condition(&resource, "Stalled").status, "True");
    assert_eq!(condition(&resource, "Reachable").status, "True", "the connection works");
    world.grant("ALTER, INDEX").await;
    world.wait_ready().await;
}

async fn duplicates_are_counted_and_not_shown(world: World) {
    const VALUE: &str = "very-private-token";
    world.sql("CREATE TABLE user (id int PRIMARY KEY AUTO_INCREMENT, api_token varchar(64))").await;
    world.sql(&format!("INSERT INTO user (api_token) VALUES ('{VALUE}'), ('{VALUE}'), (NULL), (NULL)")).await;
    let spec = "
tables:
- name: user
  columns:
  - {name: fullname, type: varchar(100)}
  indexes:
  - {name: ix_user_api_token, columns: [api_token], unique: true}
";
    world.apply(&world.schema(spec)).unwrap();
    let resource = world.wait_reason("DuplicateRows").await;
    let message = condition(&resource, "Ready").message;
    assert!(message.contains("ix_user_api_token") && message.contains("1 value occurs more than once"), "{message}");
    assert!(message.contains("1 of 2 steps are done"), "the new column is there already: {message}");
    assert_eq!(condition(&resource, "Stalled").status, "True");
    let history = world.sql("SELECT GROUP_CONCAT(statement, COALESCE(message, '')) FROM schema_operator_history").await;
    let log = world.operator.log();
    for text in [&serde_json::to_string(&resource).unwrap(), &world.events_json(), &log, history[0].text(0)] {
        assert!(!text.contains(VALUE), "a row's value is shown: {text}");
    }
    world.sql("UPDATE user SET api_token = NULL WHERE id = 2").await;
    world.wait_ready().await;
}

/// What a generated column makes of rows is not counted beforehand.
async fn a_refused_statement_says_why(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 1000)").await;
    let spec = |data_type: &str| {
        format!(
            "policy: {{allow: [Blocking]}}\ntables:\n- name: t\n  columns:\n  \
             - {{name: b, type: {data_type}, generated: {{expression: a, storage: Stored}}}}\n"
        )
    };
    world.apply(&world.schema(&spec("tinyint"))).unwrap();
    let resource = world.wait_reason("StatementFailed").await;
    let message = condition(&resource, "Ready").message;
    assert!(message.contains("Out of range value") && message.contains("1264"), "{message}");
    assert!(message.contains("column t.b") && message.contains("rows decide it"), "{message}");
    let plan = plan(&resource);
    assert_eq!(plan.steps[0].state, schema_operator::api::StepState::Failed);
    assert!(plan.steps[0].message.as_ref().unwrap().contains("Out of range value"));
    // What the server accepts is done at once.
    world.apply_ready(&spec("int")).await;
}

async fn a_view_is_left_alone(world: World) {
    world.sql("CREATE TABLE base (id int); CREATE VIEW t AS SELECT id FROM base").await;
    world.apply(&world.schema("tables:\n- name: t\n  columns:\n  - {name: id, type: bigint}\n")).unwrap();
    let resource = world.wait_reason("Unsupported").await;
    let message = condition(&resource, "Ready").message;
    assert!(message.contains("spec.tables[t]") && message.contains("view"), "{message}");
    assert_eq!(world.tables().await, ["base", "t"]);
}
