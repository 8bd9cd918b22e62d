//! A Galera cluster, as a session on one of its nodes sees it. Tried on MariaDB 10.11.19 with galera 26.4.23.

use super::connection::Session;
use super::error::{Error, ErrorKind};

/// What a session on a node sets. A change is executed by all nodes (`RSU` would change this one alone), and what is
/// read, or decides what is written, holds all that any node had committed before: by SELECT, also of
/// `information_schema` and by EXECUTE (1), UPDATE (2), INSERT (4) and SHOW (8; with 1 alone, SHOW CREATE TABLE does not
/// wait).
pub(super) const ON_A_NODE: &str = "SET SESSION wsrep_OSU_method = 'TOI', wsrep_sync_wait = 15";

/// Further columns of a SELECT: the name of the node, and whether the session's writes go to the others. NULL on any
/// other MariaDB, and a comment to MySQL.
pub(super) const NODE: &str = "/*M!100100 , (SELECT MAX(IF(VARIABLE_NAME = 'WSREP_NODE_NAME', VARIABLE_VALUE, NULL)) \
     FROM information_schema.GLOBAL_VARIABLES \
     WHERE VARIABLE_NAME IN ('WSREP_ON', 'WSREP_PROVIDER', 'WSREP_NODE_NAME') \
     HAVING SUM(VARIABLE_NAME = 'WSREP_ON' AND VARIABLE_VALUE = 'ON') \
     AND SUM(VARIABLE_NAME = 'WSREP_PROVIDER' AND VARIABLE_VALUE NOT IN ('', 'none'))), \
     (SELECT VARIABLE_VALUE FROM information_schema.SESSION_VARIABLES WHERE VARIABLE_NAME = 'WSREP_ON') */";

/// Where a node stands. Without a quorum too, these can be read, as long as the session waits for nobody.
const STANDING: &str = "SET @schema_operator_standing = @@wsrep_sync_wait; SET SESSION wsrep_sync_wait = 0; \
     SELECT (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'WSREP_CLUSTER_STATUS'), \
     (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'WSREP_READY'), \
     (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'WSREP_LOCAL_STATE_COMMENT'); \
     SET SESSION wsrep_sync_wait = @schema_operator_standing";

impl Session {
    /// Why no schema is to be changed by this node: its cluster has no quorum, or it is not in step with the others.
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn why_out_of_step(&mut self) -> Result<Option<String>, Error> {
        let Some(node) = self.node.clone() else { return Ok(None) };
        let [status, ready, state] = self.standing().await?;
        Ok(match (status.as_str(), ready.as_str(), state.as_str()) {
            ("Primary", "ON", "Synced") => None,
            ("Primary", "ON", _) => Some(format!(
                "node {node} is not in step with its cluster (wsrep_local_state_comment {state}); let it catch up, or let \
                 the Secret name another"
            )),
            _ => Some(format!(
                "the cluster of node {node} has no quorum, or the node is not in it (wsrep_cluster_status {status}, \
                 wsrep_ready {ready}); bring the others back"
            )),
        })
    }

    /// Reads what the node has, whether or not others have committed more.
    ///
    /// # Errors
    /// As `reading`, and as [`Session::batch`].
    pub async fn without_waiting<T>(
        &mut self,
        reading: impl AsyncFnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let doing = "reading what the node has";
        self.send(doing, "SET @schema_operator_sync_wait = @@wsrep_sync_wait; SET SESSION wsrep_sync_wait = 0").await?;
        let outcome = reading(self).await;
        if self.is_usable() {
            self.send(doing, "SET SESSION wsrep_sync_wait = @schema_operator_sync_wait").await?;
        }
        outcome
    }

    async fn standing(&mut self) -> Result<[String; 3], Error> {
        let results = self.send("looking at the node's cluster", STANDING).await?;
        let row = results.get(2).and_then(|rows| rows.first());
        Ok([0, 1, 2].map(|index| row.map(|row| row.text(index)).unwrap_or_default().to_owned()))
    }

    /// A failure with what it means on a node. Without a quorum most statements end with 1047, and one that was to wait
    /// for the other nodes with 1205, as does one that waited 30 s (`repl.causal_read_timeout`).
    pub(super) async fn explained<T>(&mut self, outcome: Result<T, Error>) -> Result<T, Error> {
        let error = match outcome {
            Err(error) if matches!(error.kind, ErrorKind::LockWait | ErrorKind::OutOfCluster) => error,
            outcome => return outcome,
        };
        let Some(node) = self.node.clone().filter(|_| self.is_usable()) else { return Err(error) };
        let Ok([status, ready, _]) = self.standing().await else { return Err(error) };
        let (kind, why) = match (status.as_str(), ready.as_str()) {
            ("Primary", "ON") if error.kind == ErrorKind::OutOfCluster => return Err(error),
            ("Primary", "ON") => (
                ErrorKind::Behind,
                format!(
                    "node {node} has not caught up with its cluster: a statement that changes a schema holds up all writes, \
                     or the node lags"
                ),
            ),
            _ => (
                ErrorKind::OutOfCluster,
                format!(
                    "the cluster of node {node} has no quorum, or the node is not in it (wsrep_cluster_status {status})"
                ),
            ),
        };
        let message = format!("{why}: {}", error.message);
        Err(Error { kind, message, ..error })
    }
}
