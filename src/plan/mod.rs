//! From a declared schema and a live one to ordered steps, and the decision which of them may run. Pure: values in,
//! values out.

mod across;
mod change;
mod closer;
mod cost;
mod default;
mod dependents;
mod diff;
mod gate;
mod last_applied;
mod limits;
mod merge;
mod online_change;
mod order;
mod ownership;
mod partition;
mod preflight;
mod removal;
mod retyped;
mod risk;
mod step;
mod three_way;
mod type_change;
mod undeclared;
mod uses;
mod window;

pub use change::{Change, TableChange};
pub use closer::needs_closer_look;
pub use cost::{Algorithm, Cost};
pub use dependents::{may_break_others, with_dependents};
pub use gate::{Consent, Decision, ObjectKind, gate};
pub use last_applied::{LastApplied, OtherRecord, Records, Unsettled, rounds, unsettled};
pub use limits::may_exceed_limits;
pub use merge::{Refusal, RefusalKind, TableTarget, Target, target};
pub use online_change::{OnlineChange, online_change};
pub use ownership::{
    Break, Contradiction, Object, Place, Spelling, Unmet, breaks, contradictions, spellings, taken_names, unmet,
};
pub use partition::PartitionChange;
pub use preflight::{Fault, Preflight, Preflights, preflights};
pub use step::{Plan, Step};
pub use three_way::three_way;
pub use undeclared::{Undeclared, is_bookkeeping, undeclared};
pub use window::{InvalidWindow, Window, moment};

use crate::schema::{DeclaredSchema, Schema};

/// What has to be done to `live` so that it holds all that is declared: `diff(live, merge(declared, live))`.
///
/// # Errors
/// All declarations that contradict what is live, or that the live schema alone can't complete.
pub fn plan(declared: &DeclaredSchema, live: &Schema) -> Result<Plan, Vec<Refusal>> {
    let target = target(declared, live)?;
    let mut changes: Vec<TableChange> =
        target.tables.iter().flat_map(|table| diff::diff(table, live.dialect)).collect();
    changes.extend(removal::freed_names(&target.dropped, &changes, live));
    changes.extend(retyped::keys_around(&target, declared, &changes, live));
    changes.extend(removal::removals(&target.dropped, live));
    Ok(step::plan(changes, live))
}

#[cfg(test)]
mod tests;
