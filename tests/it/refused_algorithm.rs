//! A server that does not run a step as cheaply as predicted. The operator takes the next more expensive algorithm if
//! no one notices. Otherwise it plans the step again with what it costs.

use schema_operator::api::Reason;
use schema_operator::declare::Source;
use schema_operator::mysql::{ErrorKind, Session};
use schema_operator::plan::Risk;
use schema_operator::plan::{Algorithm, Cost};
use schema_operator::reconcile::{Pass, Request, reconcile};

use crate::support::{DirectPipeline, Server, World, on_each_server, request};

on_each_server!(what_would_block_is_planned_again_and_waits_for_consent);

/// Adds row versions until MySQL refuses INSTANT (4092; after 255 of them on 9.7).
async fn use_up_row_versions(session: &mut Session) {
    loop {
        for sql in ["ADD COLUMN x int", "DROP COLUMN x"] {
            match session.batch("a test's change", &format!("ALTER TABLE t {sql}, ALGORITHM=INSTANT")).await {
                Ok(_) => {}
                Err(error) if error.kind == ErrorKind::Refusal(4092) => return,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_instant_becomes_an_online_rebuild() {
    let world = World::new(Server::MySql).await;
    world.sql("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)").await;
    use_up_row_versions(&mut world.session().await).await;
    world.apply_ready("tables:\n- name: t\n  columns:\n  - {name: note, type: varchar(20)}\n").await;
    let history = world.sql("SELECT outcome, statement, message FROM schema_operator_history ORDER BY id").await;
    let said: Vec<(&str, bool)> = history.iter().map(|row| (row.text(0), row.text(1).contains("INSTANT"))).collect();
    assert_eq!(said, [("failed", true), ("done", false)], "{history:?}");
    assert!(history[0].text(2).contains("row versions"), "{history:?}");
    assert!(history[1].text(1).ends_with("ALGORITHM=INPLACE, LOCK=NONE"), "the algorithm is asked for: {history:?}");
    assert!(world.events("StatementFailed").is_empty(), "a more expensive algorithm is no failure");
}

/// No server at hand lets writes wait in a step that is predicted to leave them alone. So the test states a lower cost
/// than the step has.
async fn what_would_block_is_planned_again_and_waits_for_consent(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY, n int)").await;
    let values: Vec<String> = (0..1500).map(|id| format!("({id}, {id})")).collect();
    world.sql(&format!("INSERT INTO t VALUES {}", values.join(", "))).await;
    let direct = DirectPipeline::new();

    let wider = one_column(&world, "{name: n, type: bigint}", "[Blocking]");
    let mut job = direct.job(&wider).await;
    job.steps[0].cost = Cost { algorithm: Algorithm::Instant, writes_wait: false };
    job.steps[0].risks.clear();
    job.request.declaration.consent.everywhere.clear();
    job.request.declaration.consent.small_tables.clear();
    let mut applied = direct.run(job).await;
    let learnt = applied.statements[0].learnt.clone().expect("it is refused");
    assert_eq!(
        learnt.cost,
        Cost { algorithm: Algorithm::Rebuild, writes_wait: true },
        "the next algorithm is not tried"
    );
    assert!(applied.statements[0].failure.is_some() && applied.failure.is_none(), "{applied:?}");
    assert!(world.show_create("t").await.contains("`n` int"), "nothing has run");

    // The next plan uses what the server has taught about the step.
    let note = one_column(&world, "{name: note, type: varchar(20)}", "[]");
    applied.statements[0].step_id.clone_from(&direct.job(&note).await.steps[0].id);
    let Pass { report, change } = reconcile(&direct.pipeline, &note, Some(&applied)).await;
    assert!(change.is_none());
    assert_eq!(report.outcome.as_ref().unwrap_err().reason, Reason::AwaitingApproval, "{report:?}");
    let step = &report.plan.as_ref().unwrap().steps[0];
    assert_eq!(step.step.risks.iter().collect::<Vec<_>>(), [&Risk::Blocking]);
    let message = step.message.clone().unwrap();
    assert!(message.contains("does not do it at less cost") && message.contains(&learnt.why), "{message}");
    let allowed = one_column(&world, "{name: note, type: varchar(20)}", "[Blocking]");
    assert!(direct.run(direct.job(&allowed).await).await.failure.is_none());
    assert!(world.show_create("t").await.contains("`note`"));
}

fn one_column(world: &World, column: &str, allow: &str) -> Request<Source> {
    request(world, &format!("policy: {{allow: {allow}}}\ntables:\n- name: t\n  columns:\n  - {column}\n"))
}
