//! One connection to a server. It is given up as soon as an answer was not read to its end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::{FutureExt, TryStreamExt};
use sqlx::AssertSqlSafe;
use sqlx::mysql::MySqlConnection;

use super::cluster::{NodeState, STOP_WAITING, WAIT_AGAIN};
use super::error::{Error, ErrorKind};
use super::fence::{Fence, IDLE_LIMIT, KEEP_ALIVE, Passage, SERVER_TIME, ServerClock, TOO_LATE};
use super::row::{Answer, Counted, Rows, collect, collect_named, last_row};
use super::select_list::select_list;
use super::settings::{Purpose, SET_STRICT_INNODB, ServerFacts, first_message, limit_statement};
use crate::mysql::wire::{self, Address, AddressRule, Guarded, Login, User};
use crate::schema::{Dialect, Flavor, Identifier, quote_literal};

/// The time that a query of ours may take; a statement that changes a table has no such limit.
const QUERY_TIME: Duration = Duration::from_mins(1);

/// The rows of a person's query that are read to its end. The connection ends where there are more.
const FEW_ROWS: usize = 100;

/// What a server gets to answer, beyond the limit after which it ends a query itself.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// To MySQL and MariaDB, a limit of 0 is none.
const SHORTEST_LIMIT: Duration = Duration::from_millis(1);

/// Begins a read-only transaction, and ends the one before.
const BEGIN_READING: &str = "START TRANSACTION READ ONLY";

/// The outcome of asking for a server-wide lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockAttempt {
    Taken(TakenLock),
    /// The connection that holds it, where it has not just ended.
    HeldBy(Option<u64>),
    /// It has no name yet.
    Nameless,
}

/// A server-wide lock that a session holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenLock {
    name: String,
}

/// The variable to which a session assigns the name of a lock.
pub const LOCK_NAME: &str = "@schema_operator_lock";

/// Counts the messages sent to servers, for the metrics and the benchmark.
#[derive(Debug, Clone, Default)]
pub struct Traffic(Arc<AtomicU64>);

impl Traffic {
    fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the round trips so far; connecting is not counted.
    pub fn round_trips(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// An open connection. After a failure other than the server's own refusal it is gone, and says so.
#[derive(Debug)]
pub struct Session {
    connection: Option<Guarded>,
    address: Address,
    user: User,
    /// The server's number of this connection, by which another session can watch or end it.
    pub id: u64,
    pub dialect: Dialect,
    /// The name of the Galera node that it is on.
    pub node: Option<String>,
    /// The server is configured to be in a group of MySQL's Group Replication.
    pub(in crate::mysql) in_group: bool,
    /// The session refuses what does not fit into an InnoDB table. Else it takes rows that are too long, with a warning.
    pub strict_innodb: bool,
    traffic: Traffic,
    pub(super) fence: Fence,
    /// The server's clock, for a session that writes: what it sends is refused if it arrives late.
    pub(super) clock: Option<ServerClock>,
}

/// What a person's query may send and take.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    rows: usize,
    limit: Duration,
}

/// A connection that is taken for one message.
struct Taken {
    connection: Guarded,
    /// The statement that refuses the message if it arrives late.
    check: Option<String>,
    passage: Passage,
}

select_list! {
    enum LockField() {
        Name = "@schema_operator_found",
        IsTaken = "@schema_operator_taken",
        Holder = "@schema_operator_holder",
        IsStillNamedSo = format!("{LOCK_NAME} <=> @schema_operator_found"),
        Time = SERVER_TIME,
    }
}

impl Session {
    /// Connects once, without retry, within the login's own time limit. This includes the session's settings.
    ///
    /// # Errors
    /// Each way in which a connection can fail is a kind of its own; see [`ErrorKind`].
    pub async fn open(login: &Login, purpose: &Purpose, rule: &AddressRule, traffic: Traffic) -> Result<Self, Error> {
        let doing = format!("connecting to {}", login.address);
        let opening = Box::pin(async {
            let database = match purpose {
                Purpose::Evaluate(database) => Some(database.as_str()),
                Purpose::Read | Purpose::Work | Purpose::Watch => None,
            };
            let connection = wire::open(login, database, rule).await;
            let connection = connection.map_err(|error| {
                let error = Error::of_connecting(&doing, &error);
                Error { message: login.address.redact(error.message), ..error }
            })?;
            let mut session = Self {
                connection: Some(connection),
                address: login.address.clone(),
                user: login.user.clone(),
                id: 0,
                dialect: Dialect { flavor: Flavor::MySql, version: (0, 0, 0), clustered: false },
                node: None,
                in_group: false,
                strict_innodb: true,
                traffic,
                fence: Fence::default(),
                clock: None,
            };
            session.prepare(purpose).await?;
            Ok(session)
        });
        in_time(&doing, login.connect_timeout, opening).await?
    }

    async fn prepare(&mut self, purpose: &Purpose) -> Result<(), Error> {
        let doing = format!("preparing a session on {}", self.address);
        let results = self.batch(&doing, &first_message()).await?;
        let facts = ServerFacts::read(&doing, last_row(&results))?;
        let settings = facts.own_settings(purpose);
        let ServerFacts { connection_id, dialect, node, in_group, strict_innodb, clock } = facts;
        self.clock = purpose.writes().then_some(clock);
        (self.id, self.dialect, self.node, self.in_group) = (connection_id, dialect, node, in_group);
        self.strict_innodb = strict_innodb;
        self.batch(&doing, &settings.join("; ")).await?;
        if !strict_innodb && *purpose == Purpose::Work {
            self.strict_innodb = match self.batch(&doing, SET_STRICT_INNODB).await {
                Ok(_) => true,
                Err(error) if error.is_unavailable() => false,
                Err(error) => return Err(error),
            };
        }
        Ok(())
    }

    /// Returns the account that the session is logged in to.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// Says whether the connection can still be used.
    pub fn is_usable(&self) -> bool {
        self.connection.is_some()
    }

    /// Drops the connection.
    pub fn abandon(&mut self) {
        self.connection = None;
    }

    /// Ends the connection in order: a server logs one that only goes.
    pub async fn close(mut self) {
        if let Some(connection) = self.connection.take() {
            // Where the server is gone, there is nothing to end.
            let _ = within(Duration::from_secs(1), connection.close()).await;
        }
    }

    /// Moves the session to another place; what stays behind has no connection.
    pub(super) fn hand_over(&mut self) -> Self {
        Self {
            connection: self.connection.take(),
            address: self.address.clone(),
            user: self.user.clone(),
            id: self.id,
            dialect: self.dialect,
            node: self.node.clone(),
            in_group: self.in_group,
            strict_innodb: self.strict_innodb,
            traffic: self.traffic.clone(),
            fence: self.fence.clone(),
            clock: self.clock,
        }
    }

    /// Sends statements of our own making as one message, and returns the rows of each result, in order.
    ///
    /// # Errors
    /// The server's refusal of the first statement that fails (those after it are not run), a broken connection, or
    /// no answer within 60 s.
    pub async fn batch(&mut self, doing: &str, sql: &str) -> Result<Vec<Rows>, Error> {
        let outcome = self.send(doing, sql).await;
        self.explain(outcome).await
    }

    /// As [`Session::batch`], for statements that begin a transaction: one that a refusal leaves open is ended.
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn transaction(&mut self, doing: &str, sql: &str) -> Result<Vec<Rows>, Error> {
        let outcome = self.batch(doing, sql).await;
        if outcome.is_err() && self.is_usable() && self.send(doing, "ROLLBACK").await.is_err() {
            self.abandon();
        }
        outcome
    }

    /// Runs one statement that changes the schema, for as long as it takes.
    ///
    /// # Errors
    /// As [`Session::batch`], without the time limit. [`ErrorKind::ConnectionLost`] leaves open whether it took
    /// effect: look again.
    pub async fn change(&mut self, doing: &str, sql: &str) -> Result<(), Error> {
        let outcome = self.exchange(doing, sql, None).await.map(|_| ());
        self.explain(outcome).await
    }

    /// Runs a statement that holds a person's text, as a prepared one: the server takes exactly one. It can't be held
    /// against the server's clock, so it may only write where nobody else does.
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn execute_one(&mut self, doing: &str, sql: &str) -> Result<(), Error> {
        let mut taken = self.take(doing)?;
        let prepared = sqlx::query(AssertSqlSafe(sql.to_owned())).persistent(false);
        let executed = prepared.execute(taken.connection()).map(|outcome| outcome.map(Answer::Whole));
        let answer = in_time(doing, QUERY_TIME, executed).await?;
        let outcome = self.finish(doing, taken, answer).map(|_| ());
        self.explain(outcome).await
    }

    /// Runs one `SHOW`, and returns the fields of each row that are not NULL by their names in lower case: the position
    /// of a field differs between versions.
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn show(&mut self, doing: &str, sql: &'static str) -> Result<Vec<BTreeMap<String, String>>, Error> {
        let mut taken = self.take(doing)?;
        let answer = in_time(doing, QUERY_TIME, collect_named(taken.connection(), sql)).await?;
        let outcome = self.finish(doing, taken, answer);
        self.explain(outcome).await
    }

    /// As [`Session::batch`], for one SELECT that holds a person's text and returns a number. It runs in a read-only
    /// transaction of its own: a function that an earlier query called may have made the session read-write (tried on
    /// MariaDB 10.11 and 11.8).
    ///
    /// # Errors
    /// As [`Session::batch`]; the server refuses what would write (1792).
    pub async fn count(&mut self, doing: &str, query: &str) -> Result<Counted, Error> {
        let sql = format!("{BEGIN_READING}; {query}; SELECT @@SESSION.warning_count; ROLLBACK");
        let results = self.batch(doing, &sql).await?;
        let number = |at: usize| results.get(at).and_then(|rows| rows.first()).and_then(|row| row.number(0));
        Ok(Counted { number: number(1).unwrap_or_default(), warns: number(2).is_some_and(|warnings| warnings > 0) })
    }

    /// Runs a person's query as a prepared statement, which is exactly one statement, in a read-only transaction of its
    /// own, and counts its rows, at least up to `most`. The server sends no more, unless the query has a LIMIT. No value of
    /// a row leaves this function. The server ends it after `limit`.
    ///
    /// # Errors
    /// The server's refusal, with its message only where that can't quote rows.
    pub async fn count_rows(&mut self, doing: &str, query: &str, most: usize, limit: Duration) -> Result<usize, Error> {
        let most = most.max(1);
        let read = most.max(FEW_ROWS);
        let counting = async |connection: &mut MySqlConnection| {
            let mut rows = sqlx::query(AssertSqlSafe(query.to_owned())).fetch(connection);
            let mut number = 0;
            while number < read {
                match rows.try_next().await? {
                    Some(_) => number += 1,
                    None => return Ok(Answer::Whole(number)),
                }
            }
            Ok(Answer::Part(number))
        };
        self.evaluate(doing, Bounds { rows: most, limit }, counting).await
    }

    /// As [`Session::count_rows`], and returns the first value of the first row, as text; `None` for NULL. `query` bounds
    /// its length, and gives one row.
    ///
    /// # Errors
    /// As [`Session::count_rows`].
    pub async fn text_value(&mut self, doing: &str, query: &str, limit: Duration) -> Result<Option<String>, Error> {
        let reading = async |connection: &mut MySqlConnection| {
            let prepared = sqlx::query_scalar::<_, Option<String>>(AssertSqlSafe(query.to_owned()));
            prepared.fetch_one(connection).await.map(Answer::Whole)
        };
        self.evaluate(doing, Bounds { rows: 1, limit }, reading).await
    }

    /// Evaluates a person's expressions in a read-only transaction of their own, within bounds that the server keeps.
    async fn evaluate<T>(
        &mut self,
        doing: &str,
        Bounds { rows, limit }: Bounds,
        reading: impl AsyncFnOnce(&mut MySqlConnection) -> sqlx::Result<Answer<T>>,
    ) -> Result<T, Error> {
        let limit = limit.max(SHORTEST_LIMIT);
        let of_time = limit_statement(self.dialect.flavor, limit);
        self.send(doing, &format!("{of_time}; SET SESSION sql_select_limit = {rows}; {BEGIN_READING}")).await?;
        let mut taken = self.take(doing)?;
        let answer = in_time(doing, limit + ANSWER_TIME, reading(taken.connection())).await?;
        let outcome = self.finish(doing, taken, answer);
        self.explain(outcome).await
    }

    /// Selects a database and sets how long a statement may wait for a lock.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownDatabase`] or [`ErrorKind::Privilege`], and as [`Session::batch`].
    pub async fn enter(&mut self, database: &Identifier, lock_wait: Duration) -> Result<(), Error> {
        let doing = format!("entering database {database} on {}", self.address);
        let seconds = lock_wait.as_secs().max(1);
        let sql = format!(
            "USE {}; SET SESSION lock_wait_timeout = {seconds}, innodb_lock_wait_timeout = {seconds}",
            database.quoted()
        );
        self.batch(&doing, &sql).await.map(|_| ())
    }

    /// Sets how long a statement may wait for a metadata lock, each time that it needs one.
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn set_lock_wait(&mut self, limit: Duration) -> Result<(), Error> {
        let sql = format!("SET SESSION lock_wait_timeout = {}", limit.as_secs().max(1));
        self.batch("setting how long a statement may wait", &sql).await.map(|_| ())
    }

    /// Sets whether statements check foreign keys: without it, a key is added whatever the rows are.
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn set_foreign_key_checks(&mut self, checks: bool) -> Result<(), Error> {
        let sql = format!("SET SESSION foreign_key_checks = {}", u8::from(checks));
        self.batch("setting whether foreign keys are checked", &sql).await.map(|_| ())
    }

    /// Takes a server-wide lock, if no session holds it. The statements `find` assign its name to [`LOCK_NAME`], or NULL; they
    /// are asked again once it is taken, and a lock that has another name by then is not this one. From then on the server
    /// ends the session, and with it the lock, where it is silent for longer than [`IDLE_LIMIT`].
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn lock(&mut self, find: &str) -> Result<LockAttempt, Error> {
        let doing = format!("locking the schema on {}", self.address);
        // MySQL refuses a name that is NULL (3057), and takes no other type for the time-out (1232, both tried on 9.7).
        let sql = format!(
            "{find}; SET @schema_operator_found = {LOCK_NAME}; \
             SET @schema_operator_taken = IF({LOCK_NAME} IS NULL, NULL, GET_LOCK({LOCK_NAME}, 0)); \
             SET @schema_operator_holder = IF({LOCK_NAME} IS NULL, NULL, IS_USED_LOCK({LOCK_NAME})); \
             SET SESSION wait_timeout = \
             CAST(IF(@schema_operator_taken = 1, {}, @@GLOBAL.wait_timeout) AS UNSIGNED); {find}; SELECT {}",
            IDLE_LIMIT.as_secs(),
            LockField::select()
        );
        let results = self.batch(&doing, &sql).await?;
        let row = last_row(&results);
        let Some(name) = row.and_then(|row| row.optional(LockField::Name)) else { return Ok(LockAttempt::Nameless) };
        if row.is_none_or(|row| row.number(LockField::IsTaken) != Some(1)) {
            return Ok(LockAttempt::HeldBy(row.and_then(|row| row.number(LockField::Holder))));
        }
        let lock = TakenLock { name: name.to_owned() };
        if row.is_none_or(|row| row.number(LockField::IsStillNamedSo) != Some(1)) {
            self.unlock(lock).await;
            return Ok(LockAttempt::HeldBy(None));
        }
        self.clock = Some(ServerClock::read_now(row, LockField::Time));
        Ok(LockAttempt::Taken(lock))
    }

    /// Releases a lock. A connection that is gone has released it.
    pub async fn unlock(&mut self, lock: TakenLock) {
        let sql = format!("DO RELEASE_LOCK({}); SET SESSION wait_timeout = DEFAULT", quote_literal(&lock.name));
        if let Err(error) = self.batch("unlocking the schema", &sql).await {
            tracing::debug!(%error, "the lock goes with its connection");
            self.connection = None;
        }
    }

    /// Waits for something else, and has the server hear of this session meanwhile, so that it keeps its lock. A
    /// connection that is lost is noticed by the next statement.
    pub async fn kept_during<T>(&mut self, other: impl Future<Output = T>) -> T {
        let mut other = std::pin::pin!(other);
        loop {
            tokio::select! {
                biased;
                outcome = &mut other => return outcome,
                () = tokio::time::sleep(KEEP_ALIVE), if self.is_usable() => {}
            }
            if let Err(error) = self.send("staying connected", "DO 0").await {
                tracing::debug!(%error, "a session that waits is lost");
                self.abandon();
            }
        }
    }

    /// Returns why this node should not change a schema: its cluster has no quorum, or it is not in step with the
    /// others.
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn why_out_of_step(&mut self) -> Result<Option<String>, Error> {
        let Some(node) = self.node.clone() else { return Ok(None) };
        Ok(self.node_state(node).await?.why_out_of_step())
    }

    /// Reads what the node has, whether or not others have committed more.
    ///
    /// # Errors
    /// As `reading`, and as [`Session::batch`].
    pub async fn without_waiting<T>(
        &mut self,
        reading: impl AsyncFnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let doing = "reading what the node has";
        self.send(doing, STOP_WAITING).await?;
        let outcome = reading(self).await;
        if self.is_usable() {
            self.send(doing, WAIT_AGAIN).await?;
        }
        outcome
    }

    /// Says what a failure means on a node of a cluster.
    async fn explain<T>(&mut self, outcome: Result<T, Error>) -> Result<T, Error> {
        let error = match outcome {
            Err(error) if matches!(error.kind, ErrorKind::LockWait | ErrorKind::OutOfCluster) => error,
            outcome => return outcome,
        };
        let Some(node) = self.node.clone().filter(|_| self.is_usable()) else { return Err(error) };
        let Ok(state) = self.node_state(node).await else { return Err(error) };
        Err(state.explain(error))
    }

    async fn node_state(&mut self, node: String) -> Result<NodeState, Error> {
        let results = self.send("looking at the node's cluster", &NodeState::query()).await?;
        Ok(NodeState::read(node, &results))
    }

    /// As [`Session::batch`], with the server's answer as it is.
    async fn send(&mut self, doing: &str, sql: &str) -> Result<Vec<Rows>, Error> {
        self.exchange(doing, sql, Some(QUERY_TIME)).await
    }

    /// Sends statements as one message, and reads the answer. Where the right to send ends, a session that writes has the
    /// server refuse what comes later.
    async fn exchange(&mut self, doing: &str, sql: &str, limit: Option<Duration>) -> Result<Vec<Rows>, Error> {
        let mut taken = self.take(doing)?;
        let checked = taken.check.take().map(|check| format!("{check}; {sql}"));
        let mut results = Vec::new();
        let answering = collect(taken.connection(), checked.as_deref().unwrap_or(sql), &mut results);
        let answer = match limit {
            Some(limit) => in_time(doing, limit, answering).await?,
            None => answering.await,
        };
        let outcome = self.finish(doing, taken, answer);
        if checked.is_none() {
            return outcome.map(|()| results);
        }
        match outcome {
            // Less that of the check.
            Ok(()) => Ok(results.into_iter().skip(1).collect()),
            Err(error) if error.kind == TOO_LATE && results.is_empty() => {
                // If this process still leads, the server's clock was set meanwhile.
                self.abandon();
                Err(Error::too_late(doing))
            }
            Err(error) => Err(error),
        }
    }

    /// Takes the connection for one message, as long as this process may send one.
    fn take(&mut self, doing: &str) -> Result<Taken, Error> {
        let connection = self.connection.take().ok_or_else(|| {
            Error::new(doing, ErrorKind::ConnectionLost, format!("the connection to {} is gone", self.address))
        })?;
        let now = Instant::now();
        let passage = if self.clock.is_some() { self.fence.pass(now) } else { self.fence.pass_reading(now) };
        let passage = passage.ok_or_else(|| Error::fenced(doing))?;
        self.traffic.add();
        let check = self.clock.zip(passage.end()).map(|(clock, end)| clock.check(end));
        Ok(Taken { connection, check, passage })
    }

    /// Keeps the connection only when it is known to be in order: an answer or a refusal was read to its end. What
    /// was given up in the middle is dropped, since its answer would be taken for that of the next statement.
    fn finish<T>(&mut self, doing: &str, taken: Taken, answer: sqlx::Result<Answer<T>>) -> Result<T, Error> {
        let Taken { mut connection, check: _, passage } = taken;
        connection.give_room_back();
        match answer {
            Ok(Answer::Whole(value)) => {
                passage.answered();
                self.connection = Some(connection);
                Ok(value)
            }
            Ok(Answer::Part(value)) => Ok(value),
            Ok(Answer::TooMuch) => Err(Error::too_much(doing)),
            Err(error) => {
                if let Some(violation) = connection.violation() {
                    return Err(Error::new(doing, ErrorKind::Violation, violation.to_string()));
                }
                let sorted = Error::from_sqlx(doing, &error);
                if error.as_database_error().is_some() && sorted.kind != ErrorKind::ConnectionLost {
                    passage.answered();
                    self.connection = Some(connection);
                }
                // Once connected, a refused or reset socket means that the server went away.
                let is_lost = sorted.kind == ErrorKind::Refused && error.as_database_error().is_none();
                Err(if is_lost { Error { kind: ErrorKind::ConnectionLost, ..sorted } } else { sorted })
            }
        }
    }
}

impl Taken {
    fn connection(&mut self) -> &mut MySqlConnection {
        &mut self.connection.connection
    }
}

/// Waits for an answer.
///
/// # Errors
/// [`ErrorKind::Timeout`]; then the connection has to be dropped.
fn in_time<T>(doing: &str, limit: Duration, answer: impl Future<Output = T>) -> impl Future<Output = Result<T, Error>> {
    let late = move || Error::new(doing, ErrorKind::Timeout, format!("no answer within {} s", limit.as_secs_f64()));
    within(limit, answer).map(move |answer| answer.ok_or_else(late))
}

/// The one place where an answer is waited for with a limit: what runs out of time must drop its connection. Neither
/// this nor [`in_time`] is an `async fn`, which would hold the future twice.
#[allow(clippy::disallowed_methods)]
fn within<T>(limit: Duration, future: impl Future<Output = T>) -> impl Future<Output = Option<T>> {
    tokio::time::timeout(limit, future).map(Result::ok)
}
