//! What the operator keeps in the database that it changes.

mod claim;
mod lease;
mod ledger;
mod record_view;
mod table;

pub use claim::{Claim, ClaimKind, KnownClaims, LiveResources, StoredClaim, Viewer};
pub use lease::{ClusterLease, LEASE_TABLE, LeaseAttempt, LeaseHolder};
pub use ledger::{APPROVED_BY, ApprovedBy, HISTORY_TABLE, HistoryEntry, HistoryTable, Ledger};
pub use record_view::{NO_CLUSTER, Neighbour, Owner, RecordEntry, RecordView, release_claim};
pub use table::{RECORD_TABLE, select_records};
