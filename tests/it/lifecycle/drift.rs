//! Drift that `policy.drift` only reports.

use schema_operator::api::DatabaseSchema;

use crate::support::{Server, World, condition, on_each_server, reason};

on_each_server!(
    reported_drift_is_listed_and_left_alone,
    all_kinds_of_drift_are_listed_also_by_the_next_operator,
    reported_drift_survives_another_commit,
    what_was_dropped_by_hand_comes_back_with_consent_alone,
);

const SPEC: &str = "
interval: 1s
policy: {drift: Report}
tables:
- name: user
  columns:
  - {name: id, type: int, nullable: false}
  - {name: email, type: varchar(120), comment: where to}
  indexes:
  - {name: ix_user_email, columns: [email], unique: true}
";

async fn reported_drift_is_listed_and_left_alone(world: World) {
    world.apply_ready(SPEC).await;
    world.sql("ALTER TABLE user DROP INDEX ix_user_email, MODIFY email varchar(64) COMMENT 'where to'").await;
    let changed = world.show_create("user").await;
    let drifted =
        world.wait("all drift", |resource| resource.status.as_ref().is_some_and(|status| status.drift.len() == 2));
    let resource = drifted.await;
    assert_eq!(reason(&resource), "Drifted");
    let in_sync = condition(&resource, "InSync");
    assert_eq!((in_sync.status, in_sync.reason), ("False", "Drifted"));
    assert_eq!((condition(&resource, "Stalled").status, condition(&resource, "Reconciling").status), ("True", "False"));
    let drift = &resource.status.as_ref().unwrap().drift;
    let of = |object: &str| drift.iter().find(|drift| drift.object == object).unwrap_or_else(|| panic!("{drift:?}"));
    let (column, index) = (of("column user.email"), of("index user.ix_user_email"));
    assert!(column.declared.contains("varchar(120)") && column.live.contains("varchar(64)"), "{column:?}");
    assert_eq!(index.live, "absent");
    assert!(index.declared.contains("ix_user_email"), "{index:?}");
    world.operator.wait_for_logs("policy.drift Report changes nothing", 4).await;
    assert_eq!(world.show_create("user").await, changed, "the drift is left as it is");
    world.sql("ALTER TABLE user ADD UNIQUE ix_user_email (email), MODIFY email varchar(120) COMMENT 'where to'").await;
    let ready = world.wait_ready().await;
    assert!(ready.status.unwrap().drift.is_empty());
}

const WHOLE: &str = "
interval: 1s
policy: {drift: Report, allow: [Blocking, Breaking, Destructive]}
tables:
- name: user
  columns:
  - {name: id, type: int, nullable: false}
  - {name: team, type: int}
  - {name: old, state: Absent}
  primaryKey: [id]
  foreignKeys:
  - {name: user_team, columns: [team], references: {table: team, columns: [id]}}
  checks:
  - {name: positive, expression: id > 0}
  options: {comment: who}
- name: team
  columns:
  - {name: id, type: int, nullable: false}
  primaryKey: [id]
- name: other
  columns:
  - {name: id, type: int}
";

async fn all_kinds_of_drift_are_listed_also_by_the_next_operator(mut world: World) {
    world.apply_ready(WHOLE).await;
    world.kill_operator().await;
    let word = if matches!(world.server, Server::MySql) { "CHECK" } else { "CONSTRAINT" };
    let changes = format!(
        "DROP TABLE other; ALTER TABLE user DROP FOREIGN KEY user_team; ALTER TABLE user DROP {word} positive, ADD old int,
         COMMENT 'nobody', DROP PRIMARY KEY, ADD PRIMARY KEY (id, team)"
    );
    world.sql(&changes).await;
    let changed = world.show_create("user").await;
    world.start_operator().await;
    let resource = world.wait_reason("Drifted").await;
    let drift = &resource.status.as_ref().unwrap().drift;
    for (object, declared, live) in [
        ("table other", "present", "absent"),
        ("foreign key user.user_team", "FOREIGN KEY", "absent"),
        ("check user.positive", "id", "absent"),
        ("column user.old", "absent", "int"),
        ("options of user", "who", "nobody"),
        ("primary key of user", "(`id`)", "(`id`, `team`)"),
    ] {
        let found = drift.iter().find(|drift| drift.object == object).unwrap_or_else(|| panic!("{object}: {drift:?}"));
        assert!(found.declared.contains(declared) && found.live.contains(live), "{found:?}");
    }
    world.operator.wait_for_logs("policy.drift Report changes nothing", 3).await;
    assert_eq!(world.show_create("user").await, changed);
    assert!(!world.tables().await.contains(&"other".to_owned()));
}

async fn reported_drift_survives_another_commit(mut world: World) {
    world.apply_ready(SPEC).await;
    world.sql("ALTER TABLE user DROP INDEX ix_user_email, MODIFY email varchar(64) COMMENT 'where to'").await;
    // The commit arrives before drift was seen, at an operator that knows it from the database alone.
    world.kill_operator().await;
    let more = SPEC.replace("  indexes:", "  - {name: phone, type: varchar(20)}\n  indexes:");
    world.apply(&world.schema(&more)).unwrap();
    world.start_operator().await;
    let drifted = |resource: &DatabaseSchema| {
        let drift = resource.status.as_ref().map(|status| &status.drift);
        let objects: Option<Vec<&str>> = drift.map(|drift| drift.iter().map(|one| one.object.as_str()).collect());
        let is_current =
            resource.status.as_ref().and_then(|status| status.observed_generation) == resource.metadata.generation;
        is_current
            && reason(resource) == "Drifted"
            && objects.is_some_and(|objects| objects == ["column user.email", "index user.ix_user_email"])
    };
    world.wait("the drift", drifted).await;
    let definition = world.show_create("user").await;
    assert!(definition.contains("`phone`") && definition.contains("varchar(64)"), "{definition}");
    assert!(!definition.contains("ix_user_email"), "{definition}");
    // A commit about the column puts the column right.
    let about = more.replace("comment: where to", "comment: to whom");
    world.apply(&world.schema(&about)).unwrap();
    let left = |resource: &DatabaseSchema| {
        let drift = resource.status.as_ref().map(|status| &status.drift);
        reason(resource) == "Drifted"
            && drift.is_some_and(|drift| drift.len() == 1 && drift[0].object == "index user.ix_user_email")
    };
    world.wait("the rest of the drift", left).await;
    let definition = world.show_create("user").await;
    assert!(definition.contains("varchar(120)") && definition.contains("to whom"), "{definition}");
}

async fn what_was_dropped_by_hand_comes_back_with_consent_alone(mut world: World) {
    let spec = |allow: &str| {
        format!(
            "interval: 1s\npolicy: {{allow: [{allow}]}}\ntables:\n- name: orders\n  columns: [{{name: id, type: int}}]\n- name: user\n  \
             columns: [{{name: id, type: int}}, {{name: note, type: varchar(20)}}]\n"
        )
    };
    world.apply_ready(&spec("")).await;
    world.sql("INSERT INTO user VALUES (1, 'x'); DROP TABLE orders; ALTER TABLE user DROP COLUMN note").await;
    let said = |resource: &DatabaseSchema, words: &str| {
        let plan = resource.status.as_ref().and_then(|status| status.plan.as_ref());
        let messages: Vec<&str> =
            plan.iter().flat_map(|plan| &plan.steps).filter_map(|step| step.message.as_deref()).collect();
        reason(resource) == "AwaitingApproval"
            && messages.len() == 2
            && messages.iter().all(|message| message.contains(words))
    };
    world.wait("what is gone", |resource| said(resource, "was found missing at")).await;
    // Neither another operator nor another commit makes it silently.
    world.kill_operator().await;
    world.start_operator().await;
    world.apply(&world.schema(&spec("Blocking"))).unwrap();
    let resource = world.wait("what is still gone", |resource| {
        let is_current =
            resource.status.as_ref().and_then(|status| status.observed_generation) == resource.metadata.generation;
        is_current && said(resource, "was here since")
    });
    let plan = resource.await.status.unwrap().plan.unwrap();
    assert_eq!(plan.risks, "Breaking");
    assert!(!world.tables().await.contains(&"orders".to_owned()));
    // A table that is restored by hand waits for nothing.
    world.sql("CREATE TABLE orders (id int)").await;
    world
        .wait("the rest", |resource| {
            resource.status.as_ref().and_then(|status| status.plan.as_ref()).is_some_and(|plan| plan.steps.len() == 1)
        })
        .await;
    world.apply_ready(&spec("Breaking")).await;
    assert!(world.show_create("user").await.contains("`note`"));
}
