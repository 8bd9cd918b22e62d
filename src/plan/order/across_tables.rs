//! The order of steps of different tables, and which of them waits for which.

use std::collections::BTreeSet;

use crate::plan::change::{Change, Step, uses_column_after};
use crate::plan::diff::KeyOfTable;
use crate::schema::Identifier;

/// Puts a rename that frees a name before the one that takes it, and makes each step wait for those without which the
/// server would refuse it.
pub fn arrange(steps: &mut [Step]) {
    for at in 0..steps.len() {
        // A chain has an end: renames in a cycle were refused before.
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
    let needs_step = |earlier: &&Step| {
        let changes = || earlier.changes.iter().map(|change| ChangeOfTable { change, table: &earlier.table });
        let mut own = step.changes.iter().map(|change| ChangeOfTable { change, table: &step.table });
        own.any(|later| changes().any(|first| needs(later, first)))
    };
    steps.iter().take(at).filter(needs_step).map(|earlier| earlier.id.clone()).collect()
}

fn new_name(step: &Step) -> Option<&Identifier> {
    match step.changes.first() {
        Some(Change::RenameTable { to }) => Some(to),
        _ => None,
    }
}

/// A change, with the table that it concerns.
#[derive(Clone, Copy)]
struct ChangeOfTable<'a> {
    change: &'a Change,
    table: &'a Identifier,
}

/// Whether the server would refuse `later` before `first`.
fn needs(later: ChangeOfTable<'_>, first: ChangeOfTable<'_>) -> bool {
    let ChangeOfTable { change: later, table } = later;
    let ChangeOfTable { change: first, table: other } = first;
    match (later, first) {
        (Change::RenameTable { to }, Change::RenameTable { .. }) => to == other,
        (Change::ModifyColumn { from, .. }, Change::DropForeignKey(key)) => {
            KeyOfTable { key, table: other }.has_column(table, &from.name)
        }
        (Change::RenameColumn { from, .. }, Change::DropForeignKey(key)) => {
            KeyOfTable { key, table: other }.has_column(table, from)
        }
        (Change::AddForeignKey(key), Change::ModifyColumn { to: column, .. } | Change::AddColumn { column, .. }) => {
            KeyOfTable { key, table }.has_column(other, &column.name)
        }
        (Change::AddForeignKey(key), Change::CreateTable(_)) => key.refers_to(other),
        (Change::AddForeignKey(key), index) => {
            key.refers_to(other) && key.referenced_columns.iter().any(|column| uses_column_after(index, column))
        }
        _ => false,
    }
}
