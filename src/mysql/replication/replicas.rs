//! Reads how far a replica lags behind.

use std::collections::BTreeMap;

use crate::mysql::{Error, ErrorKind, Session};
use crate::schema::Dialect;

/// The time that a replica lags behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lag {
    Seconds(u64),
    /// It does not replicate, or does not know.
    Unknown,
}

/// Reads how far this server, a replica, lags behind: by the slowest of its channels.
///
/// # Errors
/// As [`Session::batch`]; among them that the account lacks `REPLICATION CLIENT` (MariaDB: `REPLICA MONITOR`).
pub async fn read_lag(session: &mut Session) -> Result<Lag, Error> {
    let sql = match session.dialect {
        dialect if dialect.is_mariadb() => "SHOW ALL SLAVES STATUS",
        dialect if is_old(dialect) => "SHOW SLAVE STATUS",
        _ => "SHOW REPLICA STATUS",
    };
    let channels = show(session, "reading how far a replica lags behind", sql).await?;
    let seconds = channels.iter().map(|channel| {
        let field = channel.get("seconds_behind_source").or_else(|| channel.get("seconds_behind_master"));
        field.and_then(|text| text.parse::<u64>().ok())
    });
    // One channel that does not tell makes the whole lag unknown.
    let slowest = seconds.collect::<Option<Vec<u64>>>().and_then(|seconds| seconds.into_iter().max());
    Ok(slowest.map_or(Lag::Unknown, Lag::Seconds))
}

/// Runs a `SHOW`. A global privilege counts for connections that are made after it was granted, so one that lacks it is
/// not used again.
async fn show(session: &mut Session, doing: &str, sql: &'static str) -> Result<Vec<BTreeMap<String, String>>, Error> {
    let rows = session.show(doing, sql).await;
    if rows.as_ref().is_err_and(|error| error.kind == ErrorKind::Privilege) {
        session.abandon();
    }
    rows
}

/// Says whether the server knows these statements by their former names alone.
fn is_old(dialect: Dialect) -> bool {
    dialect.is_mariadb() || !dialect.at_least(8, 0, 22)
}
