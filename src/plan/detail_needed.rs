//! Which tables need a closer look before they are planned.

use std::collections::BTreeSet;

use super::plan;
use crate::schema::{DeclaredSchema, DeclaredTable, Identifier, IndexKind, Schema};

/// The live tables that have to be read in full, and are not yet: those that a declaration asks more of than the bulk
/// queries tell, and those that are to be changed. Where nothing is to be done, it is the former alone.
pub fn tables_needing_detail(declared: &DeclaredSchema, live: &Schema) -> BTreeSet<Identifier> {
    let asked = declared.tables.iter().filter(|table| asks_for_more(table));
    let mut names: BTreeSet<Identifier> = asked.flat_map(names_of).cloned().collect();
    match plan(declared, live) {
        Ok(plan) => names.extend(plan.steps.into_iter().map(|step| step.table)),
        // What is refused for a text that may be lossy is not, once the text is known.
        Err(refusals) => {
            let is_refused =
                |table: &&DeclaredTable| refusals.iter().any(|refusal| refusal.table.as_ref() == Some(&table.name));
            names.extend(declared.tables.iter().filter(is_refused).flat_map(names_of).cloned());
        }
    }
    names.retain(|name| live.table(name).is_some() && !live.details.contains_key(name));
    names
}

/// A table may be live under any of its names.
fn names_of(table: &DeclaredTable) -> impl Iterator<Item = &Identifier> {
    std::iter::once(&table.name).chain(&table.renamed_from)
}

fn asks_for_more(table: &DeclaredTable) -> bool {
    table.options.auto_increment.is_some()
        || table.options.storage.row_format.is_some()
        || table.indexes.iter().any(|index| {
            index.key_block_size.is_some() || matches!(index.kind, IndexKind::Fulltext { parser: Some(_) })
        })
}
