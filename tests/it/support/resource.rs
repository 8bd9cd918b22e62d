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

/// What holds of every status, whatever has happened: kstatus, and a tool that waits, rely on it.
pub fn check_invariants(resource: &DatabaseSchema) {
    let Some(status) = resource.status.as_ref().filter(|status| !status.conditions.is_empty()) else { return };
    let kinds: Vec<&str> = status.conditions.iter().map(|condition| condition.type_.as_str()).collect();
    assert_eq!(kinds, ["Ready", "Reconciling", "Stalled", "Reachable", "InSync", "Verified"], "{status:#?}");
    for condition in &status.conditions {
        assert!(!condition.reason.is_empty(), "{status:#?}");
        assert!(condition.observed_generation.is_some_and(|seen| seen > 0), "{status:#?}");
        assert!(condition.observed_generation <= status.observed_generation, "{status:#?}");
    }
    assert!(status.observed_generation <= resource.metadata.generation, "{status:#?}");
    let is = |kind| condition(resource, kind).0 == "True";
    assert!(!(is("Reconciling") && is("Stalled")), "{status:#?}");
    if is("Ready") {
        assert!(!is("Reconciling") && !is("Stalled"), "{status:#?}");
        assert!(is("InSync") && is("Verified") && is("Reachable"), "{status:#?}");
    } else {
        assert!(!condition(resource, "Ready").2.is_empty(), "{status:#?}");
    }
}
