//! Writes into a status what is known of the resource's entry in the record.

use k8s_openapi::jiff::Timestamp;

use super::bounds::{MAX_MESSAGE, cut, whole_seconds};
use crate::api::{DatabaseSchemaStatus, DistrustStatus, RecordStatus};
use crate::record::NotedEntries;

/// Returns what is known of the entry. `noted` is `None` while only an earlier version has written the status. What was
/// not believed stays until something else is not.
pub fn record_status(
    previous: Option<RecordStatus>,
    noted: Option<NotedEntries>,
    distrusted: Option<&str>,
    now: Timestamp,
) -> Option<RecordStatus> {
    let NotedEntries { written, announced } = noted?;
    let before = previous.and_then(|previous| previous.distrusted);
    let found = distrusted.map(|message| cut(message, MAX_MESSAGE));
    let distrusted = match (before, found) {
        (Some(before), Some(found)) if before.message == found => Some(before),
        (before, None) => before,
        (_, Some(message)) => Some(DistrustStatus { at: whole_seconds(now), message }),
    };
    Some(RecordStatus { written, announced, distrusted })
}

/// Returns the entries that a status knows of; `None` where an earlier version wrote it, which noted none.
pub fn noted_entries(status: Option<&DatabaseSchemaStatus>) -> Option<NotedEntries> {
    let Some(status) = status else { return Some(NotedEntries::default()) };
    match &status.record {
        Some(RecordStatus { written, announced, distrusted: _ }) => {
            Some(NotedEntries { written: written.clone(), announced: announced.clone() })
        }
        None if status.observed_generation.is_some_and(|generation| generation >= 0) => None,
        None => Some(NotedEntries::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_believed_stays_with_its_time() {
        let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).unwrap();
        let noted = || Some(NotedEntries::wrote("a".into()));
        let first = record_status(None, noted(), Some("forged"), at(1)).unwrap();
        assert_eq!(first.distrusted.as_ref().unwrap().at.0, at(1));
        for again in [None, Some("forged")] {
            assert_eq!(record_status(Some(first.clone()), noted(), again, at(2)).unwrap(), first);
        }
        let second = record_status(Some(first), noted(), Some("deleted"), at(3)).unwrap();
        assert_eq!(second.distrusted.unwrap().at.0, at(3));
    }

    #[test]
    fn a_status_of_an_earlier_version_is_told_from_a_new_one() {
        let of = |generation, record| DatabaseSchemaStatus {
            observed_generation: generation,
            record,
            ..DatabaseSchemaStatus::default()
        };
        let none = Some(NotedEntries::default());
        assert_eq!(noted_entries(None), none);
        assert_eq!(noted_entries(Some(&of(Some(-1), None))), none, "it was never looked at");
        assert_eq!(noted_entries(Some(&of(Some(3), None))), None, "an earlier version noted nothing");
        assert_eq!(record_status(None, None, None, Timestamp::UNIX_EPOCH), None, "which stays so until it is read");
        let known = NotedEntries::wrote("a".into());
        let written = record_status(None, Some(known.clone()), None, Timestamp::UNIX_EPOCH);
        assert_eq!(noted_entries(Some(&of(Some(3), written))), Some(known));
    }
}
