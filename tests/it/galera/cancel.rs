//! A statement that all nodes execute can't be ended.

use super::cluster::Cluster;
use super::{lock_table, waiting_statement, world_at};
use crate::support::{Approver, condition, reason};

const TABLE: &str = "tables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_statement_runs_to_its_end_and_says_so() {
    let cluster = Cluster::alone().await;
    let world = world_at(&cluster, 1).await;
    world.apply_ready(TABLE).await;
    let name = &world.database;
    let lock = lock_table(&cluster, 1, &format!("{name}.t")).await;
    let spec = TABLE.to_owned() + "  - {name: note, type: varchar(20)}\n";
    world.apply(&world.schema(&spec)).unwrap();
    cluster.wait(1, "the statement waits", &waiting_statement(&world), |count| count == "1").await;
    let ann = Approver::new(&world);
    let running = world.resource().await.status.unwrap().plan.unwrap().id;
    let output = ann.schema(&["cancel", "todobox", "--plan", &running]);
    assert!(output.status.success(), "{output:?}");
    let told = world
        .wait("it says that it can't be ended", |resource| {
            condition(resource, "Ready").message.contains("can't be ended")
        })
        .await;
    let message = condition(&told, "Ready").message;
    assert!(message.contains("ann cancelled it") && message.contains("1095"), "{message}");
    assert_eq!(reason(&told), "Applying");
    drop(lock);
    let columns = format!(
        "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '{name}' AND COLUMN_NAME = 'note'"
    );
    cluster.wait(2, "the column is there", &columns, |count| count == "1").await;
    world.wait("the change has ended", |resource| reason(resource) != "Applying").await;
    let history =
        format!("SELECT GROUP_CONCAT(outcome) FROM {name}.schema_operator_history WHERE statement LIKE '%note%'");
    assert_eq!(cluster.ask(3, &history).await, "done");
}
