//! Decides whether a resource still holds a row of the record, as far as the viewer knows.

use std::fmt;
use std::sync::Arc;

use super::claim::StoredClaim;
use super::owner::{NO_CLUSTER, Owner};

/// The resource that looks at the record, and what it knows of others.
#[derive(Debug, Clone, Copy)]
pub struct Viewer<'a> {
    pub owner: &'a Owner,
    pub live_resources: &'a LiveResources,
    /// The id of the server that it looks at.
    pub server: Option<&'a str>,
}

/// The resources that exist in the own cluster.
#[derive(Clone, Default)]
pub enum LiveResources {
    /// At a terminal they are not known.
    #[default]
    Unknown,
    Known {
        /// The only namespace that is watched.
        namespace: Option<String>,
        /// Says whether there is a resource of this UID that claims anything.
        claims: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    },
}

/// Says whether a resource holds a row that is not the viewer's own.
pub(super) fn is_active(row: &Owner, claim: Option<&StoredClaim>, viewer: Viewer<'_>) -> bool {
    if let Some(is_there) = viewer.live_resources.knows(row, viewer.owner) {
        return is_there;
    }
    let yields =
        row.cluster == NO_CLUSTER && viewer.owner.cluster != NO_CLUSTER && viewer.owner.is_called(&row.resource);
    !yields && claim.is_none_or(|claim| !claim.has_lapsed(viewer.server))
}

impl LiveResources {
    /// Says whether the resource itself is known to be there no more.
    pub fn is_gone(&self, uid: &str) -> bool {
        matches!(self, Self::Known { claims, .. } if !claims(uid))
    }

    /// Says whether the resource of this row is there; `None` where that can't be told.
    fn knows(&self, row: &Owner, own: &Owner) -> Option<bool> {
        let Self::Known { namespace, claims } = self else { return None };
        let in_scope = namespace.as_ref().is_none_or(|namespace| row.namespace() == Some(namespace));
        (!own.cluster.is_empty() && row.cluster == own.cluster && in_scope).then(|| claims(&row.uid))
    }
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
    use crate::record::ClaimKind;

    const DAY: u64 = 24 * 60 * 60;

    fn owner(cluster: &str, resource: &str, uid: &str) -> Owner {
        Owner { cluster: cluster.into(), resource: resource.into(), uid: uid.into() }
    }

    fn stored(server: &str, days: u64) -> StoredClaim {
        StoredClaim {
            kind: ClaimKind::Owns,
            digest: String::new(),
            server: server.into(),
            renewed: days * DAY,
            since: days * DAY,
        }
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
}
