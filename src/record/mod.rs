//! What the operator keeps in the database that it changes.

mod claim;
mod last_applied;
mod lease;
mod ledger;
mod table;

pub use claim::{Claim, ClaimKind, Claimed, KnownClaims, Living, Standpoint};
pub use last_applied::{NO_CLUSTER, Neighbour, Owner, RecordEntry, Recorded, release};
pub use lease::{ClusterLease, LEASE_TABLE, LeaseHolder, Taken};
pub use ledger::{APPROVED_BY, ApprovedBy, Entry, HISTORY_TABLE, HistoryTable, Ledger};
pub use table::{RECORD_TABLE, queries};
