//! The columns that a change uses: in the new definition, and in the one that it removes or replaces.

use super::partition::PartitionChange;
use super::table_change::Change;
use crate::schema::{Check, Column, ColumnDefault, Fill, Identifier, Index, KeyPart, KeyTarget, PrimaryKey};

/// Whether the new definition uses the column, other than being its own.
pub fn uses_column_after(change: &Change, column: &Identifier) -> bool {
    match change {
        Change::AddColumn { column: new, .. } | Change::ModifyColumn { to: new, .. } => column_uses(new, column),
        Change::SetDefault { to: ColumnDefault::Expression(default), .. } => default.names_column(column),
        Change::AddIndex(index) | Change::ReplaceIndex { to: index, .. } => index_uses(index, column),
        Change::AddPrimaryKey(key)
        | Change::ReplacePrimaryKey { to: key, .. }
        | Change::ReplaceGeneratedKey { to: key, .. } => key_uses(key, column),
        Change::AddForeignKey(key) | Change::RestoreForeignKey(key) => {
            key.columns.iter().any(|name| name.matches(column))
        }
        Change::AddCheck(check) | Change::ReplaceCheck { to: check, .. } => check_uses(check, column),
        Change::Partition(change) => matches!(&**change, PartitionChange::By { to, .. } if to.method.is_by(column)),
        Change::CreateTable(_)
        | Change::RenameTable { .. }
        | Change::DropTable(_)
        | Change::SetDefault { .. }
        | Change::SetColumnVisible { .. }
        | Change::RenameColumn { .. }
        | Change::DropColumn(_)
        | Change::RenameIndex { .. }
        | Change::DropIndex(_)
        | Change::SetIndexVisible { .. }
        | Change::DropPrimaryKey(_)
        | Change::DropForeignKey(_)
        | Change::DropCheck(_)
        | Change::SetCheckEnforced { .. }
        | Change::SetTableComment { .. }
        | Change::SetTableCharset { .. }
        | Change::SetEngine { .. }
        | Change::SetStorage { .. }
        | Change::RaiseAutoIncrement { .. } => false,
    }
}

/// Whether the definition that the change removes or replaces used the column.
pub fn used_column_before(change: &Change, column: &Identifier) -> bool {
    match change {
        Change::DropColumn(old) | Change::ModifyColumn { from: old, .. } => column_uses(old, column),
        Change::DropIndex(index) | Change::ReplaceIndex { from: index, .. } => index_uses(index, column),
        Change::ReplacePrimaryKey { from: key, .. } | Change::DropPrimaryKey(key) => key_uses(key, column),
        Change::ReplaceGeneratedKey { column: own, .. } => own.name.matches(column),
        Change::DropForeignKey(key) => key.columns.iter().any(|name| name.matches(column)),
        Change::DropCheck(check) | Change::ReplaceCheck { from: check, .. } => check_uses(check, column),
        Change::Partition(change) => {
            matches!(&**change, PartitionChange::By { from: Some(from), .. } if from.method.is_by(column))
        }
        Change::CreateTable(_)
        | Change::RenameTable { .. }
        | Change::DropTable(_)
        | Change::AddColumn { .. }
        | Change::SetDefault { .. }
        | Change::SetColumnVisible { .. }
        | Change::RenameColumn { .. }
        | Change::RenameIndex { .. }
        | Change::AddIndex(_)
        | Change::SetIndexVisible { .. }
        | Change::AddPrimaryKey(_)
        | Change::AddForeignKey(_)
        | Change::RestoreForeignKey(_)
        | Change::AddCheck(_)
        | Change::SetCheckEnforced { .. }
        | Change::SetTableComment { .. }
        | Change::SetTableCharset { .. }
        | Change::SetEngine { .. }
        | Change::SetStorage { .. }
        | Change::RaiseAutoIncrement { .. } => false,
    }
}

fn column_uses(own: &Column, column: &Identifier) -> bool {
    let Column {
        name,
        data_type: _,
        nullable: _,
        fill,
        on_update_now: _,
        charset: _,
        collation: _,
        comment: _,
        visible: _,
        srid: _,
        other: _,
        compressed: _,
        check,
    } = own;
    let filled = match fill {
        Fill::Generated(generated) => generated.expression.names_column(column),
        Fill::Default(ColumnDefault::Expression(default)) => default.names_column(column),
        Fill::Default(_) | Fill::AutoIncrement => false,
    };
    let checked = check.as_ref().is_some_and(|check| check.names_column(column));
    !name.matches(column) && (filled || checked)
}

fn index_uses(index: &Index, column: &Identifier) -> bool {
    index.parts.iter().any(|part| part_uses(part, column))
}

fn key_uses(key: &PrimaryKey, column: &Identifier) -> bool {
    key.parts.iter().any(|part| part_uses(part, column))
}

fn part_uses(part: &KeyPart, column: &Identifier) -> bool {
    match &part.target {
        KeyTarget::Column { name, .. } => name.matches(column),
        KeyTarget::Expression(expression) => expression.names_column(column),
    }
}

fn check_uses(check: &Check, column: &Identifier) -> bool {
    check.expression.names_column(column)
}
