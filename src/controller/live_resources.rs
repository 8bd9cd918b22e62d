//! Which resources of the cluster stand behind what they have claimed.

use std::sync::Arc;

use kube::Resource;
use kube::core::DeserializeGuard;
use kube::runtime::reflector::Store;

use crate::api::{DatabaseSchema, Mode};
use crate::record::LiveResources;

/// Those that are watched. One that only plans claims nothing; one that can't be read may well.
pub fn live_resources(store: Store<DeserializeGuard<DatabaseSchema>>, namespace: Option<String>) -> LiveResources {
    let claims = move |uid: &str| {
        let found = store.find(|object| object.meta().uid.as_deref() == Some(uid));
        found.is_some_and(|object| object.0.as_ref().map_or(true, |resource| resource.spec.mode != Mode::Plan))
    };
    LiveResources::Known { namespace, claims: Arc::new(claims) }
}
