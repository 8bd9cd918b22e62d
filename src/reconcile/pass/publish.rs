//! Last stage: writes the record, verifies what is in sync, stamps a migration tool's table, and hands out the change.

use super::context::Context;
use super::decide::{Decision, Next};
use super::outcome::Pass;
use super::stamp::stamped;
use super::verify::verified;
use crate::reconcile::claims::write_record;
use crate::reconcile::report::Report;

/// Does what follows from a decision. A change is handed to the caller, who begins it once the report is published.
pub async fn publish(context: Context<'_>, decision: Decision) -> Pass {
    let Decision { report, next } = decision;
    let (settled, verifies) = match next {
        Next::Run(job) => return Pass { report, change: Some(*job) },
        Next::Nothing => return report.into(),
        Next::Record(settled) => (settled, false),
        Next::Verify(settled) => (settled, true),
    };
    let turns = &context.pipeline.write_turns;
    match write_record(context.servers(), turns, &settled.request, &settled.record).await {
        Err(not_ready) => report.ending(not_ready).into(),
        Ok(recorded) if verifies => {
            let report = verified(context, &settled.request, Report { recorded, ..report }).await;
            stamped(context.servers(), &settled, report).await.into()
        }
        Ok(recorded) => Report { recorded, ..report }.into(),
    }
}
