//! What a spec can say and this version does not do. It is refused by name, so that no one takes it for done.

use super::spec_reader::SpecReader;
use crate::api::{DatabaseSchemaSpec, RehearsalMode, RevisionTable};

/// Refuses what the spec as a whole asks for.
pub fn spec(spec: &DatabaseSchemaSpec, reader: &mut SpecReader) {
    let stamped = spec.revision_table.as_ref().filter(|table| table.stamp().is_some());
    if let Some(table) = stamped.filter(|table| !matches!(table, RevisionTable::Alembic(_))) {
        let path = format!("spec.revisionTable.{}.stamp", table.word());
        reader.unsupported(path, "writing this tool's table is not supported by this version");
    }
    match spec.policy.rehearse {
        None | Some(RehearsalMode::Structure) => {}
        Some(RehearsalMode::Data) => {
            reader.unsupported("spec.policy.rehearse", "rehearsal on rows is not supported by this version");
        }
    }
}
