//! The names under which Kubernetes knows the resource and the operator: its group, its field manager, and the
//! annotations by which people consent to a plan.
//!
//! An account that may write the annotations may consent. The chart's ValidatingAdmissionPolicy, where it is installed,
//! also asks for the verb `approve`.

/// The API group of the custom resource, and the prefix of the operator's annotations.
pub const GROUP: &str = "schema-operator.dev";

/// The only version of the custom resource. Nothing converts it to another.
pub const VERSION: &str = "v1alpha1";

/// The field manager of everything that the operator writes to Kubernetes.
pub const FIELD_MANAGER: &str = "schema-operator";

/// The id of the plan that is approved.
pub const APPROVED_PLAN: &str = "schema-operator.dev/approved-plan";

/// The account that approved it.
pub const APPROVED_BY: &str = "schema-operator.dev/approved-by";

/// The time of the approval, which tells it from an earlier one of the same plan.
pub const APPROVED_AT: &str = "schema-operator.dev/approved-at";

/// The id of the plan that is rejected.
pub const REJECTED_PLAN: &str = "schema-operator.dev/rejected-plan";

/// The account that rejected it.
pub const REJECTED_BY: &str = "schema-operator.dev/rejected-by";

/// The id of the plan that is cancelled: its running statement is killed.
pub const CANCELLED_PLAN: &str = "schema-operator.dev/cancelled-plan";

/// The account that cancelled it.
pub const CANCELLED_BY: &str = "schema-operator.dev/cancelled-by";
