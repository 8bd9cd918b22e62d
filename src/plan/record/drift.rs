//! Tells drift from what a new declaration is about: a part that differs although its declaration is the one that was in
//! sync has drifted.

use super::declared_part::{DeclaredPart, PartDigests, PartNames, names_part};
use super::last_applied::LastApplied;
use crate::plan::change::{ObjectKind, Plan};
use crate::schema::{AbsentObjects, DeclaredOptions, DeclaredSchema, DeclaredTable, Identifier};

/// How much of a plan is drift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DriftShare {
    None,
    /// These parts have drifted; the others change since their declaration did.
    Some(PartNames),
    All,
}

/// Compares what a plan changes with what was in sync by the record.
pub fn drift_share(plan: &Plan, own: Option<&LastApplied>, digests: &PartDigests) -> DriftShare {
    let Some(own) = own else { return DriftShare::None };
    let is_same = |table: &Identifier, key: &String| {
        let before = own.digests.get(table).and_then(|parts| parts.get(key));
        before.is_some() && before == digests.get(table).and_then(|parts| parts.get(key))
    };
    let (mut drifted, mut all) = (PartNames::new(), true);
    for step in &plan.steps {
        let table = step.declared_table();
        for change in &step.changes {
            let key = DeclaredPart::of_change(change).key();
            if is_same(table, &key) {
                drifted.entry(table.clone()).or_default().insert(key);
            } else {
                all = false;
            }
        }
    }
    match (drifted.is_empty(), all) {
        (true, _) => DriftShare::None,
        (false, true) => DriftShare::All,
        (false, false) => DriftShare::Some(drifted),
    }
}

/// Returns the declaration without these parts.
#[must_use]
pub fn without_parts(declared: &DeclaredSchema, parts: &PartNames) -> DeclaredSchema {
    let tables = declared.tables.iter().filter(|table| !names_part(parts, &table.name, &DeclaredPart::Table));
    let absent = declared.absent_tables.iter().filter(|name| !names_part(parts, name, &DeclaredPart::Table));
    DeclaredSchema {
        tables: tables.map(|table| rest_of(table, |part| names_part(parts, &table.name, part))).collect(),
        absent_tables: absent.cloned().collect(),
    }
}

fn rest_of(table: &DeclaredTable, is_left_out: impl Fn(&DeclaredPart) -> bool) -> DeclaredTable {
    let stays = |kind: ObjectKind, name: &Identifier| !is_left_out(&DeclaredPart::object(kind, name));
    let mut rest = table.clone();
    rest.columns.retain(|one| stays(ObjectKind::Column, &one.name));
    rest.indexes.retain(|one| stays(ObjectKind::Index, &one.name));
    rest.foreign_keys.retain(|one| stays(ObjectKind::ForeignKey, &one.name));
    rest.checks.retain(|one| stays(ObjectKind::Check, &one.name));
    let AbsentObjects { columns, indexes, foreign_keys, checks } = &mut rest.absent;
    columns.retain(|name| stays(ObjectKind::Column, name));
    indexes.retain(|name| stays(ObjectKind::Index, name));
    foreign_keys.retain(|name| stays(ObjectKind::ForeignKey, name));
    checks.retain(|name| stays(ObjectKind::Check, name));
    if is_left_out(&DeclaredPart::PrimaryKey) {
        rest.primary_key = None;
    }
    if is_left_out(&DeclaredPart::Options) {
        rest.options = DeclaredOptions::default();
    }
    if is_left_out(&DeclaredPart::Partitioning) {
        rest.partitioning = None;
    }
    rest
}
