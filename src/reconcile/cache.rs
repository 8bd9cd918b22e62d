//! What passes remember of servers, so that they do not find it out at each interval.
//!
//! A value is forgotten when too many others have come, and all are forgotten when the process ends: a cache holds only
//! what can be found out again. It does not know when a value becomes wrong, so a key holds all that its value depends
//! on.

use std::hash::Hash;
use std::sync::Arc;

use quick_cache::sync::Cache as Bounded;

/// Values by key, about as many as its bound at most. Cheap to clone; all clones share them.
#[derive(Debug, Clone)]
pub struct Cache<K, V>(Arc<Bounded<K, V>>);

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    /// Makes an empty cache. Beyond `bound` values it forgets those that are asked for least.
    pub fn new(bound: usize) -> Self {
        Self(Arc::new(Bounded::new(bound)))
    }

    /// Returns what is remembered for `key`.
    pub fn get(&self, key: &K) -> Option<V> {
        self.0.get(key)
    }

    /// Remembers `value` for `key`, in place of what was remembered for it before.
    pub fn put(&self, key: K, value: V) {
        self.0.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_what_is_remembered() {
        let cache = Cache::new(10);
        cache.clone().put("key", 1);
        cache.put("key", 2);
        assert_eq!(cache.get(&"key"), Some(2));
    }

    #[test]
    fn no_more_is_remembered_than_the_bound_allows() {
        let cache = Cache::new(64);
        (0..10_000).for_each(|key| cache.put(key, key));
        let remembered = (0..10_000).filter(|key| cache.get(key).is_some()).count();
        assert!((1..=64).contains(&remembered), "{remembered} of 64");
    }
}
