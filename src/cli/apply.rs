//! `kubectl schema apply`: changes the database, through the same gate as the operator and with the same record.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::arguments::ApplyArguments;
use super::error::CliError;
use super::plan::verified;
use super::target::Target;
use super::view::View;
use super::{Outcome, file, history, print, text};
use crate::api::{DatabaseSchema, Health, Mode, Reason};
use crate::reconcile::{Applied, ChangeState, Changes, Job, NotReady, Pass, Report, Request, counted, reconcile};

/// How often a plan may follow another: somebody else may change the database meanwhile, but not for ever.
const MAX_PLANS: u32 = 5;

/// How often the history is looked at while a change runs.
const GLANCE: Duration = Duration::from_millis(200);

/// Applies, and prints each statement as soon as it has ended.
///
/// # Errors
/// The file or the server can't be read, the declaration can't be planned, a statement fails, or a verify query does
/// not hold.
pub async fn run(arguments: &ApplyArguments) -> Result<Outcome, CliError> {
    let target = Target::read(&arguments.server)?;
    let (resource, request) = file::request(&arguments.file, &target).await?;
    may_apply(&resource)?;
    let changes = Changes::new(target.pipeline.servers.clone(), 1, Arc::new(|_uid| ()));
    let mut done = 0;
    let mut after: Option<Applied> = None;
    for _ in 0..MAX_PLANS {
        let Pass { report, change } = reconcile(&target.pipeline, &request, after.as_ref()).await;
        let Some(job) = change else { return conclude(&request, &report, done) };
        let applied = carry_out(&changes, &target, job).await?;
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
async fn carry_out(changes: &Changes, target: &Target, job: Job) -> Result<Applied, CliError> {
    let uid = job.request.uid.clone();
    let mut progress = Progress { target, uid: &uid, printed: 0 };
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
                if interrupts == 1 {
                    eprintln!("kubectl-schema: waiting for the running statement; interrupt again to leave it alone");
                }
            }
        }
        match changes.state(&uid) {
            ChangeState::Running(_) if interrupts > 1 => return Err(CliError::Interrupted),
            ChangeState::Running(_) => progress.glance().await?,
            ChangeState::Ended(applied) => {
                progress.rest(&applied)?;
                return Ok(applied);
            }
            ChangeState::None => return Err(CliError::Interrupted),
        }
    }
}

/// What has been printed of a change under way. Where it has come to stands in the history, as for any other change.
struct Progress<'a> {
    target: &'a Target,
    uid: &'a str,
    printed: usize,
}

impl Progress<'_> {
    async fn glance(&mut self) -> Result<(), CliError> {
        let Ok(mut session) = self.target.session().await else { return Ok(()) };
        // The table may not be there yet. What can't be read now is printed when the change has ended.
        let Ok(rows) = history::read(&mut session, &self.target.database, Some(self.uid)).await else { return Ok(()) };
        let ended = rows.iter().take_while(|row| row.outcome != "running");
        for row in ended.skip(self.printed) {
            self.printed += 1;
            line(&row.outcome, &row.statement)?;
        }
        Ok(())
    }

    fn rest(&self, applied: &Applied) -> Result<(), CliError> {
        for statement in applied.statements.iter().skip(self.printed) {
            line(if statement.failure.is_some() { "failed" } else { "done" }, &statement.statement)?;
        }
        Ok(())
    }
}

fn line(outcome: &str, statement: &str) -> Result<(), CliError> {
    print(&format!("{outcome:7} {};\n", statement.replace('\n', "\n        ")))
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
