//! Lays declared partitioning over the live one.

use super::spelling::spelled_as_live;
use crate::plan::change::{PartitionChange, partitioning_changes};
use crate::plan::target::refusal::PartitioningRefusal;
use crate::schema::{
    DeclaredPartitioning, DeclaredPartitions, Dialect, Identifier, Partition, PartitionMethod, PartitionScheme,
    Partitioning, Table,
};

/// Merges the declared partitioning onto that of the live `table`.
///
/// # Errors
/// The live partitioning is of another kind or can't be restated, or the server would lose the table.
pub fn merge_partitioning(
    declared: &DeclaredPartitioning,
    table: Option<&Table>,
    dialect: Dialect,
) -> Result<Partitioning, PartitioningRefusal> {
    let DeclaredPartitioning { method, partitions } = declared;
    let live = table.and_then(|table| table.partitioning.as_ref());
    if let Some(Partitioning::Other { reason, .. }) = live {
        let message = format!("the live partitioning has {reason}, which is left alone; leave partitioning out");
        return Err(PartitioningRefusal::unsupported("partitioning", message));
    }
    let scheme = live.and_then(Partitioning::scheme);
    let method = merge_method(method, scheme.map(|live| &live.method));
    let partitions = match partitions {
        DeclaredPartitions::Named(named) => {
            let named: Vec<Partition> = match (table, scheme) {
                (Some(table), Some(live)) if live.method.same_as(&method) => {
                    named.iter().map(|partition| spelled_as_live(partition, live, &table.columns)).collect()
                }
                _ => named.clone(),
            };
            named_partitions(&named, &method, scheme)
        }
        DeclaredPartitions::Count(count) => hashed_partitions(Some(*count), scheme),
        DeclaredPartitions::Undeclared => hashed_partitions(None, scheme),
    };
    let target = Partitioning::Scheme(PartitionScheme { method, partitions });
    if let Some(table) = table.filter(|table| dialect.is_mariadb() && table.name.as_str().contains('/'))
        && partitioning_changes(live, Some(&target)).iter().any(|change| !matches!(change, PartitionChange::By { .. }))
    {
        // ADD, DROP, REORGANIZE and COALESCE fail with error 1049, and the table is gone (tried on 10.11 and 11.8).
        let message =
            format!("MariaDB loses a table with / in its name, as {} has, when its partitions change", table.name);
        return Err(PartitioningRefusal::unsupported("partitioning", message));
    }
    if let Some(partition) = lost_by_restating(live, &target) {
        let message = format!(
            "the server may show characters of the comment of partition {partition} as question marks, and this change \
             would write those; change the partitions by hand"
        );
        return Err(PartitioningRefusal::unsupported("partitioning", message));
    }
    Ok(target)
}

/// Merges the method. The algorithm of `KEY` can't be declared, and stays.
fn merge_method(declared: &PartitionMethod, live: Option<&PartitionMethod>) -> PartitionMethod {
    let mut method = declared.clone();
    if let (PartitionMethod::Key { algorithm, .. }, Some(PartitionMethod::Key { algorithm: kept, .. })) =
        (&mut method, live)
    {
        *algorithm = *kept;
    }
    match live {
        Some(live) if live.same_as(&method) => live.clone(),
        _ => method,
    }
}

/// Merges named partitions. Their comments and other options can't be declared, and stay with the name. The order of
/// lists means nothing, and stays as well, as does a name's spelling; another method makes all of them again.
fn named_partitions(
    declared: &[Partition],
    method: &PartitionMethod,
    live: Option<&PartitionScheme>,
) -> Vec<Partition> {
    let Some(live) = live else { return declared.to_vec() };
    let is_kept = live.method.same_as(method);
    let merged = declared.iter().map(|partition| match live.partition(&partition.name) {
        Some(same) if is_kept && same.values.same_as(&partition.values) => same.clone(),
        Some(other) => {
            let name = if is_kept { &other.name } else { &partition.name };
            Partition { name: name.clone(), options: other.options.clone(), ..partition.clone() }
        }
        None => partition.clone(),
    });
    let mut merged: Vec<Partition> = merged.collect();
    if method.is_list() {
        let place = |partition: &Partition| {
            live.partitions.iter().position(|other| other.name == partition.name).unwrap_or(usize::MAX)
        };
        merged.sort_by_key(place);
    }
    merged
}

/// Returns as many partitions as are declared, else as many as are live, and the live ones first.
fn hashed_partitions(count: Option<u32>, live: Option<&PartitionScheme>) -> Vec<Partition> {
    let live = live.filter(|live| !live.method.is_range() && !live.method.is_list());
    let mut partitions: Vec<Partition> = live.map(|live| live.partitions.clone()).unwrap_or_default();
    let count = count.map_or(partitions.len().max(1), |count| usize::try_from(count).unwrap_or(usize::MAX));
    partitions.truncate(count);
    let mut number = partitions.len();
    while partitions.len() < count {
        if let Ok(name) = Identifier::new(format!("p{number}"))
            && !partitions.iter().any(|partition| partition.name.matches(&name))
        {
            partitions.push(Partition::hashed(name));
        }
        number += 1;
    }
    partitions
}

/// Returns a partition whose comment the change would restate with characters lost. Comments lose their 4-byte characters
/// even in `SHOW CREATE TABLE` (tried on MySQL 9.7, MariaDB 10.11 and 11.8).
fn lost_by_restating(live: Option<&Partitioning>, target: &Partitioning) -> Option<Identifier> {
    let changes = partitioning_changes(live, Some(target));
    let stated = changes.iter().flat_map(PartitionChange::stated);
    stated.filter(|partition| partition.options.comment.contains('?')).map(|partition| partition.name.clone()).next()
}
