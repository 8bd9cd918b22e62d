//! From a declared schema and a live one to ordered steps, and the decision which of them may run. Pure: values in,
//! values out.

mod assess;
mod change;
mod consent;
mod detail_needed;
mod diff;
mod order;
mod ownership;
mod preflight;
mod record;
mod target;

use crate::schema::{DeclaredSchema, Schema};

pub use assess::{may_break_others, may_exceed_limits, with_dependents};
pub use change::Attribute;
pub use change::{Algorithm, Change, Cost, ObjectKey, ObjectKind, PartitionChange, Plan, Risk, Step, TableChange};
pub use consent::{Consent, Decision, InvalidWindow, OnlineChange, Window, format_time, gate, online_change};
pub use detail_needed::tables_needing_detail;
pub use ownership::{
    BrokenRequirement, Contradiction, ExpressionProbe, ObjectRef, TableObject, UnmetRequirement, broken_requirements,
    contradictions, expression_probes, taken_names, unmet,
};
pub use preflight::{Preflight, Preflights, RowProblem, preflights};
pub use record::{
    LastApplied, OtherRecord, Records, Round, UndeclaredCount, is_bookkeeping, rounds, three_way, undeclared, unsettled,
};
pub use target::{Refusal, RefusalKind, TableTarget, Target, target};

/// What has to be done to `live` so that it holds all that is declared: `diff(live, merge(declared, live))`.
///
/// # Errors
/// All declarations that contradict what is live, or that the live schema alone can't complete.
pub fn plan(declared: &DeclaredSchema, live: &Schema) -> Result<Plan, Vec<Refusal>> {
    let target = target(declared, live)?;
    let mut changes: Vec<TableChange> =
        target.tables.iter().flat_map(|table| diff::diff(table, live.dialect)).collect();
    changes.extend(diff::freed_names(&target.dropped, &changes, live));
    changes.extend(diff::keys_around(&target, declared, &changes, live));
    changes.extend(diff::removals(&target.dropped, live));
    Ok(order::plan(changes, live))
}

#[cfg(test)]
mod tests;
