//! Reads from a second session what another session is doing, and ends its statement. An account sees its own sessions
//! without any privilege, and may end their statements.

use std::time::Duration;

use super::session::{Error, ErrorKind, Row, Session, select_list};
use super::wire::User;
use crate::schema::{Dialect, Flavor};

/// Another session, as the process list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// `user@host`.
    pub account: String,
    /// The time that it has been in the same statement.
    pub age: Duration,
    /// The server's own words for what it is doing.
    pub state: String,
    /// The beginning of the statement that runs; empty where none does.
    pub statement: String,
    /// The part of the statement that is done, where the server tells.
    pub percent: Option<u8>,
}

/// The activity of a statement, as far as its state tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// It waits for others.
    Waits,
    /// It does what would have to be done again, were it ended.
    Works,
    /// Anything else: what comes before and after the work.
    Other,
}

/// The outcome of a request to end a statement.
#[derive(Debug, Clone)]
pub enum KillAttempt {
    /// The statement ends, or its session is gone.
    Sent,
    /// All nodes of a cluster execute the statement, so that none may end it. Holds the server's refusal.
    RefusedByCluster(Error),
}

select_list! {
    enum Field(percent: &str) {
        User = "USER",
        Host = "HOST",
        Seconds = "TIME",
        State = "STATE",
        Statement = "LEFT(INFO, 300)",
        Percent = percent,
    }
}

select_list! {
    enum StageField() {
        Percent = "CAST(FLOOR(WORK_COMPLETED * 100 / WORK_ESTIMATED) AS UNSIGNED)",
    }
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
    /// Tells from the state what the statement is doing.
    pub fn activity(&self) -> Activity {
        let waits = self.state.starts_with("Waiting for ")
            && ["lock", "table flush"].iter().any(|what| self.state.contains(what));
        let works =
            self.percent.is_some_and(|percent| percent > 0) || WORK.iter().any(|work| self.state.starts_with(work));
        if waits {
            Activity::Waits
        } else if works {
            Activity::Works
        } else {
            Activity::Other
        }
    }
}

/// Looks at the session with this number; `None` where there is none any more. With `stages` it also asks how much is
/// done, for which MySQL wants a privilege.
///
/// # Errors
/// As [`Session::batch`].
pub async fn find_process(session: &mut Session, connection: u64, stages: bool) -> Result<Option<Process>, Error> {
    let doing = "looking at a statement that runs";
    let results = session.batch(doing, &query(session.dialect, connection, stages)).await?;
    let mut results = results.iter().map(|rows| rows.first());
    let row = results.next().flatten();
    let stage = results.next().flatten();
    Ok(row.map(|row| read_process(session.user(), row, stage)))
}

fn query(dialect: Dialect, connection: u64, stages: bool) -> String {
    let select =
        |table: &str, percent: &str| format!("SELECT {} FROM {table} WHERE ID = {connection}", Field::select(percent));
    match dialect.flavor {
        // Copying is the first of two to four stages, and the only one that takes long.
        Flavor::MariaDb => select(
            "information_schema.PROCESSLIST",
            "IF(STAGE = 1 AND STATE = 'copy to tmp table', CAST(FLOOR(PROGRESS) AS UNSIGNED), NULL)",
        ),
        // The table in information_schema fails while any session's statement has a 4-byte character (3854).
        Flavor::MySql if dialect.at_least(8, 0, 22) => {
            let sql = select("performance_schema.processlist", "NULL");
            if !stages {
                return sql;
            }
            // Once the work exceeds its estimate, the estimate follows it, and tells nothing.
            format!(
                "{sql}; SELECT {} FROM performance_schema.events_stages_current \
                 WHERE THREAD_ID = PS_THREAD_ID({connection}) AND WORK_COMPLETED < WORK_ESTIMATED",
                StageField::select()
            )
        }
        Flavor::MySql => select("information_schema.PROCESSLIST", "NULL"),
    }
}

fn read_process(user: &User, row: &Row, stage: Option<&Row>) -> Process {
    let percent = stage.and_then(|stage| stage.number(StageField::Percent)).or_else(|| row.number(Field::Percent));
    Process {
        account: user.account(row.text(Field::User), row.text(Field::Host)),
        age: Duration::from_secs(row.number(Field::Seconds).unwrap_or_default()),
        state: row.text(Field::State).to_owned(),
        statement: row.text(Field::Statement).to_owned(),
        percent: percent.map(|percent: u8| percent.min(100)),
    }
}

/// Has the server count how much of a statement is done, from the next statement on: MySQL does not by default. Returns
/// false where the account may not ask for it.
///
/// # Errors
/// As [`Session::batch`], except for a missing privilege.
pub async fn count_stages(session: &mut Session) -> Result<bool, Error> {
    if session.dialect.flavor == Flavor::MariaDb {
        return Ok(false);
    }
    let sql = "SELECT COUNT(*) FROM performance_schema.events_stages_current; \
               UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' \
               WHERE NAME = 'events_stages_current' AND ENABLED = 'NO'";
    match session.batch("asking for the progress of statements", sql).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_unavailable() => Ok(false),
        Err(error) => Err(error),
    }
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
