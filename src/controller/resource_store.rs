//! Holds the resources that are watched, by UID. Each is kept as JSON, which takes a fraction of the memory of its parts,
//! and is parsed when it is reconciled.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use kube::Resource;
use kube::core::DeserializeGuard;
use kube::core::error_boundary::InvalidObject;
use parking_lot::RwLock;

use super::queue::Ticket;
use crate::api::{DatabaseSchema, Mode};
use crate::record::LiveResources;

pub type Guarded = DeserializeGuard<DatabaseSchema>;

/// The resources that are watched. Cheap to clone; all clones share them.
#[derive(Clone, Default)]
pub struct ResourceStore(Arc<RwLock<HashMap<String, Stored>>>);

struct Stored {
    ticket: Ticket,
    /// The part that a person writes, in short: what else changes asks for no reconcile.
    written: u64,
    /// Whether it claims anything. One that can't be read may.
    claims: bool,
    body: Body,
}

enum Body {
    Json(Box<[u8]>),
    Invalid(Box<InvalidObject>),
}

/// What came of a resource that was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It is new, or a person has changed it.
    Written,
    /// Its status alone has changed, or nothing.
    Same,
}

impl ResourceStore {
    /// Stores a resource as it was delivered, and says whether it has to be reconciled. `None` for one without a UID,
    /// which no API server delivers.
    pub fn put(&self, object: &Guarded) -> Option<(Ticket, Delivery)> {
        let ticket = ticket(object)?;
        let stored = Stored {
            ticket: ticket.clone(),
            written: written(object),
            claims: object.0.as_ref().map_or(true, |resource| resource.spec.mode != Mode::Plan),
            body: match &object.0 {
                Err(invalid) => Body::Invalid(Box::new(invalid.clone())),
                Ok(resource) => Body::Json(serde_json::to_vec(resource).ok()?.into_boxed_slice()),
            },
        };
        let (written, uid) = (stored.written, ticket.uid.to_string());
        let before = self.0.write().insert(uid, stored);
        let is_same = before.is_some_and(|before| before.written == written);
        Some((ticket, if is_same { Delivery::Same } else { Delivery::Written }))
    }

    /// Returns a resource as it was delivered last.
    pub fn get(&self, uid: &str) -> Option<Guarded> {
        let resources = self.0.read();
        Some(match &resources.get(uid)?.body {
            Body::Json(json) => serde_json::from_slice(json).ok()?,
            Body::Invalid(invalid) => DeserializeGuard(Err((**invalid).clone())),
        })
    }

    /// Returns what a resource waits with.
    pub fn ticket(&self, uid: &str) -> Option<Ticket> {
        self.0.read().get(uid).map(|stored| stored.ticket.clone())
    }

    /// Removes a resource, and returns it.
    pub fn remove(&self, uid: &str) -> Option<Guarded> {
        let removed = self.get(uid);
        self.0.write().remove(uid);
        removed
    }

    /// Returns the UIDs of those resources that are not among `seen`.
    pub fn others_than(&self, seen: &HashSet<String>) -> Vec<String> {
        self.0.read().keys().filter(|uid| !seen.contains(*uid)).cloned().collect()
    }

    /// Returns which resources there are. A resource in mode Plan claims nothing; one that can't be read may claim.
    pub fn live_resources(&self, namespace: Option<String>) -> LiveResources {
        let store = self.clone();
        let claims = move |uid: &str| store.0.read().get(uid).is_some_and(|stored| stored.claims);
        LiveResources::Known { namespace, claims: Arc::new(claims) }
    }
}

/// Resources of one namespace with one Secret use one server.
fn ticket(object: &Guarded) -> Option<Ticket> {
    let meta = object.meta();
    let spec = object.0.as_ref().ok().map(|resource| &resource.spec);
    let secret = spec.map_or("", |spec| spec.connection.secret_ref.name.as_str());
    let database = spec.map_or("", |spec| spec.database.as_str());
    Some(Ticket {
        uid: meta.uid.as_deref()?.into(),
        namespace: meta.namespace.as_deref().unwrap_or_default().into(),
        server: secret.into(),
        database: database.into(),
    })
}

/// Returns a digest of what a person writes: the spec, of which the generation tells, and the annotations.
fn written(object: &Guarded) -> u64 {
    let (meta, mut digest) = (object.meta(), DefaultHasher::new());
    (meta.generation, &meta.annotations, meta.deletion_timestamp.is_some()).hash(&mut digest);
    digest.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn object(uid: &str, generation: i64, more: &Value) -> Guarded {
        let mut object = json!({
            "apiVersion": "schema-operator.dev/v1alpha1",
            "kind": "DatabaseSchema",
            "metadata": { "name": "a", "namespace": "n", "uid": uid, "generation": generation },
            "spec": {
                "revision": "1",
                "database": "shop",
                "connection": { "secretRef": { "name": "mysql" } },
                "tables": [{ "name": "item", "columns": [{ "name": "id", "type": "int", "default": { "value": "1" } }] }],
            },
        });
        for (path, value) in more.as_object().unwrap() {
            *object.pointer_mut(path).unwrap() = value.clone();
        }
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn a_resource_is_returned_as_it_was_delivered() {
        let store = ResourceStore::default();
        let delivered = object("1", 1, &json!({}));
        store.put(&delivered).unwrap();
        assert_eq!(store.get("1").unwrap().0.unwrap(), delivered.0.unwrap());
        assert!(store.get("2").is_none());
    }

    #[test]
    fn one_that_cannot_be_read_keeps_its_reason_and_its_name() {
        let store = ResourceStore::default();
        let (ticket, _) = store.put(&object("1", 1, &json!({ "/spec/tables": 7 }))).unwrap();
        assert_eq!((&*ticket.namespace, &*ticket.server), ("n", ""));
        let invalid = store.remove("1").unwrap().0.unwrap_err();
        assert_eq!(invalid.metadata.name.as_deref(), Some("a"));
        assert!(store.get("1").is_none());
    }

    #[test]
    fn only_what_a_person_writes_asks_for_a_reconcile() {
        let store = ResourceStore::default();
        let put = |generation, annotations: Option<&str>| {
            let mut delivered = object("1", generation, &json!({}));
            delivered.meta_mut().resource_version = Some(generation.to_string());
            delivered.meta_mut().annotations = annotations.map(|text| [("a".to_owned(), text.to_owned())].into());
            store.put(&delivered).unwrap().1
        };
        assert_eq!(put(1, None), Delivery::Written, "new");
        assert_eq!(put(1, None), Delivery::Same);
        assert_eq!(put(2, None), Delivery::Written, "another spec");
        assert_eq!(put(2, Some("x")), Delivery::Written, "an annotation");
        assert_eq!(put(2, Some("x")), Delivery::Same);
        assert_eq!(put(2, Some("y")), Delivery::Written, "another annotation");
    }

    #[test]
    fn a_resource_claims_unless_it_only_plans_or_is_gone() {
        let store = ResourceStore::default();
        store.put(&object("applies", 1, &json!({}))).unwrap();
        let mut plans = object("plans", 1, &json!({}));
        if let Ok(resource) = &mut plans.0 {
            resource.spec.mode = Mode::Plan;
        }
        store.put(&plans).unwrap();
        store.put(&object("unreadable", 1, &json!({ "/spec/tables": 7 }))).unwrap();
        let live = store.live_resources(None);
        for (uid, is_gone) in [("applies", false), ("plans", true), ("unreadable", false), ("never", true)] {
            assert_eq!(live.is_gone(uid), is_gone, "{uid}");
        }
        assert_eq!(store.others_than(&["applies".to_owned(), "plans".to_owned()].into()), ["unreadable"]);
    }
}
