//! One connection to a server, with every setting that could change what a statement means set by us.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow, MySqlSslMode};
use sqlx::{AssertSqlSafe, Column as _, ConnectOptions, Connection, Row as _};

use super::cluster::{NODE, ON_A_NODE};
use super::error::{Error, ErrorKind, verify_message};
use super::login::{Address, Login, Tls};
use super::row::{Rows, collect, text_row};
use crate::mysql::replication::IN_GROUP;
use crate::schema::{Dialect, Flavor, Identifier, quote_literal};

/// The settings by which a statement means what was planned, whoever runs it. Each changes data if left to chance:
/// - `sql_mode` whole: strict, so that a MODIFY truncates nothing; NO_AUTO_VALUE_ON_ZERO, so that one which adds
///   AUTO_INCREMENT keeps an id 0; no NO_ZERO_*, since another column's zero default would fail every ALTER (1067);
///   no ANSI_QUOTES, which changes what the server prints.
/// - `time_zone`: TIMESTAMP to DATETIME converts by it.
pub const MEANING: &str =
    "sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00'";

/// What every session sets besides: an account's `init_connect` or the server's defaults may have it otherwise.
const SETTINGS: &str = "foreign_key_checks = 1, unique_checks = 1, autocommit = 1, sql_quote_show_create = 1, \
     sql_safe_updates = 0, sql_select_limit = DEFAULT, sql_warnings = 0";

/// MySQL's own: a hidden generated primary key would be added a second time (1068), and cached statistics lie.
const MYSQL_SETTINGS: &str = "SET SESSION show_gipk_in_create_table_and_information_schema = ON, \
     information_schema_stats_expiry = 0";

/// The time that a query of ours may take; a statement that changes a table has no such limit.
const QUERY_TIME: Duration = Duration::from_mins(1);

/// What a session is for; sessions of different purpose are never mixed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Reading and changing schemas. No database is selected.
    Work,
    /// Looking at what other sessions do, for a moment each time.
    Watch,
    /// A person's verify queries, read-only, in this database.
    Verify(Identifier),
}

/// What came of asking for a server-wide lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockAttempt {
    Taken,
    /// The connection that holds it, where it has not just ended.
    HeldBy(Option<u64>),
}

/// Counts the messages sent to servers, for the metrics and the benchmark.
#[derive(Debug, Clone, Default)]
pub struct Traffic(Arc<AtomicU64>);

impl Traffic {
    fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Round trips so far, connecting not counted.
    pub fn round_trips(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// An open connection. After a failure other than the server's own refusal it is gone, and says so.
#[derive(Debug)]
pub struct Session {
    connection: Option<MySqlConnection>,
    address: Address,
    /// The server's number of this connection, by which another session can watch or end it.
    pub id: u64,
    pub dialect: Dialect,
    /// The name of the Galera node that it is on.
    pub node: Option<String>,
    /// Whether the server is to be in a group of MySQL's Group Replication.
    pub(in crate::mysql) in_group: bool,
    traffic: Traffic,
}

impl Session {
    /// Connects once, without retry, within the login's own time limit.
    ///
    /// # Errors
    /// Each way in which a connection can fail is a kind of its own; see [`ErrorKind`].
    pub async fn open(login: &Login, purpose: &Purpose, traffic: Traffic) -> Result<Self, Error> {
        let doing = format!("connecting to {}", login.address);
        let mut options = options(login);
        if let Purpose::Verify(database) = purpose {
            options = options.database(database.as_str());
        }
        let connecting = MySqlConnection::connect_with(&options);
        let connection = within(login.connect_timeout, connecting).await.ok_or_else(|| {
            let limit = login.connect_timeout.as_secs_f64();
            Error::new(&doing, ErrorKind::Timeout, format!("no answer within {limit} s"))
        })?;
        let connection = connection.map_err(|error| Error::from_sqlx(&doing, &error))?;
        let unknown = Dialect { flavor: Flavor::MySql, version: (0, 0, 0), clustered: false };
        let address = login.address.clone();
        let connection = Some(connection);
        let mut session = Self { connection, address, id: 0, dialect: unknown, node: None, in_group: false, traffic };
        session.prepare(purpose).await?;
        Ok(session)
    }

    async fn prepare(&mut self, purpose: &Purpose) -> Result<(), Error> {
        let doing = format!("preparing a session on {}", self.address);
        let sql = format!(
            "SET NAMES utf8mb4; SET SESSION {MEANING}, {SETTINGS}; SELECT @@version, CONNECTION_ID() {NODE} {IN_GROUP}"
        );
        let results = self.batch(&doing, &sql).await?;
        let row = results.last().and_then(|rows| rows.first());
        let version = row.map(|row| row.text(0)).unwrap_or_default();
        self.dialect =
            Dialect::parse(version).map_err(|error| Error::new(&doing, ErrorKind::Protocol, error.to_string()))?;
        self.id = row.and_then(|row| row.number(1)).unwrap_or_default();
        match self.dialect.flavor {
            Flavor::MySql => self.in_group = row.is_some_and(|row| row.number(2) == Some(1)),
            Flavor::MariaDb => self.node = row.and_then(|row| row.optional(2)).map(str::to_owned),
        }
        self.dialect.clustered = self.node.is_some();
        if self.node.is_some() && row.is_some_and(|row| row.text(3) == "OFF") {
            let message = "this session's wsrep_on is OFF, so its changes would stay on this node of the cluster; look into \
                           init_connect";
            return Err(Error::new(&doing, ErrorKind::Protocol, message));
        }
        let mut own = Vec::new();
        if self.node.is_some() && *purpose != Purpose::Watch {
            own.push(ON_A_NODE);
        }
        if self.dialect.flavor == Flavor::MySql && self.dialect.at_least(8, 0, 30) {
            own.push(MYSQL_SETTINGS);
        }
        if matches!(purpose, Purpose::Verify(_)) {
            own.push(match self.dialect.flavor {
                Flavor::MySql => {
                    "SET SESSION TRANSACTION READ ONLY; SET SESSION max_execution_time = 30000, sql_select_limit = 1"
                }
                Flavor::MariaDb => {
                    "SET SESSION TRANSACTION READ ONLY; SET SESSION max_statement_time = 30, sql_select_limit = 1"
                }
            });
        }
        if !own.is_empty() {
            self.batch(&doing, &own.join("; ")).await?;
        }
        Ok(())
    }

    /// Whether the connection can still be used.
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

    /// The same session in another place; what stays behind has no connection.
    pub(super) fn hand_over(&mut self) -> Self {
        Self {
            connection: self.connection.take(),
            address: self.address.clone(),
            id: self.id,
            dialect: self.dialect,
            node: self.node.clone(),
            in_group: self.in_group,
            traffic: self.traffic.clone(),
        }
    }

    /// Sends statements of our own making as one message, and gives the rows of each result, in order.
    ///
    /// # Errors
    /// The server's refusal of the first statement that fails (those after it are not run), a broken connection, or
    /// no answer within 60 s.
    pub async fn batch(&mut self, doing: &str, sql: &str) -> Result<Vec<Rows>, Error> {
        let outcome = self.send(doing, sql).await;
        self.explained(outcome).await
    }

    /// As [`Session::batch`], with the server's answer as it is.
    pub(super) async fn send(&mut self, doing: &str, sql: &str) -> Result<Vec<Rows>, Error> {
        let mut connection = self.take(doing)?;
        self.traffic.add();
        let answer = within(QUERY_TIME, collect(&mut connection, sql)).await;
        let answer = answer.ok_or_else(|| {
            Error::new(doing, ErrorKind::Timeout, format!("no answer within {} s", QUERY_TIME.as_secs()))
        })?;
        self.finish(doing, connection, answer)
    }

    /// Runs one statement that changes the schema, for as long as it takes.
    ///
    /// # Errors
    /// As [`Session::batch`], without the time limit. [`ErrorKind::ConnectionLost`] leaves open whether it took
    /// effect: look again.
    pub async fn change(&mut self, doing: &str, sql: &str) -> Result<(), Error> {
        let mut connection = self.take(doing)?;
        self.traffic.add();
        let answer = collect(&mut connection, sql).await;
        let outcome = self.finish(doing, connection, answer).map(|_| ());
        self.explained(outcome).await
    }

    /// Runs a statement that holds a person's text, as a prepared one: the server takes exactly one.
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn execute_one(&mut self, doing: &str, sql: &str) -> Result<(), Error> {
        let mut connection = self.take(doing)?;
        self.traffic.add();
        let prepared = sqlx::query(AssertSqlSafe(sql.to_owned())).persistent(false).execute(&mut connection);
        let answer = within(QUERY_TIME, prepared).await.ok_or_else(|| {
            Error::new(doing, ErrorKind::Timeout, format!("no answer within {} s", QUERY_TIME.as_secs()))
        })?;
        let outcome = self.finish(doing, connection, answer).map(|_| ());
        self.explained(outcome).await
    }

    /// Runs one `SHOW`, and gives the fields of each row that are not NULL by their names in lower case: where a field
    /// stands differs between versions.
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn show(&mut self, doing: &str, sql: &'static str) -> Result<Vec<BTreeMap<String, String>>, Error> {
        let mut connection = self.take(doing)?;
        self.traffic.add();
        let answer = within(QUERY_TIME, sqlx::raw_sql(sql).fetch_all(&mut connection)).await.ok_or_else(|| {
            Error::new(doing, ErrorKind::Timeout, format!("no answer within {} s", QUERY_TIME.as_secs()))
        })?;
        let named = |row: &MySqlRow| -> sqlx::Result<BTreeMap<String, String>> {
            let names = row.columns().iter().map(|column| column.name().to_ascii_lowercase());
            Ok(names.zip(text_row(row)?.into_fields()).filter_map(|(name, field)| Some((name, field?))).collect())
        };
        let answer = answer.and_then(|rows| rows.iter().map(named).collect());
        let outcome = self.finish(doing, connection, answer);
        self.explained(outcome).await
    }

    /// Runs a person's query as a prepared statement, which is exactly one statement, and says whether it gives a
    /// row. No value of the row leaves this function.
    ///
    /// # Errors
    /// The server's refusal, with its message only where that can't quote rows.
    pub async fn gives_rows(&mut self, doing: &str, query: &str) -> Result<bool, Error> {
        let mut connection = self.take(doing)?;
        self.traffic.add();
        let prepared = sqlx::query(AssertSqlSafe(query.to_owned())).fetch_all(&mut connection);
        let answer = within(QUERY_TIME, prepared).await.ok_or_else(|| {
            Error::new(doing, ErrorKind::Timeout, format!("no answer within {} s", QUERY_TIME.as_secs()))
        })?;
        let message = answer.as_ref().err().map(verify_message);
        let outcome = self.finish(doing, connection, answer.map(|rows| !rows.is_empty()));
        let outcome = outcome.map_err(|error| Error { message: message.unwrap_or_default(), ..error });
        self.explained(outcome).await
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

    /// Takes the server-wide lock `name`, if nobody holds it.
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn lock(&mut self, name: &str) -> Result<LockAttempt, Error> {
        let doing = format!("locking the schema on {}", self.address);
        let name = quote_literal(name);
        let results = self.batch(&doing, &format!("SELECT GET_LOCK({name}, 0), IS_USED_LOCK({name})")).await?;
        let row = results.first().and_then(|rows| rows.first());
        if row.is_some_and(|row| row.text(0) == "1") {
            return Ok(LockAttempt::Taken);
        }
        Ok(LockAttempt::HeldBy(row.and_then(|row| row.number(1))))
    }

    /// Releases the lock `name`. A connection that is gone has released it.
    pub async fn unlock(&mut self, name: &str) {
        let sql = format!("DO RELEASE_LOCK({})", quote_literal(name));
        if let Err(error) = self.batch("unlocking the schema", &sql).await {
            tracing::debug!(%error, "the lock goes with its connection");
            self.connection = None;
        }
    }

    fn take(&mut self, doing: &str) -> Result<MySqlConnection, Error> {
        self.connection.take().ok_or_else(|| {
            Error::new(doing, ErrorKind::ConnectionLost, format!("the connection to {} is gone", self.address))
        })
    }

    /// Keeps the connection only when it is known to be in order: an answer or a refusal was read to its end. What
    /// was given up in the middle is dropped, since its answer would be taken for that of the next statement.
    fn finish<T>(&mut self, doing: &str, connection: MySqlConnection, answer: sqlx::Result<T>) -> Result<T, Error> {
        match answer {
            Ok(value) => {
                self.connection = Some(connection);
                Ok(value)
            }
            Err(error) => {
                let sorted = Error::from_sqlx(doing, &error);
                if error.as_database_error().is_some() {
                    self.connection = Some(connection);
                }
                // Once connected, a refused or reset socket means that the server went away.
                let lost = matches!(sorted.kind, ErrorKind::Refused) && error.as_database_error().is_none();
                Err(if lost { Error { kind: ErrorKind::ConnectionLost, ..sorted } } else { sorted })
            }
        }
    }
}

/// The one place where an answer is waited for with a limit: what runs out of time must drop its connection.
#[allow(clippy::disallowed_methods)]
async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, future).await.ok()
}

fn options(login: &Login) -> MySqlConnectOptions {
    let mut options = MySqlConnectOptions::new()
        .host(&login.address.host)
        .port(login.address.port)
        .username(&login.username)
        .password(login.password.reveal())
        .ssl_mode(match login.tls {
            Tls::Disabled => MySqlSslMode::Disabled,
            Tls::Preferred => MySqlSslMode::Preferred,
            Tls::Required => MySqlSslMode::Required,
            Tls::VerifyCa => MySqlSslMode::VerifyCa,
            Tls::VerifyIdentity => MySqlSslMode::VerifyIdentity,
        })
        // We set the session ourselves, whole; sqlx would add PIPES_AS_CONCAT and others to sql_mode.
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        .set_names(false)
        // Statements can hold a person's literals; what we log of them is our decision.
        .disable_statement_logging();
    if let Some(ca) = &login.ca {
        options = options.ssl_ca_from_pem(ca.clone().into_bytes());
    }
    if let Some((certificate, key)) = &login.client {
        options = options.ssl_client_cert_from_pem(certificate).ssl_client_key_from_pem(key.reveal());
    }
    options
}
