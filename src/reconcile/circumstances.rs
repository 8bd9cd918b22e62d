//! What may hold a step beside consent: the time, a tool that works on its table, replicas that lag behind. It is
//! measured for a plan, and again right before each step.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use jiff::{Timestamp, Zoned};

use super::not_ready::NotReady;
use super::request::Request;
use crate::mysql::{Lag, Login, Purpose, Replica, Row, Servers, Session, read_lag, read_replicas};
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
    ///
    /// # Errors
    /// The list of replicas can't be read.
    pub async fn around(servers: &Servers, request: &Request, plan: &Plan, live: &Schema) -> Result<Self, NotReady> {
        let there = || live.tables.iter().map(|table| &table.name);
        let altered = plan.steps.iter().filter(|step| step.before.is_some()).map(|step| &step.table);
        let online_changes =
            altered.filter_map(|table| Some((table.clone(), online_change(table, there())?))).collect();
        let lagging = match request.spec.max_replica_lag {
            None => None,
            Some(limit) => {
                let session = servers.session(&request.asker.login, Purpose::Read).await;
                let mut session = session.map_err(|error| NotReady::connecting(&error))?;
                lagging(servers, &mut session, request, limit).await?
            }
        };
        Ok(Self { now: Timestamp::now(), online_changes, lagging })
    }
}

/// Whether the window is still open for a step, and the replicas keep up.
///
/// # Errors
/// The replicas can't be read.
pub async fn is_clear(
    servers: &Servers,
    session: &mut Session,
    request: &Request,
    step: &Step,
) -> Result<bool, NotReady> {
    if !is_in_time(request, step, Timestamp::now()) {
        return Ok(false);
    }
    Ok(match request.spec.max_replica_lag {
        Some(limit) => lagging(servers, session, request, limit).await?.is_none(),
        None => true,
    })
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
async fn lagging(
    servers: &Servers,
    session: &mut Session,
    request: &Request,
    limit: Duration,
) -> Result<Option<String>, NotReady> {
    let replicas = read_replicas(session).await.map_err(|error| NotReady::connecting(&error))?;
    let asked = replicas.iter().map(|replica| lags(servers, request, replica, limit));
    let found: Vec<String> = join_all(asked).await.into_iter().flatten().collect();
    Ok((!found.is_empty()).then(|| found.join("; ")))
}

/// Returns what is wrong with one replica; `None` where it keeps up.
async fn lags(servers: &Servers, request: &Request, replica: &Replica, limit: Duration) -> Option<String> {
    let Some(address) = &replica.address else {
        return Some(format!("replica {} does not say where it can be asked: set its report_host", replica.server_id));
    };
    let unasked = |why: String| Some(format!("replica {address} can't be asked how far it lags behind: {why}"));
    if let Err(why) = request.asker.guard.check(address.clone()).await {
        return unasked(why);
    }
    let login = Login { address: address.clone(), ..request.asker.login.clone() };
    let lag = match servers.session(&login, Purpose::Read).await {
        Ok(mut session) => read_lag(&mut session).await,
        Err(error) => Err(error),
    };
    match lag {
        Ok(Lag::Seconds(seconds)) if seconds <= limit.as_secs() => None,
        Ok(Lag::Seconds(_)) => Some(format!("replica {address} lags behind by more than {} s", limit.as_secs())),
        Ok(Lag::Unknown) => {
            Some(format!("replica {address} does not replicate, or does not know how far it lags behind"))
        }
        Err(error) => unasked(error.to_string()),
    }
}
