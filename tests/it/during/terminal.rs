//! What `kubectl schema apply` prints while a statement runs.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::support::{CliWorld, OpenTransaction, manifest, on_each_server};

on_each_server!(CliWorld: a_long_statement_is_followed, a_session_in_the_way_is_named);

async fn a_long_statement_is_followed(world: CliWorld) {
    world.sql("CREATE TABLE t (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(60))").await;
    world.sql("INSERT INTO t (note) VALUES (UUID()), (UUID()), (UUID()), (UUID())").await;
    let mut session = world.server.session().await;
    for _ in 0..18 {
        let sql = format!("INSERT INTO {}.t (note) SELECT UUID() FROM {0}.t", world.database);
        session.change("a test's rows", &sql).await.unwrap();
    }
    let columns = "  columns: [{name: id, type: bigint}]";
    let spec = format!(
        "policy: {{allow: [Blocking], history: StatusOnly}}\ntables:\n- name: t\n{columns}\n- name: u\n{columns}"
    );
    let apply = world.run_with_input(&["apply", "-f", "-"], &manifest("app", "x", &spec));
    assert_eq!(apply.code, 0, "{apply:?}");
    assert_eq!(apply.output.lines().filter(|line| line.starts_with("done    ")).count(), 2, "{apply:?}");
    let line = apply.error.lines().find(|line| line.starts_with("running column t.id: ")).expect(&apply.error);
    assert!(line.contains(" %"), "{line}");
    assert!(!apply.error.contains('\r'), "no terminal is written to: {apply:?}");
    let tables = world.sql("SHOW TABLES").await;
    assert!(tables.iter().all(|table| table.text(0) != "schema_operator_history"), "{tables:?}");
    let history = world.run(&["history"]);
    assert!(history.code == 0 && history.output.contains("or policy.history is StatusOnly"), "{history:?}");
}

async fn a_session_in_the_way_is_named(world: CliWorld) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)").await;
    let read = format!("SELECT * FROM {}.t", world.database);
    let reader = OpenTransaction::begin(world.server.session().await, &read).await;
    let mut apply = Command::new(env!("CARGO_BIN_EXE_kubectl-schema"))
        .args(["apply", "-f", "-"])
        .env("DATABASE_URL", world.url())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let spec = "policy: {lockWait: 60s}\ntables:\n- name: t\n  columns: [{name: note, type: varchar(20)}]";
    apply.stdin.take().expect("stdin is piped").write_all(manifest("app", "x", spec).as_bytes()).expect("it reads");
    let error = BufReader::new(apply.stderr.take().expect("stderr is piped"));
    let lines = tokio::task::spawn_blocking(move || {
        let mut lines = error.lines().map_while(Result::ok);
        let waits = lines.find(|line| line.starts_with("waits   "));
        (waits, lines)
    });
    let (waits, rest) = lines.await.unwrap();
    let waits = waits.expect("it says that the statement waits");
    assert!(waits.contains("the statement waits for its lock; "), "{waits}");
    reader.commit().await;
    let output = apply.wait_with_output().expect("it ends");
    let (rest, done) = (rest.collect::<Vec<_>>(), String::from_utf8_lossy(&output.stdout).into_owned());
    assert!(output.status.success() && done.contains("ADD COLUMN `note`"), "{done} {rest:?}");
}
