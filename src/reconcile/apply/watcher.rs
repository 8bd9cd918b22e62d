//! Watches a statement from a second session while it runs: how far it is, who is in its way, and when it has to give
//! way itself.
//!
//! A statement that waits for its metadata lock has everybody who comes after it wait too. So it gives way after
//! `policy.lockWait`, as long as it has done nothing yet. Once it has worked it waits long: a time-out at its end would
//! throw an index build away, and the next try would meet the same at its end.
//!
//! One round: wait a moment, look at the statement (`look`), make of it what is known and tell what is news (`judge`), and
//! end the statement where that is due (`act`). `run` goes round beside a statement of its own, `follow` once around one
//! that somebody else has begun.

use std::time::{Duration, Instant};

use super::change_task::{ChangeTask, Notice};
use crate::mysql::{
    Activity, Error, ErrorKind, Holders, Login, PooledSession, Process, Purpose, Servers, Session, count_stages,
    end_statement, find_holders, find_process,
};
use crate::schema::Identifier;

/// How often a statement is looked at that has not done anything yet, and then.
const CLOSELY: Duration = Duration::from_millis(250);
const LEISURELY: Duration = Duration::from_secs(2);

/// How long a statement that has worked waits for a lock. Only where nobody watches it any more does this count.
pub const LONG: Duration = Duration::from_hours(1);

/// One that was found waiting at this age, by an operator that did not see it begin, may have worked before.
const MAY_HAVE_WORKED: u64 = 60;

/// Progress is told when so many percent more are done, or after so long.
const PERCENT: u8 = 5;
const TELLING: Duration = Duration::from_secs(30);

/// A wait of this length is told of while it lasts.
const WORTH_TELLING: Duration = Duration::from_secs(10);

/// ER_KILL_DENIED_ERROR, by which a Galera node refuses to end what the others execute too (MariaDB 10.11.19).
const DENIED: ErrorKind = ErrorKind::Refusal(1095);

/// What is watched.
#[derive(Debug, Clone)]
pub struct Watched<'a> {
    pub login: &'a Login,
    /// Database and table.
    pub table: (&'a Identifier, &'a Identifier),
    pub connection: u64,
    /// How long its first wait may last.
    pub lock_wait: Duration,
    /// Whether to end its first wait; else the server does.
    pub is_long: bool,
}

/// Watches one statement. What it did first and does now is known by its times: `worked_since` and `waiting_since`. `told`
/// is the percentage that was told last, and when.
#[derive(Debug)]
pub struct Watcher<'a> {
    servers: &'a Servers,
    watched: Watched<'a>,
    task: &'a ChangeTask,
    began: Instant,
    worked_since: Option<Instant>,
    /// Whether the server counts how much is done, and tells this account.
    counts_stages: bool,
    waiting_since: Option<Instant>,
    holders: Option<(Instant, Holders)>,
    told: (Option<u8>, Instant),
    ended: Option<Ended>,
    /// The server does not end it: all nodes of a cluster have begun it.
    is_bound: bool,
}

/// Why the statement was ended by us.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ended {
    GaveWay,
    Cancelled(String),
}

impl<'a> Watcher<'a> {
    /// A watcher of a statement that is about to begin.
    pub fn new(servers: &'a Servers, watched: Watched<'a>, task: &'a ChangeTask) -> Self {
        let now = Instant::now();
        Self {
            servers,
            watched,
            task,
            began: now,
            worked_since: None,
            counts_stages: false,
            waiting_since: None,
            holders: None,
            told: (None, now),
            ended: None,
            is_bound: false,
        }
    }

    /// A watcher of a statement that has been running.
    pub fn of_found(servers: &'a Servers, watched: Watched<'a>, task: &'a ChangeTask, process: &Process) -> Self {
        let mut watcher = Self::new(servers, watched, task);
        watcher.began = watcher.began.checked_sub(process.age).unwrap_or(watcher.began);
        if process.age.as_secs() >= MAY_HAVE_WORKED {
            watcher.worked_since = Some(watcher.began);
        }
        watcher.counts_stages = true;
        watcher
    }

    /// Makes sure that the session can be seen, and has the server count how far it is. False where it can't be watched.
    pub async fn prepare(&mut self) -> bool {
        let prepared = async {
            let mut session = self.session().await?;
            self.counts_stages = count_stages(&mut session).await?;
            find_process(&mut session, self.watched.connection, false).await
        };
        match prepared.await {
            Ok(process) => process.is_some(),
            Err(error) => {
                tracing::warn!(%error, "a statement can't be watched, and waits for locks no longer than policy.lockWait");
                false
            }
        }
    }

    /// Runs the statement in its session, and watches it until it has ended.
    ///
    /// # Errors
    /// As [`Session::change`]; [`ErrorKind::LockWait`] where it gave way, with those who held the lock, and
    /// [`ErrorKind::Cancelled`] where a person asked for its end.
    pub async fn run(mut self, session: &mut PooledSession, doing: &str, sql: &str) -> Result<(), Error> {
        let outcome = {
            let mut change = std::pin::pin!(Session::change(session, doing, sql));
            loop {
                tokio::select! {
                    biased;
                    outcome = &mut change => break outcome,
                    () = self.glance() => {}
                }
                // Not given up half way: what was asked for would hit the session's next statement.
                self.act().await;
            }
        };
        if self.ended.is_some() && session.is_usable() {
            // The end may have come after the statement's own; then it is for this one.
            let _ = session.batch("after a statement that was ended", "DO 0").await;
        }
        self.explain(outcome)
    }

    /// Waits a moment, and looks. False once the statement has ended.
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn follow(&mut self, is_same: impl Fn(&Process) -> bool) -> Result<bool, Error> {
        self.pause().await;
        let Some(process) = self.look().await? else { return Ok(false) };
        if !is_same(&process) {
            return Ok(false);
        }
        self.judge(&process).await;
        self.act().await;
        Ok(true)
    }

    /// Who cancelled the statement, where it was ended for that.
    pub fn cancelled_by(&self) -> Option<&str> {
        match &self.ended {
            Some(Ended::Cancelled(by)) => Some(by),
            _ => None,
        }
    }

    async fn glance(&mut self) {
        self.pause().await;
        match self.look().await {
            Ok(Some(process)) => self.judge(&process).await,
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "a statement is out of sight"),
        }
    }

    async fn pause(&self) {
        let pace = if self.worked_since.is_some() && self.waiting_since.is_none() { LEISURELY } else { CLOSELY };
        if self.task.cancelled_by().is_some() {
            return tokio::time::sleep(CLOSELY).await;
        }
        tokio::select! {
            () = tokio::time::sleep(pace) => {}
            () = self.task.cancelled() => {}
        }
    }

    async fn session(&self) -> Result<PooledSession, Error> {
        self.servers.session(self.watched.login, Purpose::Watch).await
    }

    async fn look(&mut self) -> Result<Option<Process>, Error> {
        let mut session = self.session().await?;
        match find_process(&mut session, self.watched.connection, self.counts_stages).await {
            Err(error) if self.counts_stages && error.kind == ErrorKind::Privilege => {
                self.counts_stages = false;
                find_process(&mut session, self.watched.connection, false).await
            }
            outcome => outcome,
        }
    }

    /// Makes of what was seen what is known.
    async fn judge(&mut self, process: &Process) {
        match process.activity() {
            Activity::Waits => {
                self.waiting_since.get_or_insert_with(Instant::now);
                self.look_for_holders().await;
            }
            Activity::Works => {
                self.worked_since.get_or_insert_with(Instant::now);
                self.goes_on();
            }
            Activity::Other => self.goes_on(),
        }
        self.tell_who();
        self.tell_how_far(process.percent);
    }

    fn goes_on(&mut self) {
        if self.waiting_since.take().is_some() {
            self.task.clear_notice();
        }
    }

    /// Every second while it waits.
    async fn look_for_holders(&mut self) {
        if self.holders.as_ref().is_some_and(|(at, _)| at.elapsed() < Duration::from_secs(1)) {
            return;
        }
        let (database, table) = self.watched.table;
        let found = match self.session().await {
            Ok(mut session) => find_holders(&mut session, self.watched.connection, database, table).await,
            Err(error) => Err(error),
        };
        match found {
            // One that has just let go is the one to name, if the statement ends a moment later.
            Ok(Holders::Known(none)) if none.is_empty() && self.holders.is_some() => {}
            Ok(found) => self.holders = Some((Instant::now(), found)),
            Err(error) => tracing::debug!(%error, "whoever holds a lock is out of sight"),
        }
    }

    /// Tells who is in the way: at once of a wait at the end, and of a first one that lasts.
    fn tell_who(&self) {
        let (Some(waiting), Some((_, holders))) = (self.waiting_since, &self.holders) else { return };
        let text = match self.worked_since {
            Some(_) => format!("the statement has done its work and waits for its last lock; {holders}"),
            None if waiting.elapsed() < WORTH_TELLING => return,
            None => format!("the statement waits for its lock; {holders}"),
        };
        // Their times go on by themselves; who they are is news.
        if !self.is_told_of(holders) {
            let connections = holders.connections();
            self.task.tell_notice(Notice::Blocked { text, connections });
        }
    }

    /// Tells how far it is, where that has moved.
    fn tell_how_far(&mut self, percent: Option<u8>) {
        let Some(percent) = percent.filter(|_| self.worked_since.is_some()) else { return };
        let (before, at) = self.told;
        let moved = percent.saturating_sub(before.unwrap_or_default());
        if before.is_none() || moved >= PERCENT || (before != Some(percent) && at.elapsed() >= TELLING) {
            self.told = (Some(percent), Instant::now());
            let left = self.left(percent);
            self.task.tell_percent(percent, left);
        }
    }

    /// Returns whether the notice that is told names all these holders.
    fn is_told_of(&self, holders: &Holders) -> bool {
        match self.task.progress().notice {
            Some(Notice::Blocked { connections, .. }) => {
                holders.connections().iter().all(|connection| connections.contains(connection))
            }
            Some(Notice::Orphan(_)) | None => false,
        }
    }

    fn left(&self, percent: u8) -> Option<String> {
        let worked = self.worked_since?.elapsed();
        (percent >= PERCENT).then(|| {
            let left = worked.mul_f64(f64::from(100 - percent.min(100)) / f64::from(percent));
            match left.as_secs() {
                seconds @ 0..120 => format!("some {seconds} s left"),
                seconds @ 120..7200 => format!("some {} min left", seconds / 60),
                seconds => format!("some {} h left", seconds / 3600),
            }
        })
    }

    /// Ends the statement where that is due.
    async fn act(&mut self) {
        if self.is_bound {
            return;
        }
        let due = match (self.task.cancelled_by(), &self.ended) {
            (_, Some(Ended::Cancelled(_))) => return,
            (Some(by), _) => Ended::Cancelled(by),
            (None, Some(Ended::GaveWay)) => return,
            (None, None) => {
                let is_first = self.worked_since.is_none() && self.waiting_since.is_some();
                if !is_first || !self.watched.is_long || self.began.elapsed() < self.watched.lock_wait {
                    return;
                }
                Ended::GaveWay
            }
        };
        let ended = match self.session().await {
            Ok(mut session) => end_statement(&mut session, self.watched.connection).await,
            Err(error) => Err(error),
        };
        match ended {
            Ok(()) => {
                tracing::info!(connection = self.watched.connection, why = ?due, "a statement is ended");
                self.ended = Some(due);
            }
            Err(error) if error.kind == DENIED && error.message.contains("cluster") => {
                tracing::info!(%error, "a statement of a cluster runs to its end");
                self.is_bound = true;
                if let Ended::Cancelled(by) = due {
                    let text = format!(
                        "{by} cancelled it, but a statement that all nodes of a cluster execute can't be ended: it runs to \
                         its end, and no further step begins ({})",
                        error.message
                    );
                    self.task.tell_notice(Notice::Blocked { text, connections: Vec::new() });
                }
            }
            Err(error) => tracing::warn!(%error, "a statement can't be ended; it is tried again"),
        }
    }

    /// A failure that is our doing says so, and one of a lock who held it. A connection that is gone tells of neither:
    /// what came of the statement is not known then.
    fn explain(self, outcome: Result<(), Error>) -> Result<(), Error> {
        let error = match outcome {
            Ok(()) => return Ok(()),
            Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
            Err(error) => error,
        };
        let held = self.holders.map(|(_, holders)| format!("; {holders}")).unwrap_or_default();
        Err(match self.ended {
            Some(Ended::Cancelled(by)) => Error {
                kind: ErrorKind::Cancelled,
                message: format!("{by} cancelled the statement, and the server has taken back what it had done"),
                ..error
            },
            Some(Ended::GaveWay) => {
                let seconds = self.watched.lock_wait.as_secs();
                let message = format!("it waited {seconds} s for the lock of its table, and gave way{held}");
                Error { kind: ErrorKind::LockWait, message, ..error }
            }
            // The server ended its wait.
            None if error.kind == ErrorKind::LockWait => Error { message: format!("{}{held}", error.message), ..error },
            None => error,
        })
    }
}
