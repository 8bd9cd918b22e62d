//! The operator leaves a table alone while another tool changes it.

use schema_operator::api::StepState;

use crate::support::{World, condition, on_each_server};

on_each_server!(a_table_under_an_online_change_waits_alone, tables_of_a_tool_are_left_alone);

const TWO: &str = "tables:\n- name: busy\n  columns:\n  - {name: added, type: int}\n- name: idle\n  columns:\n  - {name: \
                   added, type: int}\n";

async fn has_column(world: &World, table: &str) -> bool {
    !world.sql(&format!("SHOW COLUMNS FROM {table} LIKE 'added'")).await.is_empty()
}

async fn a_table_under_an_online_change_waits_alone(world: World) {
    world.sql("CREATE TABLE busy (id int); CREATE TABLE idle (id int)").await;
    // The tables and triggers that gh-ost and pt-online-schema-change keep while they work.
    for (tool, starts, ends) in [
        (
            "gh-ost",
            "CREATE TABLE _busy_ghc (id int); CREATE TABLE _busy_gho (id int)",
            "RENAME TABLE busy TO _busy_del, _busy_gho TO busy; DROP TABLE _busy_ghc, _busy_del",
        ),
        (
            "pt-online-schema-change",
            "CREATE TABLE _busy_new LIKE busy; CREATE TRIGGER pt_osc_test_busy_ins AFTER INSERT ON busy FOR EACH ROW \
             REPLACE INTO _busy_new (id) VALUES (NEW.id)",
            "DROP TRIGGER pt_osc_test_busy_ins; RENAME TABLE busy TO _busy_old, _busy_new TO busy; DROP TABLE _busy_old",
        ),
    ] {
        world.sql(starts).await;
        world.apply(&world.schema(TWO)).unwrap();
        let resource = world.wait_reason("OnlineChange").await;
        let message = condition(&resource, "Ready").message;
        assert!(message.contains(tool) && message.contains("works on table busy: it keeps table _busy_"), "{message}");
        assert_eq!(condition(&resource, "Reconciling").status, "True");
        let steps = resource.status.unwrap().plan.unwrap().steps;
        assert_eq!((steps.len(), steps[0].state), (1, StepState::Waiting), "{steps:?}");
        assert!(!has_column(&world, "busy").await && has_column(&world, "idle").await);
        world.sql(ends).await;
        world.wait_ready().await;
        assert!(has_column(&world, "busy").await);
        world.delete("todobox");
        world.sql("ALTER TABLE busy DROP COLUMN added; ALTER TABLE idle DROP COLUMN added").await;
    }
}

async fn tables_of_a_tool_are_left_alone(world: World) {
    let kept = ["_t_gho", "_t_ghc", "_t_ghk", "_t_del", "_t_new", "_t_old", "_t_chkpnt", "_t_sentinel"];
    let declared = "interval: 1s\npolicy: {undeclared: Remove, allow: [Breaking, Destructive]}\ntables:\n- name: t\n  \
                    columns:\n  - {name: id, type: int}\n";
    world.apply_ready(&format!("{declared}- name: gone\n  columns:\n  - {{name: id, type: int}}\n")).await;
    for table in kept {
        world.sql(&format!("CREATE TABLE {table} (id int)")).await;
    }
    world.apply_ready(declared).await;
    let left = world.tables().await;
    assert!(!left.contains(&"gone".to_owned()), "what was declared once is removed: {left:?}");
    for table in kept {
        assert!(left.iter().any(|name| name == table), "{table}: {left:?}");
    }
    assert_eq!(world.resource().await.status.unwrap().undeclared.unwrap().tables, 0);
}
