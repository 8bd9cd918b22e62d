//! What has to be done before a table is partitioned anew, and what after: at each moment its unique keys hold the
//! columns that divide the rows.

use super::super::change::Change;
use super::PartitionChange;
use crate::schema::{IndexKind, KeyPart, KeyTarget, PartitionScheme};

/// Whether `first` has to be done before this change of partitions.
pub fn is_before(first: &Change, change: &PartitionChange) -> bool {
    let PartitionChange::By { from, to } = change else { return false };
    match first {
        Change::AddColumn { column, .. } => to.method.is_by(&column.name),
        Change::ModifyColumn { from: column, .. } => to.method.is_by(&column.name),
        Change::SetEngine { .. } | Change::DropIndex(_) | Change::DropPrimaryKey(_) => true,
        _ => {
            unique_parts(first).is_some_and(|parts| holds(from.as_ref(), parts))
                || former_parts(first).is_some_and(|parts| !holds(Some(to), parts))
        }
    }
}

/// Whether `later` has to be done after this change of partitions.
pub fn is_after(later: &Change, change: &PartitionChange) -> bool {
    let PartitionChange::By { from: Some(from), to } = change else { return false };
    match later {
        Change::DropColumn(column) => from.method.is_by(&column.name),
        Change::ModifyColumn { from: column, .. } => from.method.is_by(&column.name) && !to.method.is_by(&column.name),
        _ => unique_parts(later).is_some_and(|parts| !holds(Some(from), parts)),
    }
}

/// The parts of a unique key that the change makes.
fn unique_parts(change: &Change) -> Option<&[KeyPart]> {
    match change {
        Change::AddPrimaryKey(key) | Change::ReplacePrimaryKey { to: key, .. } => Some(&key.parts),
        Change::AddIndex(index) | Change::ReplaceIndex { to: index, .. } if index.kind == IndexKind::Unique => {
            Some(&index.parts)
        }
        _ => None,
    }
}

/// The parts of a unique key that the change replaces.
fn former_parts(change: &Change) -> Option<&[KeyPart]> {
    match change {
        Change::ReplacePrimaryKey { from: key, .. } => Some(&key.parts),
        Change::ReplaceIndex { from: index, .. } if index.kind == IndexKind::Unique => Some(&index.parts),
        _ => None,
    }
}

/// Whether a key of these parts can stand on a table that is partitioned so.
fn holds(scheme: Option<&PartitionScheme>, parts: &[KeyPart]) -> bool {
    let by = scheme.map(|scheme| scheme.method.named_columns()).unwrap_or_default();
    let is_whole = |part: &KeyPart| matches!(part.target, KeyTarget::Column { prefix: None, .. });
    by.iter().all(|column| parts.iter().any(|part| is_whole(part) && part.is_of(column)))
}
