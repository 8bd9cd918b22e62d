//! Runs `kubectl schema apply`: changes a database through the same gate as the operator, and with the same record.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::arguments::ApplyArguments;
use super::database_target::DatabaseTarget;
use super::outcome::{CliError, Outcome};
use super::output::{one_line, print, report};
use super::plan_text::{verified, waiting_for_consent};
use super::plan_view::PlanView;
use super::progress::{ProgressPrinter, print_statement};
use super::request::{FileRequest, from_file};
use crate::api::{DatabaseSchema, Health, Mode, Reason};
use crate::reconcile::{
    Applied, ChangeRegistry, ChangeState, Job, NotReady, Pass, Report, Request, counted, reconcile,
};

/// How many plans may follow each other: another client may change the database meanwhile, but not for ever.
const MAX_PLANS: u32 = 5;

/// The time between two looks at a change that runs.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Applies, and prints each statement as soon as it has ended, and how far the running one is.
///
/// # Errors
/// The file or the server can't be read, the declaration can't be planned, a statement fails, or a verify query does
/// not hold.
pub async fn run(arguments: &ApplyArguments) -> Result<Outcome, CliError> {
    let target = DatabaseTarget::from_arguments(&arguments.server)?;
    let FileRequest { resource, request } = from_file(&arguments.file, &target).await?;
    may_apply(&resource)?;
    let changes = ChangeRegistry::new(target.pipeline.servers.clone(), 1, Arc::new(|_uid| ()));
    let mut done = 0;
    let mut after: Option<Applied> = None;
    for _ in 0..MAX_PLANS {
        let Pass { report, change } = reconcile(&target.pipeline, &request, after.as_ref()).await;
        let Some(job) = change else { return conclude(&request, &report, done) };
        let applied = run_job(&changes, job).await?;
        done += applied.statements.iter().filter(|statement| statement.failure.is_none()).count();
        after = Some(applied);
    }
    Err(CliError::TooManyPlans(MAX_PLANS))
}

/// Checks that the file itself does not say to change nothing.
pub fn may_apply(resource: &DatabaseSchema) -> Result<(), NotReady> {
    let spec = &resource.spec;
    if spec.is_suspended() {
        return Err(NotReady::new(Reason::Suspended, "spec.suspend is true, so the database is left alone"));
    }
    let mode = match spec.mode {
        Mode::Apply => return Ok(()),
        Mode::Plan => "Plan",
        Mode::Require => "Require",
    };
    let message = format!("spec.mode is {mode}, so nothing is changed; set it to Apply to change the database");
    Err(NotReady::new(Reason::Planned, message))
}

/// Whether nothing is wrong, and a person or a time is waited for.
pub fn waits(not_ready: &NotReady) -> bool {
    not_ready.reason.row().health == Health::Suspended
}

/// Runs the steps of a job. An interrupt lets the running statement end; a second one leaves it to the server.
async fn run_job(changes: &ChangeRegistry, job: Job) -> Result<Applied, CliError> {
    let uid = job.request.asker.uid.clone();
    let mut printer = ProgressPrinter::new(&job);
    let mut interrupts = 0;
    let mut interrupt = pin!(tokio::signal::ctrl_c());
    changes.start(job);
    loop {
        tokio::select! {
            () = changes.wait(&uid, POLL_INTERVAL) => {}
            _ = &mut interrupt => {
                interrupt.set(tokio::signal::ctrl_c());
                interrupts += 1;
                changes.stop(&uid);
                printer.clear();
                if interrupts == 1 {
                    report("waiting for the running statement; interrupt again to leave it alone");
                }
            }
        }
        match changes.state(&uid) {
            ChangeState::Running(_) if interrupts > 1 => return Err(CliError::Interrupted),
            ChangeState::Running(progress) => printer.update(&progress)?,
            ChangeState::Ended(applied) => {
                printer.end(&applied)?;
                return Ok(applied);
            }
            ChangeState::None => return Err(CliError::Interrupted),
        }
    }
}

/// Prints the state that the database is in now.
fn conclude<D>(request: &Request<D>, report: &Report, done: usize) -> Result<Outcome, CliError> {
    let view = PlanView::of(request, report, report.outcome.as_ref().err());
    let ran = counted(done, "statement");
    match &report.outcome {
        Ok(()) => {
            let note = view.remark.as_ref().map(|remark| format!("Note: {}.\n", one_line(remark))).unwrap_or_default();
            print(&format!("{ran} done; all that is declared is live{}.\n{note}", verified(&report.verification)))?;
            Ok(Outcome::Done)
        }
        Err(not_ready) if waits(not_ready) => {
            for step in &view.steps {
                print_statement("waits", &step.statement)?;
            }
            let why = if not_ready.reason == Reason::AwaitingApproval { waiting_for_consent(&view) } else { None };
            print(&format!("{ran} done; {}.\n", why.as_ref().unwrap_or(&not_ready.message)))?;
            Ok(Outcome::ToDo)
        }
        Err(not_ready) => Err(not_ready.clone().into()),
    }
}
