//! Runs `kubectl schema plan`: shows what applying a resource would do.

use super::arguments::{PlanArguments, PlanFormat};
use super::database_target::DatabaseTarget;
use super::outcome::{CliError, Outcome};
use super::output::print;
use super::plan_view::PlanView;
use super::request::{FileRequest, from_file};
use super::{plan_sql, plan_text};
use crate::api::Reason;
use crate::reconcile::{Pass, Request, RequestSpec, Snapshot, TargetMode, reconcile_snapshot};

/// Plans, and prints the plan. Writes nothing to the database.
///
/// # Errors
/// The file or the server can't be read, the declaration can't be planned, or there is nothing to do and a verify query
/// does not hold.
pub async fn run(arguments: &PlanArguments) -> Result<Outcome, CliError> {
    let target = DatabaseTarget::from_arguments(&arguments.server)?;
    // A large file takes as long to read as a large database.
    let snapshot = Snapshot::take(&target.pipeline, &target.login, &target.database, None);
    let (FileRequest { request, .. }, snapshot) =
        tokio::try_join!(from_file(&arguments.file, &target), async { Ok::<_, CliError>(snapshot.await) })?;
    let mode = if request.spec.mode == TargetMode::Require { TargetMode::Require } else { TargetMode::Plan };
    let request = Request { spec: RequestSpec { mode, ..request.spec }, ..request };
    let Pass { report, .. } = Box::pin(reconcile_snapshot(&target.pipeline, &request, snapshot, None)).await;
    if report.plan.is_none() && report.in_sync != Some(true) || request.spec.mode == TargetMode::Require {
        report.outcome?;
        return Ok(Outcome::Done);
    }
    let view = PlanView::of(&request, &report);
    print(&match arguments.output {
        PlanFormat::Text => plan_text::render(&view, &report.verification),
        PlanFormat::Json => format!("{}\n", serde_json::to_string_pretty(&view)?),
        PlanFormat::Sql => plan_sql::render(&view),
    })?;
    match &report.outcome {
        // None of the steps of this plan would run.
        Err(not_ready) if not_ready.reason == Reason::OwnershipConflict => return Err(not_ready.clone().into()),
        _ if report.plan.is_some() => return Ok(Outcome::ToDo),
        _ => {}
    }
    report.outcome?;
    Ok(Outcome::Done)
}
