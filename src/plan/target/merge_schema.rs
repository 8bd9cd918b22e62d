//! Lays all declared tables over the live schema.

use std::collections::{HashMap, HashSet};

use super::refusal::{Refusal, RefusalKind};
use super::rename::{NameConflict, NameEquality, Rename, Renames, renames};
use super::table_base::{TableBase, follow_renames};
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
    let Renames { in_order, cycles, conflicts } = renames(&names, &live_names, NameEquality::Stored, &|_| true);
    for Rename { from, to } in cycles.into_iter().flatten() {
        let message = format!("tables that take each other's names ({from} and {to}) are not renamed by this version");
        refusals.push(Refusal::of_table(&to, "renamedFrom", RefusalKind::Unsupported, message));
    }
    for NameConflict { name, kind, message } in conflicts {
        refusals.push(Refusal::of_table(&name, "renamedFrom", kind, message));
    }
    let former_names: HashMap<&Identifier, &Identifier> =
        in_order.iter().map(|Rename { from, to }| (to, from)).collect();
    // A table that is renamed takes its rows along: what is declared under its former name is another one.
    let freed: HashSet<&Identifier> = in_order.iter().map(|Rename { from, .. }| from).collect();
    let mut merges = Vec::with_capacity(tables.len());
    let mut bases: Vec<TableBase> = Vec::with_capacity(tables.len());
    for table in tables {
        let own_name = Some(&table.name).filter(|name| !freed.contains(name));
        let live_name = former_names.get(&table.name).copied().or(own_name);
        let detail = live_name.and_then(|name| live.details.get(name));
        let mut merge = TableMerge { declared: table, schema: live, detail, refusals: Vec::new() };
        bases.push(merge.base(live_name));
        merges.push(merge);
    }
    follow_renames(&mut bases);
    let mut targets = Vec::with_capacity(tables.len());
    for (mut merge, base) in merges.into_iter().zip(bases) {
        targets.push(merge.run(base));
        refusals.append(&mut merge.refusals);
    }
    let goes = |name: &&Identifier| live.table(name).is_some() && !freed.contains(name);
    let target = Target { tables: targets, dropped: absent_tables.iter().filter(goes).cloned().collect() };
    if refusals.is_empty() { Ok(target) } else { Err(refusals) }
}
