//! What has a risk begins in the maintenance window alone, whoever allowed it.

use std::process::Command;

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use schema_operator::api::{DatabaseSchema, StepState};

use crate::support::{Server, World, condition, on_each_server};

on_each_server!(what_has_a_risk_waits_for_the_window_and_the_rest_does_not);

const LIVE: &str = "CREATE TABLE t (id int PRIMARY KEY, note varchar(64)); INSERT INTO t VALUES (1, 'a')";

/// A narrower column, and a table that nobody uses yet.
fn spec(policy: &str) -> String {
    format!(
        "policy: {{{policy}}}\ntables:\n- name: t\n  columns:\n  - {{name: note, type: varchar(10)}}\n- name: new\n  \
         columns:\n  - {{name: id, type: int}}\n"
    )
}

/// A window of one hour that opens half a year from now.
fn far_away() -> String {
    let month: u8 = Timestamp::now().strftime("%m").to_string().parse().unwrap();
    format!("window: {{schedule: 0 3 1 {} *, duration: 1h, timeZone: Europe/Prague}}", (month + 5) % 12 + 1)
}

fn states(resource: &DatabaseSchema) -> Vec<(String, StepState)> {
    let plan = resource.status.as_ref().and_then(|status| status.plan.as_ref()).expect("a plan");
    plan.steps.iter().map(|step| (step.object.clone(), step.state)).collect()
}

async fn note_type(world: &World) -> String {
    world.sql("SHOW COLUMNS FROM t LIKE 'note'").await[0].text(1).to_owned()
}

async fn what_has_a_risk_waits_for_the_window_and_the_rest_does_not(world: World) {
    world.sql(LIVE).await;
    let window = far_away();
    world.apply(&world.schema(&spec(&window))).unwrap();
    let resource = world.wait_reason("AwaitingApproval").await;
    let message = condition(&resource, "Ready").2;
    assert!(message.contains("column t.note is Breaking"), "who is to consent is asked first: {message}");
    assert!(world.tables().await.contains(&"new".to_owned()), "what nobody notices runs at any time");

    let allowed = format!("allow: [Breaking, Destructive], {window}");
    world.apply(&world.schema(&spec(&allowed))).unwrap();
    let resource = world.wait_reason("AwaitingWindow").await;
    let message = condition(&resource, "Ready").2;
    assert!(message.contains("1 step waits for the maintenance window, which opens at "), "{message}");
    assert!(message.contains("-01 03:00 Europe/Prague (") && message.ends_with(" UTC)"), "{message}");
    for kind in ["Reconciling", "Stalled"] {
        assert_eq!(condition(&resource, kind).0, "False", "{kind}");
    }
    assert_eq!(states(&resource), [("column t.note".to_owned(), StepState::AwaitingWindow)]);
    assert_eq!(note_type(&world).await, "varchar(64)");

    let output = apply_at_a_terminal(&world, &spec(&allowed));
    assert_eq!(output.0, Some(2), "{output:?}");
    assert!(output.1.contains("waits") && output.1.contains("maintenance window, which opens at"), "{output:?}");
    assert_eq!(note_type(&world).await, "varchar(64)");

    world.apply_ready(&spec("allow: [Breaking, Destructive], window: {schedule: '* * * * *', duration: 1h}")).await;
    assert_eq!(note_type(&world).await, "varchar(10)");
}

/// The code and the output of `kubectl schema apply`.
fn apply_at_a_terminal(world: &World, spec: &str) -> (Option<i32>, String) {
    let file = std::env::temp_dir().join(format!("{}.yaml", world.database));
    std::fs::write(&file, world.schema(spec)).unwrap();
    let value = |name| world.server.value(name);
    let url = format!(
        "mysql://{}:{}@{}:{}/{}",
        value("USER"),
        value("PASSWORD"),
        value("HOST"),
        value("PORT"),
        world.database
    );
    let output = Command::new(env!("CARGO_BIN_EXE_kubectl-schema"))
        .args(["apply", "-f"])
        .arg(&file)
        .env("DATABASE_URL", url)
        .output()
        .expect("the binary runs");
    std::fs::remove_file(file).unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.code(), text)
}

/// The interval is five minutes, so it is the opening that wakes the resource.
#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_when_the_window_opens() {
    let world = World::new(Server::MySql).await;
    world.sql(LIVE).await;
    // The beginning of a minute, at least a few seconds away.
    let minute = (Timestamp::now() + SignedDuration::from_secs(65)).strftime("%M").to_string();
    let window = format!("allow: [Breaking, Destructive], window: {{schedule: '{minute} * * * *', duration: 50s}}");
    world.apply(&world.schema(&spec(&window))).unwrap();
    world.wait_reason("AwaitingWindow").await;
    assert_eq!(note_type(&world).await, "varchar(64)");
    world.wait_ready().await;
    assert_eq!(note_type(&world).await, "varchar(10)");
}
