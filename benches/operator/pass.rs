//! Does what the operator does at each interval: reads, compares, counts.

use std::time::Instant;

use futures::TryStreamExt;
use schema_operator::mysql::{AddressRule, Guarded, Login, Scope, Session, bulk_queries, observe, open_guarded};
use schema_operator::plan::{plan, undeclared};
use schema_operator::schema::{DeclaredSchema, Dialect, Identifier};
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions};

use crate::Result;
use crate::stats::millis;

/// The milliseconds of one pass.
#[derive(Debug, Clone, Copy)]
pub struct Pass {
    pub read: f64,
    pub compare: f64,
}

impl Pass {
    pub fn whole(self) -> f64 {
        self.read + self.compare
    }
}

/// Reads and compares. Fails unless `steps` are planned, and nothing is undeclared.
pub async fn pass(
    session: &mut Session,
    database: &Identifier,
    declared: &DeclaredSchema,
    steps: usize,
) -> Result<Pass> {
    let began = Instant::now();
    let live = observe(session, Scope { database, table: None }).await?.schema;
    let read = millis(began.elapsed());
    let began = Instant::now();
    let planned = plan(declared, &live).map_err(|refusals| format!("{refusals:?}"))?;
    let beside = undeclared(declared, &live);
    let compare = millis(began.elapsed());
    if planned.steps.len() != steps || beside.tables + beside.columns + beside.indexes > 0 {
        return Err(format!("{} steps are planned, and {beside:?} undeclared", planned.steps.len()).into());
    }
    Ok(Pass { read, compare })
}

/// The same queries, sent by a client that ignores the rows.
pub struct BareQueries {
    client: Client,
    text: String,
}

/// How a client is connected.
enum Client {
    /// By sqlx itself.
    Direct(MySqlConnection),
    /// By sqlx through the operator's guard.
    Guarded(Guarded),
}

impl BareQueries {
    pub async fn connect(login: &Login, database: &Identifier, dialect: Dialect) -> Result<Self> {
        let options = MySqlConnectOptions::new()
            .host(&login.address.host)
            .port(login.address.port)
            .username(login.user.reveal())
            .password(login.password.reveal())
            // As the operator's own connection in this measurement.
            .ssl_mode(MySqlSslMode::Preferred)
            .disable_statement_logging();
        Ok(Self { client: Client::Direct(options.connect().await?), text: Self::text(database, dialect) })
    }

    /// As [`BareQueries::connect`], with the guard between.
    pub async fn connect_guarded(login: &Login, database: &Identifier, dialect: Dialect) -> Result<Self> {
        let connection = open_guarded(login, None, &AddressRule::all()).await?;
        Ok(Self { client: Client::Guarded(connection), text: Self::text(database, dialect) })
    }

    fn text(database: &Identifier, dialect: Dialect) -> String {
        bulk_queries(Scope { database, table: None }, dialect)
    }

    /// Sends the queries, and reads all rows of the answer. Returns the milliseconds.
    pub async fn run(&mut self) -> Result<f64> {
        let connection = match &mut self.client {
            Client::Direct(connection) => connection,
            Client::Guarded(guarded) => &mut guarded.connection,
        };
        let began = Instant::now();
        let mut answers = sqlx::raw_sql(AssertSqlSafe(self.text.clone())).fetch_many(connection);
        while answers.try_next().await?.is_some() {}
        Ok(millis(began.elapsed()))
    }
}
