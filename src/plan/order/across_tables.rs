//! Which steps have to wait for which, because of other tables or of foreign keys.

use std::collections::BTreeSet;

use crate::plan::change::{Change, Step, used_column_before, uses_column_after};
use crate::plan::diff::{is_copy_hindered, is_hindered};
use crate::schema::{Check, ForeignKey, Identifier, KeyOfTable, Table};

/// Makes each step wait for those without which the server would refuse it, or which would be another one than is meant.
pub fn arrange(steps: &mut [Step]) {
    let waits: Vec<BTreeSet<String>> = steps.iter().map(|step| waits(steps, step)).collect();
    for (step, waits) in steps.iter_mut().zip(waits) {
        step.waits_for.extend(waits);
    }
}

fn waits(steps: &[Step], step: &Step) -> BTreeSet<String> {
    let needs_step = |first: &&Step| {
        let changes = || first.changes.iter().map(|change| ChangeOfTable { change, step: first });
        let mut own = step.changes.iter().map(|change| ChangeOfTable { change, step });
        first.id != step.id && own.any(|later| changes().any(|first| needs(later, first, steps)))
    };
    steps.iter().filter(needs_step).map(|first| first.id.clone()).collect()
}

/// A change, with the step that makes it.
#[derive(Clone, Copy)]
struct ChangeOfTable<'a> {
    change: &'a Change,
    step: &'a Step,
}

/// Whether the server would refuse `later` before `first`.
fn needs(later: ChangeOfTable<'_>, first: ChangeOfTable<'_>, steps: &[Step]) -> bool {
    let ChangeOfTable { change: later, step: later_step @ Step { table, .. } } = later;
    let ChangeOfTable { change: first, step: first_step @ Step { table: other, .. } } = first;
    match (later, first) {
        (Change::RenameTable { to }, Change::RenameTable { .. }) => to == other,
        // Until then the name is that of the live table, with its rows.
        (Change::CreateTable(_), Change::RenameTable { .. }) => table == other,
        // A key that already refers to the table follows it.
        (Change::AddForeignKey(key) | Change::DropForeignKey(key), Change::RenameTable { to }) => key.refers_to(to),
        // A name is that of one key in the whole database (1826, errno 121).
        (Change::AddForeignKey(new), Change::DropForeignKey(old)) => new.name.matches(&old.name),
        (Change::DropForeignKey(key), Change::RenameColumn { to, .. }) => {
            let key = KeyOfTable { key, table };
            !is_copy_hindered(first_step, key) && key.has_column(other, to)
        }
        (change, Change::DropForeignKey(key)) => {
            let key = KeyOfTable { key, table: other };
            is_copy_hindered(later_step, key) || is_hindered(change, table, key)
        }
        // Names of MySQL's checks are unique in the database (3822).
        (change, Change::DropCheck(old)) => {
            table != other && !first_step.dialect.is_mariadb() && takes_name_of_check(change, old)
        }
        (change, Change::DropTable(gone)) => {
            takes_name_of(change, gone) || table != other && refers_while_hindered(change, later_step, gone, steps)
        }
        (Change::AddForeignKey(key), Change::CreateTable(_)) => key.refers_to(other),
        (Change::AddForeignKey(key), first) => {
            concerns_key(key, table, first, other) || table == other && frees_index_name(first, &key.name)
        }
        _ => false,
    }
}

/// Whether an index of this name goes: the server makes one of a key's name (1061, tried on MySQL 9.7, MariaDB 10.11 and
/// 11.8).
fn frees_index_name(change: &Change, name: &Identifier) -> bool {
    matches!(change, Change::DropIndex(index) if index.name.matches(name))
}

/// Whether the change takes the name of a check that is dropped.
fn takes_name_of_check(change: &Change, old: &Check) -> bool {
    let new = match change {
        Change::AddCheck(check) => std::slice::from_ref(check),
        Change::CreateTable(table) => table.checks.as_slice(),
        _ => &[],
    };
    new.iter().any(|check| check.name.matches(&old.name))
}

/// Whether the change takes the name of a constraint that goes with a table.
fn takes_name_of(change: &Change, gone: &Table) -> bool {
    let has_key = |name: &Identifier| gone.foreign_keys.iter().any(|key| key.name.matches(name));
    let has_check = |check: &Check| gone.checks.iter().any(|other| other.name.matches(&check.name));
    match change {
        Change::AddForeignKey(key) => has_key(&key.name),
        Change::AddCheck(check) => has_check(check),
        Change::CreateTable(table) => table.checks.iter().any(has_check),
        _ => false,
    }
}

/// Whether a table that is dropped has a key that hinders the change, and goes with its table.
fn refers_while_hindered(change: &Change, step: &Step, gone: &Table, steps: &[Step]) -> bool {
    let goes_apart = |key: &ForeignKey| {
        steps
            .iter()
            .filter(|step| step.table == gone.name)
            .flat_map(|step| &step.changes)
            .any(|change| matches!(change, Change::DropForeignKey(dropped) if dropped.name == key.name))
    };
    let hinders = |key: &ForeignKey| {
        let key = KeyOfTable { key, table: &gone.name };
        is_hindered(change, &step.table, key) || is_copy_hindered(step, key)
    };
    gone.foreign_keys.iter().any(|key| hinders(key) && !goes_apart(key))
}

/// Whether a change of table `other` concerns a column of the key, or an index over one, on either of its sides.
pub fn concerns_key(key: &ForeignKey, table: &Identifier, change: &Change, other: &Identifier) -> bool {
    let own = if table == other { key.columns.as_slice() } else { &[] };
    let referenced = if key.refers_to(other) { key.referenced_columns.as_slice() } else { &[] };
    let side = KeyOfTable { key, table };
    match change {
        Change::ModifyColumn { to: column, .. } | Change::AddColumn { column, .. } => {
            side.has_column(other, &column.name)
        }
        Change::RenameColumn { to, .. } => side.has_column(other, to),
        Change::SetEngine { .. } | Change::Partition(_) => table == other || key.refers_to(other),
        Change::AddForeignKey(_) | Change::DropForeignKey(_) => false,
        change => own
            .iter()
            .chain(referenced)
            .any(|column| uses_column_after(change, column) || used_column_before(change, column)),
    }
}
