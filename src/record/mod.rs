//! Keeps the operator's own tables in the database that it changes: the history, the record and the lease. Knows no
//! Kubernetes.

mod applied_revision;
mod claim;
mod cluster_lease;
mod ledger;
mod lock_name;
mod noted_entries;
mod own_table;
mod owner;
mod record_table;
mod record_view;
mod text_bounds;
mod viewer;

pub use applied_revision::applied_revisions;
pub use claim::{Claim, ClaimKind, KnownClaims, StoredClaim};
pub use cluster_lease::{ClusterLease, LeaseAttempt, LeaseHolder};
pub use ledger::{APPROVED_BY, HistoryApproval, HistoryEntry, HistoryTable, Ledger};
pub use lock_name::{find_lock_name, make_lock_name};
pub use noted_entries::{Belief, NotedEntries};
pub use own_table::{ByLayout, HISTORY, HISTORY_TABLE, LEASE_TABLE, Layout, OwnTable, RECORD_TABLE};
pub use owner::{NO_CLUSTER, Owner};
pub use record_table::{StoredLock, fingerprint as records_fingerprint, select_records};
pub use record_view::{Neighbour, RecordEntry, RecordView, release_claim};
pub use viewer::{LiveResources, Viewer};
