//! Lets the passes of this process write the record of a database one after the other. They would find its lock taken by
//! each other, and look again an interval later.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;

use crate::mysql::{Address, Login};
use crate::schema::Identifier;

/// How long a pass waits for its turn. Writing takes some milliseconds, where the server answers.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Whose turn it is to write the record of each database. Cheap to clone; all clones share them.
#[derive(Debug, Clone, Default)]
pub struct WriteTurns(Arc<Mutex<HashMap<Key, Arc<tokio::sync::Mutex<()>>>>>);

type Key = (Address, Identifier);

/// The turn of a pass, which ends when it is dropped.
#[derive(Debug)]
pub struct WriteTurn(#[expect(dead_code, reason = "it is held until its end")] OwnedMutexGuard<()>);

impl WriteTurns {
    /// Waits for the turn; `None` where it does not come in time.
    pub async fn take(&self, login: &Login, database: &Identifier) -> Option<WriteTurn> {
        let turn = {
            let mut turns = self.0.lock();
            // Those that no pass holds or waits for are let go.
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            turns.entry((login.address.clone(), database.clone())).or_default().clone()
        };
        tokio::select! {
            turn = turn.lock_owned() => Some(WriteTurn(turn)),
            () = tokio::time::sleep(LONGEST_WAIT) => None,
        }
    }
}
