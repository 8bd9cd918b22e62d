//! What a resource says of a migration tool's table, and what it leaves alone.

use schema_operator::api::{DatabaseSchema, Reason};
use schema_operator::reconcile::{Pass, reconcile};

use crate::support::{DirectPipeline, World, condition, on_each_server, reason, request};

use super::{IN_SYNC, LIVE, WITH_STEP};

on_each_server!(
    an_unknown_revision_stops_all_until_it_is_known,
    a_revision_that_changes_before_a_step_stops_it,
    the_tools_table_is_never_removed,
    the_table_is_read_in_the_message_that_reads_the_schema,
);

const TABLE: &str = "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY)";

fn with_chain(spec: &str, chain: &str) -> String {
    format!("interval: 1s\n{spec}revisionTable: {{alembic: {{chain: [{chain}]}}}}\n")
}

fn live(resource: &DatabaseSchema) -> Vec<String> {
    resource.status.as_ref().and_then(|status| status.revision.as_ref()).map(|revision| revision.live.clone()).unwrap()
}

async fn an_unknown_revision_stops_all_until_it_is_known(world: World) {
    world.sql(&format!("{LIVE}; {TABLE}; INSERT INTO alembic_version VALUES ('gone')")).await;
    world.apply(&world.schema(&with_chain(WITH_STEP, "a, b"))).unwrap();
    let resource = world.wait_reason("RevisionUnknown").await;
    assert_eq!(live(&resource), ["gone"]);
    assert_eq!([condition(&resource, "Stalled").status, condition(&resource, "InSync").status], ["True", "False"]);
    assert_eq!(resource.status.as_ref().unwrap().revision.as_ref().unwrap().applied, None);
    assert!(!world.show_create("t").await.contains("added"));
    world.check_that_nothing_was_run().await;
    // What is in sync is not Ready either.
    world.apply(&world.schema(&with_chain(IN_SYNC, "a, b"))).unwrap();
    let in_sync = |resource: &DatabaseSchema| condition(resource, "InSync").status == "True";
    assert_eq!(reason(&world.wait("in sync", in_sync).await), "RevisionUnknown");
    world.sql("UPDATE alembic_version SET version_num = 'a'").await;
    let resource = world.wait_ready().await;
    assert_eq!((reason(&resource), live(&resource)), ("RevisionBehind", vec!["a".to_owned()]));
    world.sql("UPDATE alembic_version SET version_num = 'b'").await;
    let resource = world.wait_reason("InSync").await;
    assert_eq!((condition(&resource, "Ready").status, live(&resource)), ("True", vec!["b".to_owned()]));
    world.sql("DROP TABLE alembic_version").await;
    let resource = world.wait_reason("RevisionTableMissing").await;
    assert_eq!((condition(&resource, "Ready").status, live(&resource)), ("True", Vec::new()));
}

async fn a_revision_that_changes_before_a_step_stops_it(world: World) {
    world.sql(&format!("{LIVE}; {TABLE}; INSERT INTO alembic_version VALUES ('a')")).await;
    let direct = DirectPipeline::new();
    let request = request(&world, &with_chain(WITH_STEP, "a, b"));
    let job = direct.job(&request).await;
    world.sql("UPDATE alembic_version SET version_num = 'gone'").await;
    let failure = direct.run(job).await.failure.unwrap();
    assert_eq!(failure.reason, Reason::RevisionUnknown, "{failure:?}");
    assert!(!world.show_create("t").await.contains("added"));
    world.sql("UPDATE alembic_version SET version_num = 'b'").await;
    let applied = direct.run(direct.job(&request).await).await;
    assert_eq!(applied.failure, None);
    assert!(reconcile(&direct.pipeline, &request, Some(&applied)).await.report.outcome.is_ok());
}

/// It was declared, and made, before the spec called it the tool's.
async fn the_tools_table_is_never_removed(world: World) {
    let versions = "{name: versions, columns: [{name: version_num, type: varchar(32), nullable: false}], primaryKey: [version_num]}";
    let with = |tables: &str, rest: &str| {
        format!(
            "interval: 1s\ntables: [{tables}]\npolicy: {{undeclared: Remove, allow: [Breaking, Destructive]}}\n{rest}"
        )
    };
    let t = "{name: t, columns: [{name: id, type: int}]}";
    let u = "{name: u, columns: [{name: id, type: int}]}";
    world.apply_ready(&with(&format!("{t}, {u}, {versions}"), "")).await;
    world.sql("INSERT INTO versions VALUES ('a')").await;
    let chain = "revisionTable: {alembic: {chain: [a], table: versions}}\n";
    world.apply_ready(&with(t, chain)).await;
    let tables = world.tables().await;
    assert!(tables.contains(&"versions".to_owned()) && !tables.contains(&"u".to_owned()), "{tables:?}");
    assert_eq!(world.sql("SELECT version_num FROM versions").await[0].text(0), "a");
}

async fn the_table_is_read_in_the_message_that_reads_the_schema(world: World) {
    world.sql(&format!("{LIVE}; {TABLE}; INSERT INTO alembic_version VALUES ('b')")).await;
    let direct = DirectPipeline::new();
    let mut messages = Vec::new();
    for spec in [IN_SYNC.to_owned(), with_chain(IN_SYNC, "a, b")] {
        let request = request(&world, &spec);
        // The first pass makes the record.
        for _ in 0..2 {
            let before = direct.traffic.round_trips();
            let Pass { report, .. } = reconcile(&direct.pipeline, &request, None).await;
            assert!(report.outcome.is_ok(), "{report:?}");
            messages.push(direct.traffic.round_trips() - before);
        }
    }
    assert_eq!(messages[1], messages[3], "{messages:?}");
}
