//! Partitions: declared, changed and left alone, on each server.

mod changes;
mod preservation;
mod reading;

use schema_operator::api::{DatabaseSchema, StepStatus};

use crate::support::World;

const COLUMNS: &str = "  columns:\n  - {name: id, type: int, nullable: false}\n  - {name: d, type: date, nullable: false}\n  \
                       - {name: s, type: varchar(20), nullable: false, charset: utf8mb4}\n";

fn table(name: &str, partitioning: &str) -> String {
    format!("- name: {name}\n{COLUMNS}  partitioning: {partitioning}\n")
}

fn spec(partitioning: &str) -> String {
    format!("interval: 1s\npolicy: {{allow: [Blocking, Breaking]}}\ntables:\n{}", table("t", partitioning))
}

async fn last_statement(world: &World) -> String {
    world.sql("SELECT statement FROM schema_operator_history ORDER BY id DESC LIMIT 1").await[0].text(0).to_owned()
}

fn steps(resource: &DatabaseSchema) -> Vec<StepStatus> {
    resource.status.clone().and_then(|status| status.plan).map(|plan| plan.steps).unwrap_or_default()
}
