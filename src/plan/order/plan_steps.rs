//! The steps of a plan, from the changes of all tables.

use super::across_tables::arrange;
use super::moved_keys::MovedKeys;
use super::table_order::{statements, waits};
use super::units::in_units;
use crate::plan::change::{Change, Plan, Step, StepTable, TableChange, phase};
use crate::schema::{Identifier, Schema};

/// Orders and groups `changes` of `live` into steps.
pub fn plan(changes: Vec<TableChange>, live: &Schema) -> Plan {
    let moved = MovedKeys::of(&changes);
    let mut steps = Vec::new();
    let mut rest = changes.into_iter().peekable();
    while let Some(first) = rest.next() {
        let table = first.table.clone();
        // A table that is renamed is another one than what is new under its name.
        let is_same = |next: &TableChange| next.table == table && !is_rename(&first.change) && !is_rename(&next.change);
        let mut of_table = Vec::new();
        while let Some(next) = rest.next_if(is_same) {
            of_table.push(next.change);
        }
        of_table.insert(0, first.change);
        steps.extend(table_steps(&table, of_table, &moved, live));
    }
    steps.sort_by_key(|step| step.changes.first().map(phase));
    arrange(&mut steps);
    Plan::of(in_units(steps))
}

fn table_steps(table: &Identifier, changes: Vec<Change>, moved: &MovedKeys, live: &Schema) -> Vec<Step> {
    let moves_charset = changes.iter().any(|change| matches!(change, Change::SetTableCharset { .. }));
    let is_new = changes.iter().any(|change| matches!(change, Change::CreateTable(_)));
    let before = live.table(table).filter(|_| !is_new);
    let statements = statements(before, changes, live, |change| moved.hinder(change, table));
    let waits = waits(before, &statements, live);
    let of_table = StepTable { name: table, before, moves_charset };
    let mut steps: Vec<Step> = statements.into_iter().map(|statement| Step::new(statement, of_table, live)).collect();
    let ids: Vec<String> = steps.iter().map(|step| step.id.clone()).collect();
    for (step, waits) in steps.iter_mut().zip(waits) {
        step.waits_for = waits.into_iter().filter_map(|at| ids.get(at).cloned()).collect();
    }
    steps
}

fn is_rename(change: &Change) -> bool {
    matches!(change, Change::RenameTable { .. })
}
