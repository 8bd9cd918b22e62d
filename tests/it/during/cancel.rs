//! A person ends the running statement without a login to the database.

use schema_operator::api::{DatabaseSchema, PlanStatus, StepState};

use super::{large_table, row_count, wait_for_copy};
use crate::support::{Approver, OpenTransaction, World, condition, on_each_server, plan};

on_each_server!(
    a_cancelled_plan_ends_and_waits,
    what_the_status_did_not_show_of_a_cancelled_plan_waits_too,
    a_rejected_plan_begins_no_further_step
);

/// The number of rows in the table. Counting them would wait behind the statement.
const ROWS: &str = "262144";

/// A new table, and another one that is copied.
const SPEC: &str = "
policy: {allow: [Blocking]}
tables:
- name: new
  columns:
  - {name: id, type: int}
- name: t
  columns:
  - {name: id, type: bigint}
";

/// Brings a world to where a statement has copied the rows of `t`, and waits at its end for a transaction.
async fn at_the_end(world: &World) -> OpenTransaction {
    large_table(world, 16).await;
    world.apply(&world.schema(SPEC)).unwrap();
    wait_for_copy(world).await;
    let reader = world.open_transaction("SELECT id FROM t LIMIT 1").await;
    world.wait_for_a_blocked_statement().await;
    reader
}

async fn a_cancelled_plan_ends_and_waits(world: World) {
    let reader = at_the_end(&world).await;
    let ann = Approver::new(&world);
    let cancelled = plan(&world.resource().await).id.clone();
    let output = ann.schema(&["cancel", "todobox", "--plan", &cancelled]);
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).ends_with("cancelled by ann\n"), "{output:?}");
    // The reader is still there: the operator does not wait for it.
    let refused = world.wait_reason("PlanRefused").await;
    let message = condition(&refused, "Stalled").message;
    assert!(message.contains(&format!("ann cancelled plan {cancelled}, of which plan ")), "{message}");
    let status = refused.status.as_ref().unwrap();
    let refusal = status.refusal.as_ref().unwrap();
    assert_eq!((refusal.by.as_str(), refusal.plan_id.as_str(), refusal.steps.len()), ("ann", cancelled.as_str(), 1));
    assert_eq!(status.history[0].outcome, schema_operator::api::Outcome::Failed);
    let history = world.sql("SELECT outcome, message FROM schema_operator_history ORDER BY id DESC LIMIT 1").await;
    assert_eq!(history[0].text(0), "failed");
    assert!(history[0].text(1).contains("ann cancelled the statement"), "{history:?}");
    world.wait_event("StatementFailed", "ann cancelled").await;
    drop(reader);
    // What is left does not run by itself, whatever the id of its plan is by now.
    let looks = world.operator.logged("ann cancelled plan");
    world.nudge("todobox");
    world.operator.wait_for_logs("ann cancelled plan", looks + 1).await;
    assert!(world.show_create("t").await.contains("`id` int"), "{}", world.show_create("t").await);
    assert_eq!(row_count(&world).await, ROWS);
    ann.approve(plan(&world.resource().await));
    world.wait_ready().await;
    assert!(world.show_create("t").await.contains("`id` bigint"));
    assert_eq!(row_count(&world).await, ROWS);
}

/// The steps that fit into the status are done when the plan is cancelled.
async fn what_the_status_did_not_show_of_a_cancelled_plan_waits_too(world: World) {
    const TABLES: usize = 24;
    let comment = "long ".repeat(200);
    let columns: Vec<String> = (0..10).map(|at| format!("c{at} varchar(64) COMMENT '{comment}'")).collect();
    for at in 0..TABLES {
        world.sql(&format!("CREATE TABLE t{at:02} ({})", columns.join(", "))).await;
    }
    let reader = world.open_transaction("SELECT c0 FROM t23").await;
    let columns: String = (0..10).map(|at| format!("  - {{name: c{at}, type: varchar(10)}}\n")).collect();
    let tables: String = (0..TABLES).map(|at| format!("- name: t{at:02}\n  columns:\n{columns}")).collect();
    let policy = "policy: {allow: [Blocking, Breaking, Destructive, Unknown], lockWait: 1h}";
    world.apply(&world.schema(&format!("{policy}\ntables:\n{tables}"))).unwrap();
    let is_done = |plan: &PlanStatus| plan.steps.iter().all(|step| step.state == StepState::Done);
    let plan_of = |found: &DatabaseSchema| found.status.as_ref().and_then(|status| status.plan.clone());
    let is_shown_done = |found: &DatabaseSchema| plan_of(found).as_ref().is_some_and(is_done);
    let running = world.wait("all that is shown is done", is_shown_done).await;
    world.wait_for_a_blocked_statement().await;
    let cancelled = plan(&running);
    assert!(!cancelled.steps.is_empty() && cancelled.omitted_steps > Some(0), "{cancelled:?}");
    let ann = Approver::new(&world);
    let output = ann.schema(&["cancel", "todobox", "--plan", &cancelled.id]);
    assert!(output.status.success(), "{output:?}");
    let refused = world.wait_reason("PlanRefused").await;
    assert_eq!(refused.status.as_ref().unwrap().refusal.as_ref().unwrap().steps.len(), 1, "{refused:?}");
    drop(reader);
    let looks = world.operator.logged("ann cancelled plan");
    world.nudge("todobox");
    world.operator.wait_for_logs("ann cancelled plan", looks + 1).await;
    assert_eq!(world.column_type("t23", "c0").await, "varchar(64)");
}

async fn a_rejected_plan_begins_no_further_step(world: World) {
    let reader = at_the_end(&world).await;
    let more = SPEC.to_owned() + "  indexes:\n  - {name: by_note, columns: [note]}\n";
    reader.commit().await;
    world.wait_ready().await;
    world.sql("ALTER TABLE t MODIFY id int NOT NULL AUTO_INCREMENT").await;
    let reader = world.open_transaction("SELECT id FROM t LIMIT 1").await;
    world.apply(&world.schema(&more.replace("policy: {", "policy: {lockWait: 60s, "))).unwrap();
    world.wait_for_a_blocked_statement().await;
    let rejected = plan(&world.resource().await).id.clone();
    let output = Approver::new(&world).schema(&["reject", "todobox", "--plan", &rejected]);
    assert!(output.status.success(), "{output:?}");
    world.operator.wait_for_log("a change begins no further step").await;
    reader.commit().await;
    let refused = world.wait_reason("PlanRefused").await;
    let message = condition(&refused, "Stalled").message;
    assert!(message.contains(&format!("ann rejected plan {rejected}, of which plan ")), "{message}");
}
