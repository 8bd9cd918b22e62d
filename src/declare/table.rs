//! A declared table.

use super::{SpecReader, column, constraint, index, partitioning};
use crate::api::{RiskSpec, State, TableSpec};
use crate::plan::{ObjectKind, is_bookkeeping};
use crate::schema::{DeclaredOptions, DeclaredSchema, DeclaredTable, Identifier, KeyPart, TableStorage};

/// Reads one table into `schema`.
pub fn table(spec: &TableSpec, schema: &mut DeclaredSchema, reader: &mut SpecReader) {
    let path = format!("spec.tables[{}]", spec.name);
    let Some(name) = reader.name(&format!("{path}.name"), &spec.name) else { return };
    if is_bookkeeping(&name) {
        reader.invalid(&path, "the table belongs to the operator or to a migration tool, and can't be declared");
    }
    reader.allow(&name, None, spec.allow.as_deref());
    if is_absent(spec.state) {
        schema.absent_tables.push(name);
        return;
    }
    let mut table = DeclaredTable {
        renamed_from: renamed_from(spec.renamed_from.as_deref(), &name, &path, reader),
        primary_key: spec.primary_key.as_deref().and_then(|parts| primary_key(parts, &path, reader)),
        options: options(spec),
        partitioning: spec.partitioning.as_ref().and_then(|spec| partitioning::partitioning(spec, &path, reader)),
        ..DeclaredTable::named(name)
    };
    let place = TablePlace { table: &table.name.clone(), path: &path };
    let columns = spec.columns.as_deref().unwrap_or_default();
    table.absent.columns = place.absent(
        (ObjectKind::Column, "columns"),
        columns.iter().map(|c| (&c.name, c.state, c.allow.as_deref())),
        reader,
    );
    let present = columns.iter().filter(|column| !is_absent(column.state));
    table.columns = present.filter_map(|spec| column::column(spec, place.table, &path, reader)).collect();
    let names = table.columns.iter().map(|column| &column.name);
    reader.distinct(&format!("{path}.columns"), names.chain(&table.absent.columns));

    let indexes = spec.indexes.as_deref().unwrap_or_default();
    table.absent.indexes = place.absent(
        (ObjectKind::Index, "indexes"),
        indexes.iter().map(|i| (&i.name, i.state, i.allow.as_deref())),
        reader,
    );
    let present = indexes.iter().filter(|index| !is_absent(index.state));
    table.indexes = present.filter_map(|spec| index::index(spec, place.table, &path, reader)).collect();
    let names = table.indexes.iter().map(|index| &index.name);
    reader.distinct(&format!("{path}.indexes"), names.chain(&table.absent.indexes));

    constraints(spec, &mut table, place, reader);
    schema.tables.push(table);
}

fn constraints(spec: &TableSpec, table: &mut DeclaredTable, place: TablePlace<'_>, reader: &mut SpecReader) {
    let path = place.path;
    let keys = spec.foreign_keys.as_deref().unwrap_or_default();
    table.absent.foreign_keys = place.absent(
        (ObjectKind::ForeignKey, "foreignKeys"),
        keys.iter().map(|k| (&k.name, k.state, k.allow.as_deref())),
        reader,
    );
    let present = keys.iter().filter(|key| !is_absent(key.state));
    table.foreign_keys = present.filter_map(|spec| constraint::foreign_key(spec, place.table, path, reader)).collect();
    let names = table.foreign_keys.iter().map(|key| &key.name);
    reader.distinct(&format!("{path}.foreignKeys"), names.chain(&table.absent.foreign_keys));

    let checks = spec.checks.as_deref().unwrap_or_default();
    table.absent.checks = place.absent(
        (ObjectKind::Check, "checks"),
        checks.iter().map(|c| (&c.name, c.state, c.allow.as_deref())),
        reader,
    );
    let present = checks.iter().filter(|check| !is_absent(check.state));
    table.checks = present.filter_map(|spec| constraint::check(spec, place.table, path, reader)).collect();
    let names = table.checks.iter().map(|check| &check.name);
    reader.distinct(&format!("{path}.checks"), names.chain(&table.absent.checks));
}

/// A table and its place in the spec.
#[derive(Clone, Copy)]
struct TablePlace<'a> {
    table: &'a Identifier,
    path: &'a str,
}

impl TablePlace<'_> {
    /// The names of those objects of one list that are to be gone.
    fn absent<'s>(
        self,
        (kind, list): (ObjectKind, &str),
        objects: impl Iterator<Item = (&'s String, Option<State>, Option<&'s [RiskSpec]>)>,
        reader: &mut SpecReader,
    ) -> Vec<Identifier> {
        let mut names = Vec::new();
        for (name, _, allow) in objects.filter(|(_, state, _)| is_absent(*state)) {
            if let Some(name) = reader.name(&format!("{}.{list}[{name}].name", self.path), name) {
                reader.allow(self.table, Some((kind, &name)), allow);
                names.push(name);
            }
        }
        names
    }
}

fn is_absent(state: Option<State>) -> bool {
    state == Some(State::Absent)
}

/// The former names of an object; its own name is none.
pub fn renamed_from(
    texts: Option<&[String]>,
    name: &Identifier,
    path: &str,
    reader: &mut SpecReader,
) -> Vec<Identifier> {
    let path = format!("{path}.renamedFrom");
    let names = reader.names(&path, texts.unwrap_or_default());
    if names.contains(name) {
        reader.invalid(path, "it names the object itself");
    }
    names
}

fn primary_key(parts: &[String], path: &str, reader: &mut SpecReader) -> Option<Vec<KeyPart>> {
    let path = format!("{path}.primaryKey");
    // No part at all says that there is to be no primary key.
    if parts.is_empty() { Some(Vec::new()) } else { key_parts(parts, &path, reader) }
}

/// Reads the parts of a key; `None` where one can't be read or stands twice.
pub fn key_parts(parts: &[String], path: &str, reader: &mut SpecReader) -> Option<Vec<KeyPart>> {
    let mut read = Vec::new();
    for (at, text) in parts.iter().enumerate() {
        match KeyPart::parse(text) {
            Ok(part) => read.push(part),
            Err(error) => reader.invalid(format!("{path}[{at}]"), error.to_string()),
        }
    }
    let names: Vec<&Identifier> = read.iter().filter_map(KeyPart::column_name).collect();
    reader.distinct(path, names.into_iter());
    (read.len() == parts.len() && !read.is_empty()).then_some(read)
}

fn options(spec: &TableSpec) -> DeclaredOptions {
    let Some(options) = &spec.options else { return DeclaredOptions::default() };
    DeclaredOptions {
        engine: options.engine.clone(),
        charset: options.charset.clone(),
        collation: options.collation.clone(),
        comment: options.comment.clone(),
        storage: TableStorage {
            row_format: options.row_format.as_deref().map(str::to_ascii_uppercase),
            key_block_size: options.key_block_size,
            stats_persistent: options.stats_persistent,
            stats_auto_recalc: options.stats_auto_recalc,
            stats_sample_pages: options.stats_sample_pages,
            compression: options.compression.as_deref().map(str::to_ascii_uppercase),
            encryption: options.encryption,
        },
        auto_increment: options.auto_increment.and_then(|number| u64::try_from(number).ok()),
    }
}
