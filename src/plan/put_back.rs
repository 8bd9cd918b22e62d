//! Puts foreign keys back that were dropped to come back, and whose return did not run.

use std::collections::{BTreeSet, HashMap};

use super::change::{Change, Plan, Statement, Step, StepTable};
use super::diff::{is_copy_hindered, is_hindered, not_unique};
use super::planner::plan_without_rules;
use super::preflight::{Preflight, preflights};
use super::record::KeyOnItsWay;
use super::target::{Refusal, leads};
use crate::schema::{DeclaredIndex, DeclaredSchema, ForeignKey, IndexKind, KeyOfTable, KeyPart, Schema, Table};

/// What puts keys back.
#[derive(Debug, Clone)]
pub struct PutBack {
    /// What was there, as a declaration.
    pub declared: DeclaredSchema,
    pub plan: Plan,
}

/// Plans to put all keys back that are away: as they were, without a look at the rows, since others may have come in
/// meanwhile. Where a key does not fit the tables as they are by now, its columns become what they were, and so does the
/// key that it refers to.
///
/// # Errors
/// What else has changed does not let a key come back as it was.
pub fn put_back(keys: &[KeyOnItsWay], live: &Schema) -> Result<PutBack, Vec<Refusal>> {
    let missing: Vec<&KeyOnItsWay> = keys.iter().filter(|key| key.is_missing(live)).collect();
    let mut declared = DeclaredSchema::default();
    for key in &missing {
        let former = key.as_named(live);
        let index = live.table(&key.table).and_then(|table| former_index(&former, table));
        declared.edit_table(&key.table, |table| {
            table.foreign_keys.push(former.clone());
            table.indexes.extend(index);
        });
        let parent = live.table(&former.referenced_table).filter(|parent| former.refers_to(&parent.name));
        if let (Some(parent), Some(referenced)) = (parent, &key.referenced)
            && !takes_key(parent, &former, live)
        {
            declared.edit_table(&parent.name, |table| referenced.declare(table));
        }
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
    let mut plan = plan_without_rules(&declared, live)?;
    let mut ids = HashMap::new();
    for step in &mut plan.steps {
        let former = step.id.clone();
        step.restore_keys(&live.name);
        ids.insert(former, step.id.clone());
    }
    for step in &mut plan.steps {
        step.waits_for = step.waits_for.iter().filter_map(|id| ids.get(id).cloned()).collect();
    }
    Ok(PutBack { declared, plan: Plan::of(plan.steps) })
}

/// Whether a server lets a key refer to the columns of this table.
fn takes_key(parent: &Table, key: &ForeignKey, live: &Schema) -> bool {
    let is_refused = live.settings.restricts_foreign_keys && not_unique(parent, key).is_some();
    leads(parent, &key.referenced_columns) && !is_refused
}

/// Returns the index that the server made for the key; `None` where it can do so again, or another index serves. It has the
/// key's name, which the index of the new key may have by now (1061, tried on MySQL 9.7, MariaDB 10.11 and 11.8).
fn former_index(key: &ForeignKey, table: &Table) -> Option<DeclaredIndex> {
    let taken = table.index(&key.name).filter(|index| index.kind == IndexKind::Plain)?;
    if leads(table, &key.columns) {
        return None;
    }
    let parts = key.columns.iter().cloned().map(KeyPart::column).collect();
    Some(DeclaredIndex::of_kind(taken.name.clone(), parts, IndexKind::Plain))
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

/// Leaves out the steps that a key hinders as it was, as long as it is away and its return needs none of them: where the
/// return fails, the key is put back as it was. What waits for such a step is left out too.
pub fn without_hindered(steps: Vec<Step>, keys: &[KeyOnItsWay], live: &Schema) -> Vec<Step> {
    let missing: Vec<&KeyOnItsWay> = keys.iter().filter(|key| key.is_missing(live)).collect();
    let returns = |step: &Step| {
        let adds = |key: &KeyOnItsWay, change: &Change| matches!(change, Change::AddForeignKey(added) if added.name.matches(&key.key.name));
        missing.iter().any(|key| step.table == key.table && step.changes.iter().any(|change| adds(key, change)))
    };
    let mut needed: BTreeSet<&String> = BTreeSet::new();
    for step in steps.iter().rev() {
        if returns(step) || needed.contains(&step.id) {
            needed.insert(&step.id);
            needed.extend(&step.waits_for);
        }
    }
    let is_hindered = |step: &Step| {
        missing.iter().any(|key| {
            let former = key.as_named(live);
            let former = KeyOfTable { key: &former, table: &key.table };
            let hinders = |change: &Change| is_hindered(change, &step.table, former);
            step.changes.iter().any(hinders) || is_copy_hindered(step, former)
        })
    };
    let mut left_out: BTreeSet<String> = BTreeSet::new();
    for step in &steps {
        let waits = step.waits_for.iter().any(|id| left_out.contains(id));
        if !needed.contains(&step.id) && (waits || is_hindered(step)) {
            left_out.insert(step.id.clone());
        }
    }
    steps.into_iter().filter(|step| !left_out.contains(&step.id)).collect()
}

/// Returns the question whether rows violate a key that was put back without a look at them.
pub fn proof_question(key: &KeyOnItsWay, live: &Schema) -> Option<Preflight> {
    let statement = Statement { changes: vec![Change::AddForeignKey(key.as_named(live))], ..Statement::default() };
    let step = Step::new(
        statement,
        StepTable { name: &key.table, before: live.table(&key.table), moves_charset: false },
        live,
    );
    preflights(&[step], live).into_iter().flat_map(|asked| asked.questions).next()
}
