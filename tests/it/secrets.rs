//! Passwords work whatever they contain, and are shown nowhere.

use schema_operator::schema::quote_literal;

use crate::support::{World, on_each_server};

on_each_server!(an_odd_password_works_and_is_shown_nowhere, a_password_that_fails_is_shown_nowhere);

const SPEC: &str = "
interval: 1s
tables:
- name: t
  columns:
  - {name: id, type: int}
verify:
- {name: it can be read, query: SELECT id FROM t}
";
const PASSWORD: &str = " p@ss/#?'\"\\`%;&=: Žluťoučký🔑";

/// Returns the password in plain, as a log, a URL, a Secret or JSON would write it, and its telling parts.
fn spellings(password: &str) -> Vec<String> {
    let bytes: String = password.bytes().map(|byte| format!("{byte:02x}")).collect();
    let url: String = password.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let json = serde_json::to_string(password).unwrap();
    let debug = format!("{password:?}");
    let secret = serde_json::to_string(&k8s_openapi::ByteString(password.as_bytes().to_vec())).unwrap();
    [password, json.trim_matches('"'), debug.trim_matches('"'), secret.trim_matches('"'), &bytes, &url, "p@ss", "Žluť"]
        .map(str::to_owned)
        .to_vec()
}

/// Checks everything that the operator has written.
async fn check_that_it_is_shown_nowhere(world: &World, password: &str) {
    let resource = serde_json::to_string(&world.resource().await).unwrap();
    let (_, metrics) = world.operator.get("/metrics");
    let mut places = vec![world.operator.log(), resource, world.events_json(), metrics];
    if world.tables().await.iter().any(|table| table == "schema_operator_history") {
        let history = "SELECT GROUP_CONCAT(statement, COALESCE(message, '')) FROM schema_operator_history";
        places.push(world.sql(history).await[0].text(0).to_owned());
    }
    for place in places {
        for spelling in spellings(password) {
            assert!(!place.contains(&spelling), "{spelling} is shown in {place}");
        }
    }
}

async fn an_odd_password_works_and_is_shown_nowhere(world: World) {
    world.apply(&world.account(PASSWORD, "ALL").await).unwrap();
    world.apply_ready(SPEC).await;
    world.operator.wait_for_measurements(2).await;
    check_that_it_is_shown_nowhere(&world, PASSWORD).await;
    // Changed in the server first, and in the Secret a moment later, as in a rotation.
    let rotated = format!("{PASSWORD}2");
    let account = format!("{}@'%'", world.database);
    world.sql(&format!("ALTER USER {account} IDENTIFIED BY {}", quote_literal(&rotated))).await;
    world.kill_connections().await;
    world.wait_reason("AuthenticationFailed").await;
    check_that_it_is_shown_nowhere(&world, PASSWORD).await;
    world.apply(&world.secret("db", &[("username", &world.database), ("password", &rotated)])).unwrap();
    world.wait_ready().await;
    check_that_it_is_shown_nowhere(&world, PASSWORD).await;
}

async fn a_password_that_fails_is_shown_nowhere(world: World) {
    world.account("another", "ALL").await;
    world.apply(&world.secret("db", &[("username", &world.database), ("password", PASSWORD)])).unwrap();
    world.apply(&world.schema(SPEC)).unwrap();
    world.wait_reason("AuthenticationFailed").await;
    check_that_it_is_shown_nowhere(&world, PASSWORD).await;
}
