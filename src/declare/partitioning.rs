//! Reads declared partitioning: the method, the values of each partition, and what excludes what.

use super::spec_reader::SpecReader;
use crate::api::{PartitionSpec, PartitioningMethod, PartitioningSpec};
use crate::schema::{
    DeclaredPartitioning, DeclaredPartitions, Expression, Identifier, Partition, PartitionMethod, PartitionOptions,
    PartitionValues,
};

/// The most partitions that a table can have (MySQL manual, "Restrictions and Limitations on Partitioning"; MariaDB has
/// the same).
const MAX_PARTITIONS: u32 = 8_192;

/// Reads the partitioning of a table; `None` where a part of it can't be read.
pub fn partitioning(spec: &PartitioningSpec, path: &str, reader: &mut SpecReader) -> Option<DeclaredPartitioning> {
    // The method's own attributes are `by`, `expression` and `columns`.
    let PartitioningSpec { by: _, expression: _, columns: _, count, partitions } = spec;
    let path = format!("{path}.partitioning");
    let method = method(spec, &path, reader)?;
    if count.is_some_and(|count| !(1..=MAX_PARTITIONS).contains(&count)) {
        reader.invalid(format!("{path}.count"), format!("a table has 1 to {MAX_PARTITIONS} partitions"));
        return None;
    }
    let partitions = match (partitions.as_deref(), *count) {
        (Some(_), Some(_)) => {
            reader.invalid(&path, "partitions and count exclude each other");
            return None;
        }
        (Some(partitions), None) => {
            let read: Vec<Partition> =
                partitions.iter().filter_map(|spec| partition(spec, &method, &path, reader)).collect();
            reader.distinct(&format!("{path}.partitions"), read.iter().map(|partition| &partition.name));
            if read.len() != partitions.len() {
                return None;
            }
            DeclaredPartitions::Named(read)
        }
        (None, Some(count)) => DeclaredPartitions::Count(count),
        (None, None) => DeclaredPartitions::Undeclared,
    };
    let is_by_value = method.is_range() || method.is_list();
    if is_by_value && !matches!(&partitions, DeclaredPartitions::Named(named) if !named.is_empty()) {
        reader.invalid(format!("{path}.partitions"), "ranges and lists need partitions");
        return None;
    }
    Some(DeclaredPartitioning { method, partitions })
}

fn method(spec: &PartitioningSpec, path: &str, reader: &mut SpecReader) -> Option<PartitionMethod> {
    use PartitioningMethod as By;
    let method = match spec.by {
        By::Range => PartitionMethod::Range(expression(spec, path, reader)?),
        By::List => PartitionMethod::List(expression(spec, path, reader)?),
        By::Hash => PartitionMethod::Hash { linear: false, expression: expression(spec, path, reader)? },
        By::LinearHash => PartitionMethod::Hash { linear: true, expression: expression(spec, path, reader)? },
        By::RangeColumns => PartitionMethod::RangeColumns(columns(spec, path, reader)?),
        By::ListColumns => PartitionMethod::ListColumns(columns(spec, path, reader)?),
        By::Key => PartitionMethod::Key { linear: false, columns: names(spec, path, reader)?, algorithm: None },
        By::LinearKey => PartitionMethod::Key { linear: true, columns: names(spec, path, reader)?, algorithm: None },
    };
    if method.expression().is_none() && spec.expression.is_some() {
        reader.invalid(format!("{path}.expression"), "this method takes columns, and no expression");
        return None;
    }
    if method.expression().is_some() && spec.columns.is_some() {
        reader.invalid(format!("{path}.columns"), "this method takes an expression, and no columns");
        return None;
    }
    Some(method)
}

fn expression(spec: &PartitioningSpec, path: &str, reader: &mut SpecReader) -> Option<Expression> {
    reader.expression(&format!("{path}.expression"), spec.expression.as_deref().unwrap_or_default())
}

fn columns(spec: &PartitioningSpec, path: &str, reader: &mut SpecReader) -> Option<Vec<Identifier>> {
    let columns = names(spec, path, reader)?;
    if columns.is_empty() {
        reader.invalid(format!("{path}.columns"), "this method needs columns");
    }
    (!columns.is_empty()).then_some(columns)
}

fn names(spec: &PartitioningSpec, path: &str, reader: &mut SpecReader) -> Option<Vec<Identifier>> {
    let texts = spec.columns.as_deref().unwrap_or_default();
    let path = format!("{path}.columns");
    let columns = reader.names(&path, texts);
    reader.distinct(&path, &columns);
    (columns.len() == texts.len()).then_some(columns)
}

fn partition(spec: &PartitionSpec, method: &PartitionMethod, path: &str, reader: &mut SpecReader) -> Option<Partition> {
    let PartitionSpec { name, less_than, in_values } = spec;
    let path = format!("{path}.partitions[{name}]");
    let name = reader.name(&format!("{path}.name"), name)?;
    let values = match (less_than, in_values) {
        (Some(text), None) if method.is_range() => {
            let values = PartitionValues::less_than(text, method.width());
            values.map_err(|error| reader.invalid(format!("{path}.lessThan"), error.to_string())).ok()?
        }
        (None, Some(text)) if method.is_list() => {
            let values = PartitionValues::list(text, method.width());
            values.map_err(|error| reader.invalid(format!("{path}.in"), error.to_string())).ok()?
        }
        (None, None) if !method.is_range() && !method.is_list() => PartitionValues::Hashed,
        _ => {
            let needs = if method.is_range() {
                "a range has lessThan, and no in"
            } else if method.is_list() {
                "a list has in, and no lessThan"
            } else {
                "what a hash fills has neither lessThan nor in"
            };
            reader.invalid(&path, needs);
            return None;
        }
    };
    Some(Partition { name, values, options: PartitionOptions::default() })
}
