//! Specs that only the operator can refuse: contradictions, and what this version does not support.

use schema_operator::api::DatabaseSchema;

use crate::support::{ConditionView, Server, World, condition, reason};

/// Applies each spec under a name of its own, and checks the message of each.
async fn refused(word: &str, cases: &[(&str, &str)]) {
    let world = World::new(Server::MySql).await;
    world.sql("CREATE TABLE live (id int PRIMARY KEY, note varchar(20))").await;
    for (at, (spec, _)) in cases.iter().enumerate() {
        world.apply(&world.schema_named(&format!("case-{at}"), spec)).unwrap();
    }
    for (at, (spec, words)) in cases.iter().enumerate() {
        let seen = |resource: &DatabaseSchema| !reason(resource).is_empty();
        let resource = world.wait_named(&format!("case-{at}"), "a condition", seen).await;
        let ConditionView { status, reason, message } = condition(&resource, "Ready");
        assert_eq!((status, reason), ("False", word), "{spec}: {message}");
        assert!(message.contains(words), "{spec}: {message}");
        assert_eq!(condition(&resource, "Stalled").status, "True", "{spec}");
        assert_eq!(condition(&resource, "Reconciling").status, "False", "{spec}");
    }
    assert_eq!(world.tables().await, ["live"], "nothing was done");
}

#[tokio::test(flavor = "multi_thread")]
async fn contradictions_are_refused_by_their_path() {
    let table = |rest: &str| format!("tables:\n- {{name: t, {rest}}}\n");
    let live = |rest: &str| format!("tables:\n- {{name: live, {rest}}}\n");
    let int = "{name: a, type: int}";
    let cases = [
        (table("columns: [{name: a, type: int}, {name: A, type: int}]"), "spec.tables[t].columns[A]: a and A"),
        (
            table(&format!("columns: [{int}], indexes: [{{name: i, columns: [a]}}, {{name: I, columns: [a]}}]")),
            "spec.tables[t].indexes[I]",
        ),
        (table(&format!("columns: [{int}], indexes: [{{name: i, columns: [b]}}]")), "spec.tables[t].indexes[i]"),
        (table(&format!("columns: [{int}], indexes: [{{name: i, columns: [a, A]}}]")), "spec.tables[t].indexes[i]"),
        (table(&format!("columns: [{int}], primaryKey: [b]")), "spec.tables[t].primaryKey"),
        (live("indexes: [{name: i, columns: [nowhere]}]"), "spec.tables[live].indexes[i]"),
        (table("columns: [{name: a, type: int, after: A}]"), "spec.tables[t].columns[a].after"),
        (table("columns: [{name: a, type: int, after: b}]"), "spec.tables[t].columns[a].after"),
        (table("columns: [{name: a, type: nosuchtype}]"), "spec.tables[t].columns[a].type"),
        (table("columns: [{name: a, type: 'varchar(10); DROP TABLE x'}]"), "spec.tables[t].columns[a].type"),
        (table("columns: [{name: a}]"), "spec.tables[t].columns[a].type"),
        (table("columns: [{name: a, type: int, onUpdate: CURRENT_TIMESTAMP}]"), "spec.tables[t].columns[a].onUpdate"),
        (
            table("columns: [{name: a, type: timestamp(3), onUpdate: CURRENT_TIMESTAMP}]"),
            "spec.tables[t].columns[a].onUpdate",
        ),
        (
            table("columns: [{name: a, type: int, default: {expression: '1) COMMENT (2'}}]"),
            "spec.tables[t].columns[a].default.expression",
        ),
        (
            table("columns: [{name: a, type: int, nullable: true}], primaryKey: [a]"),
            "spec.tables[t].columns[a].nullable",
        ),
        (
            format!("{}policy: {{window: {{schedule: 0 0 30 2 *, duration: 1h}}}}\n", live("columns: []")),
            "spec.policy.window.schedule: \"0 0 30 2 *\" names a day that never comes",
        ),
        (
            format!("{}policy: {{window: {{schedule: 61 0 * * *, duration: 1h}}}}\n", live("columns: []")),
            "spec.policy.window.schedule",
        ),
        (
            format!(
                "{}policy: {{window: {{schedule: 0 3 * * 6, duration: 1h, timeZone: Mars}}}}\n",
                live("columns: []")
            ),
            "spec.policy.window.timeZone: \"Mars\" is no time zone",
        ),
        (table("comment: x").replace(", comment: x", ""), "spec.tables[t].columns"),
        ("tables: [{name: schema_operator_history}]\n".to_owned(), "spec.tables[schema_operator_history]"),
        (
            format!("{}verify: [{{name: q, query: 'SELECT 1 INTO OUTFILE \"/tmp/x\"'}}]\n", live("columns: []")),
            "spec.verify[q].query",
        ),
    ];
    let cases: Vec<(&str, &str)> = cases.iter().map(|(spec, words)| (spec.as_str(), *words)).collect();
    refused("InvalidSpec", &cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_supported_is_refused_by_name() {
    let table = |rest: &str| format!("tables:\n- {{name: live, {rest}}}\n");
    let column = |rest: &str| table(&format!("columns: [{{name: note, {rest}}}]"));
    let policy = |rest: &str| format!("{}policy: {{{rest}}}\n", table("columns: []"));
    let path = "spec.tables[live]";
    let cases = [
        (
            format!("revisionTable: {{flyway: {{chain: ['1'], stamp: {{schemaOnly: []}}}}}}\n{}", table("columns: []")),
            "spec.revisionTable.flyway.stamp".to_owned(),
        ),
        (policy("rehearse: Data"), "spec.policy.rehearse".to_owned()),
        (column("compressed: true"), format!("{path}.columns[note].compressed")),
    ];
    let cases: Vec<(&str, &str)> = cases.iter().map(|(spec, words)| (spec.as_str(), words.as_str())).collect();
    refused("Unsupported", &cases).await;
}

/// The server's own databases belong to no application.
#[tokio::test(flavor = "multi_thread")]
async fn a_system_database_is_refused() {
    let world = World::new(Server::MySql).await;
    let spec = "tables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";
    world.apply(&world.schema(spec).replace(&world.database, "MySQL")).unwrap();
    let resource = world.wait_reason("InvalidSpec").await;
    assert!(condition(&resource, "Ready").message.starts_with("spec.database"), "{resource:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_is_taken_at_once() {
    let world = World::new(Server::MySql).await;
    world.apply(&world.schema("tables:\n- name: t\n  columns:\n  - {name: id, type: in}\n")).unwrap();
    let resource = world.wait_reason("InvalidSpec").await;
    assert!(condition(&resource, "Ready").message.contains("spec.tables[t].columns[id].type"), "{resource:?}");
    world.apply_ready("tables:\n- name: t\n  columns:\n  - {name: id, type: int}\n").await;
}
