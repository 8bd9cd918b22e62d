//! Foreign keys to tables of other databases: what the server would refuse because of them is refused beforehand.

use schema_operator::api::Reason;
use schema_operator::reconcile::{Pass, reconcile};

use crate::support::{DirectPipeline, Server, World, on_each_server, request};

on_each_server!(what_a_table_elsewhere_does_not_allow_is_refused_beforehand, a_key_elsewhere_is_added);

/// The table of the other database, the own one, what is declared, and what the refusal says.
struct Case {
    elsewhere: &'static str,
    own: &'static str,
    declared: &'static str,
    says: &'static str,
}

const NEW_KEY: &str =
    "foreignKeys: [{name: f, columns: [a], references: {database: <other>, table: p, columns: [id]}}]";

const CASES: &[Case] = &[
    Case { elsewhere: "", own: "CREATE TABLE t (a int)", declared: NEW_KEY, says: "which does not exist" },
    Case {
        elsewhere: "CREATE VIEW <other>.p AS SELECT 1 AS id",
        own: "CREATE TABLE t (a int)",
        declared: NEW_KEY,
        says: "which does not exist",
    },
    Case {
        elsewhere: "CREATE TABLE <other>.p (other_id int PRIMARY KEY)",
        own: "CREATE TABLE t (a int)",
        declared: NEW_KEY,
        says: "it refers to column p.id, which will not exist",
    },
    Case {
        elsewhere: "CREATE TABLE <other>.p (id bigint PRIMARY KEY)",
        own: "CREATE TABLE t (a int)",
        declared: NEW_KEY,
        says: "both need one type",
    },
    Case {
        elsewhere: "CREATE TABLE <other>.p (id int)",
        own: "CREATE TABLE t (a int)",
        declared: NEW_KEY,
        says: "has no key that begins with id",
    },
    Case {
        elsewhere: "CREATE TABLE <other>.p (id int PRIMARY KEY) ENGINE = MyISAM",
        own: "CREATE TABLE t (a int)",
        declared: NEW_KEY,
        says: "only InnoDB has them",
    },
    Case {
        elsewhere: "CREATE TABLE <other>.p (id int PRIMARY KEY)",
        own: "CREATE TABLE t (a int NOT NULL)",
        declared: "foreignKeys: [{name: f, columns: [a], references: {database: <other>, table: p, columns: [id]}, onDelete: SetNull}]",
        says: "can't be NOT NULL",
    },
    Case {
        elsewhere: "CREATE TABLE <other>.p (id int PRIMARY KEY)",
        own: "CREATE TABLE t (a int)",
        declared: "foreignKeys: [{name: f, columns: [a], references: {database: <other>_no, table: p, columns: [id]}}]",
        says: "it refers to database",
    },
    Case {
        elsewhere: "CREATE TABLE <other>.p (id int PRIMARY KEY)",
        own: "CREATE TABLE t (b int, a int, CONSTRAINT f FOREIGN KEY (a) REFERENCES <other>.p (id))",
        declared: "columns: [{name: a, type: bigint}]",
        says: "refers to another database",
    },
    Case {
        elsewhere: "CREATE TABLE <other>.p (id int PRIMARY KEY)",
        own: "CREATE TABLE t (b int, a int, CONSTRAINT f FOREIGN KEY (a) REFERENCES <other>.p (id))",
        declared: "columns: [{name: a, state: Absent}]",
        says: "refers to another database",
    },
    Case {
        elsewhere: "CREATE TABLE <other>.p (id int PRIMARY KEY)",
        own: "CREATE TABLE t (b int, a int, CONSTRAINT f FOREIGN KEY (a) REFERENCES <other>.p (id))",
        declared: "options: {engine: MyISAM}",
        says: "refers to another database",
    },
];

/// MySQL adds no key to columns that are no whole unique key.
const OF_MYSQL: &[Case] = &[
    Case {
        elsewhere: "CREATE TABLE <other>.p (id int, KEY (id))",
        own: "CREATE TABLE t (a int)",
        declared: NEW_KEY,
        says: "restrict_fk_on_non_standard_key",
    },
    Case {
        elsewhere: "CREATE TABLE <other>.p (id int, b int, PRIMARY KEY (id, b))",
        own: "CREATE TABLE t (a int)",
        declared: NEW_KEY,
        says: "restrict_fk_on_non_standard_key",
    },
];

async fn what_a_table_elsewhere_does_not_allow_is_refused_beforehand(world: World) {
    let direct = DirectPipeline::new();
    let other = format!("{}_other", world.database);
    let of_mysql = if world.server == Server::MySql { OF_MYSQL } else { &[] };
    for Case { elsewhere, own, declared, says } in CASES.iter().chain(of_mysql) {
        let named = |text: &str| text.replace("<other>", &other);
        let fresh = format!("DROP TABLE IF EXISTS t; DROP DATABASE IF EXISTS {other}; CREATE DATABASE {other}");
        world.sql(&fresh).await;
        if !elsewhere.is_empty() {
            world.sql(&named(elsewhere)).await;
        }
        world.sql(&named(own)).await;
        let before = world.show_create("t").await;
        let policy = "policy: {allow: [Blocking, Breaking, Destructive, Unknown]}";
        let request = request(&world, &format!("{policy}\ntables: [{{name: t, {}}}]\n", named(declared)));
        let Pass { report, change } = reconcile(&direct.pipeline, &request, None).await;
        let said = format!("{elsewhere} {own} {declared}: {:?}", report.outcome);
        let ends = report.outcome.expect_err(&said);
        assert!(matches!(ends.reason, Reason::PlanRefused | Reason::Unsupported), "{said}");
        assert!(ends.message.contains(says), "{said}");
        assert!(change.is_none(), "{said}");
        assert_eq!(world.show_create("t").await, before, "{said}");
    }
    world.check_that_nothing_was_run().await;
    world.sql(&format!("DROP TABLE t; DROP DATABASE {other}")).await;
}

async fn a_key_elsewhere_is_added(world: World) {
    let direct = DirectPipeline::new();
    let other = format!("{}_other", world.database);
    world
        .sql(&format!(
            "CREATE DATABASE {other}; CREATE TABLE {other}.p (id int PRIMARY KEY, code varchar(9) UNIQUE);
             INSERT INTO {other}.p VALUES (1, 'x'); CREATE TABLE t (a int, b varchar(9)); INSERT INTO t VALUES (1, 'x')"
        ))
        .await;
    let key = |name: &str, own: &str, column: &str| {
        format!("{{name: {name}, columns: [{own}], references: {{database: {other}, table: p, columns: [{column}]}}}}")
    };
    let keys = [key("f", "a", "id"), key("g", "b", "code")].join(", ");
    let policy = "policy: {allow: [Blocking, Breaking]}";
    let request = request(&world, &format!("{policy}\ntables: [{{name: t, foreignKeys: [{keys}]}}]\n"));
    let applied = direct.run(direct.job(&request).await).await;
    assert_eq!(applied.failure, None);
    let shown = world.show_create("t").await;
    assert!(shown.contains("`f`") && shown.contains("`g`"), "{shown}");
    world.sql(&format!("DROP TABLE t; DROP DATABASE {other}")).await;
}
