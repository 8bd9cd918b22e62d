//! Steps that fail on rows that no query counts: they run once for each spec and approval, and hold up no others.

use schema_operator::api::{DatabaseSchema, StepState, StepStatus};

use crate::support::{Approver, World, condition, on_each_server, plan};

on_each_server!(
    a_copy_that_fails_on_a_row_runs_once_for_each_spec,
    a_copy_that_fails_on_a_row_runs_once_for_each_approval,
);

const LIVE: &str =
    "CREATE TABLE a (id int PRIMARY KEY, amount varchar(20)); INSERT INTO a VALUES (1, '12'), (2, 'many');
  CREATE TABLE b (id int PRIMARY KEY, amount int)";

const TABLES: &str = "
tables:
- name: a
  columns: [{name: amount, type: int}]
  indexes: [{name: by_n, columns: [amount]}]
- name: b
  indexes: [{name: by_n, columns: [amount]}]
";

fn step<'a>(resource: &'a DatabaseSchema, object: &str) -> &'a StepStatus {
    let plan = plan(resource);
    plan.steps.iter().find(|step| step.object.contains(object)).unwrap_or_else(|| panic!("{object}: {plan:#?}"))
}

/// Returns how often the failing statement was sent.
async fn tries(world: &World) -> String {
    let sql = "SELECT COUNT(*) FROM schema_operator_history WHERE outcome <> 'done'";
    world.sql(sql).await[0].text(0).to_owned()
}

/// Makes something that the status counts, and waits until a pass has counted it.
async fn wait_for_another_pass(world: &World, table: &str) {
    let before = world.resource().await.status.unwrap().undeclared.unwrap().tables;
    world.sql(&format!("CREATE TABLE {table} (id int)")).await;
    world.nudge("todobox");
    let counts = |resource: &DatabaseSchema| {
        resource
            .status
            .as_ref()
            .and_then(|status| status.undeclared.as_ref())
            .is_some_and(|count| count.tables > before)
    };
    world.wait("the new table is counted", counts).await;
}

async fn a_copy_that_fails_on_a_row_runs_once_for_each_spec(mut world: World) {
    world.sql(LIVE).await;
    let spec = format!("policy: {{allow: [Blocking, Breaking, Destructive, Unknown]}}\n{TABLES}");
    world.apply(&world.schema(&spec)).unwrap();
    let failed = world.wait_reason("StatementFailed").await;
    let (modify, index) = (step(&failed, "column a.amount"), step(&failed, "index a.by_n"));
    assert_eq!(modify.state, StepState::Failed, "{modify:#?}");
    assert!(
        modify.message.as_deref().is_some_and(|message| message.contains("it is tried again when the spec changes"))
    );
    assert!(
        index.message.as_deref().is_some_and(|message| message.contains("the step for column a.amount")),
        "{index:#?}"
    );
    assert!(world.show_create("b").await.contains("by_n"), "what does not wait for it goes on");
    assert_eq!(tries(&world).await, "1");

    // Neither another look nor another operator tries it again.
    wait_for_another_pass(&world, "c").await;
    world.kill_operator().await;
    world.start_operator().await;
    wait_for_another_pass(&world, "d").await;
    let failed = world.resource().await;
    assert_eq!((condition(&failed, "Ready").reason, condition(&failed, "Stalled").status), ("StatementFailed", "True"));
    assert!(condition(&failed, "Ready").message.contains("it is tried again when the spec changes"), "{failed:#?}");
    assert_eq!(tries(&world).await, "1");

    world.sql("UPDATE a SET amount = '13' WHERE id = 2").await;
    world.apply(&world.schema(&format!("interval: 2s\n{spec}"))).unwrap();
    let ready = world.wait_ready().await;
    assert!(ready.status.unwrap().failed_steps.is_empty());
    assert_eq!(tries(&world).await, "1");
}

async fn a_copy_that_fails_on_a_row_runs_once_for_each_approval(world: World) {
    world.sql(LIVE).await;
    let ann = Approver::new(&world);
    world.apply(&world.schema(&format!("policy: {{smallTableRows: 0}}\n{TABLES}"))).unwrap();
    ann.approve(plan(&world.wait_reason("AwaitingApproval").await));
    let failed = world.wait_reason("StatementFailed").await;
    assert_eq!(step(&failed, "column a.amount").state, StepState::Failed);
    wait_for_another_pass(&world, "c").await;
    assert_eq!(tries(&world).await, "1");
    ann.approve(plan(&failed));
    world
        .wait_sql("the second try", "SELECT COUNT(*) FROM schema_operator_history WHERE outcome <> 'done'", |tries| {
            tries == "2"
        })
        .await;
    let failed = world.wait_reason("StatementFailed").await;
    wait_for_another_pass(&world, "d").await;
    assert_eq!(tries(&world).await, "2");
    world.sql("UPDATE a SET amount = '13' WHERE id = 2").await;
    ann.approve(plan(&failed));
    world.wait_ready().await;
    assert_eq!(tries(&world).await, "2");
}
