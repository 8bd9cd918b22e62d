//! Reads a declared table: its own attributes here, its objects by their lists.

use super::object_list::object_list;
use super::partitioning;
use super::spec_reader::SpecReader;
use crate::api::{State, TableOptionsSpec, TableSpec};
use crate::plan::is_bookkeeping;
use crate::schema::{AbsentObjects, DeclaredOptions, DeclaredSchema, DeclaredTable, KeyPart, TableStorage};

/// Reads one table into `schema`.
pub fn table(spec: &TableSpec, schema: &mut DeclaredSchema, reader: &mut SpecReader) {
    let TableSpec {
        name,
        state,
        renamed_from,
        allow,
        columns,
        primary_key,
        indexes,
        foreign_keys,
        checks,
        options,
        partitioning,
    } = spec;
    let path = reader.table_path(name);
    let Some(name) = reader.name(&format!("{path}.name"), name) else { return };
    if is_bookkeeping(&name) {
        reader.invalid(&path, "the table belongs to the operator or to a migration tool, and can't be declared");
    }
    reader.allow_in_table(&name, allow.as_deref());
    if *state == Some(State::Absent) {
        schema.absent_tables.push(name);
        return;
    }
    let renamed_from = reader.renamed_from(&path, &name, renamed_from.as_deref());
    let primary_key = primary_key.as_deref().and_then(|parts| self::primary_key(parts, &path, reader));
    let partitioning = partitioning.as_ref().and_then(|spec| partitioning::partitioning(spec, &path, reader));
    let columns = object_list(&name, &path, columns.as_deref(), reader);
    let indexes = object_list(&name, &path, indexes.as_deref(), reader);
    let foreign_keys = object_list(&name, &path, foreign_keys.as_deref(), reader);
    let checks = object_list(&name, &path, checks.as_deref(), reader);
    schema.tables.push(DeclaredTable {
        name,
        renamed_from,
        columns: columns.present,
        primary_key,
        indexes: indexes.present,
        foreign_keys: foreign_keys.present,
        checks: checks.present,
        options: options.as_ref().map(self::options).unwrap_or_default(),
        partitioning,
        absent: AbsentObjects {
            columns: columns.absent,
            indexes: indexes.absent,
            foreign_keys: foreign_keys.absent,
            checks: checks.absent,
        },
    });
}

fn primary_key(parts: &[String], path: &str, reader: &mut SpecReader) -> Option<Vec<KeyPart>> {
    // An empty list declares that there is no primary key.
    if parts.is_empty() { Some(Vec::new()) } else { reader.key_parts(&format!("{path}.primaryKey"), parts) }
}

fn options(spec: &TableOptionsSpec) -> DeclaredOptions {
    let TableOptionsSpec {
        engine,
        charset,
        collation,
        comment,
        row_format,
        key_block_size,
        auto_increment,
        stats_persistent,
        stats_auto_recalc,
        stats_sample_pages,
        compression,
        encryption,
    } = spec;
    DeclaredOptions {
        engine: engine.clone(),
        charset: charset.clone(),
        collation: collation.clone(),
        comment: comment.clone(),
        storage: TableStorage {
            row_format: row_format.as_deref().map(str::to_ascii_uppercase),
            key_block_size: *key_block_size,
            stats_persistent: *stats_persistent,
            stats_auto_recalc: *stats_auto_recalc,
            stats_sample_pages: *stats_sample_pages,
            compression: compression.as_deref().map(str::to_ascii_uppercase),
            encryption: *encryption,
        },
        auto_increment: auto_increment.and_then(|number| u64::try_from(number).ok()),
    }
}
