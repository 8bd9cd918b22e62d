//! What the operator keeps in the database that it changes.

mod last_applied;
mod ledger;

pub use last_applied::{NO_CLUSTER, Owner, RECORD_TABLE, RecordEntry, Recorded, queries};
pub use ledger::{APPROVED_BY, ApprovedBy, Entry, HISTORY_TABLE, HistoryTable, Ledger};
