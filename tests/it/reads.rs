//! A pass reads, and only reads, until its plan was published: whatever the queries of a person and declared expressions
//! call.

use crate::support::{CliWorld, on_each_server, run_cli};

on_each_server!(CliWorld:
    a_query_that_does_more_than_read_is_refused,
    functions_of_queries_write_nothing,
    a_declared_expression_writes_nothing,
);

/// Each makes rows, or makes a session able to.
const FUNCTIONS: [&str; 4] = [
    "CREATE FUNCTION notes_down(x int) RETURNS int DETERMINISTIC MODIFIES SQL DATA
        BEGIN INSERT INTO log VALUES (x); RETURN x; END",
    "CREATE FUNCTION notes_apart(x int) RETURNS int DETERMINISTIC MODIFIES SQL DATA
        BEGIN INSERT INTO log_apart VALUES (x); RETURN x; END",
    "CREATE FUNCTION opens(x int) RETURNS int DETERMINISTIC MODIFIES SQL DATA
        BEGIN SET SESSION TRANSACTION READ WRITE; RETURN x; END",
    "CREATE FUNCTION relaxes(x int) RETURNS int DETERMINISTIC MODIFIES SQL DATA
        BEGIN SET SESSION sql_mode = 'ANSI_QUOTES'; RETURN x; END",
];

async fn create(world: &CliWorld) {
    world
        .sql("CREATE TABLE t (a int); INSERT INTO t VALUES (1); CREATE TABLE log (x int); CREATE TABLE log_apart (x int) ENGINE = MyISAM")
        .await;
    for function in FUNCTIONS {
        world.sql(function).await;
    }
    world.sql("CREATE VIEW logged AS SELECT notes_down(a) AS x FROM t").await;
}

async fn check_that_nothing_was_written(world: &CliWorld) {
    let rows = world
        .sql("SELECT (SELECT COUNT(*) FROM log), (SELECT COUNT(*) FROM log_apart), (SELECT COUNT(*) FROM t)")
        .await;
    assert_eq!([rows[0].text(0), rows[0].text(1), rows[0].text(2)], ["0", "0", "1"]);
}

fn verifying(queries: &[&str]) -> String {
    let queries = queries.iter().enumerate();
    let queries: Vec<_> =
        queries.map(|(at, query)| serde_json::json!({ "name": format!("q{at}"), "query": query })).collect();
    format!("tables: [{{name: t, columns: [{{name: a, type: int}}]}}]\nverify: {}\n", serde_json::json!(queries))
}

async fn a_query_that_does_more_than_read_is_refused(world: CliWorld) {
    create(&world).await;
    let cases: [&[&str]; 11] = [
        &["START TRANSACTION READ WRITE", "DELETE FROM t", "COMMIT"],
        &["BEGIN NOT ATOMIC DELETE FROM t; END"],
        &["BEGIN NOT ATOMIC START TRANSACTION READ WRITE; DELETE FROM t; COMMIT; END"],
        &["SELECT 1; DELETE FROM t"],
        &["WITH x AS (SELECT 1) DELETE FROM t"],
        &["SET STATEMENT transaction_read_only = 0 FOR SELECT notes_down(1)"],
        &["SELECT a FROM t INTO OUTFILE '/tmp/x'"],
        &["SELECT a INTO @x FROM t"],
        &["SELECT `GET_LOCK`('schema_operator', 0)"],
        &["SELECT GET_LOCK /* x */ ('schema_operator', 0)"],
        &["SELECT /*! SLEEP(100), */ 1"],
    ];
    for queries in cases {
        let file = world.write_manifest(&verifying(queries));
        for command in ["plan", "apply"] {
            let run = world.run(&[command, "-f", &file]);
            assert_eq!(run.code, 1, "{queries:?}: {run:?}");
            assert!(run.error.contains("spec.verify[q0]"), "{queries:?}: {run:?}");
        }
    }
    check_that_nothing_was_written(&world).await;
}

/// The servers refuse to write in a read-only transaction, also by functions and in tables of engines without
/// transactions. A function may set the session, which must not reach the next query.
async fn functions_of_queries_write_nothing(world: CliWorld) {
    create(&world).await;
    let cases: [&[&str]; 6] = [
        &["SELECT notes_down(1)"],
        &["SELECT notes_apart(1)"],
        &["SELECT x FROM logged"],
        &["SELECT opens(1), notes_down(2)"],
        &["SELECT opens(1)", "SELECT notes_down(2)"],
        &["SELECT relaxes(opens(1))", "SELECT notes_apart(2)"],
    ];
    for queries in cases {
        let file = world.write_manifest(&verifying(queries));
        for command in ["plan", "apply"] {
            let run = world.run(&[command, "-f", &file]);
            assert!(run.code == 1 && run.error.contains("READ ONLY transaction"), "{queries:?}: {run:?}");
        }
    }
    check_that_nothing_was_written(&world).await;
}

/// An account without a scratch database has no declared expression evaluated at all.
async fn a_declared_expression_writes_nothing(world: CliWorld) {
    create(&world).await;
    let database = &world.database;
    world.sql(&format!("CREATE USER {database}@'%' IDENTIFIED BY 'secret'")).await;
    world.sql(&format!("GRANT SELECT, ALTER, CREATE, EXECUTE ON {database}.* TO {database}@'%'")).await;
    let [host, port] = ["HOST", "PORT"].map(|name| world.server.value(name));
    let url = format!("mysql://{database}:secret@{host}:{port}/{database}");
    for expression in ["notes_down(a) > 0", "`notes_apart`(a) > 0", &format!("{database}.notes_down(a) > 0")] {
        let file =
            world.write_manifest(&format!("tables: [{{name: t, checks: [{{name: c, expression: '{expression}'}}]}}]"));
        let plan = run_cli(&url, &["plan", "-f", &file, "-o", "json"], "");
        let is_left = plan.output.contains("its expression was not rehearsed");
        assert!(is_left || plan.code == 1, "{expression}: {plan:?}");
    }
    check_that_nothing_was_written(&world).await;
    world.sql(&format!("DROP USER {database}@'%'")).await;
}
