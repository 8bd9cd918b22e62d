//! The comment at the beginning of each statement of a change. It tells in the process list whose the statement is.

use super::request::Request;
use crate::mysql::{Error, Process, Purpose, Servers, find_process};

/// How the comment begins.
const PREFIX: &str = "/* schema-operator uid=";

/// Whose a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementMark<'a> {
    /// The UID of the resource.
    pub uid: &'a str,
    pub step_id: &'a str,
}

impl<'a> StatementMark<'a> {
    /// Reads the mark of a statement; `None` where a change did not send it.
    pub fn read(statement: &'a str) -> Option<Self> {
        let (uid, rest) = statement.strip_prefix(PREFIX)?.split_once(" step=")?;
        let (step_id, _) = rest.split_once(" */")?;
        Some(Self { uid, step_id })
    }
}

/// Returns the statement with its mark.
pub fn mark_statement(uid: &str, step_id: &str, statement: &str) -> String {
    // Nothing may end the comment early.
    let uid: String = uid.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    format!("{PREFIX}{uid} step={step_id} */ {statement}")
}

/// Returns whether a connection runs a statement of this very resource: an earlier run of the operator left it behind.
pub async fn runs_own_statement(servers: &Servers, request: &Request, connection: u64) -> bool {
    match find_connection(servers, request, connection).await {
        Ok(process) => process.is_some_and(|process| {
            StatementMark::read(&process.statement).is_some_and(|mark| mark.uid == request.asker.uid)
        }),
        // The change that does not get the lock will name its holder.
        Err(error) => {
            tracing::debug!(%error, connection, "the holder of the lock can't be seen");
            false
        }
    }
}

/// Finds what a connection does now.
///
/// # Errors
/// As [`find_process`].
pub async fn find_connection(servers: &Servers, request: &Request, connection: u64) -> Result<Option<Process>, Error> {
    let mut session = servers.session(&request.asker.login, Purpose::Watch).await?;
    find_process(&mut session, connection, false).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_back() {
        let statement = mark_statement("0f-1*/x", "abc", "ALTER TABLE t");
        assert_eq!(statement, "/* schema-operator uid=0f-1x step=abc */ ALTER TABLE t");
        assert_eq!(StatementMark::read(&statement), Some(StatementMark { uid: "0f-1x", step_id: "abc" }));
        assert_eq!(StatementMark::read("ALTER TABLE t"), None);
    }
}
