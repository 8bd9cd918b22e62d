//! What may hold a step beside consent: the time, a tool that works on its table, replicas that lag behind. It is
//! measured for a plan, and again right before each step.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use jiff::{Timestamp, Zoned};

use super::request::Request;
use crate::mysql::{Lag, Login, Purpose, Row, Servers, read_lag};
use crate::plan::{OnlineChange, Plan, Step, online_change};
use crate::schema::{Identifier, Schema, quote_literal};

/// What holds steps of a plan beside consent.
#[derive(Debug, Clone)]
pub struct Circumstances {
    pub now: Timestamp,
    /// Tables that a tool for online schema changes works on.
    pub online_changes: BTreeMap<Identifier, OnlineChange>,
    /// Why no step may begin while replicas lag behind.
    pub lagging: Option<String>,
}

impl Circumstances {
    /// Returns circumstances in which nothing holds a step back, at this time.
    pub fn now() -> Self {
        Self { now: Timestamp::now(), online_changes: BTreeMap::new(), lagging: None }
    }

    /// Measures the circumstances of a plan for a database as it was read.
    pub async fn around(servers: &Servers, request: &Request, plan: &Plan, live: &Schema) -> Self {
        let there = || live.tables.iter().map(|table| &table.name);
        let altered = plan.steps.iter().filter(|step| step.before.is_some()).map(|step| &step.table);
        let online_changes =
            altered.filter_map(|table| Some((table.clone(), online_change(table, there())?))).collect();
        let lagging = match request.spec.max_replica_lag {
            None => None,
            Some(limit) => lagging(servers, request, limit).await,
        };
        Self { now: Timestamp::now(), online_changes, lagging }
    }
}

/// Whether the window is still open for a step, and the replicas keep up.
pub async fn is_clear(servers: &Servers, request: &Request, step: &Step) -> bool {
    if !is_in_time(request, step, Timestamp::now()) {
        return false;
    }
    match request.spec.max_replica_lag {
        Some(limit) => lagging(servers, request, limit).await.is_none(),
        None => true,
    }
}

/// Returns the query for the tables that show which tools are at work.
pub fn traces_of_tools(database: &Identifier) -> String {
    format!(
        "SELECT CAST(TABLE_NAME AS CHAR) FROM information_schema.TABLES WHERE TABLE_SCHEMA = {} AND TABLE_NAME LIKE \
         '|_%' ESCAPE '|'",
        quote_literal(database.as_str())
    )
}

/// Whether a tool works on the table that a step changes, by the rows of [`traces_of_tools`].
pub fn is_worked_on(step: &Step, traces: &[Row]) -> bool {
    let there: Vec<Identifier> = traces.iter().filter_map(|row| Identifier::new(row.text(0)).ok()).collect();
    step.before.is_some() && online_change(&step.table, &there).is_some()
}

/// Whether the window lets a step begin now. A window that was open when the plan was made may have closed.
pub fn is_in_time(request: &Request, step: &Step, now: Timestamp) -> bool {
    opens(request, step, now).is_none()
}

/// Returns when the window opens for this step; `None` where it may begin now. A step without a risk needs no window.
pub fn opens(request: &Request, step: &Step, now: Timestamp) -> Option<Zoned> {
    request.spec.window.as_ref().filter(|_| !step.risks.is_empty())?.opens(now)
}

/// Returns why no step may begin: a replica lags behind by more than `limit`, or can't be asked.
async fn lagging(servers: &Servers, request: &Request, limit: Duration) -> Option<String> {
    let replicas = &request.asker.replicas;
    if replicas.is_empty() {
        let message = "no replica can be asked how far it lags behind: spec.policy.replicas names them by their Secrets, \
                       which only the operator reads";
        return Some(message.to_owned());
    }
    let asked = replicas.iter().map(|replica| lags(servers, replica, limit));
    let found: Vec<String> = join_all(asked).await.into_iter().flatten().collect();
    (!found.is_empty()).then(|| found.join("; "))
}

/// Returns what is wrong with one replica; `None` where it keeps up.
async fn lags(servers: &Servers, replica: &Login, limit: Duration) -> Option<String> {
    let address = &replica.address;
    let lag = match servers.session(replica, Purpose::Read).await {
        Ok(mut session) => read_lag(&mut session).await,
        Err(error) => Err(error),
    };
    match lag {
        Ok(Lag::Seconds(seconds)) if seconds <= limit.as_secs() => None,
        Ok(Lag::Seconds(_)) => Some(format!("the replica at {address} lags behind by more than {} s", limit.as_secs())),
        Ok(Lag::Unknown) => {
            Some(format!("the replica at {address} does not replicate, or does not know how far it lags behind"))
        }
        Err(error) => Some(format!("the replica at {address} can't be asked how far it lags behind: {error}")),
    }
}
