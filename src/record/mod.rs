//! What the operator keeps in the database that it changes.

mod claim;
mod cluster_lease;
mod ledger;
mod record_table;
mod record_view;

pub use claim::{Claim, ClaimKind, KnownClaims, LiveResources, StoredClaim, Viewer};
pub use cluster_lease::{ClusterLease, LEASE_TABLE, LeaseAttempt, LeaseHolder};
pub use ledger::{APPROVED_BY, ApprovedBy, HISTORY_TABLE, HistoryEntry, HistoryTable, Ledger};
pub use record_table::{RECORD_TABLE, select_records};
pub use record_view::{NO_CLUSTER, Neighbour, Owner, RecordEntry, RecordView, release_claim};
