//! The steps of a plan that would break what another resource requires.

use std::collections::BTreeMap;

use super::requirement::{UnmetRequirement, unmet};
use crate::plan::change::{Attribute, Change, ObjectKind, Plan, Step};
use crate::plan::target::target;
use crate::schema::{DeclaredSchema, Identifier, Schema, Table, TableObject};

/// A requirement that holds now, and would not after these steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRequirement {
    pub unmet: UnmetRequirement,
    /// The ids of the steps.
    pub steps: Vec<String>,
}

/// Returns what `plan`, which changes `live` to what is `declared`, would break of `required`. A requirement that does not
/// hold now is not broken.
pub fn broken_requirements(
    plan: &Plan,
    declared: &DeclaredSchema,
    live: &Schema,
    required: &DeclaredSchema,
) -> Vec<BrokenRequirement> {
    let Some(after) = schema_after(declared, live, required) else { return Vec::new() };
    let before = unmet(required, live);
    // A missing object has no attributes yet.
    let was_missing = |before: &UnmetRequirement, now: &UnmetRequirement| {
        let holds = before.place == now.place || before.place.object == TableObject::Table;
        before.attribute == Attribute::State && before.place.table == now.place.table && holds
    };
    let is_same = |before: &UnmetRequirement, now: &UnmetRequirement| {
        before.place == now.place && before.attribute == now.attribute
    };
    let is_new = |now: &UnmetRequirement| !before.iter().any(|before| is_same(before, now) || was_missing(before, now));
    let new = unmet(required, &after).into_iter().filter(is_new);
    new.filter_map(|unmet| Some(BrokenRequirement { steps: steps(plan, &unmet)?, unmet })).collect()
}

/// Returns the required tables as they will be; `None` where that is not known.
fn schema_after(declared: &DeclaredSchema, live: &Schema, required: &DeclaredSchema) -> Option<Schema> {
    let target = target(declared, live).ok()?;
    let is_required = |name: &Identifier| {
        required.tables.iter().any(|table| table.name == *name) || required.absent_tables.contains(name)
    };
    let stays = |table: &&Table| {
        is_required(&table.name)
            && !target.dropped.contains(&table.name)
            && !target.tables.iter().any(|other| other.renamed_from.as_ref() == Some(&table.name))
    };
    let mut tables: BTreeMap<Identifier, Table> =
        live.tables.iter().filter(stays).map(|table| (table.name.clone(), table.clone())).collect();
    for changed in &target.tables {
        if is_required(&changed.table.name) {
            tables.insert(changed.table.name.clone(), changed.table.clone());
        }
    }
    Some(Schema {
        name: live.name.clone(),
        dialect: live.dialect,
        charset: live.charset.clone(),
        collation: live.collation.clone(),
        tables: tables.into_values().collect(),
        details: BTreeMap::new(),
        settings: live.settings,
    })
}

/// Returns the steps that touch the required object; where none does by name, all steps of its table. `None` where an
/// expression is only spelled in another way: then no step changes it.
fn steps(plan: &Plan, UnmetRequirement { place, attribute, .. }: &UnmetRequirement) -> Option<Vec<String>> {
    let of_table: Vec<&Step> =
        plan.steps.iter().filter(|step| step.table == place.table || *step.declared_table() == place.table).collect();
    let is_it = |change: &Change| match (&place.object, attribute) {
        (TableObject::Check(name), Attribute::Expression) => {
            change.subject().is_some_and(|(of, subject)| of == ObjectKind::Check && subject.matches(name))
        }
        (object, _) => touches(change, object),
    };
    let touching = of_table.iter().filter(|step| step.changes.iter().any(is_it));
    let ids: Vec<String> = touching.map(|step| step.id.clone()).collect();
    match (ids.is_empty(), attribute.is_expression()) {
        (true, true) => None,
        (true, false) => Some(of_table.into_iter().map(|step| step.id.clone()).collect()),
        (false, _) => Some(ids),
    }
}

fn touches(change: &Change, object: &TableObject) -> bool {
    if matches!(change, Change::DropTable(_) | Change::RenameTable { .. } | Change::CreateTable(_)) {
        return true;
    }
    let subject = change.subject();
    let is = |kind: ObjectKind| subject.is_some_and(|(of, _)| of == kind);
    let is_named = |kind: ObjectKind, name: &Identifier| {
        subject.is_some_and(|(of, subject)| of == kind && subject.matches(name))
            || matches!(change, Change::RenameColumn { from, .. } if kind == ObjectKind::Column && from.matches(name))
    };
    let of_key = matches!(
        change,
        Change::ReplacePrimaryKey { .. } | Change::DropPrimaryKey(_) | Change::ReplaceGeneratedKey { .. }
    );
    match object {
        TableObject::Column(name) => is_named(ObjectKind::Column, name),
        TableObject::PrimaryKey => of_key,
        TableObject::Index(_) => of_key || is(ObjectKind::Index) || matches!(change, Change::DropColumn(_)),
        TableObject::ForeignKey(_) => is(ObjectKind::ForeignKey),
        TableObject::Check(_) => is(ObjectKind::Check),
        TableObject::Options => matches!(change, Change::SetEngine { .. }),
        TableObject::Table | TableObject::Partitioning => false,
    }
}
