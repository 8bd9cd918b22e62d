//! `kubectl schema wait`: it ends as soon as a database has what a resource declares, and says why it does not.

use std::process::{Command, Stdio};

use crate::support::{Approver, World, on_each_server, run_cli};

on_each_server!(
    a_ready_resource_is_not_waited_for,
    the_exit_code_says_what_was_waited_for,
    a_wait_ends_with_the_revision,
    the_database_alone_tells_its_revision,
);

const TABLE: &str = "tables: [{name: user, columns: [{name: id, type: int}]}]\n";

async fn a_ready_resource_is_not_waited_for(world: World) {
    let approver = Approver::new(&world);
    world.apply_ready(TABLE).await;
    let output = approver.schema(&["wait", "todobox", "--timeout", "1s"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("revision "), "{output:?}");
}

async fn the_exit_code_says_what_was_waited_for(world: World) {
    let approver = Approver::new(&world);
    let wait = |arguments: &[&str]| {
        let output = approver.schema(&[&["wait"], arguments, &["--timeout", "1s"]].concat());
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = wait(&["no-such"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("there is no DatabaseSchema no-such"), "{said}");
    world.sql("CREATE TABLE user (id int, old int); INSERT INTO user VALUES (1, 2)").await;
    world.apply(&world.schema("tables: [{name: user, columns: [{name: old, state: Absent}]}]\n")).unwrap();
    world.wait_reason("AwaitingApproval").await;
    let (code, said) = wait(&["todobox"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("AwaitingApproval"), "{said}");
    world.apply(&world.schema(&format!("{TABLE}verify: [{{name: q, query: SELECT nothing FROM user}}]\n"))).unwrap();
    world.wait_reason("VerifyFailed").await;
    let (code, said) = wait(&["todobox"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("VerifyFailed") && said.contains("nothing"), "{said}");
    let (code, said) = wait(&["todobox", "--revision", "later"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("not later yet"), "{said}");
}

async fn a_wait_ends_with_the_revision(world: World) {
    let url = url_of(&world);
    let resource = format!("{}/todobox", world.namespace);
    // Both begin before there is anything.
    let by_database = start(&["wait", &resource, "--revision", "r1", "--url", "env"], Some(&url));
    let by_cluster = start(&["wait", "todobox", "-n", &world.namespace, "--revision", "r1"], None);
    world.apply_ready(TABLE).await;
    for waiting in [by_database, by_cluster] {
        let output = waiting.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
}

async fn the_database_alone_tells_its_revision(world: World) {
    let wait = |name: &str, revision: &str| {
        run_cli(&url_of(&world), &["wait", name, "--revision", revision, "--timeout", "1s", "--url", "env"], "")
    };
    let run = wait("todobox", "r1");
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.error.contains("has noted no revision of todobox"), "{run:?}");
    world.apply_ready(TABLE).await;
    assert_eq!(wait("todobox", "r1").code, 0);
    let run = wait(&format!("{}/todobox", world.namespace), "r2");
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.error.contains("has revision r1"), "{run:?}");
    assert_eq!(wait("elsewhere/todobox", "r1").code, 3);
    // A plan that waits leaves the revision that the database has.
    world.sql("INSERT INTO user VALUES (1)").await;
    let waiting = world.schema("tables: [{name: user, columns: [{name: id, state: Absent}, {name: b, type: int}]}]\n");
    world.apply(&waiting.replace("revision: r1", "revision: r2")).unwrap();
    world.wait_reason("AwaitingApproval").await;
    assert_eq!(wait("todobox", "r2").code, 3);
}

fn url_of(world: &World) -> String {
    world.server.url(&world.database)
}

fn start(arguments: &[&str], url: Option<&str>) -> std::process::Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-schema"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(url) = url {
        command.env("DATABASE_URL", url);
    }
    command.spawn().expect("the binary runs")
}
