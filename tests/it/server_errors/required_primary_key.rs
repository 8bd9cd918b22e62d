//! MySQL with `sql_require_primary_key`, on a server of its own: what it refuses (3750), the operator refuses before.

use crate::support::{OwnServer, Server, manifest, run_cli};

/// A statement that the server refuses, and the tables that would lead to it.
const REFUSED: [(&str, &str); 4] = [
    ("CREATE TABLE other (a int)", "[{name: other, columns: [{name: a, type: int}]}]"),
    ("ALTER TABLE keyless ADD b int", "[{name: keyless, columns: [{name: b, type: int}]}]"),
    ("ALTER TABLE keyless COMMENT 'said'", "[{name: keyless, options: {comment: said}}]"),
    ("ALTER TABLE keyed DROP PRIMARY KEY", "[{name: keyed, primaryKey: []}]"),
];

/// Tables that have a primary key afterwards, and a new one.
const TAKEN: &str = "[{name: keyless, columns: [{name: b, type: int}, {name: a, nullable: false}], primaryKey: [a]}, \
                     {name: keyed, columns: [{name: b, type: int, nullable: false}], primaryKey: [b]}, \
                     {name: other, columns: [{name: a, type: int, nullable: false}], primaryKey: [a]}]";

#[tokio::test]
async fn what_needs_a_primary_key_is_refused_before_the_server_refuses_it() {
    let server = OwnServer::start_with(Server::MySql, &["--sql-require-primary-key=ON"]);
    server
        .run(
            "CREATE DATABASE app; CREATE USER app IDENTIFIED BY 'x'; GRANT ALL ON app.* TO app; \
             GRANT ALL ON `schema\\_operator\\_tmp\\_%`.* TO app; CREATE TABLE app.keyed (a int PRIMARY KEY); \
             SET SESSION sql_require_primary_key = OFF; CREATE TABLE app.keyless (a int)",
        )
        .await;
    let url = format!("mysql://app:x@{}:{}/app", server.value("HOST"), server.value("PORT"));
    let apply = |tables: &str| {
        let policy = "policy: {allow: [Blocking, Breaking, Destructive, Unknown]}";
        run_cli(&url, &["apply", "-f", "-"], &manifest("app", "app", &format!("{policy}\ntables: {tables}\n")))
    };
    for (statement, tables) in REFUSED {
        let raised = server.session().await.batch("a test's statement", &format!("USE app; {statement}")).await;
        let raised = raised.expect_err(statement).message;
        assert!(raised.contains("error 3750"), "{statement}: {raised}");
        let refused = apply(tables);
        assert!(refused.code == 1 && refused.error.contains("sql_require_primary_key"), "{tables}: {refused:?}");
    }
    let left = server.run("SHOW TABLES FROM app").await;
    assert_eq!(left.len(), 2, "nothing was made, and nothing is recorded: {left:?}");
    let refused = apply(TAKEN);
    assert!(refused.error.contains("GRANT SESSION_VARIABLES_ADMIN"), "no copy of a table without a key: {refused:?}");
    server.run("GRANT SESSION_VARIABLES_ADMIN ON *.* TO app").await;
    let applied = apply(TAKEN);
    assert_eq!(applied.code, 0, "{applied:?}");
}
