//! A person approves or rejects a plan that waits; what was approved runs once.

use crate::support::{Approver, World, condition, on_each_server, plan};

on_each_server!(
    what_was_approved_runs_once,
    a_plan_that_changed_asks_for_what_is_new,
    an_approval_is_void_when_the_facts_change,
    a_rejected_plan_is_refused_until_it_is_approved,
    an_older_history_gets_the_names_of_approvers,
);

const LIVE: &str = "CREATE TABLE t (id int PRIMARY KEY, note varchar(64)); INSERT INTO t VALUES (1, 'a'), (2, 'b');
  CREATE TABLE u (id int PRIMARY KEY, note varchar(64))";

fn narrower(table: &str) -> String {
    format!("- name: {table}\n  columns:\n  - {{name: note, type: varchar(10)}}\n")
}

async fn what_was_approved_runs_once(world: World) {
    world.sql(LIVE).await;
    let ann = Approver::new(&world);
    world.apply(&world.schema(&format!("interval: 1s\ntables:\n{}", narrower("t")))).unwrap();
    let waiting = plan(&world.wait_reason("AwaitingApproval").await).clone();
    // Rows come and go meanwhile.
    world.sql("INSERT INTO t VALUES (3, 'c'); DELETE FROM t WHERE id = 1").await;

    let other = ann.schema(&["approve", "todobox", "--plan", "000000000000"]);
    assert!(String::from_utf8_lossy(&other.stderr).contains(&format!("the plan is now {}", waiting.id)), "{other:?}");
    let asked = ann.schema(&["approve", "todobox"]);
    let shown = String::from_utf8_lossy(&asked.stdout).into_owned();
    assert!(shown.contains(&waiting.steps[0].statement) && shown.contains("Breaking, Destructive"), "{shown}");
    assert!(String::from_utf8_lossy(&asked.stderr).contains(&format!("--plan {}", waiting.id)), "{asked:?}");
    assert_eq!(asked.status.code(), Some(1));
    assert_eq!(world.column_type("t", "note").await, "varchar(64)", "a question is no consent");

    ann.approve(&waiting);
    let ready = world.wait_ready().await;
    assert_eq!(world.column_type("t", "note").await, "varchar(10)");
    let approval = ready.status.unwrap().approval.unwrap();
    assert_eq!((approval.by.as_str(), &approval.plan_id), ("ann", &waiting.id));
    assert_eq!((&approval.steps, &approval.spent), (&vec![waiting.steps[0].id.clone()], &approval.steps));
    let sql = "SELECT step_id, approved_by, approved_at IS NOT NULL FROM schema_operator_history";
    let row = world.sql(sql).await.remove(0);
    assert_eq!((row.text(0), row.text(1), row.text(2)), (waiting.steps[0].id.as_str(), "ann", "1"));

    // The very same plan again: the approval is spent, though the annotations are still there.
    world.sql("ALTER TABLE t MODIFY note varchar(64)").await;
    let again = plan(&world.wait_reason("AwaitingApproval").await).clone();
    assert_eq!(again.id, waiting.id);
    assert_eq!(world.column_type("t", "note").await, "varchar(64)");
    ann.approve(&again);
    world.wait_sql("the approved change", "SHOW COLUMNS FROM t LIKE 'note'", |_| true).await;
    world.wait_ready().await;
    assert_eq!(world.column_type("t", "note").await, "varchar(10)");
}

async fn a_plan_that_changed_asks_for_what_is_new(world: World) {
    world.sql(LIVE).await;
    let ann = Approver::new(&world);
    world.apply(&world.schema(&format!("mode: Plan\ntables:\n{}", narrower("t")))).unwrap();
    ann.approve(plan(&world.wait_reason("Planned").await));
    world.wait("the approval", |resource| resource.status.as_ref().unwrap().approval.is_some()).await;
    world.apply(&world.schema(&format!("tables:\n{}{}", narrower("t"), narrower("u")))).unwrap();
    let resource = world.wait_reason("AwaitingApproval").await;
    let message = condition(&resource, "Ready").message;
    assert!(message.contains("column u.note") && !message.contains("column t.note"), "{message}");
    assert!(message.contains("this is new since ann approved plan"), "{message}");
    let types = (world.column_type("t", "note").await, world.column_type("u", "note").await);
    assert_eq!((types.0.as_str(), types.1.as_str()), ("varchar(10)", "varchar(64)"));
    ann.approve(plan(&resource));
    world.wait_ready().await;
    assert_eq!(world.column_type("u", "note").await, "varchar(10)");
}

async fn an_approval_is_void_when_the_facts_change(world: World) {
    world.sql(LIVE).await;
    let ann = Approver::new(&world);
    world.apply(&world.schema(&format!("mode: Plan\ntables:\n{}", narrower("t")))).unwrap();
    let approved = plan(&world.wait_reason("Planned").await).clone();
    ann.approve(&approved);
    world.wait("the approval", |resource| resource.status.as_ref().unwrap().approval.is_some()).await;
    world.sql("ALTER TABLE t MODIFY note varchar(100) COMMENT 'precious'").await;
    world.apply(&world.schema(&format!("tables:\n{}", narrower("t")))).unwrap();
    let resource = world.wait_reason("AwaitingApproval").await;
    assert_ne!(plan(&resource).id, approved.id);
    assert_eq!(world.column_type("t", "note").await, "varchar(100)");
}

async fn a_rejected_plan_is_refused_until_it_is_approved(world: World) {
    world.sql(LIVE).await;
    let ann = Approver::new(&world);
    world.apply(&world.schema(&format!("tables:\n{}", narrower("t")))).unwrap();
    let waiting = plan(&world.wait_reason("AwaitingApproval").await).clone();
    let output = ann.schema(&["reject", "todobox", "--plan", &waiting.id]);
    assert!(output.status.success(), "{output:?}");
    let refused = world.wait_reason("PlanRefused").await;
    assert!(condition(&refused, "Stalled").message.starts_with("ann rejected plan"), "{refused:?}");
    assert_eq!(plan(&refused).rejected_by.as_deref(), Some("ann"));
    ann.approve(&waiting);
    world.wait_ready().await;
    assert_eq!(world.column_type("t", "note").await, "varchar(10)");
}

async fn an_older_history_gets_the_names_of_approvers(world: World) {
    world.apply_ready("tables:\n- name: t\n  columns:\n  - {name: id, type: int}\n").await;
    world.sql("ALTER TABLE schema_operator_history DROP COLUMN approved_by, DROP COLUMN approved_at").await;
    world.apply_ready("tables:\n- name: t\n  columns:\n  - {name: id, type: int}\n  - {name: a, type: int}\n").await;
    let rows = world.sql("SELECT approved_by IS NULL, outcome FROM schema_operator_history ORDER BY id").await;
    assert_eq!((rows.len(), rows[1].text(0), rows[1].text(1)), (2, "1", "done"));
}
