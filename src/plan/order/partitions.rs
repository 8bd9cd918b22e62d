//! Which changes come before a change of partitions, and which after: at each moment the unique keys of the table hold
//! the columns that divide its rows.

use crate::plan::change::{Change, PartitionChange};
use crate::schema::{Identifier, Index, IndexKind, KeyPart, KeyTarget, PartitionScheme, PrimaryKey};

/// Whether `first` has to run before this change of partitions of a table with this primary key.
pub fn is_before(first: &Change, change: &PartitionChange, primary: Option<&PrimaryKey>) -> bool {
    let PartitionChange::By { from, to } = change else { return false };
    match first {
        Change::AddColumn { column, .. } => to.method.is_by(&column.name),
        Change::ModifyColumn { from: column, .. } => to.method.is_by(&column.name),
        Change::SetEngine { .. } | Change::DropIndex(_) | Change::DropPrimaryKey(_) => true,
        _ => {
            unique_key(first).is_some_and(|key| key.fits(from.as_ref()) && key.holds_dividing(from.as_ref(), primary))
                || former_key(first).is_some_and(|key| !key.fits(Some(to)))
        }
    }
}

/// Whether `later` has to run after this change of partitions of a table with this primary key.
pub fn is_after(later: &Change, change: &PartitionChange, primary: Option<&PrimaryKey>) -> bool {
    let PartitionChange::By { from: Some(from), to } = change else { return false };
    match later {
        Change::DropColumn(column) => from.method.is_by(&column.name),
        Change::ModifyColumn { from: column, .. } => from.method.is_by(&column.name) && !to.method.is_by(&column.name),
        _ => unique_key(later).is_some_and(|key| !key.fits(Some(from)) || !key.holds_dividing(Some(from), primary)),
    }
}

/// Whether `first` has to run before this change of the primary key that divides the rows: it removes a unique key that
/// lacks a column of the new one (1503).
pub fn is_before_primary_key(first: &Change, key: &Change) -> bool {
    let (Change::AddPrimaryKey(new) | Change::ReplacePrimaryKey { to: new, .. }) = key else { return false };
    let (Change::DropIndex(old) | Change::ReplaceIndex { from: old, .. }) = first else { return false };
    UniqueKey::of(old).is_some_and(|old| !old.holds_all(new))
}

/// Whether `later` has to run after this change of the primary key that divides the rows: it makes a unique key that lacks
/// a column of the old one.
pub fn is_after_primary_key(later: &Change, key: &Change) -> bool {
    let Change::ReplacePrimaryKey { from: old, .. } = key else { return false };
    let (Change::AddIndex(new) | Change::ReplaceIndex { to: new, .. }) = later else { return false };
    UniqueKey::of(new).is_some_and(|new| !new.holds_all(old))
}

/// A key that no two rows share.
#[derive(Debug, Clone, Copy)]
struct UniqueKey<'a> {
    is_primary: bool,
    parts: &'a [KeyPart],
}

/// Returns the unique key that the change makes.
fn unique_key(change: &Change) -> Option<UniqueKey<'_>> {
    match change {
        Change::AddPrimaryKey(key) | Change::ReplacePrimaryKey { to: key, .. } => Some(UniqueKey::primary(key)),
        Change::AddIndex(index) | Change::ReplaceIndex { to: index, .. } => UniqueKey::of(index),
        _ => None,
    }
}

/// Returns the unique key that the change replaces.
fn former_key(change: &Change) -> Option<UniqueKey<'_>> {
    match change {
        Change::ReplacePrimaryKey { from: key, .. } => Some(UniqueKey::primary(key)),
        Change::ReplaceIndex { from: index, .. } => UniqueKey::of(index),
        _ => None,
    }
}

impl<'a> UniqueKey<'a> {
    fn primary(key: &'a PrimaryKey) -> Self {
        Self { is_primary: true, parts: &key.parts }
    }

    fn of(index: &'a Index) -> Option<Self> {
        (index.kind == IndexKind::Unique).then_some(Self { is_primary: false, parts: &index.parts })
    }

    /// Whether each column of the primary key is in this key, in its whole length.
    fn holds_all(self, primary: &PrimaryKey) -> bool {
        let is_held = |column: &Identifier| self.parts.iter().any(|part| part.is_whole(column));
        primary.parts.iter().filter_map(KeyPart::column_name).all(is_held)
    }

    /// Whether the key holds the primary key, where that divides the rows by itself.
    fn holds_dividing(self, scheme: Option<&PartitionScheme>, primary: Option<&PrimaryKey>) -> bool {
        let divides = scheme.is_some_and(|scheme| scheme.method.is_by_primary_key());
        self.is_primary || !divides || primary.is_none_or(|primary| self.holds_all(primary))
    }

    /// Whether a table with these partitions can have the key. It has to hold each column that divides the rows in its whole
    /// length. A primary key that divides them itself has no prefix of a column (6123 on MySQL 9.7).
    fn fits(self, scheme: Option<&PartitionScheme>) -> bool {
        let Some(PartitionScheme { method, .. }) = scheme else { return true };
        let is_whole = |part: &KeyPart| matches!(part.target, KeyTarget::Column { prefix: None, .. });
        let divides = self.is_primary && method.is_by_primary_key();
        let holds = |column: &Identifier| self.parts.iter().any(|part| is_whole(part) && part.is_of(column));
        method.named_columns().iter().all(holds) && (!divides || self.parts.iter().all(is_whole))
    }
}
