//! Tells whether a namespace is being deleted, without the right to read namespaces.

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use k8s_openapi::jiff::Timestamp;
use kube::Api;
use kube::api::PostParams;

use super::context::{Context, call};
use crate::api::FIELD_MANAGER;

/// Returns whether a namespace is being deleted: nothing new can be made there, not even on trial. Where that can't be
/// told, it is not.
pub async fn is_being_deleted(context: &Context, namespace: &str) -> bool {
    let events: Api<Event> = Api::namespaced(context.client.clone(), namespace);
    let params = PostParams { dry_run: true, field_manager: Some(FIELD_MANAGER.to_owned()) };
    let event = Event {
        metadata: ObjectMeta {
            generate_name: Some("schema-operator-trial-".to_owned()),
            namespace: Some(namespace.to_owned()),
            ..ObjectMeta::default()
        },
        event_time: Some(MicroTime(Timestamp::now())),
        action: Some("Try".to_owned()),
        reason: Some("Trial".to_owned()),
        type_: Some("Normal".to_owned()),
        reporting_controller: Some(FIELD_MANAGER.to_owned()),
        reporting_instance: Some(FIELD_MANAGER.to_owned()),
        regarding: Some(ObjectReference { namespace: Some(namespace.to_owned()), ..ObjectReference::default() }),
        ..Event::default()
    };
    match call(events.create(&params, &event)).await {
        Ok(_) => false,
        Err(error) if error.is_of_deleted_namespace() => true,
        Err(error) => {
            tracing::debug!(%error, namespace, "whether the namespace is being deleted is not known");
            false
        }
    }
}
