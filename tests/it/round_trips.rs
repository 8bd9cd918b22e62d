//! What a change costs in messages, on a server alone. Each one is a round trip to a database that may be far away.

use schema_operator::declare::Source;
use schema_operator::reconcile::{Pass, Request, reconcile};

use crate::support::{DirectPipeline, World, on_each_server, request};

on_each_server!(a_plan_that_needs_no_gate_takes_few_messages);

/// The messages of a pass, a change and another pass, with a history and a record. The pass reads the schema, and in
/// full the table that changes. The change enters the database, takes the lock, reads and writes the claim, reads the
/// table again (two), writes the history's row, runs the statement, writes its end, and gives the lock back. The last
/// pass reads the schema, and records what is applied now.
const WITHOUT_GATES: u64 = 2 + 10 + 2;

/// The messages that gates and preflights add: how many rows the table has, and whether the server is the primary,
/// before the change and before the record of it.
const GATES: u64 = 3;

async fn a_plan_that_needs_no_gate_takes_few_messages(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY)").await;
    let direct = DirectPipeline::new();
    // The first change creates the operator's tables.
    apply(&direct, &with_columns(&world, &["a"])).await;
    let before = direct.traffic.round_trips();
    apply(&direct, &with_columns(&world, &["a", "b"])).await;
    assert_eq!(direct.traffic.round_trips() - before, WITHOUT_GATES + GATES);
}

/// Runs a pass, the change, and another pass.
async fn apply(direct: &DirectPipeline, request: &Request<Source>) {
    let applied = direct.run(direct.job(request).await).await;
    let Pass { report, .. } = reconcile(&direct.pipeline, request, Some(&applied)).await;
    assert!(report.outcome.is_ok(), "{report:?}");
}

fn with_columns(world: &World, names: &[&str]) -> Request<Source> {
    let columns: String = names.iter().map(|name| format!("  - {{name: {name}, type: int}}\n")).collect();
    request(world, &format!("tables:\n- name: t\n  columns:\n{columns}"))
}
