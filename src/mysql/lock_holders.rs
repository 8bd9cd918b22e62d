//! Finds who holds the metadata lock that a statement waits for. No literal of what they run leaves this file.

use std::fmt;

use super::session::{Error, Row, Rows, Session, select_list};
use super::wire::User;
use crate::schema::{Flavor, Identifier, quote_literal, redact};

/// The number of holders that a message names at most.
const NAMED: usize = 5;

/// A session that holds a lock, or may hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub connection: u64,
    /// `user@host`.
    pub account: String,
    pub is_idle: bool,
    /// The seconds for which it has been idle, or has run its statement.
    pub seconds: u64,
    /// The seconds for which its transaction has been open.
    pub transaction: Option<u64>,
    /// The statement that it runs, or ran last, without literals.
    pub statement: Option<String>,
}

/// The sessions that a statement waits for, as far as the server tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holders {
    Known(Vec<Holder>),
    /// The server tells who has a transaction open, but not which of them holds the lock.
    Perhaps(Vec<Holder>),
    /// The account may not see them; this is what it lacks.
    Hidden(&'static str),
}

select_list! {
    enum Field(flavor: Flavor) {
        Connection = match flavor {
            Flavor::MySql => "t.PROCESSLIST_ID",
            Flavor::MariaDb => "p.ID",
        },
        User = match flavor {
            Flavor::MySql => "t.PROCESSLIST_USER",
            Flavor::MariaDb => "p.USER",
        },
        Host = match flavor {
            Flavor::MySql => "t.PROCESSLIST_HOST",
            Flavor::MariaDb => "p.HOST",
        },
        Command = match flavor {
            Flavor::MySql => "t.PROCESSLIST_COMMAND",
            Flavor::MariaDb => "p.COMMAND",
        },
        Seconds = match flavor {
            Flavor::MySql => "t.PROCESSLIST_TIME",
            Flavor::MariaDb => "p.TIME",
        },
        Transaction = match flavor {
            Flavor::MySql => "MAX(IF(x.STATE = 'ACTIVE', FLOOR(x.TIMER_WAIT / 1000000000000), NULL))",
            // `trx_started` is in the server's own time zone.
            Flavor::MariaDb => {
                "TIMESTAMPDIFF(SECOND, x.trx_started, CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM'))"
            }
        },
        Statement = match flavor {
            Flavor::MySql => "MAX(s.DIGEST_TEXT)",
            Flavor::MariaDb => "p.INFO",
        },
    }
}

/// Finds who holds what the session `connection` waits for, to change this table.
///
/// # Errors
/// As [`Session::batch`]; that the account may not see it is no error.
pub async fn find_holders(
    session: &mut Session,
    connection: u64,
    database: &Identifier,
    table: &Identifier,
) -> Result<Holders, Error> {
    match session.dialect.flavor {
        Flavor::MySql => {
            let rows = ask(session, &mysql(connection)).await?;
            Ok(rows.map_or(Holders::Hidden("SELECT on performance_schema"), |rows| {
                Holders::Known(read_holders(session.user(), &rows))
            }))
        }
        Flavor::MariaDb => {
            if let Some(rows) = ask(session, &mariadb(connection, database, table)).await? {
                return Ok(Holders::Known(read_holders(session.user(), &rows)));
            }
            let rows = ask(session, &mariadb_transactions(connection)).await?;
            Ok(rows.map_or(Holders::Hidden("PROCESS, and the plugin metadata_lock_info"), |rows| {
                Holders::Perhaps(read_holders(session.user(), &rows))
            }))
        }
    }
}

/// Returns the rows of a query; `None` where the account or the server can't answer it.
async fn ask(session: &mut Session, sql: &str) -> Result<Option<Rows>, Error> {
    match session.batch("looking for the holders of a metadata lock", sql).await {
        Ok(results) => Ok(results.into_iter().next()),
        Err(error) if error.is_unavailable() => Ok(None),
        Err(error) => Err(error),
    }
}

fn mysql(connection: u64) -> String {
    format!(
        "SELECT {} FROM performance_schema.metadata_locks w \
         JOIN performance_schema.metadata_locks h ON h.OBJECT_TYPE = w.OBJECT_TYPE \
         AND h.OBJECT_SCHEMA <=> w.OBJECT_SCHEMA AND h.OBJECT_NAME <=> w.OBJECT_NAME \
         AND h.LOCK_STATUS = 'GRANTED' AND h.OWNER_THREAD_ID <> w.OWNER_THREAD_ID \
         JOIN performance_schema.threads t ON t.THREAD_ID = h.OWNER_THREAD_ID \
         LEFT JOIN performance_schema.events_transactions_current x ON x.THREAD_ID = t.THREAD_ID \
         LEFT JOIN performance_schema.events_statements_current s ON s.THREAD_ID = t.THREAD_ID \
         WHERE w.LOCK_STATUS = 'PENDING' AND w.OWNER_THREAD_ID = \
         (SELECT THREAD_ID FROM performance_schema.threads WHERE PROCESSLIST_ID = {connection}) \
         GROUP BY 1, 2, 3, 4, 5 ORDER BY 6 DESC, 5 DESC LIMIT {}",
        Field::select(Flavor::MySql),
        NAMED + 1
    )
}

/// Asks `METADATA_LOCK_INFO`, which is there where the plugin is installed.
fn mariadb(connection: u64, database: &Identifier, table: &Identifier) -> String {
    format!(
        "SELECT {} FROM information_schema.PROCESSLIST p \
         LEFT JOIN information_schema.INNODB_TRX x ON x.trx_mysql_thread_id = p.ID \
         WHERE p.ID <> {connection} AND p.ID IN (SELECT THREAD_ID FROM information_schema.METADATA_LOCK_INFO \
         WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {}) ORDER BY 6 DESC, 5 DESC LIMIT {}",
        Field::select(Flavor::MariaDb),
        quote_literal(database.as_str()),
        quote_literal(table.as_str()),
        NAMED + 1
    )
}

fn mariadb_transactions(connection: u64) -> String {
    format!(
        "SELECT {} FROM information_schema.INNODB_TRX x \
         JOIN information_schema.PROCESSLIST p ON p.ID = x.trx_mysql_thread_id \
         WHERE p.ID <> {connection} ORDER BY 6 DESC, 5 DESC LIMIT {}",
        Field::select(Flavor::MariaDb),
        NAMED + 1
    )
}

fn read_holders(user: &User, rows: &[Row]) -> Vec<Holder> {
    let holder = |row: &Row| Holder {
        connection: row.number(Field::Connection).unwrap_or_default(),
        account: user.account(row.text(Field::User), row.text(Field::Host)),
        is_idle: row.text(Field::Command) == "Sleep",
        seconds: row.number(Field::Seconds).unwrap_or_default(),
        transaction: row.number(Field::Transaction),
        // A digest has no literals left, and passes through unchanged but for its spaces.
        statement: row.optional(Field::Statement).and_then(redact),
    };
    rows.iter().map(holder).collect()
}

impl Holders {
    /// Returns the connections that hold the lock, or may hold it; none where they are hidden.
    pub fn connections(&self) -> Vec<u64> {
        match self {
            Self::Known(holders) | Self::Perhaps(holders) => holders.iter().map(|holder| holder.connection).collect(),
            Self::Hidden(_) => Vec::new(),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connection {} of {}", self.connection, self.account)?;
        if let Some(seconds) = self.transaction {
            write!(f, ", in a transaction for {seconds} s")?;
        }
        match (self.is_idle, &self.statement) {
            (true, None) => write!(f, ", idle for {} s", self.seconds),
            (true, Some(last)) => write!(f, ", idle for {} s after: {last}", self.seconds),
            (false, None) => write!(f, ", busy for {} s", self.seconds),
            (false, Some(statement)) => write!(f, ", running for {} s: {statement}", self.seconds),
        }
    }
}

impl fmt::Display for Holders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, named) = match self {
            Self::Known(named) => ("it is held by ", named),
            Self::Perhaps(named) => ("the server does not tell who holds it; transactions that are open: ", named),
            Self::Hidden(missing) => {
                return write!(f, "who holds it is hidden from this account: that takes {missing}");
            }
        };
        if named.is_empty() {
            return f.write_str("no session is seen to hold it");
        }
        f.write_str(before)?;
        for (at, holder) in named.iter().take(NAMED).enumerate() {
            write!(f, "{}{holder}", if at > 0 { "; " } else { "" })?;
        }
        if named.len() > NAMED { f.write_str("; and others") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders_are_named_in_one_line() {
        let holder = Holder {
            connection: 7,
            account: "app@10.0.0.3".to_owned(),
            is_idle: true,
            seconds: 25,
            transaction: Some(312),
            statement: Some("SELECT ?".to_owned()),
        };
        let text = Holders::Known(vec![holder.clone()]).to_string();
        let expected =
            "it is held by connection 7 of app@10.0.0.3, in a transaction for 312 s, idle for 25 s after: SELECT ?";
        assert_eq!(text, expected);
        assert!(Holders::Perhaps(vec![holder; NAMED + 1]).to_string().ends_with("; and others"));
        assert!(Holders::Known(Vec::new()).to_string().starts_with("no session is seen"));
    }
}
