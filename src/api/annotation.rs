//! The annotations by which people consent to a plan. Whoever may write them may consent, unless the chart's
//! ValidatingAdmissionPolicy is installed, which asks for the verb `approve`.

/// The id of the plan that is approved.
pub const APPROVED_PLAN: &str = "schema-operator.dev/approved-plan";

/// Who approved it.
pub const APPROVED_BY: &str = "schema-operator.dev/approved-by";

/// When; it tells an approval from an earlier one of the same plan.
pub const APPROVED_AT: &str = "schema-operator.dev/approved-at";

/// The id of the plan that is rejected.
pub const REJECTED_PLAN: &str = "schema-operator.dev/rejected-plan";

/// Who rejected it.
pub const REJECTED_BY: &str = "schema-operator.dev/rejected-by";

/// The id of the plan that is cancelled: its running statement is ended.
pub const CANCELLED_PLAN: &str = "schema-operator.dev/cancelled-plan";

/// Who cancelled it.
pub const CANCELLED_BY: &str = "schema-operator.dev/cancelled-by";
