//! Reads what a node says of its Galera cluster, and explains what a failure means there. Knows no session. Tried on
//! MariaDB 10.11.19 with galera 26.4.23.

use super::error::{Error, ErrorKind};
use super::row::Rows;
use super::select_list::select_list;

/// The settings of a session on a node. All nodes execute a change (`RSU` would change this one alone). What is read,
/// or decides what is written, holds all that any node had committed before: by SELECT, also of `information_schema`,
/// and by EXECUTE (1), UPDATE (2), INSERT (4) and SHOW (8; with 1 alone, SHOW CREATE TABLE does not wait).
pub(super) const SET_ON_NODE: &str = "SET SESSION wsrep_OSU_method = 'TOI', wsrep_sync_wait = 15";

/// Has the session read what the node has, without waiting for the other nodes.
pub(super) const STOP_WAITING: &str =
    "SET @schema_operator_sync_wait = @@wsrep_sync_wait; SET SESSION wsrep_sync_wait = 0";

/// Takes [`STOP_WAITING`] back.
pub(super) const WAIT_AGAIN: &str = "SET SESSION wsrep_sync_wait = @schema_operator_sync_wait";

/// The state of a node in its cluster, in the server's own words.
#[derive(Debug, Clone)]
pub(super) struct NodeState {
    node: String,
    cluster_status: String,
    ready: String,
    local_state: String,
}

/// The meaning of the words in a [`NodeState`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    InStep,
    /// It is in the cluster, and the others have committed more.
    OutOfStep,
    WithoutQuorum,
}

select_list! {
    enum Field() {
        ClusterStatus = status("WSREP_CLUSTER_STATUS"),
        Ready = status("WSREP_READY"),
        LocalState = status("WSREP_LOCAL_STATE_COMMENT"),
    }
}

fn status(name: &str) -> String {
    format!("(SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = '{name}')")
}

impl NodeState {
    /// Returns what to send for it. A node answers this without a quorum too, as long as the session does not wait.
    pub fn query() -> String {
        format!(
            "SET @schema_operator_standing = @@wsrep_sync_wait; SET SESSION wsrep_sync_wait = 0; SELECT {}; \
             SET SESSION wsrep_sync_wait = @schema_operator_standing",
            Field::select()
        )
    }

    /// Reads the answer to [`NodeState::query`].
    pub fn read(node: String, results: &[Rows]) -> Self {
        let row = results.get(2).and_then(|rows| rows.first());
        let text = |field: Field| row.map(|row| row.text(field)).unwrap_or_default().to_owned();
        Self {
            node,
            cluster_status: text(Field::ClusterStatus),
            ready: text(Field::Ready),
            local_state: text(Field::LocalState),
        }
    }

    fn standing(&self) -> Standing {
        match (self.cluster_status.as_str(), self.ready.as_str(), self.local_state.as_str()) {
            ("Primary", "ON", "Synced") => Standing::InStep,
            ("Primary", "ON", _) => Standing::OutOfStep,
            _ => Standing::WithoutQuorum,
        }
    }

    /// Returns why this node should not change a schema.
    pub fn why_out_of_step(&self) -> Option<String> {
        let Self { node, cluster_status, ready, local_state } = self;
        match self.standing() {
            Standing::InStep => None,
            Standing::OutOfStep => Some(format!(
                "node {node} is not in step with its cluster (wsrep_local_state_comment {local_state}); let it catch up, or let \
                 the Secret name another"
            )),
            Standing::WithoutQuorum => Some(format!(
                "the cluster of node {node} has no quorum, or the node is not in it (wsrep_cluster_status {cluster_status}, \
                 wsrep_ready {ready}); bring the others back"
            )),
        }
    }

    /// Says what a failure means on this node. Without a quorum most statements end with 1047. One that was to wait for
    /// the other nodes ends with 1205, as does one that waited 30 s (`repl.causal_read_timeout`).
    pub fn explain(&self, error: Error) -> Error {
        let Self { node, cluster_status, .. } = self;
        let (kind, why) = match (self.standing(), error.kind) {
            (Standing::InStep | Standing::OutOfStep, ErrorKind::OutOfCluster) => return error,
            (Standing::InStep | Standing::OutOfStep, _) => (
                ErrorKind::Behind,
                format!(
                    "node {node} has not caught up with its cluster: a statement that changes a schema holds up all writes, \
                     or the node lags"
                ),
            ),
            (Standing::WithoutQuorum, _) => (
                ErrorKind::OutOfCluster,
                format!(
                    "the cluster of node {node} has no quorum, or the node is not in it (wsrep_cluster_status {cluster_status})"
                ),
            ),
        };
        let message = format!("{why}: {}", error.message);
        Error { kind, message, ..error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(cluster_status: &str, ready: &str, local_state: &str) -> NodeState {
        let [node, cluster_status, ready, local_state] =
            ["n1", cluster_status, ready, local_state].map(ToOwned::to_owned);
        NodeState { node, cluster_status, ready, local_state }
    }

    #[test]
    fn a_node_changes_schemas_only_in_step_and_with_a_quorum() {
        let why = |state: NodeState| state.why_out_of_step().unwrap_or_default();
        assert_eq!(why(state("Primary", "ON", "Synced")), "");
        assert!(why(state("Primary", "ON", "Donor/Desynced")).contains("not in step"));
        assert!(why(state("non-Primary", "OFF", "Initialized")).contains("no quorum"));
        assert!(why(state("Primary", "OFF", "Joined")).contains("no quorum"));
        assert!(why(state("", "", "")).contains("no quorum"), "what can't be read is no quorum");
    }

    #[test]
    fn a_failure_is_explained_by_the_state_of_its_node() {
        let in_step = state("Primary", "ON", "Synced");
        let lagging = state("Primary", "ON", "Joined");
        let alone = state("non-Primary", "OFF", "Initialized");
        let cases = [
            (&in_step, ErrorKind::OutOfCluster, ErrorKind::OutOfCluster),
            (&lagging, ErrorKind::OutOfCluster, ErrorKind::OutOfCluster),
            (&in_step, ErrorKind::LockWait, ErrorKind::Behind),
            (&lagging, ErrorKind::LockWait, ErrorKind::Behind),
            (&alone, ErrorKind::LockWait, ErrorKind::OutOfCluster),
            (&alone, ErrorKind::OutOfCluster, ErrorKind::OutOfCluster),
        ];
        for (state, kind, expected) in cases {
            let explained = state.explain(Error::new("testing", kind, "the server's words"));
            assert_eq!(explained.kind, expected, "{state:?} {kind:?}");
            assert!(explained.message.ends_with("the server's words"), "{}", explained.message);
        }
    }
}
