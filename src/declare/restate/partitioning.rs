//! Says partitions in the words of the resource, and names what those words can't say.

use super::omission::Omission;
use crate::api::{PartitionSpec, PartitioningMethod, PartitioningSpec};
use crate::schema::{
    Identifier, Partition, PartitionMethod, PartitionOptions, PartitionScheme, Partitioning, TableObject,
};

/// Says a table's partitioning; `None` where the resource has no words for it.
pub fn restate(live: &Partitioning, omissions: &mut Vec<Omission>) -> Option<PartitioningSpec> {
    let scheme = match live {
        Partitioning::Scheme(scheme) => scheme,
        Partitioning::Other { reason, text: _ } => {
            omissions.push(Omission::new(TableObject::Partitioning, format!("{reason} can't be declared")));
            return None;
        }
    };
    let PartitionScheme { method, partitions } = scheme;
    if let PartitionMethod::Key { algorithm: Some(number), .. } = method {
        omissions.push(Omission::new(TableObject::Partitioning, format!("ALGORITHM = {number} can't be declared")));
    }
    let specs = partitions.iter().map(|live| partition(live, omissions)).collect();
    let is_hashed = !method.is_range() && !method.is_list();
    let has_default_names = is_hashed && has_default_names(partitions);
    Some(PartitioningSpec {
        by: by(method),
        expression: method.expression().map(ToString::to_string),
        columns: (!method.columns().is_empty()).then(|| names(method.columns())),
        count: if has_default_names { u32::try_from(partitions.len()).ok() } else { None },
        partitions: (!has_default_names).then_some(specs),
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

fn has_default_names(partitions: &[Partition]) -> bool {
    partitions.iter().enumerate().all(|(number, partition)| partition.name.as_str() == format!("p{number}"))
}

fn partition(partition: &Partition, omissions: &mut Vec<Omission>) -> PartitionSpec {
    let Partition { name, values, options: PartitionOptions { comment, other } } = partition;
    let omission = |reason: String| Omission::new(TableObject::Partitioning, reason).at(&format!("partitions[{name}]"));
    if !comment.is_empty() {
        omissions.push(omission("its comment can't be declared".to_owned()));
    }
    if !other.is_empty() {
        omissions.push(omission(format!("{other} can't be declared")));
    }
    PartitionSpec { name: name.to_string(), less_than: values.less_than_text(), in_values: values.list_text() }
}

fn names(columns: &[Identifier]) -> Vec<String> {
    columns.iter().map(Identifier::to_string).collect()
}
