//! Runs `kubectl schema plan`: shows what applying a resource would do.

use super::apply::{may_apply, waits};
use super::arguments::{PlanArguments, PlanFormat};
use super::database_target::DatabaseTarget;
use super::outcome::{CliError, Outcome};
use super::output::print;
use super::plan_view::PlanView;
use super::request::{FileRequest, from_file};
use super::{plan_sql, plan_text};
use crate::api::{DatabaseSchema, Reason};
use crate::reconcile::{Look, NotReady, Pass, Report, Request, RequestSpec, Snapshot, TargetMode, reconcile_snapshot};

/// Plans, and prints the plan. Writes nothing to the database.
///
/// # Errors
/// The file or the server can't be read, the declaration can't be planned, or there is nothing to do and a verify query
/// does not hold.
pub async fn run(arguments: &PlanArguments) -> Result<Outcome, CliError> {
    let target = DatabaseTarget::from_arguments(&arguments.server)?;
    // A large file takes as long to read as a large database.
    let look = Look { database: &target.database, owner: None, migrations: None };
    let snapshot = Snapshot::take(&target.pipeline, &target.login, look);
    let (FileRequest { resource, request }, snapshot) =
        tokio::try_join!(from_file(&arguments.file, &target), async { Ok::<_, CliError>(snapshot.await) })?;
    let snapshot = match (&request.spec.chain, snapshot) {
        (Some(chain), Ok(snapshot)) => {
            snapshot.with_revisions(&target.pipeline, &target.login, &target.database, &chain.table).await
        }
        (_, snapshot) => snapshot,
    };
    let mode = if request.spec.mode == TargetMode::Require { TargetMode::Require } else { TargetMode::Plan };
    let request = Request { spec: RequestSpec { mode, ..request.spec }, ..request };
    let Pass { report, .. } = Box::pin(reconcile_snapshot(&target.pipeline, &request, snapshot, None)).await;
    if report.plan.is_none() && report.in_sync != Some(true) || request.spec.mode == TargetMode::Require {
        report.outcome?;
        return Ok(Outcome::Done);
    }
    let first = first_report(&resource, &report);
    let view = PlanView::of(&request, &report, first.as_ref());
    print(&match arguments.output {
        PlanFormat::Text => plan_text::render(&view, &report.verification),
        PlanFormat::Json => format!("{}\n", serde_json::to_string_pretty(&view)?),
        PlanFormat::Sql => plan_sql::render(&view)?,
    })?;
    match first {
        None => Ok(Outcome::Done),
        Some(first) if first.reason == Reason::Applying || waits(&first) => Ok(Outcome::ToDo),
        // None of the steps of this plan would run.
        Some(first) => Err(first.into()),
    }
}

/// Returns what applying the file would report first; `None` where there is nothing to do.
fn first_report(resource: &DatabaseSchema, report: &Report) -> Option<NotReady> {
    let outcome = report.if_applied.as_ref().or(report.outcome.as_ref().err());
    let is_planned = report.plan.is_some();
    let unwanted = may_apply(resource).err().filter(|_| is_planned);
    unwanted.or_else(|| outcome.cloned())
}
