//! The risks of a change: what it may do to the application or to the data, apart from its purpose.

use std::collections::BTreeSet;

use crate::plan::change::{Change, Cost, Risk, TypeChange, type_change};
use crate::schema::{Column, ColumnDefault, Dialect, Fill, Index, IndexKind, StorageOption};

/// Returns the risks of one change with this cost. A change without risks passes unnoticed.
pub fn risks(change: &Change, cost: Cost, dialect: Dialect) -> BTreeSet<Risk> {
    let mut risks = match change {
        Change::CreateTable(_) => return BTreeSet::new(),
        Change::RenameTable { .. } | Change::RenameColumn { .. } => BTreeSet::from([Risk::Breaking]),
        Change::DropTable(_) | Change::DropColumn(_) => BTreeSet::from([Risk::Breaking, Risk::Destructive]),
        // A guarantee goes. A plain index that goes costs time alone.
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
        // The old key's guarantee goes, and what relied on it may fail.
        Change::ReplacePrimaryKey { .. } | Change::DropPrimaryKey(_) => {
            BTreeSet::from([Risk::Breaking, Risk::Destructive])
        }
        // The numbers that the server gave the rows are lost.
        Change::ReplaceGeneratedKey { .. } => BTreeSet::from([Risk::Destructive]),
        // Its rows can be read from the disk from then on.
        Change::SetStorage { from: StorageOption::Encryption(Some(true)), .. } => BTreeSet::from([Risk::Destructive]),
        Change::SetEngine { .. } => BTreeSet::from([Risk::Breaking]),
        Change::Partition(change) => change.risks(),
        Change::DropIndex(_)
        | Change::AddColumn { .. }
        | Change::SetColumnVisible { .. }
        | Change::ReplaceIndex { .. }
        | Change::SetStorage { .. }
        | Change::RenameIndex { .. }
        | Change::AddIndex(_)
        | Change::SetIndexVisible { .. }
        | Change::AddPrimaryKey(_)
        | Change::AddForeignKey(_)
        | Change::AddCheck(_)
        | Change::SetCheckEnforced { .. }
        | Change::SetTableComment { .. }
        | Change::SetTableCharset { .. }
        | Change::RaiseAutoIncrement { .. } => BTreeSet::new(),
    };
    if cost.is_blocking() || change.holds_cluster_up(cost, dialect) {
        risks.insert(Risk::Blocking);
    }
    risks
}

/// Whether an INSERT that does not name the column fails, with error 1364.
fn lacks_value(column: &Column) -> bool {
    !column.nullable && column.fill == Fill::Default(ColumnDefault::None)
}

fn modify_column(from: &Column, to: &Column, dialect: Dialect) -> BTreeSet<Risk> {
    let Column {
        name: _,
        data_type: _, // See `type_change`.
        nullable,
        fill,
        on_update_now: _,
        charset,
        collation,
        comment: _,
        visible,
        srid: _,
        compressed: _,
        check,
    } = from;
    let mut risks = BTreeSet::new();
    if lacks_value(to) && !lacks_value(from) || *nullable && !to.nullable || *visible && !to.visible {
        risks.insert(Risk::Breaking);
    }
    match type_change(from, to, dialect) {
        TypeChange::Narrower => risks.extend([Risk::Breaking, Risk::Destructive]),
        TypeChange::Family => risks.extend([Risk::Breaking, Risk::Destructive]),
        TypeChange::None | TypeChange::Dictionary | TypeChange::Appended | TypeChange::Wider => {}
    }
    let loses_check = check.is_some() && *check != to.check;
    if *charset != to.charset && charset.is_some() || loses_check {
        risks.insert(Risk::Destructive);
    }
    // The collation decides which rows are equal, and so what a unique index accepts.
    if *collation != to.collation && collation.is_some() {
        risks.insert(Risk::Breaking);
    }
    if *fill == Fill::AutoIncrement && to.fill != Fill::AutoIncrement {
        risks.insert(Risk::Breaking);
    }
    if matches!(fill, Fill::Generated(_)) != matches!(to.fill, Fill::Generated(_)) {
        risks.extend([Risk::Breaking, Risk::Destructive]);
    } else if matches!(to.fill, Fill::Generated(_)) && *fill != to.fill {
        risks.insert(Risk::Breaking);
    }
    risks
}

fn loses_uniqueness(from: &Index, to: &Index) -> bool {
    from.kind == IndexKind::Unique && (to.kind != IndexKind::Unique || from.parts != to.parts)
}
