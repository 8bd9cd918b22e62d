//! Group Replication of MySQL: whether the server's group has a majority that it can reach. Without one a statement that
//! changes anything does not fail but waits, and holds its locks meanwhile (tried on 9.7).

use crate::mysql::Row;
use crate::mysql::Session;
use crate::mysql::{Error, ErrorKind};

/// A further column of a SELECT: whether the server is to be in a group. A comment to MariaDB. Every account may ask this.
pub const IN_GROUP: &str = "/*!80022 , (SELECT COUNT(*) FROM performance_schema.global_variables \
     WHERE VARIABLE_NAME = 'group_replication_group_name' AND VARIABLE_VALUE <> '') */";

/// Who is in the group, as this server sees it; nobody where it is in none.
const MEMBERS: &str = "SELECT CAST(COUNT(*) AS CHAR), CAST(SUM(MEMBER_STATE = 'UNREACHABLE') AS CHAR), \
     MAX(IF(MEMBER_ID = @@server_uuid, CAST(MEMBER_STATE AS CHAR), NULL)) \
     FROM performance_schema.replication_group_members WHERE MEMBER_ID <> ''";

/// Why the server's group takes no changes; `None` where it does, where the server is in no group (which costs no round
/// trip), and where the account may not see it (`SELECT` on `performance_schema`).
///
/// # Errors
/// As [`Session::batch`], but for a missing privilege.
pub async fn out_of_group(session: &mut Session) -> Result<Option<String>, Error> {
    if !session.in_group {
        return Ok(None);
    }
    match session.batch("looking at the server's group", MEMBERS).await {
        Ok(results) => Ok(results.first().and_then(|rows| rows.first()).and_then(judge)),
        Err(error) if matches!(error.kind, ErrorKind::Privilege | ErrorKind::Refusal(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn judge(row: &Row) -> Option<String> {
    let (members, unreachable): (u32, u32) = (row.number(0)?, row.number(1).unwrap_or_default());
    if members == 0 {
        return None;
    }
    if unreachable.saturating_mul(2) >= members {
        return Some(format!(
            "the server's group has no quorum: it reaches {} of {members} members",
            members.saturating_sub(unreachable)
        ));
    }
    let own = row.text(2);
    (own != "ONLINE").then(|| format!("the server is {own} in its group, not ONLINE"))
}
