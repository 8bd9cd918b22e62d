//! The operator writes the revision into Alembic's table, and Alembic agrees.

use schema_operator::api::Reason;
use schema_operator::reconcile::{Look, Pass, Snapshot, reconcile_snapshot};

use crate::support::{DirectPipeline, World, condition, on_each_server, reason, request};

use super::tools::{CHAIN, Project, TODOBOX};
use super::{IN_SYNC, LIVE};

on_each_server!(
    alembic_finds_all_migrated_that_the_operator_made,
    a_migration_that_is_not_named_is_not_skipped,
    a_table_that_changes_meanwhile_is_not_written,
    a_table_that_the_account_may_not_write_is_named_with_its_grant,
);

const TABLE: &str = "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY)";

fn todobox(only: &[&str]) -> String {
    let (chain, only) = (CHAIN.join(", "), only.join(", "));
    format!(
        "interval: 1s\n{TODOBOX}revisionTable: {{alembic: {{chain: [{chain}], stamp: {{schemaOnly: [{only}]}}}}}}\n"
    )
}

fn small(rest: &str) -> String {
    format!("interval: 1s\n{rest}{IN_SYNC}revisionTable: {{alembic: {{chain: [a, b], stamp: {{schemaOnly: [b]}}}}}}\n")
}

/// Returns the statements of the history that wrote a revision, with their outcome.
async fn stamps(world: &World) -> Vec<String> {
    let sql = "SELECT CONCAT(outcome, ' ', revision, ' ', statement) FROM schema_operator_history WHERE step_id = 'stamp' ORDER BY id";
    world.sql(sql).await.iter().map(|row| row.text(0).to_owned()).collect()
}

async fn alembic_finds_all_migrated_that_the_operator_made(world: World) {
    let project = Project::new(world.server, &world.database, "alembic");
    let resource = world.apply_ready(&todobox(&CHAIN)).await;
    assert_eq!(
        (reason(&resource), resource.status.as_ref().unwrap().revision.as_ref().unwrap().live.clone()),
        ("InSync", vec![CHAIN[4].to_owned()])
    );
    assert!(project.alembic(&["current"]).unwrap().contains("d1f2e3c4b5a6 (head)"));
    project.alembic(&["upgrade", "head"]).unwrap();
    // Each migration can be taken back, so each is there.
    project.alembic(&["downgrade", "base"]).unwrap();
    let stamps = stamps(&world).await;
    assert!(stamps.len() == 1 && stamps[0].starts_with("done r1 INSERT INTO `alembic_version`"), "{stamps:?}");
}

async fn a_migration_that_is_not_named_is_not_skipped(world: World) {
    let project = Project::new(world.server, &world.database, "alembic");
    project.alembic(&["upgrade", "3e5106ee570c"]).unwrap();
    world.apply(&world.schema(&todobox(&CHAIN[4..]))).unwrap();
    let resource = world.wait_reason("RevisionConflict").await;
    let message = condition(&resource, "Ready").message;
    assert!(message.contains("stamp.schemaOnly does not have c682ef478e45, so nothing is changed"), "{message}");
    assert!(!world.show_create("user").await.contains("api_token"));
    // Alembic runs what may change rows, and the operator the rest.
    project.alembic(&["upgrade", "c682ef478e45"]).unwrap();
    world.wait_reason("InSync").await;
    assert!(world.show_create("user").await.contains("api_token"));
    assert!(project.alembic(&["current"]).unwrap().contains("d1f2e3c4b5a6 (head)"));
    let stamps = stamps(&world).await;
    let statement = "UPDATE `alembic_version` SET version_num = 'd1f2e3c4b5a6' WHERE version_num = 'c682ef478e45'";
    assert!(stamps.len() == 1 && stamps[0].contains(statement), "the former revision is kept: {stamps:?}");
}

async fn a_table_that_changes_meanwhile_is_not_written(world: World) {
    world.sql(&format!("{LIVE}; {TABLE}; INSERT INTO alembic_version VALUES ('a')")).await;
    let direct = DirectPipeline::new();
    let request = request(&world, &small(""));
    for (meanwhile, left) in [
        ("UPDATE alembic_version SET version_num = 'x'", "x"),
        ("DELETE FROM alembic_version; INSERT INTO alembic_version VALUES ('a'), ('y')", "a,y"),
    ] {
        world.sql("DELETE FROM alembic_version; INSERT INTO alembic_version VALUES ('a')").await;
        let snapshot = Snapshot::take(&direct.pipeline, &request.asker.login, Look::of(&request)).await;
        world.sql(meanwhile).await;
        let Pass { report, .. } = reconcile_snapshot(&direct.pipeline, &request, snapshot, None).await;
        assert_eq!(report.outcome.unwrap_err().reason, Reason::ChangedConcurrently, "{meanwhile}");
        let rows = world.sql("SELECT GROUP_CONCAT(version_num ORDER BY version_num) FROM alembic_version").await;
        assert_eq!(rows[0].text(0), left, "{meanwhile}");
    }
    let stamps = stamps(&world).await;
    assert!(stamps.len() == 2 && stamps.iter().all(|stamp| stamp.starts_with("failed ")), "{stamps:?}");
    // Without a row that it read, it writes none either.
    world.sql("DELETE FROM alembic_version").await;
    let request = self::request(&world, &small("").replace("[b]", "[a, b]"));
    let snapshot = Snapshot::take(&direct.pipeline, &request.asker.login, Look::of(&request)).await;
    world.sql("INSERT INTO alembic_version VALUES ('a')").await;
    let Pass { report, .. } = reconcile_snapshot(&direct.pipeline, &request, snapshot, None).await;
    assert_eq!(report.outcome.unwrap_err().reason, Reason::ChangedConcurrently);
    assert_eq!(world.sql("SELECT version_num FROM alembic_version").await[0].text(0), "a");
}

async fn a_table_that_the_account_may_not_write_is_named_with_its_grant(world: World) {
    world.sql(&format!("{LIVE}; {TABLE}; INSERT INTO alembic_version VALUES ('a')")).await;
    let secret = world.account("secret", "SELECT, CREATE, ALTER").await;
    let name = &world.database;
    for table in ["schema_operator_history", "schema_operator_record"] {
        world.sql(&format!("GRANT CREATE, INSERT, UPDATE ON {name}.{table} TO {name}@'%'")).await;
    }
    world.apply(&secret).unwrap();
    // In mode Plan nothing is written.
    world.apply(&world.schema(&small("mode: Plan\n"))).unwrap();
    assert_eq!(reason(&world.wait_ready().await), "RevisionBehind");
    world.apply(&world.schema(&small(""))).unwrap();
    let resource = world.wait_reason("MissingPrivilege").await;
    let message = condition(&resource, "Ready").message;
    assert!(message.contains(&format!("GRANT CREATE, INSERT, UPDATE ON `{name}`.`alembic_version`")), "{message}");
    assert_eq!(world.sql("SELECT version_num FROM alembic_version").await[0].text(0), "a");
    world.sql(&format!("GRANT CREATE, INSERT, UPDATE ON {name}.alembic_version TO {name}@'%'")).await;
    world.wait_reason("InSync").await;
    assert_eq!(world.sql("SELECT version_num FROM alembic_version").await[0].text(0), "b");
    world.sql(&format!("DROP USER {name}@'%'")).await;
}
