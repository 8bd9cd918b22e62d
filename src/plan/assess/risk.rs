//! What a change may do to the application or to the data, beside what was asked for.

use std::collections::BTreeSet;

use crate::plan::change::{Change, Cost, Risk, TypeChange, holds_cluster_up, type_change};
use crate::schema::{Column, ColumnDefault, Dialect, Fill, Index, IndexKind, StorageOption};

/// The risks of one change with this cost. None means that nobody would notice it.
pub fn risks(change: &Change, cost: Cost, dialect: Dialect) -> BTreeSet<Risk> {
    let mut risks = match change {
        Change::CreateTable(_) => return BTreeSet::new(),
        Change::RenameTable { .. } | Change::RenameColumn { .. } => BTreeSet::from([Risk::Breaking]),
        Change::DropTable(_) | Change::DropColumn(_) => BTreeSet::from([Risk::Breaking, Risk::Destructive]),
        // A guarantee goes; that a plain index goes costs time alone.
        Change::DropForeignKey(_) | Change::DropCheck(_) | Change::SetCheckEnforced { enforced: false, .. } => {
            BTreeSet::from([Risk::Destructive])
        }
        Change::DropIndex(index) if index.kind == IndexKind::Unique => BTreeSet::from([Risk::Destructive]),
        Change::AddColumn { column, .. } if lacks_value(column) => BTreeSet::from([Risk::Breaking]),
        Change::ModifyColumn { from, to, .. } => modify_column(from, to, dialect),
        Change::SetDefault { from, to } => {
            let lost = *to == ColumnDefault::None && !from.nullable;
            if lost { BTreeSet::from([Risk::Breaking]) } else { BTreeSet::new() }
        }
        Change::SetColumnVisible { visible: false, .. } => BTreeSet::from([Risk::Breaking]),
        Change::ReplaceIndex { from, to } if loses_uniqueness(from, to) => BTreeSet::from([Risk::Destructive]),
        // The old key's guarantee goes, and whatever relied on it.
        Change::ReplacePrimaryKey { .. } | Change::DropPrimaryKey(_) => {
            BTreeSet::from([Risk::Breaking, Risk::Destructive])
        }
        // The numbers that the server gave each row are gone, though nobody asked for them.
        Change::ReplaceGeneratedKey { .. } => BTreeSet::from([Risk::Destructive]),
        // Its rows could be read from the disk from then on.
        Change::SetStorage { from: StorageOption::Encryption(Some(true)), .. } => BTreeSet::from([Risk::Destructive]),
        Change::SetEngine { .. } => BTreeSet::from([Risk::Breaking]),
        Change::Partition(change) => change.risks(),
        _ => BTreeSet::new(),
    };
    if cost.is_blocking() || holds_cluster_up(change, cost, dialect) {
        risks.insert(Risk::Blocking);
    }
    risks
}

/// An INSERT that does not name such a column fails with error 1364.
fn lacks_value(column: &Column) -> bool {
    !column.nullable && column.fill == Fill::Default(ColumnDefault::None)
}

fn modify_column(from: &Column, to: &Column, dialect: Dialect) -> BTreeSet<Risk> {
    let mut risks = BTreeSet::new();
    if lacks_value(to) && !lacks_value(from) || from.nullable && !to.nullable || from.visible && !to.visible {
        risks.insert(Risk::Breaking);
    }
    match type_change(from, to, dialect) {
        TypeChange::Narrower => risks.extend([Risk::Breaking, Risk::Destructive]),
        TypeChange::Family => risks.extend([Risk::Breaking, Risk::Destructive]),
        TypeChange::None | TypeChange::Dictionary | TypeChange::Appended | TypeChange::Wider => {}
    }
    let loses_check = from.check.is_some() && from.check != to.check;
    if from.charset != to.charset && from.charset.is_some() || loses_check {
        risks.insert(Risk::Destructive);
    }
    // Which rows are equal changes with the collation, and with it what a unique index accepts.
    if from.collation != to.collation && from.collation.is_some() {
        risks.insert(Risk::Breaking);
    }
    if from.fill == Fill::AutoIncrement && to.fill != Fill::AutoIncrement {
        risks.insert(Risk::Breaking);
    }
    if matches!(from.fill, Fill::Generated(_)) != matches!(to.fill, Fill::Generated(_)) {
        risks.extend([Risk::Breaking, Risk::Destructive]);
    } else if matches!(to.fill, Fill::Generated(_)) && from.fill != to.fill {
        risks.insert(Risk::Breaking);
    }
    risks
}

fn loses_uniqueness(from: &Index, to: &Index) -> bool {
    from.kind == IndexKind::Unique && (to.kind != IndexKind::Unique || from.parts != to.parts)
}
