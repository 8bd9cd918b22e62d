//! A step with a risk begins only in the maintenance window, even if it is allowed.

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use schema_operator::api::{DatabaseSchema, StepState};

use crate::support::{CliRun, Server, World, condition, on_each_server, plan, run_cli};

on_each_server!(only_steps_with_a_risk_wait_for_the_window);

const LIVE: &str = "CREATE TABLE t (id int PRIMARY KEY, note varchar(64)); INSERT INTO t VALUES (1, 'a')";

/// Returns a narrower column, and a table that is not in use yet.
fn spec(policy: &str) -> String {
    format!(
        "policy: {{{policy}}}\ntables:\n- name: t\n  columns:\n  - {{name: note, type: varchar(10)}}\n- name: new\n  \
         columns:\n  - {{name: id, type: int}}\n"
    )
}

/// Returns a window of one hour that opens half a year from now.
fn window_in_half_a_year() -> String {
    let month: u8 = Timestamp::now().strftime("%m").to_string().parse().unwrap();
    format!("window: {{schedule: 0 3 1 {} *, duration: 1h, timeZone: Europe/Prague}}", (month + 5) % 12 + 1)
}

fn states(resource: &DatabaseSchema) -> Vec<(String, StepState)> {
    plan(resource).steps.iter().map(|step| (step.object.clone(), step.state)).collect()
}

async fn only_steps_with_a_risk_wait_for_the_window(world: World) {
    world.sql(LIVE).await;
    let window = window_in_half_a_year();
    world.apply(&world.schema(&spec(&window))).unwrap();
    let resource = world.wait_reason("AwaitingApproval").await;
    let message = condition(&resource, "Ready").message;
    assert!(message.contains("column t.note is Breaking"), "who is to consent is asked first: {message}");
    assert!(world.tables().await.contains(&"new".to_owned()), "a step without a risk runs at any time");

    let allowed = format!("allow: [Breaking, Destructive], {window}");
    world.apply(&world.schema(&spec(&allowed))).unwrap();
    let resource = world.wait_reason("AwaitingWindow").await;
    let message = condition(&resource, "Ready").message;
    assert!(message.contains("1 step waits for the maintenance window, which opens at "), "{message}");
    assert!(message.contains("-01 03:00 Europe/Prague (") && message.ends_with(" UTC)"), "{message}");
    for kind in ["Reconciling", "Stalled"] {
        assert_eq!(condition(&resource, kind).status, "False", "{kind}");
    }
    assert_eq!(states(&resource), [("column t.note".to_owned(), StepState::AwaitingWindow)]);
    assert_eq!(world.column_type("t", "note").await, "varchar(64)");

    let apply = apply_at_a_terminal(&world, &spec(&allowed));
    assert_eq!(apply.code, 2, "{apply:?}");
    let text = [apply.output, apply.error].concat();
    assert!(text.contains("waits") && text.contains("maintenance window, which opens at"), "{text}");
    assert_eq!(world.column_type("t", "note").await, "varchar(64)");

    world.apply_ready(&spec("allow: [Breaking, Destructive], window: {schedule: '* * * * *', duration: 1h}")).await;
    assert_eq!(world.column_type("t", "note").await, "varchar(10)");
}

/// Runs `kubectl schema apply` with this spec.
fn apply_at_a_terminal(world: &World, spec: &str) -> CliRun {
    let file = std::env::temp_dir().join(format!("{}.yaml", world.database));
    std::fs::write(&file, world.schema(spec)).unwrap();
    let run = run_cli(&world.server.url(&world.database), &["apply", "-f", file.to_str().unwrap()], "");
    std::fs::remove_file(file).unwrap();
    run
}

/// The interval is five minutes, so it is the opening that wakes the resource.
#[tokio::test(flavor = "multi_thread")]
async fn a_step_goes_on_when_the_window_opens() {
    let world = World::new(Server::MySql).await;
    world.sql(LIVE).await;
    // The beginning of a minute, at least a few seconds away.
    let minute = (Timestamp::now() + SignedDuration::from_secs(65)).strftime("%M").to_string();
    let window = format!("allow: [Breaking, Destructive], window: {{schedule: '{minute} * * * *', duration: 50s}}");
    world.apply(&world.schema(&spec(&window))).unwrap();
    world.wait_reason("AwaitingWindow").await;
    assert_eq!(world.column_type("t", "note").await, "varchar(64)");
    world.wait_ready().await;
    assert_eq!(world.column_type("t", "note").await, "varchar(10)");
}
