//! Refuses what is declared of a name that belongs to something live that is no table of ours to alter: a view, a sequence,
//! a system-versioned table, a table with something that the model does not hold.

use crate::mysql::Observation;
use crate::plan::{Refusal, RefusalKind};
use crate::schema::{DeclaredSchema, DeclaredTable, Identifier};

/// Refuses declared tables, present or absent, whose name belongs to such an object. So it does tables that would be renamed
/// from one.
///
/// # Errors
/// All that is refused.
pub fn check_obstacles(declared: &DeclaredSchema, observation: &Observation) -> Result<(), Vec<Refusal>> {
    let DeclaredSchema { tables, absent_tables } = declared;
    let present = tables.iter().filter_map(|table| in_the_way_of(table, observation));
    let absent = absent_tables.iter().filter_map(|name| {
        let reason = observation.obstacle(name)?;
        let message = format!(
            "what is live under this name is not removed: {reason}; remove it by hand, or leave it out of the tables"
        );
        Some(refusal(name, "", message))
    });
    let refusals: Vec<Refusal> = present.chain(absent).collect();
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Refuses absent tables whose name belongs to such an object. For a contract any other one is merely missing.
///
/// # Errors
/// All that is refused.
pub fn check_absent(declared: &DeclaredSchema, observation: &Observation) -> Result<(), Vec<Refusal>> {
    let absent_tables = declared.absent_tables.clone();
    check_obstacles(&DeclaredSchema { tables: Vec::new(), absent_tables }, observation)
}

fn in_the_way_of(table: &DeclaredTable, observation: &Observation) -> Option<Refusal> {
    if let Some(reason) = observation.obstacle(&table.name) {
        let message = format!("what is live under this name is left alone: {reason}");
        return Some(refusal(&table.name, "", message));
    }
    let is_live = |name: &Identifier| observation.schema.table(name).is_some();
    if is_live(&table.name) || table.renamed_from.iter().any(is_live) {
        return None;
    }
    let former = |name: &Identifier| observation.obstacle(name).map(|reason| (name.clone(), reason));
    let (former, reason) = table.renamed_from.iter().find_map(former)?;
    let message =
        format!("{former} is not renamed: {reason}; rename it by hand, or leave out the former name for a new table");
    Some(refusal(&table.name, "renamedFrom", message))
}

fn refusal(table: &Identifier, path: &str, message: String) -> Refusal {
    Refusal::of_table(table, path, RefusalKind::Unsupported, message)
}
