//! The progress of a long statement.

use super::{large_table, row_count};
use crate::support::{World, on_each_server, plan};

on_each_server!(a_long_statement_reports_its_progress);

async fn a_long_statement_reports_its_progress(world: World) {
    // A reconcile waits two seconds for a quick change.
    large_table(&world, 19).await;
    let before = row_count(&world).await;
    let spec = "
policy: {allow: [Blocking]}
tables:
- name: t
  columns:
  - {name: id, type: bigint}
";
    world.apply(&world.schema(spec)).unwrap();
    let resource = world
        .wait("its progress", |resource| {
            let steps = resource.status.iter().flat_map(|status| &status.plan).flat_map(|plan| &plan.steps);
            steps.into_iter().any(|step| step.progress.is_some_and(|percent| percent < 100))
        })
        .await;
    let step = &plan(&resource).steps[0];
    assert_eq!(step.state, schema_operator::api::StepState::Running);
    let ready = world.wait_ready().await;
    let step = &plan(&ready).steps[0];
    assert_eq!((step.progress, step.message.as_deref()), (None, None), "it is done");
    assert_eq!(row_count(&world).await, before);
}
