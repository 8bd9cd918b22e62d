//! Which entries of the record a resource is known to have written. Anyone who may write the table can write a row there,
//! but not into the status of the resource, which holds the digests.

use sha2::{Digest, Sha256};

/// The entries that a resource has written or is about to write, by digest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotedEntries {
    /// The one that it wrote last.
    pub written: Option<String>,
    /// Those that it was about to write since then. Whether it did is told by the row alone.
    pub announced: Vec<String>,
}

/// How far the own entry of the record is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belief {
    /// The resource wrote it, or there is nothing to believe.
    Confirmed,
    /// An earlier version wrote the status, which noted no entries.
    FirstLook,
    /// The resource did not write it.
    Foreign,
    /// The resource wrote one, and there is none.
    Missing,
}

impl NotedEntries {
    /// Judges the entry with this digest; `None` where there is none. `noted` is `None` where an earlier version noted
    /// nothing.
    pub fn judge(noted: Option<&Self>, digest: Option<&str>) -> Belief {
        match (noted, digest) {
            (None, _) => Belief::FirstLook,
            (Some(Self { written: None, .. }), None) => Belief::Confirmed,
            (Some(_), None) => Belief::Missing,
            (Some(noted), Some(digest)) if noted.knows(digest) => Belief::Confirmed,
            (Some(_), Some(_)) => Belief::Foreign,
        }
    }

    /// Returns what is noted before one of `next` is written, where the row has the entry `now`.
    #[must_use]
    pub fn announcing(&self, now: Option<&str>, next: &[String]) -> Self {
        let written = now.filter(|now| self.knows(now)).map(str::to_owned).or_else(|| self.written.clone());
        let announced = next.iter().filter(|next| written.as_ref() != Some(next)).cloned().collect();
        Self { written, announced }
    }

    /// Returns what is noted once this entry was written, or was found written.
    #[must_use]
    pub fn wrote(digest: String) -> Self {
        Self { written: Some(digest), announced: Vec::new() }
    }

    /// Says whether the resource may have written the entry.
    pub fn knows(&self, digest: &str) -> bool {
        self.written.iter().chain(&self.announced).any(|known| known == digest)
    }
}

/// Returns the digest of what the row of the resource with this UID says was declared.
pub(super) fn entry_digest(uid: &str, declared: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(uid);
    // A UID has no such byte.
    digest.update([0]);
    digest.update(declared);
    hex::encode(digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_status_knows_is_believed() {
        let new = NotedEntries::default();
        let noted = NotedEntries { written: Some("a".into()), announced: vec!["b".into(), "c".into()] };
        let cases = [
            (None, Some("a"), Belief::FirstLook),
            (None, None, Belief::FirstLook),
            (Some(&new), None, Belief::Confirmed),
            (Some(&new), Some("a"), Belief::Foreign),
            (Some(&noted), Some("a"), Belief::Confirmed),
            (Some(&noted), Some("c"), Belief::Confirmed),
            (Some(&noted), Some("d"), Belief::Foreign),
            (Some(&noted), None, Belief::Missing),
        ];
        for (noted, digest, expected) in cases {
            assert_eq!(NotedEntries::judge(noted, digest), expected, "{noted:?} {digest:?}");
        }
    }

    #[test]
    fn a_crash_between_the_two_writes_leaves_both_entries_known() {
        let noted = NotedEntries::wrote("a".into());
        let announced = noted.announcing(Some("a"), &["b".into()]);
        assert!(announced.knows("a") && announced.knows("b"), "the row has the one or the other");
        let next = announced.announcing(Some("b"), &["c".into()]);
        assert!(!next.knows("a") && next.knows("b") && next.knows("c"), "the row had b, so a is past");
        let foreign = announced.announcing(Some("x"), &["c".into()]);
        assert!(!foreign.knows("x") && foreign.knows("c"), "what others wrote is not known for being there");
    }

    #[test]
    fn the_same_words_of_another_resource_are_another_entry() {
        assert_ne!(entry_digest("u1", "{}"), entry_digest("u2", "{}"));
        assert_ne!(entry_digest("u", "1{}"), entry_digest("u1", "{}"));
        assert_eq!(entry_digest("u", "{}").len(), 64);
    }
}
