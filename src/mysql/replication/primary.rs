//! Whether a server is one where a schema may be changed, beside being writable: one that replicates from another would
//! come to differ from it, and a node of a cluster that has no quorum, or that is not in step with the others, would refuse
//! or hold them all up.

use std::collections::BTreeMap;

use super::group::out_of_group;
use crate::mysql::Session;
use crate::mysql::{Error, ErrorKind};
use crate::schema::Flavor;

const DOING: &str = "looking whether the server is the primary";

/// Why no schema is to be changed on this server; `None` where nothing speaks against it, or the account may not see it.
///
/// # Errors
/// As [`Session::batch`], but for a missing privilege.
pub async fn why_not_primary(session: &mut Session) -> Result<Option<String>, Error> {
    let replicas = match session.dialect.flavor {
        Flavor::MySql if session.dialect.at_least(8, 0, 22) => "SHOW REPLICA STATUS",
        Flavor::MySql => "SHOW SLAVE STATUS",
        Flavor::MariaDb => "SHOW ALL SLAVES STATUS",
    };
    let connections = match session.show(DOING, replicas).await {
        Ok(connections) => connections,
        Err(error) if is_hidden(&error) => Vec::new(),
        Err(error) => return Err(error),
    };
    if let Some(source) = connections.iter().find_map(source) {
        return Ok(Some(format!("the server replicates from {source}, so it is not the primary")));
    }
    match session.dialect.flavor {
        Flavor::MySql => out_of_group(session).await,
        Flavor::MariaDb => session.why_out_of_step().await,
    }
}

/// The account may not see it, or the server does not have it.
fn is_hidden(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Privilege | ErrorKind::Refusal(_))
}

/// The server that a connection for replication is to, if it is on. Group Replication's own channels have no source.
fn source(connection: &BTreeMap<String, String>) -> Option<&str> {
    let field = |names: [&str; 2]| names.iter().find_map(|name| connection.get(*name)).map_or("", String::as_str);
    let host = field(["source_host", "master_host"]);
    let is_on = |names| !matches!(field(names), "" | "No");
    let runs = is_on(["replica_io_running", "slave_io_running"]) || is_on(["replica_sql_running", "slave_sql_running"]);
    (runs && !host.is_empty() && host != "<NULL>").then_some(host)
}
