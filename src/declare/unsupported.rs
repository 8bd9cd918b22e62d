//! What a spec can say and this version does not do. It is refused by name, so that no one takes it for done.

use super::spec_reader::SpecReader;
use crate::api::{DatabaseSchemaSpec, RehearsalMode};

/// Refuses what the spec as a whole asks for.
pub fn spec(spec: &DatabaseSchemaSpec, reader: &mut SpecReader) {
    if spec.revision_table.is_some() {
        let message = "checking a migration tool's revision is not supported by this version";
        reader.unsupported("spec.revisionTable", message);
    }
    match spec.policy.rehearse {
        None | Some(RehearsalMode::Structure) => {}
        Some(RehearsalMode::Data) => {
            reader.unsupported("spec.policy.rehearse", "rehearsal on rows is not supported by this version");
        }
    }
}
