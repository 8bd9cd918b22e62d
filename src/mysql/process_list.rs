//! What another session is doing, seen from a session beside it. An account sees its own sessions without any
//! privilege, and may end their statements.

use std::time::Duration;

use super::session::Row;
use super::session::Session;
use super::session::{Error, ErrorKind};
use crate::schema::{Dialect, Flavor};

/// Another session, as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// `user@host`.
    pub account: String,
    /// How long it has been in the same statement.
    pub age: Duration,
    /// The server's own words for what it is doing.
    pub state: String,
    /// The beginning of the statement that runs; empty where none does.
    pub statement: String,
    /// How much of the statement is done, where the server tells.
    pub percent: Option<u8>,
}

/// What the state of a statement means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// It waits for others.
    Waits,
    /// It is at what would have to be done again, were it ended.
    Works,
    /// Anything else: the moments before and after.
    Other,
}

/// States of an `ALTER TABLE` that come after its first wait for a lock, in MySQL 9.7 and MariaDB 10.11 and 11.8.
const WORK: [&str; 8] = [
    "altering table",
    "alter table (",
    "copy to tmp table",
    "committing alter table",
    "rename result table",
    "Enabling keys",
    "Repair by sorting",
    "Repair with keycache",
];

impl Process {
    /// What the state means.
    pub fn activity(&self) -> Activity {
        let waits = self.state.starts_with("Waiting for ")
            && ["lock", "table flush"].iter().any(|what| self.state.contains(what));
        match () {
            () if waits => Activity::Waits,
            () if self.percent.is_some_and(|percent| percent > 0) => Activity::Works,
            () if WORK.iter().any(|work| self.state.starts_with(work)) => Activity::Works,
            () => Activity::Other,
        }
    }
}

/// Looks at the session with this number; `None` where there is none any more. `stages`: also at how much is done, for
/// which MySQL asks for a privilege.
///
/// # Errors
/// As [`Session::batch`].
pub async fn find_process(session: &mut Session, connection: u64, stages: bool) -> Result<Option<Process>, Error> {
    let doing = "looking at a statement that runs";
    let results = session.batch(doing, &query(session.dialect, connection, stages)).await?;
    let mut results = results.into_iter();
    let row = results.next().and_then(|rows| rows.into_iter().next());
    let stage = results.next().and_then(|rows| rows.into_iter().next());
    Ok(row.map(|row| read_process(&row, stage.as_ref())))
}

fn read_process(row: &Row, stage: Option<&Row>) -> Process {
    let percent = stage.and_then(|stage| stage.number(0)).or_else(|| row.number(5));
    Process {
        account: format!("{}@{}", row.text(0), row.text(1)),
        age: Duration::from_secs(row.number(2).unwrap_or_default()),
        state: row.text(3).to_owned(),
        statement: row.text(4).to_owned(),
        percent: percent.map(|percent: u8| percent.min(100)),
    }
}

fn query(dialect: Dialect, connection: u64, stages: bool) -> String {
    let of = |table: &str, percent: &str| {
        format!("SELECT USER, HOST, TIME, STATE, LEFT(INFO, 300), {percent} FROM {table} WHERE ID = {connection}")
    };
    match dialect.flavor {
        // Copying is the first of two to four stages, and the only one that takes long.
        Flavor::MariaDb => of(
            "information_schema.PROCESSLIST",
            "IF(STAGE = 1 AND STATE = 'copy to tmp table', CAST(FLOOR(PROGRESS) AS UNSIGNED), NULL)",
        ),
        // The table in information_schema fails while any session's statement has a 4-byte character (3854).
        Flavor::MySql if dialect.at_least(8, 0, 22) => {
            let sql = of("performance_schema.processlist", "NULL");
            if !stages {
                return sql;
            }
            format!(
                // An estimate that is exceeded follows what is done, and says nothing.
                "{sql}; SELECT CAST(FLOOR(WORK_COMPLETED * 100 / WORK_ESTIMATED) AS UNSIGNED) \
                 FROM performance_schema.events_stages_current \
                 WHERE THREAD_ID = PS_THREAD_ID({connection}) AND WORK_COMPLETED < WORK_ESTIMATED"
            )
        }
        Flavor::MySql => of("information_schema.PROCESSLIST", "NULL"),
    }
}

/// Has the server count how much of a statement is done, from the next statement on: MySQL does not by default. False
/// where the account may not ask for it.
///
/// # Errors
/// As [`Session::batch`], but for a missing privilege.
pub async fn count_stages(session: &mut Session) -> Result<bool, Error> {
    if session.dialect.flavor == Flavor::MariaDb {
        return Ok(false);
    }
    let sql = "SELECT COUNT(*) FROM performance_schema.events_stages_current; \
               UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' \
               WHERE NAME = 'events_stages_current' AND ENABLED = 'NO'";
    match session.batch("asking for the progress of statements", sql).await {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind, ErrorKind::Privilege | ErrorKind::Refusal(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// How the server answers the request to end a statement.
#[derive(Debug, Clone)]
pub enum KillAttempt {
    /// The statement ends, or its session is gone.
    Sent,
    /// All nodes of a cluster execute the statement, so that none may end it. Holds the server's refusal.
    RefusedByCluster(Error),
}

/// Ends the statement that the session with this number runs; the session itself stays.
///
/// # Errors
/// As [`Session::batch`]; among them that the account may not.
pub async fn end_statement(session: &mut Session, connection: u64) -> Result<KillAttempt, Error> {
    /// ER_NO_SUCH_THREAD
    const GONE: ErrorKind = ErrorKind::Refusal(1094);
    /// ER_KILL_DENIED_ERROR. A Galera node answers with it, too, and says why in words alone (MariaDB 10.11.19).
    const DENIED: ErrorKind = ErrorKind::Refusal(1095);
    match session.batch("ending a statement", &format!("KILL QUERY {connection}")).await {
        Ok(_) => Ok(KillAttempt::Sent),
        Err(error) if error.kind == GONE => Ok(KillAttempt::Sent),
        Err(error) if error.kind == DENIED && error.message.contains("cluster") => {
            Ok(KillAttempt::RefusedByCluster(error))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_from_work() {
        let of = |state: &str, percent| {
            let (account, statement) = (String::new(), String::new());
            Process { account, age: Duration::ZERO, state: state.to_owned(), statement, percent }.activity()
        };
        assert_eq!(of("Waiting for table metadata lock", None), Activity::Waits);
        assert_eq!(of("Waiting for table flush", Some(40)), Activity::Waits);
        assert_eq!(of("alter table (read PK and internal sort)", None), Activity::Works);
        assert_eq!(of("copy to tmp table", Some(0)), Activity::Works);
        assert_eq!(of("checking permissions", None), Activity::Other);
        assert_eq!(of("", Some(1)), Activity::Works);
    }
}
