//! What steps of different tables owe to each other: their order, and which can't be done without which.

use std::collections::BTreeSet;

use crate::plan::change::{Change, Step, uses_column_after};
use crate::plan::diff::has_column;
use crate::schema::Identifier;

/// Puts the rename that frees a name before the one that takes it, and has_column each step wait for those without which the
/// server would refuse it.
pub fn arrange(steps: &mut [Step]) {
    for at in 0..steps.len() {
        // A chain has_column an end; what goes round in circles is no chain, and was refused before.
        for _ in at..steps.len() {
            let takes = steps.get(at).and_then(new_name);
            let frees = |step: &Step| new_name(step).is_some() && Some(&step.table) == takes;
            let Some(later) = steps.iter().skip(at + 1).position(frees) else { break };
            if let Some(part) = steps.get_mut(at..=at + 1 + later) {
                part.rotate_right(1);
            }
        }
    }
    let waits: Vec<BTreeSet<String>> = (0..steps.len()).map(|at| waits(steps, at)).collect();
    for (step, waits) in steps.iter_mut().zip(waits) {
        step.waits_for.extend(waits);
    }
}

fn waits(steps: &[Step], at: usize) -> BTreeSet<String> {
    let Some(step) = steps.get(at) else { return BTreeSet::new() };
    let needs = |earlier: &&Step| {
        let pairs = step.changes.iter().flat_map(|later| earlier.changes.iter().map(move |first| (later, first)));
        pairs.into_iter().any(|(later, first)| needs((&step.table, later), (&earlier.table, first)))
    };
    steps.iter().take(at).filter(needs).map(|earlier| earlier.id.clone()).collect()
}

fn new_name(step: &Step) -> Option<&Identifier> {
    match step.changes.first() {
        Some(Change::RenameTable { to }) => Some(to),
        _ => None,
    }
}

fn needs((table, later): (&Identifier, &Change), (other, first): (&Identifier, &Change)) -> bool {
    match (later, first) {
        (Change::RenameTable { to }, Change::RenameTable { .. }) => to == other,
        (Change::ModifyColumn { from, .. }, Change::DropForeignKey(key)) => has_column((key, other), table, &from.name),
        (Change::RenameColumn { from, .. }, Change::DropForeignKey(key)) => has_column((key, other), table, from),
        (Change::AddForeignKey(key), Change::ModifyColumn { to: column, .. } | Change::AddColumn { column, .. }) => {
            has_column((key, table), other, &column.name)
        }
        (Change::AddForeignKey(key), Change::CreateTable(_)) => key.refers_to(other),
        (Change::AddForeignKey(key), index) => {
            key.refers_to(other) && key.referenced_columns.iter().any(|column| uses_column_after(index, column))
        }
        _ => false,
    }
}
