//! Looking into a resource.

use schema_operator::api::DatabaseSchema;

/// `Ready=True`, as `(status, reason, message)`; three empty words where there is no such condition.
pub fn condition<'a>(resource: &'a DatabaseSchema, kind: &str) -> (&'a str, &'a str, &'a str) {
    let conditions = resource.status.iter().flat_map(|status| &status.conditions);
    let mut of_kind = conditions.filter(|condition| condition.type_ == kind);
    of_kind.next().map_or(("", "", ""), |found| (&found.status, &found.reason, &found.message))
}

/// The reason of Ready.
pub fn reason(resource: &DatabaseSchema) -> &str {
    condition(resource, "Ready").1
}
