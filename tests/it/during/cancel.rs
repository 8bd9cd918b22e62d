//! A person has the statement that runs ended, without a login to the database.

use super::{alter, large_table, rows};
use crate::support::{Approver, World, condition, on_each_server};

on_each_server!(a_cancelled_plan_ends_and_waits, a_rejected_plan_does_not_go_on_by_halves);

/// How many rows the table has: to count them is to wait behind the statement.
const ROWS: &str = "262144";

/// A new table, and another one that is written anew.
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

/// A world in whose table `t` a statement copies rows, and has come to its end, where somebody holds it up.
async fn at_the_end(world: &World) -> schema_operator::mysql::Session {
    large_table(world, 16).await;
    world.apply(&world.schema(SPEC)).unwrap();
    let (alter, prefix) = (alter(world), world.server.sessions().1);
    let works = format!("SELECT COUNT(*) FROM {alter} AND {prefix}state = 'copy to tmp table'");
    world.wait_sql("the table is being copied", &works, |count| count == "1").await;
    let mut reader = world.session().await;
    reader.batch("a test's transaction", "START TRANSACTION; SELECT id FROM t LIMIT 1").await.unwrap();
    world.wait_for_a_blocked_statement().await;
    reader
}

fn plan_id(resource: &schema_operator::api::DatabaseSchema) -> String {
    resource.status.as_ref().unwrap().plan.as_ref().unwrap().id.clone()
}

async fn a_cancelled_plan_ends_and_waits(world: World) {
    let reader = at_the_end(&world).await;
    let ann = Approver::new(&world);
    let plan = plan_id(&world.resource().await);
    let output = ann.schema(&["cancel", "todobox", "--plan", &plan]);
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).ends_with("cancelled by ann\n"), "{output:?}");
    // The reader is still there: it is not waited for.
    let refused = world.wait_reason("PlanRefused").await;
    let message = condition(&refused, "Stalled").2;
    assert!(message.contains(&format!("ann cancelled plan {plan}, of which plan ")), "{message}");
    let status = refused.status.as_ref().unwrap();
    let refusal = status.refusal.as_ref().unwrap();
    assert_eq!((refusal.by.as_str(), refusal.plan_id.as_str(), refusal.steps.len()), ("ann", plan.as_str(), 1));
    assert_eq!(status.history[0].outcome, schema_operator::api::Outcome::Failed);
    let history = world.sql("SELECT outcome, message FROM schema_operator_history ORDER BY id DESC LIMIT 1").await;
    assert_eq!(history[0].text(0), "failed");
    assert!(history[0].text(1).contains("ann cancelled the statement"), "{history:?}");
    assert!(world.events("StatementFailed").iter().any(|note| note.contains("ann cancelled")));
    drop(reader);
    // What is left does not run by itself, whatever its plan is called by now.
    let looks = world.operator.logged("ann cancelled plan");
    world.kubectl(&["annotate", "dbs", "todobox", "look=now"], "").unwrap();
    world.operator.wait_for_logs("ann cancelled plan", looks + 1).await;
    assert!(world.show_create("t").await.contains("`id` int"), "{}", world.show_create("t").await);
    assert_eq!(rows(&world).await, ROWS);
    ann.approve(world.resource().await.status.unwrap().plan.as_ref().unwrap());
    world.wait_ready().await;
    assert!(world.show_create("t").await.contains("`id` bigint"));
    assert_eq!(rows(&world).await, ROWS);
}

async fn a_rejected_plan_does_not_go_on_by_halves(world: World) {
    let mut reader = at_the_end(&world).await;
    let more = SPEC.to_owned() + "  indexes:\n  - {name: by_note, columns: [note]}\n";
    reader.batch("a test's transaction", "COMMIT").await.unwrap();
    world.wait_ready().await;
    world.sql("ALTER TABLE t MODIFY id int NOT NULL AUTO_INCREMENT").await;
    let mut reader = world.session().await;
    reader.batch("a test's transaction", "START TRANSACTION; SELECT id FROM t LIMIT 1").await.unwrap();
    world.apply(&world.schema(&more.replace("policy: {", "policy: {lockWait: 60s, "))).unwrap();
    world.wait_for_a_blocked_statement().await;
    let plan = plan_id(&world.resource().await);
    let output = Approver::new(&world).schema(&["reject", "todobox", "--plan", &plan]);
    assert!(output.status.success(), "{output:?}");
    world.operator.wait_for_log("a change begins no further step").await;
    reader.batch("a test's transaction", "COMMIT").await.unwrap();
    let refused = world.wait_reason("PlanRefused").await;
    let message = condition(&refused, "Stalled").2;
    assert!(message.contains(&format!("ann rejected plan {plan}, of which plan ")), "{message}");
}
