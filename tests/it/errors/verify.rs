//! Verify queries that fail, and what they must not reveal.

use crate::support::{ConditionView, World, condition, on_each_server, reason};

on_each_server!(
    a_failing_query_is_named,
    expected_rows_are_checked,
    a_query_reveals_no_row,
    what_a_query_locks_is_free_afterwards,
);

const TABLE: &str = "tables:\n- name: user\n  columns:\n  - {name: id, type: int}\n";

async fn a_failing_query_is_named(world: World) {
    let spec = format!("{TABLE}verify:\n- {{name: login works, query: 'SELECT api_token FROM user'}}\n");
    world.apply(&world.schema(&spec)).unwrap();
    let resource = world.wait_reason("VerifyFailed").await;
    let ConditionView { status, reason: word, message } = condition(&resource, "Verified");
    assert_eq!((status, word), ("False", "VerifyFailed"));
    assert!(message.contains("login works") && message.contains("Unknown column 'api_token'"), "{message}");
    assert_eq!(condition(&resource, "InSync").status, "True", "the schema itself is as declared");
    assert_eq!(condition(&resource, "Stalled").status, "True");
    let revision = resource.status.as_ref().unwrap().revision.as_ref();
    assert_eq!(revision.and_then(|revision| revision.applied.as_deref()), None);
    world.sql("ALTER TABLE user ADD api_token varchar(10)").await;
    world.wait_ready().await;
}

async fn expected_rows_are_checked(world: World) {
    world.sql("CREATE TABLE user (id int); INSERT INTO user VALUES (4711)").await;
    let verify = |expect: &str, condition: &str| {
        let query = format!("SELECT id FROM user WHERE {condition}");
        format!("{TABLE}verify:\n- {{name: the rows, query: '{query}', expect: {expect}}}\n")
    };
    for (expect, held, failed, words) in [
        ("Rows", "id = 4711", "id = 1", "rows were expected"),
        ("NoRows", "id = 1", "id = 4711", "no rows were expected"),
    ] {
        world.apply_ready(&verify(expect, held)).await;
        world.apply(&world.schema(&verify(expect, failed))).unwrap();
        let resource = world.wait_reason("VerifyFailed").await;
        let message = condition(&resource, "Verified").message;
        assert!(message.contains(words) && !message.contains("4711"), "{message}");
    }
}

async fn a_query_reveals_no_row(world: World) {
    const VALUE: &str = "very-private-token";
    world.sql("CREATE TABLE user (id int, api_token varchar(64))").await;
    world.sql(&format!("INSERT INTO user VALUES (1, '{VALUE}')")).await;
    world.apply_ready(TABLE).await;
    // Each of them makes the server quote a value in its error message, or tries to write.
    let queries = [
        "SELECT EXTRACTVALUE(1, CONCAT(CHAR(126), (SELECT api_token FROM user LIMIT 1)))",
        "SELECT UPDATEXML(1, CONCAT(CHAR(126), (SELECT api_token FROM user LIMIT 1)), 1)",
        "SELECT JSON_EXTRACT(JSON_ARRAY(1), (SELECT api_token FROM user LIMIT 1))",
        "SELECT ST_GeomFromText((SELECT api_token FROM user LIMIT 1))",
        "SELECT 1 FROM user PROCEDURE ANALYSE()",
        "WITH x AS (SELECT 1) DELETE FROM user",
        "SELECT 1; DELETE FROM user",
    ];
    for query in queries {
        let quoted = serde_json::Value::from(query);
        world.apply(&world.schema(&format!("{TABLE}verify:\n- {{name: probing, query: {quoted}}}\n"))).unwrap();
        let resource = world.wait(query, |resource| !reason(resource).is_empty()).await;
        let ConditionView { reason: word, message, .. } = condition(&resource, "Ready");
        assert!(["VerifyFailed", "InvalidSpec", "InSync"].contains(&word), "{query}: {word}: {message}");
        assert!(!serde_json::to_string(&resource).unwrap().contains(VALUE), "{query}: {message}");
        let rows = world.sql("SELECT COUNT(*) FROM user").await;
        assert_eq!(rows[0].text(0), "1", "{query}");
    }
    assert!(!world.events_json().contains(VALUE));
    assert!(!world.operator.log().contains(VALUE));
}

/// No name in the query tells that a function takes a lock; the end of the session frees it.
async fn what_a_query_locks_is_free_afterwards(world: World) {
    let lock = &world.database;
    world
        .sql(&format!("CREATE FUNCTION takes_it() RETURNS int DETERMINISTIC NO SQL RETURN GET_LOCK('{lock}', 0)"))
        .await;
    let query = "verify: [{name: q, query: SELECT id FROM user WHERE takes_it() = 1, expect: Rows}]\n";
    world.sql("CREATE TABLE user (id int); INSERT INTO user VALUES (1)").await;
    world.apply_ready(&format!("interval: 1h\n{TABLE}{query}")).await;
    world.wait_sql("the lock is free", &format!("SELECT IS_FREE_LOCK('{lock}')"), |free| free == "1").await;
}
