//! `target = merge(declared, live)`: what the database is to look like. What nobody declared is as it is live.

mod charset;
mod column;
mod constraint;
mod default;
mod index;
mod merge;
mod options;
mod partitioning;
mod primary_key;
mod references;
mod refusal;
mod rename;
mod table_target;
mod unreadable_text;

use std::collections::HashMap;

use crate::schema::{DeclaredSchema, Identifier, Schema};
use merge::Merge;
use rename::{Renamed, Renames, renames};

pub use charset::{is_of_charset, same_charset, same_collation};
pub use constraint::same_foreign_key;
pub use default::same_default;
pub use refusal::{Refusal, RefusalKind};
pub use table_target::{TableTarget, Target};

/// Merges all declared tables onto the live schema.
///
/// # Errors
/// Every declaration that can't be merged, not just the first.
pub fn target(declared: &DeclaredSchema, live: &Schema) -> Result<Target, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let names: Vec<&Identifier> = live.tables.iter().map(|table| &table.name).collect();
    let tables: Vec<Renamed<'_>> =
        declared.tables.iter().map(|table| Renamed { name: &table.name, former: &table.renamed_from }).collect();
    let Renames { pairs: renames, cycles, conflicts } = renames(&tables, &names, &|_| true);
    for (name, to) in cycles.into_iter().flatten() {
        let message = format!("tables that take each other's names ({name} and {to}) are not renamed by this version");
        refusals.push(Refusal::of_table(&to, "renamedFrom", RefusalKind::Unsupported, message));
    }
    for (name, kind, message) in conflicts {
        refusals.push(Refusal::of_table(&name, "renamedFrom", kind, message));
    }
    let former_names: HashMap<&Identifier, &Identifier> = renames.iter().map(|(from, to)| (to, from)).collect();
    let merged = declared.tables.iter().map(|table| {
        let from = former_names.get(&table.name).copied();
        let detail = live.details.get(from.unwrap_or(&table.name));
        Merge { declared: table, schema: live, detail, refusals: &mut refusals }.run(from)
    });
    let target = Target {
        tables: merged.collect(),
        dropped: declared.absent_tables.iter().filter(|name| live.table(name).is_some()).cloned().collect(),
    };
    if refusals.is_empty() { Ok(target) } else { Err(refusals) }
}
