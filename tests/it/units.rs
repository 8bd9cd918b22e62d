//! What is dropped to come back is there again after any pass, or as declared: on each server.

use schema_operator::api::{DatabaseSchema, Reason};
use schema_operator::reconcile::{Applied, Pass, Report, reconcile};

use crate::support::{DirectPipeline, Server, World, condition, on_each_server, request};

on_each_server!(
    a_unit_begins_only_when_all_of_it_may_run,
    a_unit_that_may_run_leads_to_what_is_declared,
    a_killed_operator_leaves_a_key_that_is_put_back,
    a_killed_operator_leaves_columns_that_go_on_or_back,
    a_row_that_comes_in_between_puts_the_key_back,
    a_key_that_is_away_is_told_while_suspended_and_put_back_at_the_deletion,
    a_copy_under_a_key_with_orphans_waits_until_they_are_gone,
);

/// Tables with something that has to make way, what is declared, and a word of what holds it.
struct Case {
    before: &'static str,
    policy: &'static str,
    tables: &'static str,
    said: &'static str,
}

/// The policy that allows all.
pub const ALL: &str = "{allow: [Blocking, Breaking, Destructive, Unknown], smallTableRows: 0}";
const RETYPED: &str = "- {name: p, columns: [{name: id, type: int}]}\n\
     - {name: t, columns: [{name: p_id, type: int}], foreignKeys: [{name: f, columns: [p_id], references: {table: p, columns: [id]}}]}";
const RETYPED_UNDECLARED: &str = "- {name: p, columns: [{name: id, type: int}]}\n\
     - {name: t, columns: [{name: p_id, type: int}]}";
const BIG: &str = "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, p_id bigint, \
     CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p (id)); INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1)";
const BIG_VALUE: &str = "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, p_id bigint, \
     CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p (id)); INSERT INTO p VALUES (5000000000); \
     INSERT INTO t VALUES (1, 5000000000)";
const CASCADES: &str = "- {name: t, foreignKeys: [{name: f, columns: [p_id], references: {table: p, columns: [id]}, \
     onDelete: Cascade}]}";

const HELD: &[Case] = &[
    Case { before: BIG_VALUE, policy: ALL, tables: RETYPED, said: "out of range" },
    Case { before: BIG_VALUE, policy: ALL, tables: RETYPED_UNDECLARED, said: "out of range" },
    Case {
        before: "CREATE TABLE p (id int); CREATE TABLE t (id int PRIMARY KEY, a int, CONSTRAINT c CHECK (a > 0)); \
                 INSERT INTO t VALUES (1, 5)",
        policy: ALL,
        tables: "- {name: t, checks: [{name: c, expression: a > 10}]}",
        said: "violates the check",
    },
    Case {
        before: "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE q (id int PRIMARY KEY); \
                 CREATE TABLE t (id int PRIMARY KEY, p_id int, CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p (id)); \
                 INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1)",
        policy: ALL,
        tables: "- {name: t, foreignKeys: [{name: f, columns: [p_id], references: {table: q, columns: [id]}}]}",
        said: "refers to a row that does not exist",
    },
    Case { before: BIG, policy: "{allow: [Destructive], smallTableRows: 0}", tables: CASCADES, said: "Blocking" },
    Case { before: BIG, policy: "{allow: [Blocking], smallTableRows: 0}", tables: CASCADES, said: "Destructive" },
    Case { before: BIG, policy: "{allow: [Destructive], smallTableRows: 0}", tables: RETYPED, said: "Blocking" },
    Case {
        before: BIG,
        policy: "{allow: [Blocking, Breaking], smallTableRows: 0}",
        tables: RETYPED,
        said: "Destructive",
    },
    Case {
        before: BIG,
        policy: "{allow: [Blocking, Breaking, Destructive], smallTableRows: 0, \
                 window: {schedule: '0 0 29 2 *', duration: 1h}}",
        tables: RETYPED,
        said: "maintenance window",
    },
];

async fn a_unit_begins_only_when_all_of_it_may_run(world: World) {
    for case in HELD {
        world.sql(&format!("DROP TABLE IF EXISTS t, p, q; {}", case.before)).await;
        let before = definitions(&world).await;
        let report = settle(&DirectPipeline::new(), &world, &spec(case.policy, case.tables), None).await;
        let message = report.outcome.unwrap_err().message;
        assert!(message.contains(case.said), "{}: {message}", case.tables);
        assert_eq!(definitions(&world).await, before, "{}", case.tables);
    }
}

async fn a_unit_that_may_run_leads_to_what_is_declared(world: World) {
    for tables in [RETYPED, RETYPED_UNDECLARED] {
        world.sql(&format!("DROP TABLE IF EXISTS t, p, q; {BIG}")).await;
        let report = settle(&DirectPipeline::new(), &world, &spec(ALL, tables), None).await;
        assert!(report.outcome.is_ok(), "{report:?}");
        let after = definitions(&world).await;
        assert!(after.contains("CONSTRAINT `f` FOREIGN KEY (`p_id`) REFERENCES `p` (`id`)"), "{after}");
        assert!(!after.contains("bigint"), "{after}");
        let refused = fails(&world, "INSERT INTO t VALUES (2, 9)").await;
        assert!(refused.contains("foreign key constraint"), "{refused}");
    }
}

/// Runs the first steps of a change alone, as an operator that is killed after them.
async fn killed_after(direct: &DirectPipeline, world: &World, tables: &str, steps: usize) -> Applied {
    let mut job = direct.job(&request(world, &spec(ALL, tables))).await;
    assert_eq!(job.steps.len(), 4, "{:?}", job.steps);
    job.steps.truncate(steps);
    let applied = direct.run(job).await;
    assert!(applied.failure.is_none(), "{applied:?}");
    applied
}

async fn a_killed_operator_leaves_a_key_that_is_put_back(world: World) {
    for tables in [RETYPED, RETYPED_UNDECLARED] {
        world.sql(&format!("DROP TABLE IF EXISTS t, p, q; {BIG}")).await;
        killed_after(&DirectPipeline::new(), &world, tables, 3).await;
        world.sql("INSERT INTO t VALUES (2, 77)").await;
        let report = settle(&DirectPipeline::new(), &world, &spec(ALL, tables), None).await;
        let message = report.outcome.unwrap_err().message;
        assert!(message.contains("foreign key t.f was put back") && message.contains("1 row refers"), "{message}");
        assert!(fails(&world, "INSERT INTO t VALUES (3, 78)").await.contains("foreign key constraint"));
        world.sql("DELETE FROM t WHERE id = 2").await;
        let report = settle(&DirectPipeline::new(), &world, &spec(ALL, tables), None).await;
        assert!(report.outcome.is_ok(), "{report:?}");
        let record = world.sql("SELECT declared FROM schema_operator_record WHERE resource <> 'lock'").await;
        assert!(!record[0].text(0).contains("unproven"), "{}", record[0].text(0));
    }
}

async fn a_killed_operator_leaves_columns_that_go_on_or_back(world: World) {
    for steps in [1, 2] {
        for tables in [RETYPED, RETYPED_UNDECLARED] {
            world.sql(&format!("DROP TABLE IF EXISTS t, p, q; {BIG}")).await;
            let before = definitions(&world).await;
            killed_after(&DirectPipeline::new(), &world, tables, steps).await;
            // The other column can't follow any more.
            world.sql("INSERT INTO t VALUES (2, 5000000000)").await;
            let report = settle(&DirectPipeline::new(), &world, &spec(ALL, tables), None).await;
            assert_eq!(report.outcome.map_err(|ends| ends.reason), Err(Reason::RowsInTheWay), "after {steps} steps");
            assert_eq!(definitions(&world).await, before, "after {steps} steps");
            // Where nothing is in the way, it goes on.
            world.sql(&format!("DROP TABLE t, p; {BIG}")).await;
            killed_after(&DirectPipeline::new(), &world, tables, steps).await;
            let report = settle(&DirectPipeline::new(), &world, &spec(ALL, tables), None).await;
            assert!(report.outcome.is_ok(), "{report:?}");
            assert!(!definitions(&world).await.contains("bigint"));
        }
    }
}

async fn a_row_that_comes_in_between_puts_the_key_back(world: World) {
    for tables in [RETYPED, RETYPED_UNDECLARED] {
        world.sql(&format!("DROP TABLE IF EXISTS t, p, q; {BIG}")).await;
        let direct = DirectPipeline::new();
        let after = killed_after(&direct, &world, tables, 2).await;
        let Pass { change, report } =
            reconcile(&direct.pipeline, &request(&world, &spec(ALL, tables)), Some(&after)).await;
        let rest = change.unwrap_or_else(|| panic!("{report:?}"));
        // The questions about rows were asked before.
        world.sql("INSERT INTO t VALUES (2, 77)").await;
        let failed = direct.run(rest).await;
        assert!(failed.failure.is_some(), "{failed:?}");
        let report = settle(&direct, &world, &spec(ALL, tables), Some(failed)).await;
        assert!(fails(&world, "INSERT INTO t VALUES (3, 78)").await.contains("foreign key constraint"));
        let message = report.outcome.unwrap_err().message;
        assert!(message.contains("foreign key t.f was put back") && message.contains("1 row refers"), "{message}");
        world.sql("DELETE FROM t WHERE id = 2").await;
        let report = settle(&direct, &world, &spec(ALL, tables), None).await;
        assert!(report.outcome.is_ok(), "{report:?}");
    }
}

async fn a_key_that_is_away_is_told_while_suspended_and_put_back_at_the_deletion(world: World) {
    world.sql(BIG).await;
    let direct = DirectPipeline::new();
    let spec = spec(ALL, RETYPED);
    let mut request = request(&world, &spec);
    request.asker.owner.resource = format!("{}/todobox", world.namespace);
    let mut job = direct.job(&request).await;
    job.steps.truncate(3);
    let applied = direct.run(job).await;
    assert!(applied.failure.is_none(), "{applied:?}");
    // An orphan keeps it neither from coming back nor from being found later.
    world.sql("INSERT INTO t VALUES (2, 77)").await;
    world.apply(&world.schema(&format!("suspend: true\n{spec}"))).unwrap();
    let suspended = world.wait_reason("Suspended").await;
    let message = condition(&suspended, "Ready").message;
    assert!(!message.contains("dropped"), "its status does not know of the entry: {message}");
    let digest = "SELECT SHA2(CONCAT(resource_uid, CHAR(0), declared), 256) FROM schema_operator_record WHERE resource <> 'lock'";
    let noted = serde_json::json!({ "written": world.sql(digest).await[0].text(0) });
    world.patch_status("todobox", &serde_json::json!([{ "op": "add", "path": "/status/record", "value": noted }]));
    world.nudge("todobox");
    let is_told = |found: &DatabaseSchema| condition(found, "Ready").message.contains("dropped");
    let suspended = world.wait("what is away", is_told).await;
    let message = condition(&suspended, "Ready").message;
    assert!(message.contains("a change dropped foreign key t.f, away until spec.suspend is false"), "{message}");
    assert!(!definitions(&world).await.contains("FOREIGN KEY"), "a suspended resource changes nothing");
    world.delete("todobox");
    let keys = format!(
        "SELECT COUNT(*) FROM information_schema.table_constraints WHERE constraint_type = 'FOREIGN KEY' AND \
         constraint_schema = '{}'",
        world.database
    );
    world.wait_sql("the foreign key", &keys, |count| count == "1").await;
    assert!(fails(&world, "INSERT INTO t VALUES (3, 78)").await.contains("foreign key constraint"));
    let record = world.sql("SELECT declared FROM schema_operator_record WHERE resource <> 'lock'").await;
    assert!(record[0].text(0).contains("unproven"), "a later resource counts its rows: {}", record[0].text(0));
}

/// Returns a spec of this policy and these tables.
pub fn spec(policy: &str, tables: &str) -> String {
    format!("policy: {policy}\ntables:\n{tables}\n")
}

/// Returns what the server shows of the tables.
async fn definitions(world: &World) -> String {
    let tables = ["p", "t"];
    let mut shown = String::new();
    for table in tables {
        shown.push_str(world.sql(&format!("SHOW CREATE TABLE {table}")).await[0].text(1));
    }
    shown
}

/// Runs passes and their changes until nothing is left to run, and returns the last report.
pub async fn settle(direct: &DirectPipeline, world: &World, spec: &str, after: Option<Applied>) -> Report {
    let request = request(world, spec);
    let mut after = after;
    for _ in 0..8 {
        let Pass { report, change } = reconcile(&direct.pipeline, &request, after.as_ref()).await;
        let Some(job) = change else { return report };
        after = Some(direct.run(job).await);
    }
    panic!("it does not settle: {after:?}");
}

/// Runs a statement that the server refuses, and returns its words.
async fn fails(world: &World, sql: &str) -> String {
    world.session().await.batch("a test", sql).await.unwrap_err().to_string()
}

/// MySQL inserts each row again when it copies a table, under the foreign keys that the table has.
async fn a_copy_under_a_key_with_orphans_waits_until_they_are_gone(world: World) {
    let live = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, p_id int, a int, b varchar(10), \
                CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p (id)); INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1, 1, '1'); \
                SET foreign_key_checks = 0; INSERT INTO t VALUES (2, 77, 1, '1'), (3, 78, 1, '1'); SET foreign_key_checks = 1";
    let copies = [
        "columns: [{name: a, type: bigint}]",
        "checks: [{name: c, expression: a > 0}]",
        "columns: [{name: b, type: int}]",
        "columns: [{name: s, type: int, generated: {expression: a + 1, storage: Stored}}]",
    ];
    for copy in copies {
        world.sql(&format!("DROP TABLE IF EXISTS t, p, q; {live}")).await;
        let (direct, spec) = (DirectPipeline::new(), spec(ALL, &format!("- {{name: t, {copy}}}")));
        let report = settle(&direct, &world, &spec, None).await;
        if !matches!(world.server, Server::MySql) {
            assert!(report.outcome.is_ok(), "{copy}: {report:?}");
            world.sql("DROP TABLE schema_operator_history").await;
            continue;
        }
        let not_ready = report.outcome.unwrap_err();
        assert_eq!(not_ready.reason, Reason::RowsInTheWay, "{copy}: {not_ready}");
        let message = not_ready.message;
        assert!(message.contains("under foreign key f: 2 rows refer to rows that do not exist"), "{copy}: {message}");
        assert!(report.failed_steps.is_empty(), "{copy}");
        world.check_that_nothing_was_run().await;
        world.sql("DELETE FROM t WHERE p_id > 1").await;
        let report = settle(&direct, &world, &spec, None).await;
        assert!(report.outcome.is_ok(), "{copy}: {report:?}");
        world.sql("DROP TABLE schema_operator_history").await;
    }
}
