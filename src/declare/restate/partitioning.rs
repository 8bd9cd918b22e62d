//! Partitions in the words of the resource.

use crate::api::{PartitionSpec, PartitioningMethod, PartitioningSpec};
use crate::schema::{Identifier, Partition, PartitionMethod, PartitionScheme, Partitioning};

/// The partitioning of `table`; what the resource has no word for is named in `left_out`.
pub fn restate(table: &Identifier, live: &Partitioning, left_out: &mut Vec<String>) -> Option<PartitioningSpec> {
    let path = format!("spec.tables[{table}].partitioning");
    let scheme = match live {
        Partitioning::Scheme(scheme) => scheme,
        Partitioning::Other { reason, .. } => {
            left_out.push(format!("{path}: {reason} can't be declared"));
            return None;
        }
    };
    if let PartitionMethod::Key { algorithm: Some(number), .. } = scheme.method {
        left_out.push(format!("{path}: ALGORITHM = {number} can't be declared"));
    }
    for partition in &scheme.partitions {
        let path = format!("{path}.partitions[{}]", partition.name);
        if !partition.options.comment.is_empty() {
            left_out.push(format!("{path}: its comment can't be declared"));
        }
        if !partition.options.other.is_empty() {
            left_out.push(format!("{path}: {} can't be declared", partition.options.other));
        }
    }
    let is_hashed = !scheme.method.is_range() && !scheme.method.is_list();
    let has_default_names = is_hashed && has_default_names(scheme);
    Some(PartitioningSpec {
        by: by(&scheme.method),
        expression: scheme.method.expression().map(ToString::to_string),
        columns: (!scheme.method.columns().is_empty()).then(|| names(scheme.method.columns())),
        count: if has_default_names { u32::try_from(scheme.partitions.len()).ok() } else { None },
        partitions: (!has_default_names).then(|| scheme.partitions.iter().map(partition).collect()),
    })
}

fn by(method: &PartitionMethod) -> PartitioningMethod {
    match method {
        PartitionMethod::Range(_) => PartitioningMethod::Range,
        PartitionMethod::RangeColumns(_) => PartitioningMethod::RangeColumns,
        PartitionMethod::List(_) => PartitioningMethod::List,
        PartitionMethod::ListColumns(_) => PartitioningMethod::ListColumns,
        PartitionMethod::Hash { linear: false, .. } => PartitioningMethod::Hash,
        PartitionMethod::Hash { linear: true, .. } => PartitioningMethod::LinearHash,
        PartitionMethod::Key { linear: false, .. } => PartitioningMethod::Key,
        PartitionMethod::Key { linear: true, .. } => PartitioningMethod::LinearKey,
    }
}

fn has_default_names(scheme: &PartitionScheme) -> bool {
    scheme.partitions.iter().enumerate().all(|(number, partition)| partition.name.as_str() == format!("p{number}"))
}

fn partition(partition: &Partition) -> PartitionSpec {
    PartitionSpec {
        name: partition.name.to_string(),
        less_than: partition.values.less_than_text(),
        in_values: partition.values.list_text(),
    }
}

fn names(columns: &[Identifier]) -> Vec<String> {
    columns.iter().map(Identifier::to_string).collect()
}
