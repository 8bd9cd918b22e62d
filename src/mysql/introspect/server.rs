//! Reads which server it is, and whether it takes writes.

use crate::mysql::session::{first_row, select_list};
use crate::mysql::{Error, Row, Session};
use crate::schema::{Dialect, Flavor};

/// The identity of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerIdentity {
    pub dialect: Dialect,
    /// `server_uuid`, or MariaDB's `server_uid`; `None` where it has none (MariaDB before 10.11). Of a Galera cluster
    /// the cluster's own, `wsrep_cluster_state_uuid`: a database is the same on each of its nodes.
    pub id: Option<String>,
    /// The server refuses writes. Privileged accounts can write all the same, so this is checked, not tried.
    pub read_only: bool,
}

select_list! {
    enum Field(dialect: Dialect) {
        // A variable that a server does not have would fail the batch, a missing row does not.
        Id = match dialect.flavor {
            // A node's own id would change with each node that a load balancer picks.
            Flavor::MariaDb if dialect.clustered => "(SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS \
                 WHERE VARIABLE_NAME = 'WSREP_CLUSTER_STATE_UUID')",
            Flavor::MySql => "CAST(@@server_uuid AS CHAR)",
            Flavor::MariaDb => "(SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_VARIABLES \
                 WHERE VARIABLE_NAME = 'SERVER_UID')",
        },
        ReadOnly = "@@global.read_only",
        InnodbReadOnly = "@@innodb_read_only",
    }
}

/// Asks a server which one it is. A node answers though it has not caught up with its cluster.
///
/// # Errors
/// As [`Session::batch`].
pub async fn identify(session: &mut Session) -> Result<ServerIdentity, Error> {
    let doing = "asking a server which one it is";
    let sql = query(session.dialect);
    let results = if session.dialect.clustered {
        session.without_waiting(async |session| session.batch(doing, &sql).await).await?
    } else {
        session.batch(doing, &sql).await?
    };
    Ok(read_identity(session.dialect, first_row(&results)))
}

/// Returns the SELECT.
pub(super) fn query(dialect: Dialect) -> String {
    format!("SELECT {}", Field::select(dialect))
}

/// Reads the row of [`query`].
pub(super) fn read_identity(dialect: Dialect, row: Option<&Row>) -> ServerIdentity {
    let text = |field: Field| row.map(|row| row.text(field)).unwrap_or_default();
    let is_on = |field: Field| !matches!(text(field), "" | "0" | "OFF");
    let id = Some(text(Field::Id).to_owned()).filter(|id| !id.is_empty());
    ServerIdentity { dialect, id, read_only: is_on(Field::ReadOnly) || is_on(Field::InnodbReadOnly) }
}
