//! Claims: what each resource declares now, in its row of the record. Who owns what of a database is so known to all that
//! share it, across clusters, restarts and restores. A claim that no resource holds any longer counts no more; there
//! is no finalizer, so this is told from the row.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::record_view::{NO_CLUSTER, Owner};
use crate::api::TableSpec;
use crate::declare::declare_tables;
use crate::mysql::{Error, ErrorKind, Row};
use crate::schema::DeclaredSchema;

/// A claim is renewed when it is older than this, in seconds: twelve hours.
const RENEWED_AFTER: u64 = 12 * 60 * 60;

/// One that nobody has renewed for so long is nobody's: fourteen days.
const LAPSES_AFTER: u64 = 14 * 24 * 60 * 60;

/// The same for one that was made on another server: after a failover it is renewed at once, so that a day without is a
/// backup that was restored elsewhere.
const LAPSES_ELSEWHERE_AFTER: u64 = 24 * 60 * 60;

/// What a claim is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimKind {
    /// The resource makes the database so.
    Owns,
    /// The resource relies on its being so (mode Require).
    Requires,
}

/// What one resource is to claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub kind: ClaimKind,
    /// The tables in the words of the resource, as JSON.
    pub(super) text: String,
    pub(super) digest: String,
    /// The server that it is made on; empty where that has no id.
    pub(super) server: String,
}

/// What a row says of its claim.
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

/// What claims that were read before say, by their digests: they need not be read again.
#[derive(Debug, Clone, Default)]
pub struct KnownClaims(pub(super) Arc<HashMap<String, Arc<DeclaredSchema>>>);

/// Which resources of the own cluster there are.
#[derive(Clone, Default)]
pub enum LiveResources {
    /// At a terminal nobody knows.
    #[default]
    Unknown,
    Known {
        /// The only namespace that is watched.
        namespace: Option<String>,
        /// Whether there is a resource of this UID that claims anything.
        claims: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    },
}

/// From where claims are looked at.
#[derive(Debug, Clone, Copy)]
pub struct Viewer<'a> {
    pub owner: &'a Owner,
    pub live_resources: &'a LiveResources,
    pub server: Option<&'a str>,
}

impl Claim {
    /// The claim to these tables. What a resource consents to is nobody else's business.
    ///
    /// # Errors
    /// Tables as they are can always be written; that they could not is for the caller to report.
    pub fn new(kind: ClaimKind, tables: &[TableSpec], server: Option<&str>) -> Result<Self, Error> {
        let tables: Vec<TableSpec> =
            tables.iter().map(|table| TableSpec { allow: None, renamed_from: None, ..table.clone() }).collect();
        let text = serde_json::to_string(&tables)
            .map_err(|error| Error::new("writing a claim", ErrorKind::Protocol, error.to_string()))?;
        let digest = hex::encode(Sha256::digest(&text));
        Ok(Self { kind, text, digest, server: server.unwrap_or_default().to_owned() })
    }
}

impl Claim {
    /// The id of the server that it is made on; empty where that has none.
    pub fn server(&self) -> &str {
        &self.server
    }
}

impl ClaimKind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Owns => "Apply",
            Self::Requires => "Require",
        }
    }
}

impl StoredClaim {
    /// Reads it from the columns after `at`; `None` where a row has none.
    pub(super) fn read(row: &Row, at: usize) -> Option<Self> {
        let digest = row.optional(at)?.to_owned();
        let kind = if row.text(at + 1) == ClaimKind::Requires.word() { ClaimKind::Requires } else { ClaimKind::Owns };
        Some(Self {
            kind,
            digest,
            server: row.text(at + 2).to_owned(),
            // A clock that was put back makes a negative age.
            renewed: row.number(at + 3).unwrap_or_default(),
            since: row.number(at + 4).unwrap_or_default(),
        })
    }

    /// Whether it says just this.
    pub(super) fn says(&self, claim: &Claim) -> bool {
        self.kind == claim.kind && self.digest == claim.digest
    }

    /// Whether it has to be renewed.
    pub(super) fn is_due(&self, claim: &Claim) -> bool {
        self.renewed >= RENEWED_AFTER || self.server != claim.server
    }

    fn has_lapsed(&self, server: Option<&str>) -> bool {
        let is_elsewhere = server.is_some_and(|server| !self.server.is_empty() && self.server != server);
        self.renewed > if is_elsewhere { LAPSES_ELSEWHERE_AFTER } else { LAPSES_AFTER }
    }
}

impl LiveResources {
    /// Whether the resource itself is known to be there no more.
    pub fn is_gone(&self, uid: &str) -> bool {
        matches!(self, Self::Known { claims, .. } if !claims(uid))
    }

    /// Whether the resource of this row is known to be there or not; `None` where that can't be told.
    fn knows(&self, row: &Owner, own: &Owner) -> Option<bool> {
        let Self::Known { namespace, claims } = self else { return None };
        let in_scope = namespace.as_ref().is_none_or(|namespace| row.namespace() == Some(namespace));
        (!own.cluster.is_empty() && row.cluster == own.cluster && in_scope).then(|| claims(&row.uid))
    }
}

/// Whether a resource holds a row that is not the viewer's own.
pub(super) fn is_active(row: &Owner, claim: Option<&StoredClaim>, viewer: Viewer<'_>) -> bool {
    if let Some(is_there) = viewer.live_resources.knows(row, viewer.owner) {
        return is_there;
    }
    let yields =
        row.cluster == NO_CLUSTER && viewer.owner.cluster != NO_CLUSTER && viewer.owner.is_called(&row.resource);
    !yields && claim.is_none_or(|claim| !claim.has_lapsed(viewer.server))
}

/// Reads what another resource claims.
///
/// # Errors
/// It can't be read, so nothing may be done that might contradict it.
pub(super) fn read_declaration(text: &str, row: u64) -> Result<DeclaredSchema, Error> {
    let unreadable = |message: String| {
        let doing = format!("reading the claim in row {row} of table {}", super::RECORD_TABLE);
        Error::new(doing, ErrorKind::Protocol, message)
    };
    let tables: Vec<TableSpec> = serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?;
    declare_tables(&tables)
        .map_err(|refusals| unreadable(refusals.first().map(ToString::to_string).unwrap_or_default()))
}

impl fmt::Debug for LiveResources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "Unknown",
            Self::Known { .. } => "Known",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 60 * 60;

    fn owner(cluster: &str, resource: &str, uid: &str) -> Owner {
        Owner { cluster: cluster.into(), resource: resource.into(), uid: uid.into() }
    }

    fn stored(server: &str, days: u64) -> StoredClaim {
        let (kind, digest) = (ClaimKind::Owns, String::new());
        StoredClaim { kind, digest, server: server.into(), renewed: days * DAY, since: days * DAY }
    }

    fn watching(namespace: Option<&str>) -> LiveResources {
        LiveResources::Known { namespace: namespace.map(str::to_owned), claims: Arc::new(|uid: &str| uid == "alive") }
    }

    #[test]
    fn who_is_there_is_known_in_the_own_cluster_alone() {
        let me = owner("c1", "shop/app", "u1");
        let all = watching(None);
        let one = watching(Some("shop"));
        let old = stored("s", 20);
        let new = stored("s", 1);
        let cases = [
            ("c1", "shop/x", "alive", &all, &old, true),
            ("c1", "shop/x", "gone", &all, &new, false),
            ("c1", "other/x", "gone", &all, &new, false),
            ("c1", "other/x", "gone", &one, &new, true),
            ("c1", "other/x", "gone", &one, &old, false),
            ("c2", "shop/x", "gone", &all, &new, true),
            ("c2", "shop/app", "gone", &all, &new, true),
            ("c2", "shop/x", "alive", &all, &old, false),
            ("", "shop/x", "gone", &all, &new, true),
        ];
        for (cluster, resource, uid, live_resources, claim, expected) in cases {
            let viewer = Viewer { owner: &me, live_resources, server: Some("s") };
            let row = owner(cluster, resource, uid);
            assert_eq!(is_active(&row, Some(claim), viewer), expected, "{row:?} {} days", claim.renewed / DAY);
        }
        let unknown = owner("", "shop/app", "u1");
        let viewer = Viewer { owner: &unknown, live_resources: &all, server: Some("s") };
        assert!(
            is_active(&owner("", "shop/x", "gone"), Some(&new), viewer),
            "it may be of another cluster without an id"
        );
    }

    #[test]
    fn a_claim_of_another_server_lapses_sooner() {
        let me = owner("c1", "shop/app", "u1");
        let viewer = Viewer { owner: &me, live_resources: &LiveResources::Unknown, server: Some("here") };
        let row = owner("c2", "shop/app", "u0");
        for (server, days, expected) in
            [("here", 14, true), ("here", 15, false), ("there", 1, true), ("there", 2, false), ("", 14, true)]
        {
            assert_eq!(is_active(&row, Some(&stored(server, days)), viewer), expected, "{server} {days}");
        }
        assert!(is_active(&row, None, viewer), "a row of an earlier version has no age");
    }

    #[test]
    fn the_command_line_yields_to_a_resource_of_its_name() {
        let terminal = |resource: &str| owner(NO_CLUSTER, resource, "");
        let me = owner("c1", "shop/app", "u1");
        let viewer = Viewer { owner: &me, live_resources: &LiveResources::Unknown, server: None };
        for (row, expected) in [("shop/app", false), ("app", false), ("shop/other", true), ("else/app", true)] {
            assert_eq!(is_active(&terminal(row), Some(&stored("", 1)), viewer), expected, "{row}");
        }
        let me = terminal("app");
        let viewer = Viewer { owner: &me, live_resources: &LiveResources::Unknown, server: None };
        assert!(is_active(&owner("c1", "shop/app", "u1"), Some(&stored("", 1)), viewer));
    }

    #[test]
    fn a_claim_is_renewed_now_and_then_and_on_a_new_server() {
        let claim = Claim::new(ClaimKind::Owns, &[], Some("s")).unwrap();
        assert!(!StoredClaim { renewed: 60, ..stored("s", 0) }.is_due(&claim));
        assert!(stored("s", 1).is_due(&claim));
        assert!(stored("t", 0).is_due(&claim));
    }
}
