//! Reads which server it is, and whether it takes writes.

use crate::mysql::session::{first_row, select_list};
use crate::mysql::{Error, Row, Session};
use crate::schema::{Dialect, Flavor, ServerSettings, TableNameCase};

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
        TableNames = "@@lower_case_table_names",
        RequiresPrimaryKey = of_mysql("@@sql_require_primary_key", dialect),
        GeneratesPrimaryKey = of_mysql("@@sql_generate_invisible_primary_key", dialect),
        WritesBinaryLog = of_mysql("@@log_bin", dialect),
        RestrictsForeignKeys = if dialect.at_least(8, 4, 0) {
            of_mysql("@@restrict_fk_on_non_standard_key", dialect)
        } else {
            "0"
        },
    }
}

/// Returns the variable, which MariaDB does not have or where it has no effect.
fn of_mysql(variable: &'static str, dialect: Dialect) -> &'static str {
    if dialect.is_mariadb() { "0" } else { variable }
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

/// Reads from the row of [`query`] who the server is.
pub(super) fn read_identity(dialect: Dialect, row: Option<&Row>) -> ServerIdentity {
    let id = row.map(|row| row.text(Field::Id).to_owned()).filter(|id| !id.is_empty());
    ServerIdentity { dialect, id, read_only: is_on(row, Field::ReadOnly) || is_on(row, Field::InnodbReadOnly) }
}

/// Reads from the row of [`query`] the settings that decide what the server takes.
pub(super) fn read_settings(row: Option<&Row>) -> ServerSettings {
    ServerSettings {
        table_names: TableNameCase::of_variable(row.map(|row| row.text(Field::TableNames)).unwrap_or_default()),
        requires_primary_key: is_on(row, Field::RequiresPrimaryKey),
        generates_primary_key: is_on(row, Field::GeneratesPrimaryKey),
        writes_binary_log: is_on(row, Field::WritesBinaryLog),
        restricts_foreign_keys: is_on(row, Field::RestrictsForeignKeys),
    }
}

fn is_on(row: Option<&Row>, field: Field) -> bool {
    row.is_some_and(|row| !matches!(row.text(field), "" | "0" | "OFF"))
}
