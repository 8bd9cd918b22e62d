//! A step with a risk waits until a person allows it.

use schema_operator::api::{DatabaseSchema, RiskSpec, StepState};

use crate::support::{Server, World, condition, on_each_server, plan};

on_each_server!(
    a_narrower_column_waits_for_policy_allow,
    a_narrower_column_waits_for_its_own_allow,
    a_small_table_is_copied_and_a_large_one_waits,
    a_spec_changed_while_waiting_is_taken_at_once,
    a_step_without_a_risk_does_not_wait_for_others,
);

const LIVE: &str = "CREATE TABLE t (id int PRIMARY KEY, note varchar(64)); INSERT INTO t VALUES (1, 'a'), (2, 'b')";

fn narrower(allow: &str) -> String {
    format!("tables:\n- name: t\n  columns:\n  - {{name: note, type: varchar(10){allow}}}\n")
}

/// Waits for AwaitingApproval, and returns the resource and the risks of its plan.
async fn wait_for_approval(world: &World) -> (DatabaseSchema, String) {
    let resource = world.wait_reason("AwaitingApproval").await;
    for kind in ["Reconciling", "Stalled"] {
        assert_eq!(condition(&resource, kind).status, "False", "{kind}");
    }
    let risks = plan(&resource).risks.clone();
    (resource, risks)
}

async fn a_narrower_column_waits_for_policy_allow(world: World) {
    world.sql(LIVE).await;
    world.apply(&world.schema(&narrower(""))).unwrap();
    let (resource, risks) = wait_for_approval(&world).await;
    assert!(risks.contains("Breaking") && risks.contains("Destructive"), "{risks}");
    let step = plan(&resource).steps[0].clone();
    assert_eq!(step.state, StepState::AwaitingApproval);
    assert!(step.risks.contains(&RiskSpec::Breaking) && step.risks.contains(&RiskSpec::Destructive), "{step:?}");
    let message = condition(&resource, "Ready").message;
    assert!(message.contains("t.note") && message.contains("policy.allow"), "{message}");
    let listed = world.kubectl(&["get", "dbs"], "").unwrap();
    assert!(listed.contains("AwaitingApproval") && listed.contains(&risks), "{listed}");
    assert_eq!(world.column_type("t", "note").await, "varchar(64)");
    // One of two risks is not enough.
    world.apply(&world.schema(&format!("policy: {{allow: [Breaking]}}\n{}", narrower("")))).unwrap();
    let (resource, _) = wait_for_approval(&world).await;
    assert!(condition(&resource, "Ready").message.contains("is Destructive"), "{resource:?}");
    world.apply_ready(&format!("policy: {{allow: [Breaking, Destructive]}}\n{}", narrower(""))).await;
    assert_eq!(world.column_type("t", "note").await, "varchar(10)");
    assert_eq!(world.sql("SELECT GROUP_CONCAT(note ORDER BY id) FROM t").await[0].text(0), "a,b");
}

async fn a_narrower_column_waits_for_its_own_allow(world: World) {
    world.sql(LIVE).await;
    world.apply(&world.schema(&narrower(""))).unwrap();
    wait_for_approval(&world).await;
    let ready = world.apply_ready(&narrower(", allow: [Breaking, Destructive]")).await;
    let status = ready.status.unwrap();
    assert_eq!(status.plan.unwrap().risks, "", "what is done is no risk any more");
    assert_eq!(status.observed_generation, Some(2));
    assert_eq!(world.column_type("t", "note").await, "varchar(10)");
}

async fn a_small_table_is_copied_and_a_large_one_waits(world: World) {
    world.sql(LIVE).await;
    let wider = |rows: &str| {
        format!("policy: {{smallTableRows: {rows}}}\ntables:\n- name: t\n  columns:\n  - {{name: id, type: bigint}}\n")
    };
    world.apply(&world.schema(&wider("1"))).unwrap();
    let (resource, risks) = wait_for_approval(&world).await;
    assert_eq!(risks, "Blocking");
    let plan = resource.status.unwrap().plan.unwrap();
    // MariaDB from 11.2 on lets other sessions write while it copies, but it copies the whole table all the same.
    let lock = if world.server == Server::MariaDbNewest { "NONE" } else { "SHARED" };
    assert_eq!((plan.steps[0].algorithm.as_str(), plan.steps[0].lock.as_deref()), ("COPY", Some(lock)));
    assert!(plan.steps[0].disk.is_some() && plan.steps[0].disk == plan.steps[0].bytes, "{:?}", plan.steps[0]);
    assert!(plan.steps[0].rows.is_some_and(|rows| rows >= 2), "{:?}", plan.steps[0]);
    world.apply_ready(&wider("2")).await;
}

async fn a_spec_changed_while_waiting_is_taken_at_once(world: World) {
    world.sql(LIVE).await;
    world.apply(&world.schema(&narrower(""))).unwrap();
    wait_for_approval(&world).await;
    let ready = world.apply_ready("tables:\n- name: t\n  columns:\n  - {name: note, type: varchar(64)}\n").await;
    assert_eq!(ready.status.unwrap().observed_generation, Some(2));
    assert_eq!(world.column_type("t", "note").await, "varchar(64)", "what is no longer declared is not done");
}

async fn a_step_without_a_risk_does_not_wait_for_others(world: World) {
    world.sql(LIVE).await;
    let spec = format!("{}- name: other\n  columns:\n  - {{name: id, type: int}}\n", narrower(""));
    world.apply(&world.schema(&spec)).unwrap();
    wait_for_approval(&world).await;
    assert_eq!(world.tables().await, ["other", "schema_operator_history", "schema_operator_record", "t"]);
    assert_eq!(world.column_type("t", "note").await, "varchar(64)");
}
