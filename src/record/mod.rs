//! What the operator keeps in the database that it changes.

mod ledger;

pub use ledger::{Entry, HISTORY_TABLE, Ledger};
