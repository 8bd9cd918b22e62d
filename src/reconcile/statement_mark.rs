//! The comment that each statement of a change begins with, by which it is known in the process list.

use super::request::Request;
use crate::mysql::{Error, Process, Purpose, Servers, find_process};

/// The comment that each statement of ours begins with.
const MARK: &str = "/* schema-operator uid=";

/// What a statement of ours says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark<'a> {
    pub uid: &'a str,
    pub step: &'a str,
}

impl<'a> Mark<'a> {
    pub fn read(statement: &'a str) -> Option<Self> {
        let (uid, rest) = statement.strip_prefix(MARK)?.split_once(" step=")?;
        let (step, _) = rest.split_once(" */")?;
        Some(Self { uid, step })
    }
}

/// The statement, marked so that whoever finds it in the process list knows whose it is.
pub fn marked(uid: &str, step: &str, statement: &str) -> String {
    // Nothing that could end the comment.
    let uid: String = uid.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    format!("{MARK}{uid} step={step} */ {statement}")
}

/// Whether a connection runs a statement of this very resource.
pub async fn is_left_behind(servers: &Servers, request: &Request, connection: u64) -> bool {
    let look = async || -> Result<Option<Process>, Error> {
        let mut session = servers.session(&request.asker.login, Purpose::Watch).await?;
        find_process(&mut session, connection, false).await
    };
    match look().await {
        Ok(seen) => {
            seen.is_some_and(|seen| Mark::read(&seen.statement).is_some_and(|mark| mark.uid == request.asker.uid))
        }
        // Whoever holds the lock is named once the change is refused it.
        Err(error) => {
            tracing::debug!(%error, connection, "whoever holds the lock is out of sight");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_back() {
        let statement = marked("0f-1*/x", "abc", "ALTER TABLE t");
        assert_eq!(statement, "/* schema-operator uid=0f-1x step=abc */ ALTER TABLE t");
        assert_eq!(Mark::read(&statement), Some(Mark { uid: "0f-1x", step: "abc" }));
        assert_eq!(Mark::read("ALTER TABLE t"), None);
    }
}
