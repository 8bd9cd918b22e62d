//! From a declared schema and a live one to ordered steps, and the decision which of them may run. Pure: values in,
//! values out. It knows the model of a schema, and neither the custom resource nor a server.

mod assess;
mod change;
mod consent;
mod diff;
mod order;
mod ownership;
mod planner;
mod preflight;
mod put_back;
mod record;
mod target;

pub use assess::{
    NeededPrivilege, may_be_refused, may_break_others, may_exceed_limits, needed_privileges, with_dependents,
};
pub use change::{
    Algorithm, Attribute, Change, Cost, ObjectKey, ObjectKind, PartitionChange, Plan, Risk, Step, StepHazards,
    TableChange, UnitId,
};
pub use consent::{Consent, Decision, InvalidWindow, OnlineChange, Window, format_time, gate, online_change};
pub use ownership::{
    BrokenRequirement, Contradiction, ExpressionProbe, UnmetRequirement, all_contradictions, broken_requirements,
    expression_probes, unmet,
};
pub use planner::{KeyElsewhere, keys_elsewhere, plan, plan_without_rules, tables_needing_detail};
pub use preflight::{Foreseen, Preflight, Preflights, RowProblem, foreseen, foreseen_errors, preflights};
pub use put_back::{PutBack, proof_question, put_back, returns_all, without_hindered};
pub use record::{
    DeclaredPart, Disowned, DriftShare, KeptObject, KeptReason, KeyOnItsWay, LastApplied, OtherRecord, PartDigests,
    PartNames, RecordSources, Records, RenameRound, UndeclaredCount, changed_parts, declare_keys, declare_returns,
    drift_share, is_bookkeeping, kept_objects, made_parts, rounds, three_way, undeclared, waiting_parts, with_losses,
    with_removal_reasons, without_parts,
};
pub use target::{Refusal, RefusalKind, TableTarget, Target, target};

#[cfg(test)]
mod tests;
