//! Says of each step that removes a table or a column where the object comes from, and why it goes.

use std::collections::BTreeSet;

use super::last_applied::{LastApplied, Origin, find};
use crate::plan::change::{Change, Plan, Step, StepHazards};
use crate::schema::{DeclaredSchema, DeclaredTable, Identifier, Schema};

/// Returns the plan with the reasons of its removals. `written` is the declaration without what follows from the record.
#[must_use]
pub fn with_removal_reasons(plan: Plan, own: Option<&LastApplied>, written: &DeclaredSchema, live: &Schema) -> Plan {
    let none = LastApplied::default();
    let own = own.unwrap_or(&none);
    let reasons = plan.steps.iter().map(|step| {
        let sentences = step.changes.iter().filter_map(|change| reason(step, change, own, written)).collect();
        StepHazards { sentences, risks: BTreeSet::new() }
    });
    let reasons: Vec<StepHazards> = reasons.collect();
    if reasons.iter().all(|reason| reason.sentences.is_empty()) { plan } else { plan.risking(&live.name, reasons) }
}

fn reason(step: &Step, change: &Change, own: &LastApplied, written: &DeclaredSchema) -> Option<String> {
    let declared = || written.tables.iter().find(|table| names(table, &step.table));
    let (origin, is_absent) = match change {
        Change::DropTable(table) => {
            let origin = own.tables.get(&table.name).map(|table| &table.itself.origin);
            (origin, written.absent_tables.contains(&table.name))
        }
        Change::DropColumn(column) => {
            let of_table = own.tables.get(&step.table).or_else(|| own.table_of(declared()?));
            let origin = of_table.and_then(|table| find(&table.columns, &column.name)).map(|column| &column.origin);
            let is_absent =
                declared().is_some_and(|table| table.absent.columns.iter().any(|name| name.matches(&column.name)));
            (origin, is_absent)
        }
        _ => return None,
    };
    let cause =
        if is_absent { "it is declared Absent" } else { "it is no longer declared, and policy.undeclared is Remove" };
    Some(format!("{} {}, and goes since {cause}", change.object(&step.table), origin_words(origin)))
}

fn names(table: &DeclaredTable, name: &Identifier) -> bool {
    table.name == *name || table.renamed_from.contains(name)
}

fn origin_words(origin: Option<&Origin>) -> String {
    match origin {
        Some(Origin { unconfirmed: true, .. }) => {
            "is said to be made by this resource by a record that nothing confirmed".to_owned()
        }
        Some(Origin { made: true, since: Some(since), .. }) => {
            format!("was made by this resource (known since {since})")
        }
        Some(Origin { made: true, since: None, .. }) => "was made by this resource".to_owned(),
        Some(Origin { made: false, since: Some(since), .. }) => {
            format!("was not made by this resource (known since {since})")
        }
        Some(Origin { made: false, since: None, .. }) => {
            "is known from an earlier version, which did not record who made it".to_owned()
        }
        None => "is not in the record of this resource".to_owned(),
    }
}
