//! What a spec can say and this version does not carry out. It is refused by name, so that nobody takes it for done.

use super::Reader;
use crate::api::{ColumnSpec, DatabaseSchemaSpec, IndexSpec, Mode, Rehearse, TableOptionsSpec, TableSpec};

/// Refuses what the spec as a whole asks for.
pub fn spec(spec: &DatabaseSchemaSpec, reader: &mut Reader) {
    let policy = &spec.policy;
    let asked = [
        (spec.mode == Mode::Require, "spec.mode", "mode Require"),
        (spec.revision_table.is_some(), "spec.revisionTable", "checking a migration tool's revision"),
        (policy.max_replica_lag.is_some(), "spec.policy.maxReplicaLag", "waiting for replicas"),
        (policy.window.is_some(), "spec.policy.window", "a maintenance window"),
        (policy.rehearse == Some(Rehearse::Data), "spec.policy.rehearse", "rehearsal on rows"),
    ];
    refuse(asked, reader);
}

/// Refuses what a table asks for.
pub fn table(table: &TableSpec, path: &str, reader: &mut Reader) {
    if let Some(given) = &table.options {
        options(given, &format!("{path}.options"), reader);
    }
}

/// Refuses what a column asks for.
pub fn column(column: &ColumnSpec, path: &str, reader: &mut Reader) {
    let asked = [
        (column.compressed.is_some(), "compressed", "a compressed column"),
        (column.check.is_some(), "check", "a check"),
    ];
    refuse(asked.map(|(asked, field, what)| (asked, format!("{path}.{field}"), what)), reader);
}

/// Refuses what an index asks for.
pub fn index(index: &IndexSpec, path: &str, reader: &mut Reader) {
    let asked = [
        (index.parser.is_some(), "parser", "a full-text parser"),
        (index.key_block_size.is_some(), "keyBlockSize", "a key block size"),
    ];
    refuse(asked.map(|(asked, field, what)| (asked, format!("{path}.{field}"), what)), reader);
}

fn options(options: &TableOptionsSpec, path: &str, reader: &mut Reader) {
    let asked = [
        (options.row_format.is_some(), "rowFormat"),
        (options.key_block_size.is_some(), "keyBlockSize"),
        (options.auto_increment.is_some(), "autoIncrement"),
        (options.stats_persistent.is_some(), "statsPersistent"),
        (options.stats_auto_recalc.is_some(), "statsAutoRecalc"),
        (options.stats_sample_pages.is_some(), "statsSamplePages"),
        (options.compression.is_some(), "compression"),
        (options.encryption.is_some(), "encryption"),
    ];
    refuse(asked.map(|(asked, field)| (asked, format!("{path}.{field}"), "this table option")), reader);
}

fn refuse<P: Into<String>>(asked: impl IntoIterator<Item = (bool, P, &'static str)>, reader: &mut Reader) {
    for (_, path, what) in asked.into_iter().filter(|(asked, ..)| *asked) {
        reader.unsupported(path, format!("{what} is not supported by this version"));
    }
}
