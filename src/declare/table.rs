//! A declared table.

use super::{Reader, column, index, unsupported};
use crate::api::TableSpec;
use crate::plan::is_bookkeeping;
use crate::schema::{DeclaredOptions, DeclaredTable, Identifier, KeyPart};

/// Reads one table; `None` where its name can't be read.
pub fn table(spec: &TableSpec, reader: &mut Reader) -> Option<DeclaredTable> {
    let path = format!("spec.tables[{}]", spec.name);
    let name = reader.name(&format!("{path}.name"), &spec.name)?;
    if is_bookkeeping(&name) {
        reader.invalid(&path, "the table belongs to the operator or to a migration tool, and can't be declared");
    }
    unsupported::table(spec, &path, reader);
    reader.allow(&name, None, spec.allow.as_deref());
    let columns = spec.columns.as_deref().unwrap_or_default();
    let columns: Vec<_> = columns.iter().filter_map(|spec| column::column(spec, &name, &path, reader)).collect();
    reader.distinct(&format!("{path}.columns"), columns.iter().map(|column| &column.name));
    let indexes = spec.indexes.as_deref().unwrap_or_default();
    let indexes: Vec<_> = indexes.iter().filter_map(|spec| index::index(spec, &name, &path, reader)).collect();
    reader.distinct(&format!("{path}.indexes"), indexes.iter().map(|index| &index.name));
    let primary_key = spec.primary_key.as_deref().and_then(|parts| primary_key(parts, &path, reader));
    Some(DeclaredTable { name, columns, primary_key, indexes, options: options(spec) })
}

fn primary_key(parts: &[String], path: &str, reader: &mut Reader) -> Option<Vec<KeyPart>> {
    let path = format!("{path}.primaryKey");
    if parts.is_empty() {
        reader.invalid(&path, "a primary key has at least one column");
    }
    key_parts(parts, &path, reader)
}

/// Reads the parts of a key; `None` where one can't be read or stands twice.
pub fn key_parts(parts: &[String], path: &str, reader: &mut Reader) -> Option<Vec<KeyPart>> {
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
    }
}
