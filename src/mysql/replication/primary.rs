//! Reads whether a schema may be changed on a server, beside its being writable. A replica would come to differ from
//! its source. A node without a quorum, or out of step with its cluster, would refuse or hold up all nodes.

use std::collections::BTreeMap;

use super::group::out_of_group;
use crate::mysql::{Error, Session};
use crate::schema::Flavor;

const DOING: &str = "looking whether the server is the primary";

/// Returns why no schema should be changed on this server; `None` where nothing speaks against it, or the account may
/// not see it.
///
/// # Errors
/// As [`Session::batch`], except for a missing privilege.
pub async fn why_not_primary(session: &mut Session) -> Result<Option<String>, Error> {
    let show = match session.dialect.flavor {
        Flavor::MySql if session.dialect.at_least(8, 0, 22) => "SHOW REPLICA STATUS",
        Flavor::MySql => "SHOW SLAVE STATUS",
        Flavor::MariaDb => "SHOW ALL SLAVES STATUS",
    };
    let channels = match session.show(DOING, show).await {
        Ok(channels) => channels,
        Err(error) if error.is_unavailable() => Vec::new(),
        Err(error) => return Err(error),
    };
    if let Some(source) = channels.iter().find_map(source) {
        return Ok(Some(format!("the server replicates from {source}, so it is not the primary")));
    }
    match session.dialect.flavor {
        Flavor::MySql => out_of_group(session).await,
        Flavor::MariaDb => session.why_out_of_step().await,
    }
}

/// Returns the server that a replication channel reads from, where it runs. Group Replication's own channels have no
/// source.
fn source(channel: &BTreeMap<String, String>) -> Option<&str> {
    let field = |names: [&str; 2]| names.iter().find_map(|name| channel.get(*name)).map_or("", String::as_str);
    let host = field(["source_host", "master_host"]);
    let is_on = |names| !matches!(field(names), "" | "No");
    let runs = is_on(["replica_io_running", "slave_io_running"]) || is_on(["replica_sql_running", "slave_sql_running"]);
    (runs && !host.is_empty() && host != "<NULL>").then_some(host)
}
