//! Reads whether the server's group of MySQL's Group Replication has a majority that it can reach. Without one a
//! statement that changes anything does not fail but waits, and holds its locks meanwhile (tried on 9.7).

use crate::mysql::session::{first_row, select_list};
use crate::mysql::{Error, Row, Session};

select_list! {
    /// The members of the group, as this server sees it; none where it is in no group.
    enum Field() {
        Members = "CAST(COUNT(*) AS CHAR)",
        Unreachable = "CAST(SUM(MEMBER_STATE = 'UNREACHABLE') AS CHAR)",
        OwnState = "MAX(IF(MEMBER_ID = @@server_uuid, CAST(MEMBER_STATE AS CHAR), NULL))",
    }
}

/// Returns why the server's group takes no changes. `None` where it does, where the server is in no group (which costs
/// no round trip), and where the account may not see it (`SELECT` on `performance_schema`).
///
/// # Errors
/// As [`Session::batch`], except for a missing privilege.
pub async fn out_of_group(session: &mut Session) -> Result<Option<String>, Error> {
    if !session.in_group {
        return Ok(None);
    }
    let sql =
        format!("SELECT {} FROM performance_schema.replication_group_members WHERE MEMBER_ID <> ''", Field::select());
    match session.batch("looking at the server's group", &sql).await {
        Ok(results) => Ok(first_row(&results).and_then(judge)),
        Err(error) if error.is_unavailable() => Ok(None),
        Err(error) => Err(error),
    }
}

fn judge(row: &Row) -> Option<String> {
    let members: u32 = row.number(Field::Members)?;
    let unreachable: u32 = row.number(Field::Unreachable).unwrap_or_default();
    if members == 0 {
        return None;
    }
    if unreachable.saturating_mul(2) >= members {
        return Some(format!(
            "the server's group has no quorum: it reaches {} of {members} members",
            members.saturating_sub(unreachable)
        ));
    }
    let own = row.text(Field::OwnState);
    (own != "ONLINE").then(|| format!("the server is {own} in its group, not ONLINE"))
}
