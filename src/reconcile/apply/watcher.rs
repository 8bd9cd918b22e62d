//! Watches a statement from a second session while it runs: how far it is, who is in its way, and when it has to give
//! way itself.
//!
//! While a statement waits for its metadata lock, all later statements on the table wait behind it. So it gives way
//! after `policy.lockWait`, as long as it has done nothing yet. Once it has worked it waits long: a time-out at its end
//! would throw an index build away, and the next try would wait at its end just the same.
//!
//! One round: wait a moment, look at the statement (`look`), note and tell what is new (`note`), and end the statement
//! where that is due (`end_if_due`). `run` goes round beside a statement of its own, `follow` once around one that an
//! earlier run of the operator began.

use std::time::{Duration, Instant};

use super::change_task::{ChangeTask, Notice};
use crate::mysql::{
    Activity, Error, ErrorKind, Holders, KillAttempt, Login, PooledSession, Process, Purpose, Servers, Session,
    count_stages, end_statement, find_holders, find_process,
};
use crate::schema::Identifier;

/// How often to look at a statement that waits, or has not worked yet.
const SHORT_PAUSE: Duration = Duration::from_millis(250);

/// How often to look at a statement that works.
const LONG_PAUSE: Duration = Duration::from_secs(2);

/// How often to look for the holders of a lock.
const HOLDERS_PAUSE: Duration = Duration::from_secs(1);

/// How long a statement that has worked waits for a lock. It matters only where the watcher is gone.
pub const LAST_LOCK_WAIT: Duration = Duration::from_hours(1);

/// An orphan of this age may have worked before, although it waits when it is found.
const MAY_HAVE_WORKED: Duration = Duration::from_mins(1);

/// Progress is told when this many percent more are done, or after this time.
const PERCENT_STEP: u8 = 5;
const TELL_INTERVAL: Duration = Duration::from_secs(30);

/// A first wait is told once it has lasted this long.
const LONG_FIRST_WAIT: Duration = Duration::from_secs(10);

/// The statement that is watched.
#[derive(Debug, Clone)]
pub struct WatchedStatement<'a> {
    pub login: &'a Login,
    pub database: &'a Identifier,
    pub table: &'a Identifier,
    pub connection: u64,
    /// How long its first wait may last.
    pub lock_wait: Duration,
}

/// Watches one statement. `worked_since` and `waiting_since` say what it did first and does now.
#[derive(Debug)]
pub struct Watcher<'a> {
    servers: &'a Servers,
    watched: WatchedStatement<'a>,
    task: &'a ChangeTask,
    began: Instant,
    /// Whether to end its first wait; else the server ends it.
    ends_first_wait: bool,
    /// Whether the server counts how much is done, and shows that to this account.
    counts_stages: bool,
    worked_since: Option<Instant>,
    waiting_since: Option<Instant>,
    holders: Option<SeenHolders>,
    told_percent: Option<u8>,
    told_at: Instant,
    ended: Option<EndReason>,
    /// All nodes of a cluster have begun the statement, so that none may end it.
    runs_to_its_end: bool,
}

#[derive(Debug)]
struct SeenHolders {
    at: Instant,
    holders: Holders,
}

/// Why the watcher ended the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
enum EndReason {
    GaveWay,
    CancelledBy(String),
}

impl<'a> Watcher<'a> {
    /// Makes a watcher of a statement that is about to begin.
    pub fn new(servers: &'a Servers, watched: WatchedStatement<'a>, task: &'a ChangeTask) -> Self {
        let now = Instant::now();
        Self {
            servers,
            watched,
            task,
            began: now,
            ends_first_wait: false,
            counts_stages: false,
            worked_since: None,
            waiting_since: None,
            holders: None,
            told_percent: None,
            told_at: now,
            ended: None,
            runs_to_its_end: false,
        }
    }

    /// Makes a watcher of a statement that an earlier run of the operator began.
    pub fn of_orphan(
        servers: &'a Servers,
        watched: WatchedStatement<'a>,
        task: &'a ChangeTask,
        process: &Process,
    ) -> Self {
        let new = Self::new(servers, watched, task);
        let began = new.began.checked_sub(process.age).unwrap_or(new.began);
        let worked_since = (process.age >= MAY_HAVE_WORKED).then_some(began);
        Self { began, ends_first_wait: true, counts_stages: true, worked_since, ..new }
    }

    /// Makes sure that the session can be seen, and has the server count how far the statement is. Returns whether the
    /// watcher can end a first wait.
    pub async fn prepare(&mut self) -> bool {
        let prepared = async {
            let mut session = self.session().await?;
            let counts_stages = count_stages(&mut session).await?;
            let process = find_process(&mut session, self.watched.connection, false).await?;
            Ok::<_, Error>(process.map(|_| counts_stages))
        };
        match prepared.await {
            Ok(Some(counts_stages)) => {
                (self.ends_first_wait, self.counts_stages) = (true, counts_stages);
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "a statement can't be watched, and waits for locks no longer than policy.lockWait");
            }
        }
        self.ends_first_wait
    }

    /// Runs the statement in its session, and watches it until it has ended.
    ///
    /// # Errors
    /// As [`Session::change`]; [`ErrorKind::LockWait`] where it gave way, with the holders of the lock, and
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
                // This is never dropped half way: a late KILL would end the session's next statement.
                self.end_if_due().await;
            }
        };
        if self.ended.is_some() && session.is_usable() {
            // A KILL that came after the statement's end hits this one.
            let _ = session.batch("after a statement that was ended", "DO 0").await;
        }
        self.explain(outcome)
    }

    /// Waits a moment, and looks once. Returns false once the statement has ended.
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn follow(&mut self, is_same: impl Fn(&Process) -> bool) -> Result<bool, Error> {
        self.pause().await;
        let Some(process) = self.look().await?.filter(is_same) else { return Ok(false) };
        self.note(&process).await;
        self.end_if_due().await;
        Ok(true)
    }

    /// Returns who cancelled the statement, where the watcher ended it for that.
    pub fn cancelled_by(&self) -> Option<&str> {
        match &self.ended {
            Some(EndReason::CancelledBy(by)) => Some(by),
            Some(EndReason::GaveWay) | None => None,
        }
    }

    async fn glance(&mut self) {
        self.pause().await;
        match self.look().await {
            Ok(Some(process)) => self.note(&process).await,
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "a statement can't be seen"),
        }
    }

    async fn pause(&self) {
        if self.task.cancelled_by().is_some() {
            return tokio::time::sleep(SHORT_PAUSE).await;
        }
        let works = self.worked_since.is_some() && self.waiting_since.is_none();
        tokio::select! {
            () = tokio::time::sleep(if works { LONG_PAUSE } else { SHORT_PAUSE }) => {}
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

    /// Notes what the statement does, and tells what is new.
    async fn note(&mut self, process: &Process) {
        match process.activity() {
            Activity::Waits => {
                self.waiting_since.get_or_insert_with(Instant::now);
                self.look_for_holders().await;
            }
            Activity::Works => {
                self.worked_since.get_or_insert_with(Instant::now);
                self.end_wait();
            }
            Activity::Other => self.end_wait(),
        }
        self.tell_holders();
        self.tell_percent(process.percent);
    }

    fn end_wait(&mut self) {
        if self.waiting_since.take().is_some() {
            self.task.clear_notice();
        }
    }

    async fn look_for_holders(&mut self) {
        if self.holders.as_ref().is_some_and(|seen| seen.at.elapsed() < HOLDERS_PAUSE) {
            return;
        }
        let WatchedStatement { database, table, connection, .. } = self.watched;
        let found = match self.session().await {
            Ok(mut session) => find_holders(&mut session, connection, database, table).await,
            Err(error) => Err(error),
        };
        match found {
            // If the statement ends a moment later, the holder that has just let go is the one to name.
            Ok(Holders::Known(none)) if none.is_empty() && self.holders.is_some() => {}
            Ok(holders) => self.holders = Some(SeenHolders { at: Instant::now(), holders }),
            Err(error) => tracing::debug!(%error, "the holders of a lock can't be seen"),
        }
    }

    /// Tells who is in the way: at once where the statement has worked, and else once its first wait has lasted.
    fn tell_holders(&self) {
        let (Some(waiting), Some(SeenHolders { holders, .. })) = (self.waiting_since, &self.holders) else { return };
        let text = match self.worked_since {
            Some(_) => format!("the statement has done its work and waits for its last lock; {holders}"),
            None if waiting.elapsed() < LONG_FIRST_WAIT => return,
            None => format!("the statement waits for its lock; {holders}"),
        };
        // That they hold it for longer now is not news.
        if !self.has_told(holders) {
            let connections = holders.connections();
            self.task.tell_notice(Notice::Blocked { text, connections });
        }
    }

    /// Returns whether the present notice names all these holders.
    fn has_told(&self, holders: &Holders) -> bool {
        match self.task.progress().notice {
            Some(Notice::Blocked { connections, .. }) => {
                holders.connections().iter().all(|connection| connections.contains(connection))
            }
            Some(Notice::Orphan(_)) | None => false,
        }
    }

    /// Tells how much is done, where that is enough more than was told last.
    fn tell_percent(&mut self, percent: Option<u8>) {
        let Some(percent) = percent.filter(|_| self.worked_since.is_some()) else { return };
        let is_news = match self.told_percent {
            None => true,
            Some(told) if percent.saturating_sub(told) >= PERCENT_STEP => true,
            Some(told) => percent != told && self.told_at.elapsed() >= TELL_INTERVAL,
        };
        if is_news {
            (self.told_percent, self.told_at) = (Some(percent), Instant::now());
            self.task.tell_percent(percent, self.time_left(percent));
        }
    }

    /// Estimates the time left from the time that the work took so far.
    fn time_left(&self, percent: u8) -> Option<String> {
        let worked = self.worked_since?.elapsed();
        if percent < PERCENT_STEP {
            return None;
        }
        let left = worked.mul_f64(f64::from(100 - percent.min(100)) / f64::from(percent));
        Some(match left.as_secs() {
            seconds @ 0..120 => format!("some {seconds} s left"),
            seconds @ 120..7200 => format!("some {} min left", seconds / 60),
            seconds => format!("some {} h left", seconds / 3600),
        })
    }

    async fn end_if_due(&mut self) {
        let Some(reason) = self.due_end() else { return };
        let attempt = match self.session().await {
            Ok(mut session) => end_statement(&mut session, self.watched.connection).await,
            Err(error) => Err(error),
        };
        match attempt {
            Ok(KillAttempt::Sent) => {
                let cancelled_by = match &reason {
                    EndReason::CancelledBy(by) => Some(by.as_str()),
                    EndReason::GaveWay => None,
                };
                tracing::info!(connection = self.watched.connection, cancelled_by, "a statement is ended");
                self.ended = Some(reason);
            }
            Ok(KillAttempt::RefusedByCluster(error)) => {
                tracing::info!(%error, "a statement of a cluster runs to its end");
                self.runs_to_its_end = true;
                if let EndReason::CancelledBy(by) = reason {
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

    /// Decides whether to end the statement now, and why. A person may cancel one that is giving way.
    fn due_end(&self) -> Option<EndReason> {
        if self.runs_to_its_end {
            return None;
        }
        match (self.task.cancelled_by(), &self.ended) {
            (_, Some(EndReason::CancelledBy(_))) => None,
            (Some(by), Some(EndReason::GaveWay) | None) => Some(EndReason::CancelledBy(by)),
            (None, Some(EndReason::GaveWay)) => None,
            (None, None) => {
                let is_first_wait = self.worked_since.is_none() && self.waiting_since.is_some();
                let is_over = self.began.elapsed() >= self.watched.lock_wait;
                (self.ends_first_wait && is_first_wait && is_over).then_some(EndReason::GaveWay)
            }
        }
    }

    /// Adds to a failure that the watcher caused it, or who held the lock. A lost connection says neither: what became
    /// of the statement is unknown then.
    fn explain(self, outcome: Result<(), Error>) -> Result<(), Error> {
        let error = match outcome {
            Ok(()) => return Ok(()),
            Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
            Err(error) => error,
        };
        let held = self.holders.map(|seen| format!("; {}", seen.holders)).unwrap_or_default();
        Err(match self.ended {
            Some(EndReason::CancelledBy(by)) => Error {
                kind: ErrorKind::Cancelled,
                message: format!("{by} cancelled the statement, and the server has taken back what it had done"),
                ..error
            },
            Some(EndReason::GaveWay) => {
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
