//! The history in the database can be switched off.

use crate::support::{Approver, World, condition, on_each_server};

on_each_server!(without_a_history_nothing_of_it_is_needed, an_approval_is_kept_in_the_status_alone);

fn spec(history: &str, columns: &str) -> String {
    format!("interval: 1s\npolicy: {{history: {history}}}\ntables:\n- name: t\n  columns: [{columns}]\n")
}

async fn without_a_history_nothing_of_it_is_needed(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY)").await;
    world.apply(&world.account("secret-word", "SELECT, CREATE, ALTER").await).unwrap();
    let name = &world.database;
    world.sql(&format!("GRANT CREATE, INSERT, UPDATE ON {name}.schema_operator_record TO {name}@'%'")).await;
    let (a, b) = ("{name: a, type: int}", "{name: b, type: int}");
    let resource = world.apply_ready(&spec("StatusOnly", a)).await;
    assert_eq!(world.tables().await, ["schema_operator_record", "t"]);
    let status = resource.status.unwrap();
    assert_eq!((status.history.len(), status.history[0].statements), (1, 1), "{:?}", status.history);
    let record = world.sql("SELECT claims IS NOT NULL FROM schema_operator_record WHERE resource <> 'lock'").await;
    assert_eq!(record[0].text(0), "1", "claims are kept");

    // With a history the same account lacks a privilege.
    world.apply(&world.schema(&spec("Table", &format!("{a}, {b}")))).unwrap();
    let resource = world.wait_reason("MissingPrivilege").await;
    let message = condition(&resource, "Ready").message;
    assert!(message.contains("schema_operator_history"), "{message}");
    assert!(!world.show_create("t").await.contains("`b`"));
    world.sql(&format!("GRANT CREATE, INSERT, UPDATE ON {name}.schema_operator_history TO {name}@'%'")).await;
    world.nudge("todobox");
    world.wait_ready().await;
    let rows = "SELECT statement, outcome FROM schema_operator_history";
    let before = world.sql(rows).await;
    assert!(before.len() == 1 && before[0].text(0).contains("`b`"), "{before:?}");

    // Switched off again, the history keeps its rows.
    world.apply_ready(&spec("StatusOnly", &format!("{a}, {b}, {{name: c, type: int}}"))).await;
    assert!(world.show_create("t").await.contains("`c`"));
    assert_eq!(world.sql(rows).await, before);
}

async fn an_approval_is_kept_in_the_status_alone(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY, note varchar(64)); INSERT INTO t VALUES (1, 'a')").await;
    let ann = Approver::new(&world);
    world.apply(&world.schema(&spec("StatusOnly", "{name: note, type: varchar(10)}"))).unwrap();
    let waiting = world.wait_reason("AwaitingApproval").await.status.unwrap().plan.unwrap();
    ann.approve(&waiting);
    let approval = world.wait_ready().await.status.unwrap().approval.unwrap();
    assert_eq!((approval.by.as_str(), &approval.plan_id), ("ann", &waiting.id));
    assert_eq!((&approval.steps, &approval.spent), (&vec![waiting.steps[0].id.clone()], &approval.steps));
    assert_eq!(world.tables().await, ["schema_operator_record", "t"]);
    // The approval is spent, though no history says so.
    world.sql("ALTER TABLE t MODIFY note varchar(64)").await;
    let again = world.wait_reason("AwaitingApproval").await.status.unwrap().plan.unwrap();
    assert_eq!(again.id, waiting.id);
}
