//! What the operator keeps in the database that it changes.

mod claim;
mod last_applied;
mod ledger;

pub use claim::{Claim, ClaimKind, Claimed, KnownClaims, Living, Standpoint};
pub use last_applied::{NO_CLUSTER, Neighbour, Owner, RECORD_TABLE, RecordEntry, Recorded, queries, release};
pub use ledger::{APPROVED_BY, ApprovedBy, Entry, HISTORY_TABLE, HistoryTable, Ledger};
