//! Remembers when each resource's database was looked at last, and by which digest it is known while nothing changes.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::api::{DatabaseSchema, Ddl, Mode};
use crate::mysql::Login;
use crate::reconcile::Before;

/// For how long a resource is not measured in full while its database has the same digest. Claims are renewed by a full
/// measurement, after twelve hours.
const HOLDS: Duration = Duration::from_hours(6);

/// What is known of each resource, by UID.
#[derive(Debug, Default)]
pub struct LastLooks(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    looks: HashMap<String, Look>,
    /// Those for which a person, or a server that came back, waits: they look for themselves.
    urgent: HashSet<String>,
}

#[derive(Debug)]
struct Look {
    at: Instant,
    in_sync: Option<InSync>,
}

/// What a resource that was in sync depends on.
#[derive(Debug, Clone, Copy)]
pub struct InSync {
    pub since: Instant,
    pub fingerprint: u64,
    pub asks: u64,
}

impl LastLooks {
    /// Has the next pass of a resource look for itself.
    pub fn is_urgent(&self, uid: &str) {
        self.0.lock().urgent.insert(uid.to_owned());
    }

    /// Returns whether the pass that begins looks for itself.
    pub fn take_urgent(&self, uid: &str) -> bool {
        self.0.lock().urgent.remove(uid)
    }

    /// Returns what is known since the last pass of a resource that now asks for this.
    pub fn before(&self, uid: &str, asks: Option<u64>) -> Before {
        let state = self.0.lock();
        let Some(Look { at, in_sync }) = state.looks.get(uid) else { return Before::default() };
        let holds = in_sync.as_ref().filter(|in_sync| Some(in_sync.asks) == asks && in_sync.since.elapsed() < HOLDS);
        Before { looked: Some(*at), fingerprint: holds.map(|in_sync| in_sync.fingerprint) }
    }

    /// Takes note that the database was looked at, and is as it was.
    pub fn is_unchanged(&self, uid: &str, at: Instant) {
        if let Some(look) = self.0.lock().looks.get_mut(uid) {
            look.at = at;
        }
    }

    /// Takes note of a pass. `in_sync` has the digest of the database and what the resource asked for, where it was in sync
    /// and depends on nothing else.
    pub fn remember(&self, uid: &str, at: Instant, in_sync: Option<InSync>) {
        self.0.lock().looks.insert(uid.to_owned(), Look { at, in_sync });
    }

    /// Forgets a resource that is gone.
    pub fn forget(&self, uid: &str) {
        let mut state = self.0.lock();
        state.looks.remove(uid);
        state.urgent.remove(uid);
    }
}

/// Returns a digest of what a resource asks for, and of whom. `None` where more than that and the schema decides: verify
/// queries, the text of a ConfigMap, the contracts of others.
pub fn asks(resource: &DatabaseSchema, login: &Login) -> Option<u64> {
    let spec = &resource.spec;
    let has_queries = spec.verify.as_ref().is_some_and(|queries| !queries.is_empty());
    if has_queries || matches!(spec.ddl, Some(Ddl::ConfigMapRef(_))) || spec.mode == Mode::Require {
        return None;
    }
    let mut digest = DefaultHasher::new();
    (resource.metadata.generation, &resource.metadata.annotations, login).hash(&mut digest);
    Some(digest.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_holds_for_what_was_asked_and_after_a_later_look() {
        let looks = LastLooks::default();
        assert!(looks.before("a", Some(7)).looked.is_none());
        let first = Instant::now();
        looks.remember("a", first, Some(InSync { since: first, fingerprint: 1, asks: 7 }));
        assert_eq!(looks.before("a", Some(7)).fingerprint, Some(1));
        for asks in [Some(8), None] {
            assert_eq!(looks.before("a", asks).fingerprint, None, "it asks for something else");
        }
        let later = first + Duration::from_secs(9);
        looks.is_unchanged("a", later);
        assert_eq!(looks.before("a", Some(7)).looked, Some(later));
        looks.remember("a", later, None);
        assert_eq!(looks.before("a", Some(7)).fingerprint, None, "it was not in sync");
        looks.forget("a");
        assert!(looks.before("a", Some(7)).looked.is_none());
    }

    #[test]
    fn who_is_urgent_looks_for_itself_once() {
        let looks = LastLooks::default();
        looks.is_urgent("a");
        assert_eq!([looks.take_urgent("a"), looks.take_urgent("a"), looks.take_urgent("b")], [true, false, false]);
    }
}
