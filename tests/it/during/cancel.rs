//! A person ends the running statement without a login to the database.

use super::{large_table, row_count, wait_for_copy};
use crate::support::{Approver, OpenTransaction, World, condition, on_each_server, plan};

on_each_server!(a_cancelled_plan_ends_and_waits, a_rejected_plan_begins_no_further_step);

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
