//! The manifest of a resource, and what its status says.

use schema_operator::api::{DatabaseSchema, PlanStatus};

/// A condition of a resource; all three are empty where the resource has none of this type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConditionView<'a> {
    pub status: &'a str,
    pub reason: &'a str,
    pub message: &'a str,
}

/// Writes a DatabaseSchema whose spec has this YAML beside revision, database and connection.
pub fn manifest(name: &str, database: &str, spec: &str) -> String {
    let spec: String = spec.lines().map(|line| format!("  {line}\n")).collect();
    format!(
        "apiVersion: schema-operator.dev/v1alpha1\nkind: DatabaseSchema\nmetadata: {{name: {name}}}\nspec:\n  \
         revision: r1\n  database: {database}\n  connection: {{secretRef: {{name: db}}, tls: Preferred}}\n{spec}"
    )
}

/// Returns a condition by its type, such as `Ready`.
pub fn condition<'a>(resource: &'a DatabaseSchema, kind: &str) -> ConditionView<'a> {
    let mut conditions = resource.status.iter().flat_map(|status| &status.conditions);
    let found = conditions.find(|condition| condition.type_ == kind);
    found.map_or_else(ConditionView::default, |found| ConditionView {
        status: &found.status,
        reason: &found.reason,
        message: &found.message,
    })
}

/// Returns the reason of Ready.
pub fn reason(resource: &DatabaseSchema) -> &str {
    condition(resource, "Ready").reason
}

/// Decides whether the resource is Ready.
pub fn is_ready(resource: &DatabaseSchema) -> bool {
    condition(resource, "Ready").status == "True"
}

/// Returns the plan in the status.
pub fn plan(resource: &DatabaseSchema) -> &PlanStatus {
    resource.status.as_ref().and_then(|status| status.plan.as_ref()).expect("the status has a plan")
}

/// Returns the id of the server that was measured.
pub fn server_id(resource: &DatabaseSchema) -> Option<String> {
    resource.status.as_ref()?.server.as_ref()?.id.clone()
}

/// Checks what holds for every status at any time: kstatus, and tools that wait for a condition, rely on it.
pub fn check_invariants(resource: &DatabaseSchema) {
    let Some(status) = resource.status.as_ref().filter(|status| !status.conditions.is_empty()) else { return };
    let kinds: Vec<&str> = status.conditions.iter().map(|condition| condition.type_.as_str()).collect();
    assert_eq!(kinds, ["Ready", "Reconciling", "Stalled", "Reachable", "InSync", "Verified"], "{status:#?}");
    for condition in &status.conditions {
        assert!(!condition.reason.is_empty(), "{status:#?}");
        assert!(condition.observed_generation.is_some_and(|observed| observed > 0), "{status:#?}");
        assert!(condition.observed_generation <= status.observed_generation, "{status:#?}");
    }
    assert!(status.observed_generation <= resource.metadata.generation, "{status:#?}");
    let is = |kind| condition(resource, kind).status == "True";
    assert!(!(is("Reconciling") && is("Stalled")), "{status:#?}");
    if is("Ready") {
        assert!(!is("Reconciling") && !is("Stalled"), "{status:#?}");
        assert!(is("InSync") && is("Verified") && is("Reachable"), "{status:#?}");
    } else {
        assert!(!condition(resource, "Ready").message.is_empty(), "{status:#?}");
    }
}
