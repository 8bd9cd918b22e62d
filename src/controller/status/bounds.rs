//! Bounds what a status holds: an object in etcd holds about 1.5 MiB, and a person reads less.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

/// At most so many steps and drifted objects are shown; the rest is counted.
pub const MAX_ITEMS: usize = 100;

/// A condition's message may hold 32 KiB; a person reads less. Lists in it are shorter, since the steps have them whole.
pub const MAX_MESSAGE: usize = 1024;

/// Returns a count as a status holds it.
pub fn bounded(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Returns how many of these a status leaves out that shows so many; `None` where it shows all.
pub fn omitted<T>(all: &[T], shown: usize) -> Option<i64> {
    let omitted = all.len().saturating_sub(shown);
    (omitted > 0).then(|| bounded(omitted))
}

/// Cuts a text to `limit` bytes at the border of a character.
pub fn cut(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let kept = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= limit.saturating_sub(3)).last();
    format!("{}…", text.get(..kept.unwrap_or_default()).unwrap_or_default())
}

/// Cuts a time to whole seconds, as Kubernetes keeps it: a fraction would make it differ once it is read back.
pub fn whole_seconds(time: Timestamp) -> Time {
    Time(Timestamp::from_second(time.as_second()).unwrap_or(time))
}
