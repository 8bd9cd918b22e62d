//! What somebody else changes, where policy.drift only reports it.

use crate::support::{World, condition, on_each_server};

on_each_server!(reported_drift_is_listed_and_left_alone);

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
    assert_eq!(condition(&resource, "Ready").1, "Drifted");
    assert_eq!(condition(&resource, "InSync"), ("False", "Drifted", condition(&resource, "InSync").2));
    assert_eq!((condition(&resource, "Stalled").0, condition(&resource, "Reconciling").0), ("True", "False"));
    let drift = &resource.status.as_ref().unwrap().drift;
    let of = |object: &str| drift.iter().find(|drift| drift.object == object).unwrap_or_else(|| panic!("{drift:?}"));
    let (column, index) = (of("column user.email"), of("index user.ix_user_email"));
    assert!(column.declared.contains("varchar(120)") && column.live.contains("varchar(64)"), "{column:?}");
    assert_eq!(index.live, "absent");
    assert!(index.declared.contains("ix_user_email"), "{index:?}");
    world.operator.wait_for_logs("policy.drift Report changes nothing", 4).await;
    assert_eq!(world.show_create("user").await, changed, "it is left as somebody else made it");
    world.sql("ALTER TABLE user ADD UNIQUE ix_user_email (email), MODIFY email varchar(120) COMMENT 'where to'").await;
    let ready = world.wait_ready().await;
    assert!(ready.status.unwrap().drift.is_empty());
}
