//! Lays all declared tables over the live schema.

use std::collections::HashMap;

use super::refusal::{Refusal, RefusalKind};
use super::rename::{NameConflict, Rename, Renames, renames};
use super::table_merge::TableMerge;
use super::table_target::Target;
use crate::plan::change::DeclaredNames;
use crate::schema::{DeclaredSchema, Identifier, Schema};

/// Merges all declared tables onto the live schema.
///
/// # Errors
/// Every declaration that can't be merged, not just the first.
pub fn target(declared: &DeclaredSchema, live: &Schema) -> Result<Target, Vec<Refusal>> {
    let DeclaredSchema { tables, absent_tables } = declared;
    let mut refusals = Vec::new();
    let live_names: Vec<&Identifier> = live.tables.iter().map(|table| &table.name).collect();
    let names: Vec<DeclaredNames<'_>> =
        tables.iter().map(|table| DeclaredNames { name: &table.name, former: &table.renamed_from }).collect();
    let Renames { in_order, cycles, conflicts } = renames(&names, &live_names, &|_| true);
    for Rename { from, to } in cycles.into_iter().flatten() {
        let message = format!("tables that take each other's names ({from} and {to}) are not renamed by this version");
        refusals.push(Refusal::of_table(&to, "renamedFrom", RefusalKind::Unsupported, message));
    }
    for NameConflict { name, kind, message } in conflicts {
        refusals.push(Refusal::of_table(&name, "renamedFrom", kind, message));
    }
    let former_names: HashMap<&Identifier, &Identifier> =
        in_order.iter().map(|Rename { from, to }| (to, from)).collect();
    let merged = tables.iter().map(|table| {
        let renamed_from = former_names.get(&table.name).copied();
        let detail = live.details.get(renamed_from.unwrap_or(&table.name));
        TableMerge { declared: table, schema: live, detail, refusals: &mut refusals }.run(renamed_from)
    });
    let target = Target {
        tables: merged.collect(),
        dropped: absent_tables.iter().filter(|name| live.table(name).is_some()).cloned().collect(),
    };
    if refusals.is_empty() { Ok(target) } else { Err(refusals) }
}
