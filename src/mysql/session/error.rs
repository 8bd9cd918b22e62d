//! The failures of a server, sorted by what a person would do about them. Messages quote no value of a row.

use std::fmt;

use sqlx::mysql::MySqlDatabaseError;

use super::shown_messages::public_message;
use crate::mysql::wire::ConnectError;

/// A failed operation on a server, in the server's own words, less anything that could be a row's value.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{doing}: {message}")]
pub struct Error {
    /// The operation, with its object: `connecting to 10.0.0.7:3306`.
    pub doing: String,
    pub kind: ErrorKind,
    pub message: String,
}

/// The kinds of failure that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Nothing listens there, the name does not resolve, or there is no route.
    Refused,
    /// No answer within the time allowed.
    Timeout,
    /// No encrypted connection as asked for: a certificate that does not verify, or a server without TLS.
    Tls,
    /// The server does not accept user and password.
    Authentication,
    /// The database is not there, or hidden from this account.
    UnknownDatabase,
    /// The account lacks a privilege.
    Privilege,
    /// Several rows have the same value for a new unique key.
    Duplicate,
    /// A lock could not be taken in time.
    LockWait,
    /// The server rolled the statement back in favour of another one: in a deadlock, or since another node of its
    /// cluster committed first.
    Deadlock,
    /// The node has not caught up with its cluster.
    Behind,
    /// The node's cluster has no quorum, or the node is not in it.
    OutOfCluster,
    /// Another session ended the statement, or the server is shutting down.
    Interrupted,
    /// A person asked for the statement to be ended.
    Cancelled,
    /// The connection broke. Whether the statement took effect is not known.
    ConnectionLost,
    /// This server does not accept writes.
    ReadOnly,
    /// The server refused for another reason, with this error number.
    Refusal(u16),
    /// The server answered something that we do not understand.
    Protocol,
    /// The server sent bytes that are no answer, or more than is taken.
    Violation,
    /// The operator may not connect to the address.
    NotAllowed,
    /// Something else has the name of an own table.
    NotOwn,
    /// It is too large to be written by the operator, which sends nothing.
    TooLarge,
    /// Another replica of the operator may lead by now, so this one sends nothing.
    Fenced,
}

impl Error {
    /// Makes an error of our own, without a server's answer.
    pub fn new(doing: impl Into<String>, kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { doing: doing.into(), kind, message: message.into() }
    }

    /// Makes an error of what can't be read or written.
    pub fn protocol(doing: impl Into<String>, cause: &dyn fmt::Display) -> Self {
        Self::new(doing, ErrorKind::Protocol, cause.to_string())
    }

    /// Sorts an error that sqlx reports.
    pub(super) fn from_sqlx(doing: &str, error: &sqlx::Error) -> Self {
        let (kind, message) = classify(error);
        Self { doing: doing.to_owned(), kind, message }
    }

    /// Sorts a failure to connect.
    pub(super) fn of_connecting(doing: &str, error: &ConnectError) -> Self {
        let kind = match error {
            ConnectError::Refused(refusal) => {
                let message = public_message(refusal.number, &refusal.message);
                return Self::new(doing, kind_of(refusal.number, &refusal.message), message);
            }
            ConnectError::NotAllowed(_) => ErrorKind::NotAllowed,
            ConnectError::Unresolved(_) => ErrorKind::Refused,
            ConnectError::Io(cause) => kind_of_io(cause),
            ConnectError::Tls(_) => ErrorKind::Tls,
            ConnectError::Violation(_) => ErrorKind::Violation,
            ConnectError::UnknownPlugin(_) | ConnectError::Withheld(_) => ErrorKind::Authentication,
            ConnectError::Nul | ConnectError::Local(_) => ErrorKind::Protocol,
        };
        Self::new(doing, kind, error.to_string())
    }

    /// Makes the error of an answer that there is no room for.
    pub(super) fn too_much(doing: &str) -> Self {
        let message = "the rows that are being read, of all servers, take more than 64 MiB; it is tried again";
        Self::new(doing, ErrorKind::Violation, message)
    }

    /// Makes the error of a message that this process may no longer send.
    pub(super) fn fenced(doing: &str) -> Self {
        let message = "this process no longer leads, so nothing was sent; the replica that leads goes on";
        Self::new(doing, ErrorKind::Fenced, message)
    }

    /// Makes the error of a message that the server has refused, since it came after its time.
    pub(super) fn too_late(doing: &str) -> Self {
        let message = "it came to the server later than this process may write for certain, so nothing was done; it is \
                       tried again";
        Self::new(doing, ErrorKind::Fenced, message)
    }

    /// Says whether the account may not ask for it, or the server does not have it.
    pub fn is_unavailable(&self) -> bool {
        matches!(self.kind, ErrorKind::Privilege | ErrorKind::Refusal(_))
    }

    /// Says whether the same attempt may succeed later by itself.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Refused
                | ErrorKind::Timeout
                | ErrorKind::LockWait
                | ErrorKind::Deadlock
                | ErrorKind::Behind
                | ErrorKind::OutOfCluster
                | ErrorKind::Interrupted
                | ErrorKind::ConnectionLost
                | ErrorKind::ReadOnly
        )
    }
}

impl ErrorKind {
    /// Says whether the statement alone failed, so that the same session may run others.
    pub fn is_of_statement(self) -> bool {
        match self {
            Self::Duplicate | Self::LockWait | Self::Deadlock | Self::Refusal(_) => true,
            // What lacks is likely to lack for the others too.
            Self::Privilege
            | Self::Refused
            | Self::Timeout
            | Self::Tls
            | Self::Authentication
            | Self::UnknownDatabase
            | Self::Behind
            | Self::OutOfCluster
            | Self::Interrupted
            | Self::Cancelled
            | Self::ConnectionLost
            | Self::ReadOnly
            | Self::Violation
            | Self::NotAllowed
            | Self::NotOwn
            | Self::TooLarge
            | Self::Fenced
            | Self::Protocol => false,
        }
    }

    /// Says whether the statement failed on rows, or for a reason of its own: the same again fails again.
    pub fn is_lasting(self) -> bool {
        match self {
            Self::Duplicate | Self::Refusal(_) => true,
            Self::Privilege
            | Self::LockWait
            | Self::Deadlock
            | Self::Refused
            | Self::Timeout
            | Self::Tls
            | Self::Authentication
            | Self::UnknownDatabase
            | Self::Behind
            | Self::OutOfCluster
            | Self::Interrupted
            | Self::Cancelled
            | Self::ConnectionLost
            | Self::ReadOnly
            | Self::Violation
            | Self::NotAllowed
            | Self::NotOwn
            | Self::TooLarge
            | Self::Fenced
            | Self::Protocol => false,
        }
    }
}

fn classify(error: &sqlx::Error) -> (ErrorKind, String) {
    match error {
        sqlx::Error::Database(database) => match database.try_downcast_ref::<MySqlDatabaseError>() {
            Some(refusal) => {
                (kind_of(refusal.number(), refusal.message()), public_message(refusal.number(), refusal.message()))
            }
            None => (ErrorKind::Protocol, database.to_string()),
        },
        sqlx::Error::Tls(cause) => (ErrorKind::Tls, cause.to_string()),
        sqlx::Error::Io(cause) => (kind_of_io(cause), describe(cause)),
        other => (ErrorKind::Protocol, describe(other)),
    }
}

/// rustls reports a refused certificate as invalid data (sqlx 0.9).
fn kind_of_io(cause: &std::io::Error) -> ErrorKind {
    use std::io::ErrorKind as Io;
    match cause.kind() {
        Io::InvalidData => ErrorKind::Tls,
        Io::TimedOut => ErrorKind::Timeout,
        Io::UnexpectedEof | Io::ConnectionReset | Io::ConnectionAborted | Io::BrokenPipe => ErrorKind::ConnectionLost,
        _ => ErrorKind::Refused,
    }
}

/// Describes an error with its causes, each once.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        source = cause.source();
    }
    text
}

/// Sorts an error number. The numbers are the same in MySQL and MariaDB, except for the statement time-out (3024 and
/// 1969).
fn kind_of(number: u16, message: &str) -> ErrorKind {
    match number {
        1045 | 1698 | 1862 | 3118 | 3955 | 4151 => ErrorKind::Authentication,
        // ER_HOST_NOT_PRIVILEGED, ER_HOST_IS_BLOCKED: the server hangs up before it looks at a password.
        1129 | 1130 => ErrorKind::Authentication,
        3159 => ErrorKind::Tls,
        1049 => ErrorKind::UnknownDatabase,
        1044 | 1142 | 1143 | 1227 | 1370 | 1419 => ErrorKind::Privilege,
        1062 | 1586 => ErrorKind::Duplicate,
        1205 | 3572 => ErrorKind::LockWait,
        1213 => ErrorKind::Deadlock,
        // ER_UNKNOWN_COM_ERROR, by which a node of a cluster without a quorum refuses.
        1047 if message.contains("WSREP") => ErrorKind::OutOfCluster,
        3024 | 1969 => ErrorKind::Timeout,
        1317 | 1053 | 1927 | 3169 => ErrorKind::Interrupted,
        1290 if message.contains("read-only") || message.contains("read_only") => ErrorKind::ReadOnly,
        1836 => ErrorKind::ReadOnly,
        // ER_CON_COUNT_ERROR, ER_USER_LIMIT_REACHED, ER_TOO_MANY_USER_CONNECTIONS: these pass by themselves.
        1040 | 1203 | 1226 => ErrorKind::Refused,
        // ER_CLIENT_INTERACTION_TIMEOUT: MySQL's last word to a session that was idle for wait_timeout.
        1152 | 1158..=1161 | 1184 | 4031 => ErrorKind::ConnectionLost,
        other => ErrorKind::Refusal(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passes_by_itself_is_transient() {
        let of = |number| Error::new("testing", kind_of(number, ""), "").is_transient();
        assert!(of(1205) && of(1040) && of(1317));
        assert!(!of(1045) && !of(1062) && !of(1142) && !of(1064));
    }
}
