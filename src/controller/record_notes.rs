//! Remembers what was noted of each resource's entry in the record.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::status::noted_entries;
use crate::api::DatabaseSchemaStatus;
use crate::record::NotedEntries;

/// What was noted last for each resource, by UID: a status that the watch delivers may be older.
#[derive(Debug, Default)]
pub struct RecordNotes(Mutex<HashMap<String, NotedEntries>>);

impl RecordNotes {
    /// Returns what is noted for a resource with this status; `None` where an earlier version noted nothing.
    pub fn noted(&self, uid: &str, status: Option<&DatabaseSchemaStatus>) -> Option<NotedEntries> {
        self.known(uid).or_else(|| noted_entries(status))
    }

    /// Notes what is written to the status next.
    pub fn note(&self, uid: &str, entries: NotedEntries) {
        self.0.lock().insert(uid.to_owned(), entries);
    }

    /// Forgets a resource that is gone.
    pub fn forget(&self, uid: &str) {
        self.0.lock().remove(uid);
    }

    /// Returns what was noted since the operator started.
    pub fn known(&self, uid: &str) -> Option<NotedEntries> {
        self.0.lock().get(uid).cloned()
    }
}
