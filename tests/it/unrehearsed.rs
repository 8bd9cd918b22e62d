//! Nothing is evaluated on live rows that no copy has taken before: an account without scratch databases gets "not checked"
//! for each question that holds a declared expression.

use schema_operator::mysql::scratch_pattern;
use schema_operator::schema::Identifier;

use crate::support::{CliWorld, Server, on_each_server, run_cli};

on_each_server!(CliWorld: no_declared_expression_is_evaluated_without_a_rehearsal);

const PASSWORD: &str = "secret-of-a-test";

/// What is declared of a table whose rows are in its way, and what is not known of it.
struct Declaration {
    tables: &'static str,
    unchecked: &'static str,
    /// What becomes of the step.
    then: &'static str,
    /// MariaDB has no such object.
    is_of_mysql: bool,
}

/// The server refuses the statement where rows are in its way.
const BY_ITSELF: &str = "runs by itself";

const DECLARATIONS: [Declaration; 7] = [
    Declaration {
        tables: "checks: [{name: c, expression: a > 1}]",
        unchecked: "in the way of check t.c",
        then: BY_ITSELF,
        is_of_mysql: false,
    },
    Declaration {
        tables: "columns: [{name: g, type: int, generated: {expression: a + 1}}], \
                 indexes: [{name: u, columns: [g], unique: true}]",
        unchecked: "in the way of index t.u",
        then: BY_ITSELF,
        is_of_mysql: false,
    },
    Declaration {
        tables: "indexes: [{name: u, columns: ['(a + 1)'], unique: true}]",
        unchecked: "in the way of index t.u",
        then: BY_ITSELF,
        is_of_mysql: true,
    },
    Declaration {
        tables: "columns: [{name: g, type: int, nullable: false, generated: {expression: 'nullif(a, 1)'}}]",
        unchecked: "in the way of column t.g",
        then: "can't add column t.g: rows whose value is NULL would get another one",
        is_of_mysql: true,
    },
    Declaration {
        tables: "columns: [{name: d, type: int, default: {expression: a + 1}}], \
                 checks: [{name: c, expression: d > 2}]",
        unchecked: "in the way of check t.c",
        then: BY_ITSELF,
        is_of_mysql: false,
    },
    Declaration {
        tables: "columns: [{name: g, type: int, generated: {expression: a + 41, storage: Stored}}], \
                 foreignKeys: [{name: f, columns: [g], references: {table: p, columns: [id]}}]",
        unchecked: "in the way of foreign key t.f",
        then: BY_ITSELF,
        is_of_mysql: false,
    },
    Declaration {
        tables: "partitioning: {by: Range, expression: id * 7, partitions: [{name: p0, lessThan: '8'}]}",
        unchecked: "in the way of partitions of t",
        then: "waits for consent: --allow Breaking",
        is_of_mysql: false,
    },
];

async fn no_declared_expression_is_evaluated_without_a_rehearsal(world: CliWorld) {
    let database = &world.database;
    world
        .sql(&format!(
            "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, a int);
             INSERT INTO t VALUES (1, 1), (2, 1); CREATE USER {database}@'%' IDENTIFIED BY '{PASSWORD}';
             GRANT SELECT, ALTER, CREATE, INSERT, UPDATE, DROP, REFERENCES ON {database}.* TO {database}@'%'"
        ))
        .await;
    let [host, port] = ["HOST", "PORT"].map(|name| world.server.value(name));
    let url = format!("mysql://{database}:{PASSWORD}@{host}:{port}/{database}");
    let is_mysql = world.server == Server::MySql;
    let declarations: Vec<_> = DECLARATIONS.iter().filter(|one| is_mysql || !one.is_of_mysql).collect();
    let plan = |tables: &str| {
        let file = world.write_manifest(&format!("tables: [{{name: t, {tables}}}]"));
        run_cli(&url, &["plan", "-f", &file], "")
    };
    for Declaration { tables, unchecked, then, is_of_mysql: _ } in &declarations {
        let planned = plan(tables);
        let expected = format!("{unchecked} (its expression was not rehearsed)");
        let text = planned.output.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(&expected) && text.contains("not checked"), "{tables}: {planned:?}");
        assert!(!text.contains("find the rows"), "{tables}: {planned:?}");
        assert!(text.contains(then), "{tables}: {planned:?}");
    }
    let pattern = scratch_pattern(&Identifier::new(database.as_str()).unwrap());
    world.sql(&format!("GRANT SELECT, CREATE, ALTER, DROP ON {pattern}.* TO {database}@'%'")).await;
    for Declaration { tables, unchecked: _, then: _, is_of_mysql: _ } in &declarations {
        let planned = plan(tables);
        assert!(planned.output.contains("find the rows"), "it is counted once it was tried: {tables}: {planned:?}");
    }
    world.sql(&format!("DROP USER {database}@'%'")).await;
}
