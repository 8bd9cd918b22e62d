//! Waits where another session holds the lock of the database: for the end of a statement that an earlier run of the
//! operator began for this very resource. Any other holder is named, and not waited for.

use std::time::Duration;

use super::change_task::{ChangeTask, Notice};
use super::watcher::{WatchedStatement, Watcher};
use crate::api::Reason;
use crate::mysql::{Process, Servers};
use crate::plan::Step;
use crate::reconcile::job::Job;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::statement_mark::{StatementMark, find_connection};

/// Waits until `holder` has ended its statement, where that is one of this resource.
///
/// # Errors
/// [`Reason::LockHeld`] names a holder that runs another statement. [`Reason::Interrupted`] where the change is stopped
/// before the statement has ended, and [`Reason::PlanRefused`] where a person cancelled it.
pub async fn wait_for_holder(
    servers: &Servers,
    job: &Job,
    task: &ChangeTask,
    holder: Option<u64>,
) -> Result<(), NotReady> {
    let Some(connection) = holder else {
        return Err(NotReady::new(Reason::LockHeld, "another session was changing this schema a moment ago"));
    };
    let request = &job.request;
    let process = find_connection(servers, request, connection).await.map_err(|error| NotReady::connecting(&error))?;
    let Some(process) = process else { return Err(lock_held(connection, None)) };
    let Some(mark) = StatementMark::read(&process.statement).filter(|mark| mark.uid == request.asker.uid) else {
        return Err(lock_held(connection, Some(&process)));
    };
    let step = job.steps.iter().find(|step| step.id == mark.step_id);
    let object = step.map_or_else(|| format!("step {}", mark.step_id), Step::object);
    let message = format!(
        "connection {connection} still runs a statement that an earlier run of the operator began {} s ago, for {object}; \
         the operator waits for its end",
        process.age.as_secs()
    );
    tracing::info!(connection, step = mark.step_id, "a statement of an earlier run is found, and waited for");
    task.begin_step(mark.step_id);
    task.tell_notice(Notice::Orphan(message.clone()));
    let watched = WatchedStatement {
        login: &request.asker.login,
        database: &request.spec.database,
        table: step.map_or(&request.spec.database, |step| &step.table),
        connection,
        lock_wait: request.spec.lock_wait,
    };
    let mut watcher = Watcher::of_orphan(servers, watched, task, &process);
    follow(&mut watcher, task, mark, message).await?;
    match watcher.cancelled_by() {
        Some(by) => Err(NotReady::new(Reason::PlanRefused, format!("{by} cancelled the statement for {object}"))),
        None => Ok(()),
    }
}

/// Watches the statement with this mark until it has ended, or the change is stopped. A cancelled statement is still
/// watched to its end.
async fn follow(
    watcher: &mut Watcher<'_>,
    task: &ChangeTask,
    mark: StatementMark<'_>,
    message: String,
) -> Result<(), NotReady> {
    let is_same = |now: &Process| StatementMark::read(&now.statement) == Some(mark);
    loop {
        tokio::select! {
            followed = watcher.follow(is_same) => match followed {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => return Err(NotReady::connecting(&error)),
            },
            () = task.stopped(), if task.cancelled_by().is_none() => {
                if task.cancelled_by().is_none() {
                    return Err(NotReady::new(Reason::Interrupted, message));
                }
            }
        }
    }
}

fn lock_held(connection: u64, process: Option<&Process>) -> NotReady {
    let Some(process) = process else {
        let message = format!("connection {connection} is changing this schema; waiting for it to end");
        return NotReady::new(Reason::LockHeld, message);
    };
    let Process { account, age, state: _, statement, percent: _ } = process;
    if statement.is_empty() {
        let message = format!(
            "connection {connection} of {account} holds the lock of this database, and has been idle for {}; that of an \
             operator which is gone ends after a minute, and any other goes on after KILL {connection}",
            roughly(*age)
        );
        return NotReady { stuck_for: Some(*age), ..NotReady::new(Reason::LockHeld, message) };
    }
    let mark = StatementMark::read(statement);
    let whose = mark.map(|mark| format!(", for the DatabaseSchema with UID {}", mark.uid)).unwrap_or_default();
    let message = format!("connection {connection} of {account}{whose} is changing this schema; waiting for it to end");
    NotReady::new(Reason::LockHeld, message)
}

/// Tells a time such that a status need not be written at each look.
fn roughly(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    }
}
