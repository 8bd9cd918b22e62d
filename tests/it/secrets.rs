//! Passwords work whatever they contain, and are shown nowhere.

use schema_operator::api::DatabaseSchema;
use schema_operator::schema::quote_literal;

use crate::support::{self, World, on_each_server};

on_each_server!(
    an_odd_password_works_and_is_shown_nowhere,
    a_password_that_fails_is_shown_nowhere,
    no_value_of_a_secret_is_shown_whatever_it_is_used_as,
    host_and_user_of_a_secret_are_not_shown,
    no_function_that_quotes_its_argument_shows_a_row,
);

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

/// Returns all that the operator has written of a world.
fn written(world: &World, resource: &DatabaseSchema) -> String {
    let (_, metrics) = world.operator.get("/metrics");
    let resource = serde_json::to_string(resource).unwrap();
    [world.operator.log(), resource, world.events_json(), metrics].join("\n")
}

/// Tries to read a value by using it as something that errors name: a host, a port, a user, a certificate.
async fn no_value_of_a_secret_is_shown_whatever_it_is_used_as(world: World) {
    const VALUE: &str = "hunter2-is-a-value";
    let labelled = world.secret("db", &[("api-key", VALUE)]).replace(
        r#""metadata":{"name":"db"}"#,
        r#""metadata":{"name":"db","labels":{"schema-operator.dev/credentials":"true"}}"#,
    );
    for (is_labelled, field, reason) in [
        (false, "username", "SecretInvalid"),
        (false, "host", "SecretInvalid"),
        (true, "username", "AuthenticationFailed"),
        (true, "password", "AuthenticationFailed"),
        (true, "host", "ConnectionRefused"),
        (true, "port", "SecretInvalid"),
        (true, "ca", "TLSFailed"),
    ] {
        let secret = if is_labelled { labelled.clone() } else { world.secret("db", &[("api-key", VALUE)]) };
        world.kubectl(&["delete", "secret", "db", "--ignore-not-found"], "").unwrap();
        world.apply(&secret).unwrap();
        let name = format!("by-{field}-{is_labelled}").to_lowercase();
        let manifest = world
            .schema_named(&name, SPEC)
            .replace("secretRef: {name: db}", &format!("secretRef: {{name: db, keys: {{{field}: api-key}}}}"));
        world.apply(&manifest).unwrap();
        let resource = world.wait_named(&name, reason, |resource| support::reason(resource) == reason).await;
        let written = written(&world, &resource);
        assert!(!written.contains(VALUE), "{field} is shown in {written}");
        world.delete(&name);
    }
}

async fn host_and_user_of_a_secret_are_not_shown(world: World) {
    // No server listens at this address of the loopback network.
    world.apply(&world.secret("db", &[("host", "127.77.66.55"), ("username", "hunter2-user")])).unwrap();
    world.apply(&world.schema(SPEC)).unwrap();
    let resource = world.wait_reason("ConnectionRefused").await;
    let message = support::condition(&resource, "Ready").message.to_owned();
    assert!(message.contains("the host of Secret db"), "{message}");
    world.apply(&world.secret("db", &[("username", "hunter2-user")])).unwrap();
    let resource = world.wait_reason("AuthenticationFailed").await;
    let written = written(&world, &resource);
    for value in ["127.77.66.55", "hunter2-user"] {
        assert!(!written.contains(value), "{value} is shown in {written}");
    }
}

/// Expressions whose refusal, if they get one, quotes an argument.
const QUOTING: [&str; 24] = [
    "GTID_SUBSET(secret, '')",
    "GTID_SUBTRACT(secret, '')",
    "EXTRACTVALUE('<a/>', CONCAT('/~', secret))",
    "UPDATEXML('<a/>', CONCAT('/~', secret), 'b')",
    "JSON_EXTRACT('{}', secret)",
    "JSON_VALID(JSON_EXTRACT(secret, '$'))",
    "JSON_KEYS(secret)",
    "CAST(secret AS JSON)",
    "ST_GEOMFROMTEXT(secret)",
    "ST_GEOMFROMGEOJSON(secret)",
    "ST_SRID(secret)",
    "ST_GEOMFROMTEXT('POINT(0 0)', 4326, secret)",
    "ST_LATFROMGEOHASH(secret)",
    "UUID_TO_BIN(secret)",
    "CONVERT(UNHEX(HEX(secret)) USING utf32)",
    "REGEXP_LIKE('a', CONCAT('[', secret))",
    "'a' REGEXP CONCAT('[', secret)",
    "STR_TO_DATE(secret, '%Y-%m-%d')",
    "CAST(secret AS DECIMAL(5, 2))",
    "CAST(secret AS DATETIME)",
    "CAST(secret AS SIGNED)",
    "NAME_CONST(secret, 1)",
    "CONVERT_TZ('2026-01-01 00:00:00', secret, 'UTC')",
    "TIMESTAMPADD(YEAR, 9999999999999, secret)",
];

/// Says whether a resource has been measured, and is Ready or refused.
fn is_settled(resource: &DatabaseSchema) -> bool {
    !matches!(support::reason(resource), "" | "Progressing" | "LockHeld" | "Interrupted")
}

async fn no_function_that_quotes_its_argument_shows_a_row(world: World) {
    const VALUE: &str = "hunter2 of a row";
    world
        .sql(&format!("CREATE TABLE t (id int PRIMARY KEY, secret varchar(99)); INSERT INTO t VALUES (1, '{VALUE}')"))
        .await;
    let mut names = Vec::new();
    for (number, expression) in QUOTING.iter().enumerate() {
        let check = serde_json::to_string(&format!("COALESCE({expression}, '') <> 'x'")).unwrap();
        let query = serde_json::to_string(&format!("SELECT {expression} FROM t")).unwrap();
        for (kind, spec) in [
            ("check", format!("tables:\n- name: t\n  checks: [{{name: c{number}, expression: {check}}}]\n")),
            (
                "verify",
                format!(
                    "tables: [{{name: t, columns: [{{name: id, type: int}}]}}]\nverify: [{{name: v, query: {query}}}]\n"
                ),
            ),
        ] {
            let name = format!("{kind}-{number}");
            let policy = "interval: 1h\npolicy: {allow: [Blocking, Destructive, Breaking, Unknown]}\n";
            world.apply(&world.schema_named(&name, &format!("{policy}{spec}"))).unwrap();
            names.push(name);
        }
    }
    for name in &names {
        let resource = world.wait_named(name, "settled", is_settled).await;
        let written = written(&world, &resource);
        assert!(!written.contains("hunter2"), "{name} shows the row: {written}");
    }
    let rows = world.sql("SELECT secret FROM t").await;
    assert_eq!(rows[0].text(0), VALUE);
}
