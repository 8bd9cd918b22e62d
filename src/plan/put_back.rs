//! Puts foreign keys back that were dropped to come back, and whose return did not run.

use std::collections::HashMap;

use super::change::{Change, Plan, Statement, Step, StepTable};
use super::planner::plan_without_rules;
use super::preflight::{Preflight, preflights};
use super::record::KeyOnItsWay;
use super::target::leads;
use crate::schema::{DeclaredIndex, DeclaredSchema, ForeignKey, IndexKind, KeyPart, Schema, Table};

/// What puts keys back.
#[derive(Debug, Clone)]
pub struct PutBack {
    /// What was there, as a declaration.
    pub declared: DeclaredSchema,
    pub plan: Plan,
}

/// Plans to put all keys back that are away: as they were, without a look at the rows, since others may have come in
/// meanwhile. Where a key does not fit the columns as they are by now, the columns become what they were. `None` where no
/// key is away.
pub fn put_back(keys: &[KeyOnItsWay], live: &Schema) -> Option<PutBack> {
    let missing: Vec<&KeyOnItsWay> = keys.iter().filter(|key| key.is_missing(live)).collect();
    if missing.is_empty() {
        return None;
    }
    let mut declared = DeclaredSchema::default();
    for key in &missing {
        let index = live.table(&key.table).and_then(|table| former_index(&key.key, table));
        declared.edit_table(&key.table, |table| {
            table.foreign_keys.push(key.key.clone());
            table.indexes.extend(index);
        });
    }
    if !missing.iter().all(|key| key.fits(live)) {
        for column in missing.iter().flat_map(|key| &key.columns) {
            let is_there = live.table(&column.table).is_some_and(|table| table.column(&column.name).is_some());
            let Some(former) = column.declared().filter(|_| is_there) else { continue };
            declared.edit_table(&column.table, |table| {
                if table.columns.iter().all(|other| !other.name.matches(&former.name)) {
                    table.columns.push(former);
                }
            });
        }
    }
    let mut plan = plan_without_rules(&declared, live).ok()?;
    let mut ids = HashMap::new();
    for step in &mut plan.steps {
        let former = step.id.clone();
        step.restore_keys(&live.name);
        ids.insert(former, step.id.clone());
    }
    for step in &mut plan.steps {
        step.waits_for = step.waits_for.iter().filter_map(|id| ids.get(id).cloned()).collect();
    }
    Some(PutBack { declared, plan: Plan::of(plan.steps) })
}

/// Returns the index that the server made for the key; `None` where it can do so again, or another index serves. It has the
/// key's name, which the index of the new key may have by now (1061, tried on MySQL 9.7, MariaDB 10.11 and 11.8).
fn former_index(key: &ForeignKey, table: &Table) -> Option<DeclaredIndex> {
    let taken = table.index(&key.name).filter(|index| index.kind == IndexKind::Plain)?;
    if leads(table, &key.columns) {
        return None;
    }
    let parts = key.columns.iter().cloned().map(KeyPart::column).collect();
    Some(DeclaredIndex {
        name: taken.name.clone(),
        renamed_from: Vec::new(),
        parts,
        kind: IndexKind::Plain,
        algorithm: None,
        comment: None,
        visible: None,
        key_block_size: None,
    })
}

/// Whether steps add all keys again that are away.
pub fn returns_all(steps: &[Step], keys: &[KeyOnItsWay], live: &Schema) -> bool {
    let is_added = |key: &KeyOnItsWay| {
        let of_table = steps.iter().filter(|step| step.table == key.table).flat_map(|step| &step.changes);
        of_table.into_iter().any(|change| match change {
            Change::AddForeignKey(added) => added.name.matches(&key.key.name),
            Change::DropTable(_) => true,
            _ => false,
        })
    };
    keys.iter().filter(|key| key.is_missing(live)).all(is_added)
}

/// Returns the question whether rows violate a key that was put back without a look at them.
pub fn proof_question(key: &KeyOnItsWay, live: &Schema) -> Option<Preflight> {
    let statement = Statement { changes: vec![Change::AddForeignKey(key.key.clone())], ..Statement::default() };
    let step = Step::new(
        statement,
        StepTable { name: &key.table, before: live.table(&key.table), moves_charset: false },
        live,
    );
    preflights(&[step], live).into_iter().flat_map(|asked| asked.questions).next()
}
