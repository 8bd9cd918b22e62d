//! What a spec can say and this version does not do. It is refused by name, so that no one takes it for done.

use super::spec_reader::SpecReader;
use crate::api::{DatabaseSchemaSpec, RehearsalMode};

/// Refuses what the spec as a whole asks for.
pub fn spec(spec: &DatabaseSchemaSpec, reader: &mut SpecReader) {
    if let Some(table) = spec.revision_table.as_ref().filter(|table| table.stamp().is_some()) {
        let path = format!("spec.revisionTable.{}.stamp", table.word());
        reader.unsupported(path, "writing a migration tool's table is not supported by this version");
    }
    match spec.policy.rehearse {
        None | Some(RehearsalMode::Structure) => {}
        Some(RehearsalMode::Data) => {
            reader.unsupported("spec.policy.rehearse", "rehearsal on rows is not supported by this version");
        }
    }
}
