//! Who confirms what the database's record says of a resource. It does not know where the witness keeps what it noted.

use std::fmt::Debug;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::not_ready::NotReady;
use crate::record::NotedEntries;

/// Who confirms the entry that the record has of a resource.
#[derive(Debug, Clone, Default)]
pub enum Witness {
    /// At a terminal nothing does, so nothing is removed that the record alone names.
    #[default]
    Nobody,
    /// A person says that it is right.
    Person,
    /// What was noted before each entry was written.
    Notes(Arc<dyn EntryNotes>),
}

/// Notes which entries a resource writes, where a database user can't.
pub trait EntryNotes: Debug + Send + Sync {
    /// Returns what is noted; `None` where an earlier version noted nothing.
    fn noted(&self) -> Option<NotedEntries>;

    /// Notes what is about to be written. The note outlasts a crash once this has returned.
    fn announce(&self, entries: NotedEntries) -> BoxFuture<'_, Result<(), NotReady>>;

    /// Notes what was written. A crash may lose it: then the announcement holds.
    fn wrote(&self, entries: NotedEntries);
}

impl Witness {
    /// Says whether what the record says was made may be removed.
    pub fn lets_remove(&self) -> bool {
        match self {
            Self::Nobody => false,
            Self::Person | Self::Notes(_) => true,
        }
    }

    /// Notes the digests of what may be written next, where the row has the entry `now`.
    ///
    /// # Errors
    /// They can't be noted, so nothing may be written.
    pub async fn announce(&self, now: Option<&str>, next: &[String]) -> Result<(), NotReady> {
        let Self::Notes(notes) = self else { return Ok(()) };
        let noted = notes.noted().unwrap_or_default();
        if next.iter().all(|next| noted.knows(next)) {
            return Ok(());
        }
        notes.announce(noted.announcing(now, next)).await
    }

    /// Notes the digest of what was written, or was found written.
    pub fn wrote(&self, digest: String) {
        if let Self::Notes(notes) = self {
            notes.wrote(NotedEntries::wrote(digest));
        }
    }
}
