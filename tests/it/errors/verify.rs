//! Verify queries that fail, and what they must not reveal.

use schema_operator::api::DatabaseSchema;

use crate::support::{ConditionView, World, condition, on_each_server, reason};

on_each_server!(
    a_failing_query_is_named,
    expected_rows_are_checked,
    an_expected_value_is_checked_and_shown_on_request_alone,
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
        ("{rows: {min: 1}}", "id = 4711", "id = 1", "rows were expected, and it gives none"),
        ("{rows: {max: 0}}", "id = 1", "id = 4711", "no rows were expected, and it gives more than 0"),
        (
            "{rows: {min: 1, max: 1}}",
            "id = 4711",
            "TRUE UNION ALL SELECT 4711",
            "1 row was expected, and it gives more",
        ),
    ] {
        world.apply_ready(&verify(expect, held)).await;
        world.apply(&world.schema(&verify(expect, failed))).unwrap();
        let resource = world.wait_reason("VerifyFailed").await;
        let message = condition(&resource, "Verified").message;
        assert!(message.contains(words) && !message.contains("4711"), "{message}");
    }
}

async fn an_expected_value_is_checked_and_shown_on_request_alone(world: World) {
    world.sql("CREATE TABLE user (id int); INSERT INTO user VALUES (4711), (4712)").await;
    let verify = |query: &str, expect: &str| {
        format!("{TABLE}verify:\n- {{name: the value, query: \"{query}\", expect: {expect}, showValue: SHOWN}}\n")
    };
    for (expect, held, failed, expected, found) in [
        (
            "{value: '2'}",
            "SELECT COUNT(*) FROM user",
            "SELECT MIN(id) FROM user",
            "the value \"2\" was expected",
            "4711",
        ),
        (
            "{number: {min: 1, max: 9}}",
            "WITH c AS (SELECT COUNT(*) AS n FROM user) SELECT n FROM c",
            "SELECT MAX(id) FROM user",
            "a number from 1 to 9 was expected",
            "4712",
        ),
        (
            "{number: {min: 4711}}",
            "SELECT AVG(id) FROM user",
            "SELECT MIN(id) - 9 FROM user",
            "of at least 4711",
            "4702",
        ),
        ("{number: {max: 0}}", "SELECT -0.5", "SELECT 'many' FROM user LIMIT 1", "of at most 0", "many"),
    ] {
        world.apply_ready(&verify(held, expect).replace("SHOWN", "false")).await;
        for shown in ["false", "true"] {
            world.apply(&world.schema(&verify(failed, expect).replace("SHOWN", shown))).unwrap();
            let is_said = |resource: &DatabaseSchema| {
                let message = condition(resource, "Verified").message;
                message.contains(expected) && message.contains(found) == (shown == "true")
            };
            let resource = world.wait(failed, is_said).await;
            assert_eq!(reason(&resource), "VerifyFailed");
        }
    }
    for (query, words) in [
        ("SELECT id FROM user WHERE id = 1", "it gives NULL or no row"),
        ("SELECT NULL", "it gives NULL or no row"),
        ("SELECT id FROM user", "1242"),
        ("SELECT 1, 2", "1241"),
    ] {
        world.apply(&world.schema(&verify(query, "{value: '1'}").replace("SHOWN", "true"))).unwrap();
        world.wait(query, |resource| condition(resource, "Verified").message.contains(words)).await;
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
    let query = "verify: [{name: q, query: SELECT id FROM user WHERE takes_it() = 1, expect: {rows: {min: 1}}}]\n";
    world.sql("CREATE TABLE user (id int); INSERT INTO user VALUES (1)").await;
    world.apply_ready(&format!("interval: 1h\n{TABLE}{query}")).await;
    world.wait_sql("the lock is free", &format!("SELECT IS_FREE_LOCK('{lock}')"), |free| free == "1").await;
}
