//! Another session holds the database's lock: a statement of a former run of the operator, which is watched to its end,
//! or somebody else, who is named.

use super::change_task::{ChangeTask, Notice};
use super::watcher::{Watched, Watcher};
use crate::api::Reason;
use crate::mysql::{Error, Process, Purpose, Servers, find_process};
use crate::plan::Step;
use crate::reconcile::job::Job;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::statement_mark::Mark;

/// Waits for the end of a statement that this very resource's former change began. Gives its step's id once it has
/// ended.
///
/// # Errors
/// [`Reason::LockHeld`] names the session where it is another; and that the wait came to no end.
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
    let look = async || -> Result<Option<Process>, Error> {
        let mut session = servers.session(&request.asker.login, Purpose::Watch).await?;
        find_process(&mut session, connection, false).await
    };
    let process = look().await.map_err(|error| NotReady::connecting(&error))?;
    let Some(process) = process else { return Err(held(connection, None)) };
    let Some(mark) = Mark::read(&process.statement).filter(|mark| mark.uid == request.asker.uid) else {
        return Err(held(connection, Some(&process)));
    };
    let step = job.steps.iter().find(|step| step.id == mark.step);
    let object = step.map_or_else(|| format!("step {}", mark.step), Step::object);
    let message = format!(
        "connection {connection} still runs a statement that an earlier run of the operator began {} s ago, for {object}; \
         it is waited for",
        process.age.as_secs()
    );
    tracing::info!(connection, step = mark.step, "a statement of an earlier run is found, and waited for");
    task.begin_step(mark.step);
    task.tell_notice(Notice::Orphan(message.clone()));
    let table = step.map_or(&request.spec.database, |step| &step.table);
    let watched = Watched {
        login: &request.asker.login,
        table: (&request.spec.database, table),
        connection,
        lock_wait: request.spec.lock_wait,
        is_long: true,
    };
    let mut watcher = Watcher::of_found(servers, watched, task, &process);
    let is_same =
        |now: &Process| Mark::read(&now.statement).is_some_and(|now| now.uid == mark.uid && now.step == mark.step);
    loop {
        tokio::select! {
            followed = watcher.follow(is_same) => match followed {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => return Err(NotReady::connecting(&error)),
            },
            () = task.stopped(), if task.cancelled_by().is_none() => {
                if task.cancelled_by().is_none() {
                    return Err(NotReady::new(Reason::Interrupted, message));
                }
            }
        }
    }
    match watcher.cancelled_by() {
        Some(by) => Err(NotReady::new(Reason::PlanRefused, format!("{by} cancelled the statement for {object}"))),
        None => Ok(()),
    }
}

fn held(connection: u64, process: Option<&Process>) -> NotReady {
    let who = match process {
        None => String::new(),
        Some(process) => {
            let mark = Mark::read(&process.statement);
            let whose = mark.map(|mark| format!(", for the DatabaseSchema with UID {}", mark.uid)).unwrap_or_default();
            format!(" of {}{whose}", process.account)
        }
    };
    let message = format!("connection {connection}{who} is changing this schema; waiting for it to end");
    NotReady::new(Reason::LockHeld, message)
}
