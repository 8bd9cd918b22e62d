//! What a spec can say and this version does not carry out. It is refused by name, so that nobody takes it for done.

use super::SpecReader;
use crate::api::{DatabaseSchemaSpec, Rehearse};

/// Refuses what the spec as a whole asks for.
pub fn spec(spec: &DatabaseSchemaSpec, reader: &mut SpecReader) {
    let policy = &spec.policy;
    let asked = [
        (spec.revision_table.is_some(), "spec.revisionTable", "checking a migration tool's revision"),
        (policy.rehearse == Some(Rehearse::Data), "spec.policy.rehearse", "rehearsal on rows"),
    ];
    refuse(asked, reader);
}

fn refuse<P: Into<String>>(asked: impl IntoIterator<Item = (bool, P, &'static str)>, reader: &mut SpecReader) {
    for (_, path, what) in asked.into_iter().filter(|(asked, ..)| *asked) {
        reader.unsupported(path, format!("{what} is not supported by this version"));
    }
}
