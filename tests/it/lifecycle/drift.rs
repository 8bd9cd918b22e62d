//! Drift that `policy.drift` only reports.

use crate::support::{Server, World, condition, on_each_server, reason};

on_each_server!(reported_drift_is_listed_and_left_alone, all_kinds_of_drift_are_listed_also_by_the_next_operator);

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
