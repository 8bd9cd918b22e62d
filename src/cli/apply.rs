//! `kubectl schema apply`: changes the database, through the same gate as the operator and with the same record.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::arguments::ApplyArguments;
use super::database_target::DatabaseTarget;
use super::outcome::{CliError, Outcome};
use super::output::print;
use super::plan::verified;
use super::progress::{Progress, line};
use super::view::View;
use super::{request, text};
use crate::api::{DatabaseSchema, Health, Mode, Reason};
use crate::reconcile::{
    Applied, ChangeRegistry, ChangeState, Job, NotReady, Pass, Report, Request, counted, reconcile,
};

/// How often a plan may follow another: somebody else may change the database meanwhile, but not for ever.
const MAX_PLANS: u32 = 5;

/// How often a change is looked at while it runs.
const GLANCE: Duration = Duration::from_millis(200);

/// Applies; prints each statement as soon as it has ended, and how far the running one is.
///
/// # Errors
/// The file or the server can't be read, the declaration can't be planned, a statement fails, or a verify query does
/// not hold.
pub async fn run(arguments: &ApplyArguments) -> Result<Outcome, CliError> {
    let target = DatabaseTarget::read(&arguments.server)?;
    let (resource, request) = request::from_file(&arguments.file, &target).await?;
    may_apply(&resource)?;
    let changes = ChangeRegistry::new(target.pipeline.servers.clone(), 1, Arc::new(|_uid| ()));
    let mut done = 0;
    let mut after: Option<Applied> = None;
    for _ in 0..MAX_PLANS {
        let Pass { report, change } = reconcile(&target.pipeline, &request, after.as_ref()).await;
        let Some(job) = change else { return conclude(&request, &report, done) };
        let applied = carry_out(&changes, job).await?;
        done += applied.statements.iter().filter(|statement| statement.failure.is_none()).count();
        after = Some(applied);
    }
    Err(CliError::NoEnd(MAX_PLANS))
}

/// Whoever wrote into the file that nothing is to be changed is believed.
fn may_apply(resource: &DatabaseSchema) -> Result<(), NotReady> {
    let spec = &resource.spec;
    if spec.is_suspended() {
        return Err(NotReady::new(Reason::Suspended, "spec.suspend is true, so the database is left alone"));
    }
    if spec.mode != Mode::Apply {
        let message = format!("spec.mode is {:?}, so nothing is changed; Apply changes", spec.mode);
        return Err(NotReady::new(Reason::Planned, message));
    }
    Ok(())
}

/// Runs the steps of a job. An interrupt lets the running statement end; a second one leaves it to the server.
async fn carry_out(changes: &ChangeRegistry, job: Job) -> Result<Applied, CliError> {
    let uid = job.request.asker.uid.clone();
    let mut progress = Progress::of(&job);
    let mut interrupts = 0;
    let mut interrupt = pin!(tokio::signal::ctrl_c());
    changes.start(job);
    loop {
        tokio::select! {
            () = changes.wait(&uid, GLANCE) => {}
            _ = &mut interrupt => {
                interrupt.set(tokio::signal::ctrl_c());
                interrupts += 1;
                changes.stop(&uid);
                progress.clear();
                if interrupts == 1 {
                    eprintln!("kubectl-schema: waiting for the running statement; interrupt again to leave it alone");
                }
            }
        }
        match changes.state(&uid) {
            ChangeState::Running(_) if interrupts > 1 => return Err(CliError::Interrupted),
            ChangeState::Running(course) => progress.glance(&course)?,
            ChangeState::Ended(applied) => {
                progress.end(&applied)?;
                return Ok(applied);
            }
            ChangeState::None => return Err(CliError::Interrupted),
        }
    }
}

/// Says where the database stands now.
fn conclude<D>(request: &Request<D>, report: &Report, done: usize) -> Result<Outcome, CliError> {
    let view = View::of(request, report);
    let ran = counted(done, "statement");
    match &report.outcome {
        Ok(()) => {
            let verified = match verified(report) {
                0 => String::new(),
                number => format!("; {} as expected", counted(number, "verify query")),
            };
            print(&format!("{ran} done; all that is declared is live{verified}.\n"))?;
            Ok(Outcome::Done)
        }
        Err(not_ready) if not_ready.reason.row().health == Health::Suspended => {
            for step in &view.steps {
                line("waits", &step.statement)?;
            }
            let why = if not_ready.reason == Reason::AwaitingApproval { text::waiting(&view) } else { None };
            print(&format!("{ran} done; {}.\n", why.as_ref().unwrap_or(&not_ready.message)))?;
            Ok(Outcome::ToDo)
        }
        Err(not_ready) => Err(not_ready.clone().into()),
    }
}
