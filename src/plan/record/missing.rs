//! Tables and columns that were in sync and are gone, although they are still declared. A step that makes such an object
//! again makes it empty, and says so.

use std::collections::BTreeSet;

use super::last_applied::{AppliedTable, LastApplied, MissingObject, Origin, find};
use crate::plan::change::{Change, Plan, Risk, Step, StepHazards};
use crate::schema::{DeclaredColumn, DeclaredSchema, DeclaredTable, Identifier, Schema, Table};

/// What the record knows of an object that is gone.
struct Loss<'a> {
    origin: &'a Origin,
    /// When it was first found missing; `None` where this pass is the first.
    found: Option<&'a str>,
}

/// Returns the declared objects that the record knows and that are not live.
pub fn missing_objects(own: &LastApplied, declared: &DeclaredSchema, live: &Schema, now: &str) -> Vec<MissingObject> {
    let mut missing = Vec::new();
    for table in &declared.tables {
        let Some(of_table) = live_table(table, live) else {
            missing.extend(lost_table(own, table, declared, live).map(|loss| loss.object(&table.name, None, now)));
            continue;
        };
        for column in &table.columns {
            let loss = lost_column(own, table, column, of_table);
            missing.extend(loss.map(|loss| loss.object(&table.name, Some(&column.name), now)));
        }
    }
    missing
}

/// Returns the plan with the losses that its steps would hide: a step that makes again what is gone is Breaking.
#[must_use]
pub fn with_losses(plan: Plan, own: Option<&LastApplied>, declared: &DeclaredSchema, live: &Schema) -> Plan {
    let Some(own) = own else { return plan };
    let found: Vec<StepHazards> = plan.steps.iter().map(|step| losses(step, own, declared, live)).collect();
    if found.iter().all(|hazards| hazards.sentences.is_empty()) { plan } else { plan.risking(&live.name, found) }
}

fn losses(step: &Step, own: &LastApplied, declared: &DeclaredSchema, live: &Schema) -> StepHazards {
    let Some(table) = declared.tables.iter().find(|table| table.name == step.table) else {
        return StepHazards::default();
    };
    let sentences = step.changes.iter().filter_map(|change| match change {
        Change::CreateTable(_) => {
            let loss = lost_table(own, table, declared, live)?;
            Some(format!("table {} {}: its rows are gone, and the new table is empty", table.name, loss.words()))
        }
        Change::AddColumn { column, .. } => {
            let column = table.columns.iter().find(|declared| declared.name.matches(&column.name))?;
            let loss = lost_column(own, table, column, live_table(table, live)?)?;
            let object = format!("column {}.{}", table.name, column.name);
            Some(format!("{object} {}: its values are gone, and the new column is empty", loss.words()))
        }
        _ => None,
    });
    let sentences: Vec<String> = sentences.collect();
    let risks = if sentences.is_empty() { BTreeSet::new() } else { BTreeSet::from([Risk::Breaking]) };
    StepHazards { sentences, risks }
}

fn live_table<'a>(table: &DeclaredTable, live: &'a Schema) -> Option<&'a Table> {
    std::iter::once(&table.name).chain(&table.renamed_from).find_map(|name| live.table(name))
}

/// Returns what is known of a declared table that is not live.
fn lost_table<'a>(
    own: &'a LastApplied,
    table: &DeclaredTable,
    declared: &DeclaredSchema,
    live: &Schema,
) -> Option<Loss<'a>> {
    // The table that had this name has another one now.
    let took_it = |other: &DeclaredTable| other.renamed_from.contains(&table.name) && live.table(&other.name).is_some();
    if live_table(table, live).is_some() || declared.tables.iter().any(took_it) {
        return None;
    }
    let renamed = || {
        let gone = own.tables.iter().filter(|(name, _)| live.table(name).is_none());
        gone.map(|(_, applied)| applied).find(|applied| applied.itself.was.contains(&table.name))
    };
    if let Some(applied) = own.table_of(table).or_else(renamed) {
        return Some(Loss { origin: &applied.itself.origin, found: None });
    }
    let names = |name: &Identifier| *name == table.name || table.renamed_from.contains(name);
    let missing = own.missing.iter().find(|missing| missing.column.is_none() && names(&missing.table))?;
    Some(Loss { origin: &missing.origin, found: Some(&missing.found) })
}

/// Returns what is known of a declared column that is not live in its table.
fn lost_column<'a>(
    own: &'a LastApplied,
    table: &DeclaredTable,
    column: &DeclaredColumn,
    of_table: &Table,
) -> Option<Loss<'a>> {
    let names = || std::iter::once(&column.name).chain(&column.renamed_from);
    // The column that had this name has another one now.
    let took_it = |other: &DeclaredColumn| {
        let is_source = other.renamed_from.iter().any(|former| former.matches(&column.name));
        is_source && of_table.column(&other.name).is_some()
    };
    if names().any(|name| of_table.column(name).is_some()) || table.columns.iter().any(took_it) {
        return None;
    }
    let recorded = own.table_of(table).and_then(|applied| recorded_column(applied, column, of_table));
    if let Some(origin) = recorded {
        return Some(Loss { origin, found: None });
    }
    let is_table = |name: &Identifier| *name == table.name || table.renamed_from.contains(name);
    let missing = own.missing.iter().find(|missing| {
        let is_column = missing.column.as_ref().is_some_and(|column| names().any(|name| name.matches(column)));
        is_column && is_table(&missing.table)
    })?;
    Some(Loss { origin: &missing.origin, found: Some(&missing.found) })
}

/// Returns the origin of a recorded column by its name, a former one, or the one that it had last.
fn recorded_column<'a>(applied: &'a AppliedTable, column: &DeclaredColumn, of_table: &Table) -> Option<&'a Origin> {
    let mut names = std::iter::once(&column.name).chain(&column.renamed_from);
    if let Some(object) = names.find_map(|name| find(&applied.columns, name)) {
        return Some(&object.origin);
    }
    let gone = applied.columns.iter().filter(|(name, _)| of_table.column(name).is_none());
    let mut gone = gone.map(|(_, object)| object);
    gone.find(|object| object.was.iter().any(|was| was.matches(&column.name))).map(|object| &object.origin)
}

impl Loss<'_> {
    fn object(&self, table: &Identifier, column: Option<&Identifier>, now: &str) -> MissingObject {
        MissingObject {
            table: table.clone(),
            column: column.cloned(),
            origin: self.origin.clone(),
            found: self.found.unwrap_or(now).to_owned(),
        }
    }

    /// Returns what happened: `was here since ..., and was found missing at ...`.
    fn words(&self) -> String {
        let since = self.origin.since.as_ref().map(|since| format!(" since {since}")).unwrap_or_default();
        let found = self.found.map(|found| format!(", and was found missing at {found}")).unwrap_or_default();
        format!("was here{since}{found}")
    }
}
