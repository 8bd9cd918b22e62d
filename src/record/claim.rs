//! Claims: what each resource declares now, in its row of the record. All that share a database know by them who owns
//! what, across clusters, restarts and restores. A claim that no resource holds counts no more. There is no finalizer,
//! so this is told from the row.

use std::collections::HashMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::text_bounds::{MAX_CLAIM, check_length};
use crate::api::TableSpec;
use crate::mysql::Error;
use crate::schema::DeclaredSchema;

/// A claim is renewed when it is older than this, in seconds: twelve hours.
pub(super) const RENEWED_AFTER: u64 = 12 * 60 * 60;

/// A claim that was not renewed for this long has no holder: fourteen days.
const LAPSES_AFTER: u64 = 14 * 24 * 60 * 60;

/// The same for a claim that was made on another server: a day. After a failover a claim is renewed at once, so one
/// that is not comes from a backup that was restored elsewhere.
const LAPSES_ELSEWHERE_AFTER: u64 = 24 * 60 * 60;

/// The purpose of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClaimKind {
    /// The resource makes the tables what it declares.
    Owns,
    /// The resource relies on the tables (mode Require).
    Requires,
}

/// A claim that a resource makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub kind: ClaimKind,
    /// The tables in the words of the resource, as JSON.
    pub(super) text: String,
    pub(super) digest: String,
    /// The server that it is made on; empty where that has no id.
    pub(super) server: String,
}

/// A claim as its row has it, without the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredClaim {
    pub kind: ClaimKind,
    pub digest: String,
    pub server: String,
    /// Seconds since it was renewed.
    pub renewed: u64,
    /// Seconds since the resource made its first one.
    pub since: u64,
}

/// The declarations in claims that were read before, by digest: they need not be read again.
#[derive(Debug, Clone, Default)]
pub struct KnownClaims(Arc<HashMap<String, Arc<DeclaredSchema>>>);

impl Claim {
    /// Makes the claim to these tables. It leaves out what a resource consents to, which does not concern others.
    ///
    /// # Errors
    /// The tables are too many or too large.
    pub fn new(kind: ClaimKind, tables: &[TableSpec], server: Option<&str>) -> Result<Self, Error> {
        let tables: Vec<TableSpec> =
            tables.iter().map(|table| TableSpec { allow: None, renamed_from: None, ..table.clone() }).collect();
        let text = serde_json::to_string(&tables).map_err(|error| Error::protocol("writing a claim", &error))?;
        check_length("claim", text.len(), MAX_CLAIM)?;
        let digest = hex::encode(Sha256::digest(&text));
        Ok(Self { kind, text, digest, server: server.unwrap_or_default().to_owned() })
    }

    /// Returns the id of the server that it is made on; empty where that has none.
    pub fn server(&self) -> &str {
        &self.server
    }
}

impl ClaimKind {
    /// Returns the word in the row: that of the resource's mode.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Owns => "Apply",
            Self::Requires => "Require",
        }
    }

    /// Reads the word in a row.
    pub(super) fn of_word(word: &str) -> Self {
        if word == Self::Requires.word() { Self::Requires } else { Self::Owns }
    }
}

impl KnownClaims {
    pub(super) fn new(claims: impl Iterator<Item = (String, Arc<DeclaredSchema>)>) -> Self {
        Self(Arc::new(claims.collect()))
    }

    /// Returns the declaration in the claim with this digest.
    pub(super) fn get(&self, digest: &str) -> Option<Arc<DeclaredSchema>> {
        self.0.get(digest).cloned()
    }

    pub(super) fn digests(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }
}

impl StoredClaim {
    /// Says whether it is the same claim.
    pub(super) fn is_same_as(&self, claim: &Claim) -> bool {
        self.kind == claim.kind && self.digest == claim.digest
    }

    /// Says whether it has to be renewed.
    pub(super) fn is_due(&self, claim: &Claim) -> bool {
        self.renewed >= RENEWED_AFTER || self.server != claim.server
    }

    /// Says whether it has no holder any more, as a viewer on `server` sees it.
    pub(super) fn has_lapsed(&self, server: Option<&str>) -> bool {
        let is_elsewhere = server.is_some_and(|server| !self.server.is_empty() && self.server != server);
        let limit = if is_elsewhere { LAPSES_ELSEWHERE_AFTER } else { LAPSES_AFTER };
        self.renewed > limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 60 * 60;

    fn stored(server: &str, days: u64) -> StoredClaim {
        StoredClaim {
            kind: ClaimKind::Owns,
            digest: String::new(),
            server: server.into(),
            renewed: days * DAY,
            since: days * DAY,
        }
    }

    #[test]
    fn a_claim_is_renewed_now_and_then_and_on_a_new_server() {
        let claim = Claim::new(ClaimKind::Owns, &[], Some("s")).unwrap();
        assert!(!StoredClaim { renewed: 60, ..stored("s", 0) }.is_due(&claim));
        assert!(stored("s", 1).is_due(&claim));
        assert!(stored("t", 0).is_due(&claim));
    }
}
