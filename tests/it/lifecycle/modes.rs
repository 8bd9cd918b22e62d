//! Mode Plan, suspension, deletion: the ways in which the operator leaves a database alone.

use crate::support::{World, condition, is_ready, on_each_server};

on_each_server!(
    nothing_is_changed_for_a_namespace_that_is_being_deleted,
    mode_plan_shows_the_plan_and_writes_nothing,
    a_suspended_resource_is_left_alone,
    a_deleted_resource_leaves_its_database,
    a_deleted_resource_gives_its_claims_back_though_its_entry_is_unreadable,
);

const TABLE: &str = "
tables:
- name: user
  columns:
  - {name: id, type: int, nullable: false, autoIncrement: true}
  - {name: api_token, type: varchar(255)}
  primaryKey: [id]
  indexes:
  - {name: ix_user_api_token, columns: [api_token], unique: true}
";
const LIVE: &str = "CREATE TABLE user (id int NOT NULL AUTO_INCREMENT PRIMARY KEY); INSERT INTO user VALUES (1)";

async fn mode_plan_shows_the_plan_and_writes_nothing(world: World) {
    world.sql(LIVE).await;
    let before = world.show_create("user").await;
    world.apply(&world.schema(&format!("mode: Plan\ninterval: 1s\n{TABLE}"))).unwrap();
    let resource = world.wait_reason("Planned").await;
    let status = resource.status.as_ref().unwrap();
    let plan = status.plan.as_ref().unwrap();
    let statements: Vec<&str> = plan.steps.iter().map(|step| step.statement.as_str()).collect();
    assert_eq!(statements.len(), 2, "{statements:?}");
    assert!(statements[0].starts_with("ALTER TABLE `user` ADD COLUMN `api_token` varchar(255)"), "{statements:?}");
    assert!(statements[1].contains("ADD UNIQUE INDEX `ix_user_api_token` (`api_token`)"), "{statements:?}");
    let undo = plan.steps[0].undo.as_deref();
    assert_eq!(undo, Some("ALTER TABLE `user` DROP COLUMN `api_token`"));
    assert_eq!((plan.steps[0].rows, plan.steps[0].algorithm.as_str()), (Some(1), "INSTANT"));
    assert_eq!(status.revision.as_ref().and_then(|revision| revision.applied.as_deref()), None);
    for kind in ["Reconciling", "Stalled"] {
        assert_eq!(condition(&resource, kind).status, "False", "{kind}");
    }
    assert_eq!(condition(&resource, "InSync").status, "False");
    world.operator.wait_for_logs("mode Plan changes nothing", 3).await;
    assert_eq!(world.tables().await, ["user"], "no history table either");
    assert_eq!(world.show_create("user").await, before);
    let plan_id = plan.id.clone();
    let ready = world.apply_ready(TABLE).await;
    let history = &ready.status.as_ref().unwrap().history;
    assert_eq!((history[0].plan_id.as_str(), history[0].statements), (plan_id.as_str(), 2), "what was shown was done");
}

async fn a_suspended_resource_is_left_alone(world: World) {
    world.sql(LIVE).await;
    world.apply(&world.schema(&format!("suspend: true\n{TABLE}"))).unwrap();
    let resource = world.wait_reason("Suspended").await;
    assert_eq!(
        (condition(&resource, "Reconciling").status, condition(&resource, "Stalled").status),
        ("False", "False")
    );
    assert_eq!(condition(&resource, "InSync").status, "Unknown");
    assert_eq!(world.tables().await, ["user"]);
    world.apply_ready(TABLE).await;
    world.apply(&world.schema(&format!("suspend: true\n{TABLE}"))).unwrap();
    let suspended = world.wait_reason("Suspended").await;
    assert_eq!(condition(&suspended, "Reachable").status, "True", "nothing new is known of it");
    world.sql("DROP INDEX ix_user_api_token ON user").await;
    let looks = world.operator.logged("spec.suspend is true");
    world.nudge("todobox");
    world.operator.wait_for_logs("spec.suspend is true", looks + 1).await;
    assert!(world.sql("SHOW INDEX FROM user WHERE Key_name = 'ix_user_api_token'").await.is_empty());
}

async fn a_deleted_resource_leaves_its_database(world: World) {
    world.apply_ready(&format!("interval: 1s\n{TABLE}")).await;
    world.sql("INSERT INTO user (api_token) VALUES ('kept')").await;
    let (tables, definition) = (world.tables().await, world.show_create("user").await);
    world.delete("todobox");
    // Another resource's measurements show that the operator goes on, and is done with the first one.
    world.apply(&world.schema_named("other", "interval: 1s\ntables: [{name: user, columns: [{name: id}]}]")).unwrap();
    world.wait_named("other", "Ready", is_ready).await;
    world.operator.wait_for_measurements(2).await;
    world.sql("DROP INDEX ix_user_api_token ON user").await;
    world.operator.wait_for_measurements(3).await;
    assert_eq!(world.tables().await, tables);
    assert!(definition.contains("ix_user_api_token") && !world.show_create("user").await.contains("ix_user_api_token"));
    assert_eq!(world.sql("SELECT api_token FROM user").await[0].text(0), "kept");
}

async fn a_deleted_resource_gives_its_claims_back_though_its_entry_is_unreadable(world: World) {
    world.apply_ready(TABLE).await;
    let claims = "SELECT COUNT(*) FROM schema_operator_record WHERE claims IS NOT NULL";
    assert_eq!(world.sql(claims).await[0].text(0), "1");
    world.sql("UPDATE schema_operator_record SET declared = 'garbage' WHERE resource <> 'lock'").await;
    world.delete("todobox");
    world.wait_sql("the claims' return", claims, |count| count == "0").await;
}

async fn nothing_is_changed_for_a_namespace_that_is_being_deleted(world: World) {
    const SPEC: &str = "tables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";
    world.apply_ready(SPEC).await;
    // Without a controller for namespaces, it stays as it is while it is being deleted.
    world.kubectl(&["delete", "namespace", &world.namespace, "--wait=false"], "").unwrap();
    world.apply(&world.schema(&format!("{SPEC}  - {{name: note, type: int}}\n"))).unwrap();
    let resource = world.wait_reason("Suspended").await;
    assert!(condition(&resource, "Ready").message.contains("namespace is being deleted"), "{resource:?}");
    assert!(!world.show_create("t").await.contains("note"));
}
