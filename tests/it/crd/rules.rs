//! Each rule of the CRD: what the API server accepts, and what it refuses with a message that names the field. A file at the
//! command line is judged alike.

use schema_operator::cli;
use serde_json::{Value, json};

use super::fields::fields_of;
use super::{GONE, apply, client, resources, spec};

/// Changes of the base, and what the refusal has to say; `None` if it is accepted.
type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>);

/// Tries cases in a dry run, which needs no namespace of its own.
async fn check(cases: &[Case<'_>]) {
    let api = resources(client().await, "default");
    let results = futures::future::join_all(cases.iter().map(async |(changes, expected)| {
        let spec = spec(changes);
        let outcome = apply(&api, "a-dry-run", &spec, "test", true).await;
        if let Some(difference) = difference_at_command_line(&spec, &outcome) {
            return Some(format!("{changes:?}: {difference}"));
        }
        match (outcome, expected) {
            (Ok(()), None) => None,
            (Err(message), Some(expected)) if message.contains(expected) => None,
            (Ok(()), Some(expected)) => Some(format!("{changes:?} is accepted; expected: {expected}")),
            (Err(message), None) => Some(format!("{changes:?} is refused: {message}")),
            (Err(message), Some(expected)) => Some(format!("{changes:?}: {message}; expected: {expected}")),
        }
    }));
    let wrong: Vec<String> = results.await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Tells how a file with this spec is judged otherwise. A field that both name is enough, or one inside of it; some
/// words of the API server name none.
fn difference_at_command_line(spec: &Value, outcome: &Result<(), String>) -> Option<String> {
    let resource = json!({
        "apiVersion": "schema-operator.dev/v1alpha1", "kind": "DatabaseSchema", "metadata": {"name": "a"}, "spec": spec,
    });
    let resource = resource.to_string();
    match (outcome, cli::parse(&resource)) {
        (Ok(()), Ok(_)) => None,
        // The API server takes its default instead; a file has to leave the field out.
        (Ok(()), Err(error)) if error.to_string().contains("is null") => None,
        (Ok(()), Err(error)) => Some(format!("the command line refuses it: {error}")),
        (Err(message), Ok(_)) => Some(format!("the command line accepts it; the API server says {message}")),
        (Err(message), Err(error)) => {
            let (server, file) = (fields_of(message), fields_of(&error.to_string()));
            let is_inside = |inner: &str, outer: &str| outer != "spec" && inner.starts_with(&format!("{outer}."));
            let is_same = |one: &String| {
                let one = one.trim_end_matches("[]");
                file.iter().any(|other| other.trim_end_matches("[]") == one || is_inside(other, one))
            };
            let is_named = server.is_empty() || server.iter().any(is_same);
            (!is_named).then(|| format!("the API server names {server:?}, the command line {file:?}"))
        }
    }
}

/// Checks that each of these values is accepted at `path`.
async fn accepts(path: &str, values: &[&str]) {
    for value in values {
        check(&[(&[(path, value)], None)]).await;
    }
}

/// Checks that each of these values is refused at `path`, with this text.
async fn refuses(path: &str, values: &[&str], expected: &str) {
    for value in values {
        check(&[(&[(path, value)], Some(expected))]).await;
    }
}

#[tokio::test]
async fn exactly_one_member_of_a_union_is_set() {
    let one_of = "exactly one of tables and ddl";
    check(&[
        (&[], None),
        (&[("ddl", "{inline: x}")], Some(one_of)),
        (&[("tables", GONE)], Some(one_of)),
        (&[("tables", GONE), ("ddl", "{inline: x}")], None),
        (&[("tables", GONE), ("ddl", "{configMapRef: {name: a, key: k}}")], None),
        (&[("tables", GONE), ("ddl", "{inline: x, configMapRef: {name: a, key: k}}")], Some("spec.ddl: Invalid")),
        (&[("tables", GONE), ("ddl", "{}")], Some("spec.ddl: Invalid")),
        (&[("revisionTable.flyway", "{chain: ['1']}")], Some("spec.revisionTable: Invalid")),
        (&[("revisionTable", "{}")], Some("spec.revisionTable: Invalid")),
        (&[("revisionTable", "{flyway: {chain: ['1'], table: h}}")], None),
        (&[("revisionTable", "{rails: {chain: []}}")], Some("spec.revisionTable.rails.chain")),
    ])
    .await;
    let default = "tables.0.columns.1.default";
    accepts(default, &["{value: '0'}", "{value: ''}", "{expression: uuid()}", "{none: {}}"]).await;
    refuses(default, &["{value: '0', none: {}}", "{}"], "spec.tables[0].columns[1].default: Invalid").await;
    refuses(default, &["{value: 0}"], "default.value").await;
}

/// With server-side apply, a null would declare something.
#[tokio::test]
async fn an_explicit_null_is_refused() {
    for (path, expected) in [
        ("tables.0.columns.1.nullable", "columns[1].nullable"),
        ("tables.0.columns.1.type", "columns[1].type"),
        ("tables.0.columns.1.default", "columns[1].default"),
        ("tables.0.columns.1.state", "columns[1].state"),
        ("tables.0.options", "spec.tables[0].options"),
        ("tables.0.primaryKey", "spec.tables[0].primaryKey"),
        ("policy.window", "spec.policy.window"),
        ("policy.allow", "spec.policy.allow"),
        ("policy.rehearse", "spec.policy.rehearse"),
        ("connection.secretRef.keys.host", "spec.connection.secretRef.keys.host"),
        ("ddl", "spec.ddl"),
        ("tables", "spec.tables"),
        ("verify", "spec.verify"),
        ("suspend", "spec.suspend"),
    ] {
        refuses(path, &["null"], expected).await;
    }
    // Where the schema has a default, the API server takes that instead.
    for path in ["interval", "mode", "policy"] {
        accepts(path, &["null"]).await;
    }
}

#[tokio::test]
async fn an_unknown_field_is_named() {
    refuses("foo", &["1"], "foo").await;
    refuses("tables.0.columns.1", &["{name: x, type: int, nulable: true}"], "nulable").await;
    refuses("tables.0.columns.1", &["{name: x, type: int, default: {none: {a: 1}}}"], "none").await;
}

#[tokio::test]
async fn enums_accept_only_their_words() {
    refuses("mode", &["Foo"], "spec.mode").await;
    refuses("connection.tls", &["VerifyCa", "disabled"], "spec.connection.tls").await;
    accepts("connection.tls", &["Disabled", "Preferred", "Required", "VerifyCA", "VerifyIdentity"]).await;
    refuses("policy.allow", &["[Foo]"], "spec.policy.allow[0]").await;
    refuses("policy.allow", &["[Blocking, Blocking]"], "spec.policy.allow").await;
    accepts("policy.allow", &["[Blocking, Breaking, Destructive, Unknown]"]).await;
    refuses("policy.drift", &["Ignore"], "spec.policy.drift").await;
    refuses("policy.undeclared", &["Delete"], "spec.policy.undeclared").await;
}

#[tokio::test]
async fn names_and_numbers_are_bounded() {
    let long = |length| "x".repeat(length);
    refuses("revision", &["a b", "''", &long(129)], "spec.revision").await;
    accepts("revision", &[&long(128)]).await;
    refuses("database", &["'a '", "''", &long(65)], "spec.database").await;
    accepts("database", &["Ž b-c.d$"]).await;
    refuses("tables.0.name", &["\"a\\nb\"", "\"ab\\n\""], "spec.tables[0].name").await;
    refuses("tables.1", &["{name: user}"], "uplicate").await;
    refuses("tables.0.columns.1", &["{name: id}"], "uplicate").await;
    refuses("policy.smallTableRows", &["-1", "1000001", "'1'"], "spec.policy.smallTableRows").await;
    accepts("policy.smallTableRows", &["0", "1000000"]).await;
    refuses("connection.secretRef.name", &["A_b", "''"], "spec.connection.secretRef.name").await;
    refuses("connection.secretRef.keys.host", &["a b"], "spec.connection.secretRef.keys.host").await;
}

#[tokio::test]
async fn durations_are_hours_minutes_and_seconds() {
    accepts("interval", &["30s", "5m", "1h30m", "720h", "0h1s", "43200m", "2592000s"]).await;
    let wrong = [
        "''",
        "0s",
        "'5'",
        "1d",
        "721h",
        "720h1s",
        "9999999999999h",
        "'5m '",
        "1m1h",
        "-5s",
        "1.5h",
        "s",
        "99999m",
        "\"5m\\n\"",
    ];
    refuses("interval", &wrong, "spec.interval").await;
    refuses("progressDeadline", &["0s", "x"], "spec.progressDeadline").await;
    accepts("connection.connectTimeout", &["1s", "60s", "1m"]).await;
    refuses("connection.connectTimeout", &["x", "0s", "61s", "1m1s", "720h"], "spec.connection.connectTimeout").await;
    refuses("policy.lockWait", &["x"], "spec.policy.lockWait").await;
    refuses("policy.maxReplicaLag", &["x"], "spec.policy.maxReplicaLag").await;
    accepts("policy.window", &["{schedule: 0 3 * * 6, duration: 2h30m, timeZone: Europe/Prague}"]).await;
    refuses("policy.window", &["{schedule: 0 3 * *, duration: 2h}"], "spec.policy.window.schedule").await;
    refuses("policy.window", &["{schedule: 0 3 * * *}"], "spec.policy.window.duration").await;
}

#[tokio::test]
async fn attributes_of_a_column_go_together() {
    let column = "tables.0.columns.1";
    for (wrong, expected) in [
        ("{name: x, type: int, default: {value: '1'}, autoIncrement: true}", "at most one of default, generated"),
        ("{name: x, type: int, default: {value: '1'}, generated: {expression: '1'}}", "at most one of default"),
        ("{name: x, type: int, nullable: true, autoIncrement: true}", "cannot be nullable"),
        ("{name: x, type: int, first: true, after: id}", "at most one of first and after"),
        ("{name: x, type: geometry, srid: 4294967296}", "srid"),
        ("{name: x, type: geometry, srid: -1}", "srid"),
        ("{name: x, type: ''}", "columns[1].type"),
        ("{name: x, type: text, charset: utf8mb4;x}", "columns[1].charset"),
    ] {
        refuses(column, &[wrong], expected).await;
    }
    accepts(
        column,
        &[
            "{name: x, type: int, default: {value: '1'}, autoIncrement: false}",
            "{name: x, type: int, generated: {expression: a+1, storage: Stored}}",
            "{name: x, type: int, first: false, after: id}",
            "{name: x, type: geometry, srid: 4294967295}",
            "{name: x, nullable: true}",
            "{name: x, state: Absent}",
            "{name: x, comment: ''}",
        ],
    )
    .await;
    let comment = format!("{{name: x, comment: {}}}", "x".repeat(1025));
    refuses(column, &[&comment], "columns[1].comment").await;
    let on_update = "tables.0.columns.1.onUpdate";
    accepts(on_update, &["CURRENT_TIMESTAMP", "current_timestamp(3)", "CURRENT_TIMESTAMP()"]).await;
    refuses(on_update, &["now()", "CURRENT_TIMESTAMP(7)", "'CURRENT_TIMESTAMP, x'", "''"], "onUpdate").await;
}

#[tokio::test]
async fn attributes_of_an_index_go_together() {
    let index = "tables.0.indexes.0";
    for (wrong, expected) in [
        ("{name: i}", "columns must be set"),
        ("{name: i, columns: []}", "indexes[0].columns"),
        ("{name: i, columns: [a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a]}", "indexes[0].columns"),
        ("{name: i, columns: [a], unique: true, kind: Fulltext}", "at most one of unique and kind"),
        ("{name: i, columns: [a], parser: ngram}", "parser needs kind Fulltext"),
        ("{name: Primary, columns: [a]}", "primaryKey"),
        ("{name: i, columns: [a], using: BTREE}", "indexes[0].using"),
    ] {
        refuses(index, &[wrong], expected).await;
    }
    accepts(
        index,
        &[
            "{name: i, state: Absent}",
            "{name: i, columns: [a, body(100), '(lower(`name`))'], kind: Fulltext, parser: ngram}",
            "{name: i, columns: [a], using: BTree}",
        ],
    )
    .await;
}

#[tokio::test]
async fn foreign_keys_and_checks_are_complete() {
    let key = |rest: &str| format!("[{{name: f, columns: [a], references: {{table: t, columns: [a]}}{rest}}}]");
    let keys = "tables.0.foreignKeys";
    accepts(keys, &[&key(", onDelete: SetNull, onUpdate: NoAction"), "[{name: f, state: Absent}]"]).await;
    refuses(keys, &[&key(", onDelete: SET NULL")], "foreignKeys[0].onDelete").await;
    refuses(keys, &["[{name: f}]"], "columns and references must be set").await;
    refuses(keys, &["[{name: f, columns: [a, b], references: {table: t, columns: [a]}}]"], "same number").await;
    refuses(keys, &["[{name: f, columns: [a], references: null}]"], "references").await;
    let checks = "tables.0.checks";
    accepts(checks, &["[{name: c, expression: a > 0, enforced: false}]", "[{name: c, state: Absent}]"]).await;
    refuses(checks, &["[{name: c}]"], "expression must be set").await;
}

#[tokio::test]
async fn partitions_fit_their_method() {
    let partitioning = "tables.0.partitioning";
    accepts(
        partitioning,
        &[
            "{by: Range, expression: year(d), partitions: [{name: a, lessThan: '1'}, {name: b, lessThan: MAXVALUE}]}",
            "{by: ListColumns, columns: [a], partitions: [{name: p0, in: '1, 2'}]}",
            "{by: Hash, expression: id, count: 4}",
            "{by: Key}",
            "{by: LinearKey, columns: [a], count: 8}",
            "{by: Key, columns: [], count: 2}",
        ],
    )
    .await;
    for (wrong, expected) in [
        ("{by: Range, expression: x, count: 4}", "ranges and lists"),
        ("{by: Hash, expression: x, count: 4, partitions: [{name: p}]}", "ranges and lists"),
        ("{by: Range, columns: [x], partitions: [{name: p, lessThan: '1'}]}", "need expression"),
        ("{by: RangeColumns, partitions: [{name: p, lessThan: '1'}]}", "need columns"),
        ("{by: RangeColumns, columns: [a], expression: a, partitions: [{name: p, lessThan: '1'}]}", "no expression"),
        ("{by: RangeColumns, columns: [], partitions: [{name: p, lessThan: '1'}]}", "columns"),
    ] {
        refuses(partitioning, &[wrong], expected).await;
    }
}

#[tokio::test]
async fn table_options_are_typed() {
    let options = "tables.0.options";
    accepts(
        options,
        &["{engine: InnoDB, charset: utf8mb4, collation: utf8mb4_0900_ai_ci, comment: '', rowFormat: DYNAMIC,
           keyBlockSize: 8, autoIncrement: 1, statsPersistent: true, statsAutoRecalc: false, statsSamplePages: 20,
           compression: ZLIB, encryption: true}"],
    )
    .await;
    refuses(options, &["{charset: 'x;y'}"], "spec.tables[0].options.charset").await;
    refuses(options, &["{engine: 'InnoDB COMMENT x'}"], "spec.tables[0].options.engine").await;
}

#[tokio::test]
async fn a_verify_query_only_reads() {
    let query = "verify.0.query";
    accepts(
        query,
        &[
            "select 1",
            "\" \\n\\tWITH a AS (SELECT 1) SELECT * FROM a\"",
            "(SELECT 1) UNION (SELECT 2)",
            "\"-- why\\nSELECT 1\"",
            "TABLE a",
            "VALUES ROW(1)",
        ],
    )
    .await;
    let wrong = [
        "DELETE FROM a",
        "''",
        "selecting",
        "DROP TABLE a",
        "SHOW TABLES",
        "Explain SELECT 1",
        "BEGIN NOT ATOMIC END",
        "SET x=1",
        "CALL p()",
    ];
    refuses(query, &wrong, "spec.verify[0].query").await;
    let expected = ["{rows: {min: 1}}", "{rows: {max: 0}}", "{value: ''}", "{number: {min: -5, max: 5}}"];
    accepts("verify.0.expect", &expected).await;
    let wrong = [
        "{}",
        "{rows: {}}",
        "{rows: {min: 2, max: 1}}",
        "{rows: {max: 10001}}",
        "{number: {}}",
        "{number: {min: 2, max: 1}}",
        "{rows: {min: 1}, value: x}",
    ];
    refuses("verify.0.expect", &wrong, "spec.verify[0].expect").await;
    refuses("verify", &["[{name: a, query: SELECT 1}, {name: a, query: SELECT 1}]"], "uplicate").await;
}
