//! The cost of each kind of change.

use super::site::Site;
use crate::plan::change::{Change, Cost};
use crate::schema::{Schema, Table};

/// Predicts the cost of `change` on `table` of `live`.
pub fn cost(change: &Change, table: &Table, live: &Schema) -> Cost {
    let site = Site { table, live };
    let cost = match change {
        Change::CreateTable(_) | Change::RenameTable { .. } | Change::DropTable(_) => return Cost::INSTANT,
        Change::SetDefault { .. } | Change::SetColumnVisible { .. } => Cost::INSTANT,
        Change::RenameColumn { from, .. } => site.rename_column(from),
        Change::AddColumn { column, position } => site.add_column(column, position.as_ref()),
        Change::ModifyColumn { from, to, position } => site.modify_column(from, to, position.is_some()),
        Change::DropColumn(column) => site.drop_column(column),
        Change::AddIndex(index) => site.add_index(index),
        Change::ReplaceIndex { from, to } => site.replace_index(from, to),
        Change::DropIndex(index) => site.drop_index(index),
        // It divides the rows in another way (1845).
        Change::AddPrimaryKey(_) | Change::ReplacePrimaryKey { .. } if site.is_divided_by_primary_key() => site.copy(),
        Change::AddPrimaryKey(key) => site.add_primary_key(key),
        // MariaDB copies partitions for it (1845).
        Change::ReplacePrimaryKey { .. } if !site.is_mysql() && table.partitioning.is_some() => site.copy(),
        Change::ReplacePrimaryKey { .. } => site.rebuild(),
        // MySQL changes its dictionary INPLACE alone, and touches no row.
        Change::RenameIndex { .. }
        | Change::SetIndexVisible { .. }
        | Change::DropForeignKey(_)
        // With foreign_key_checks off only the dictionary changes.
        | Change::RestoreForeignKey(_)
        | Change::SetTableComment { .. }
        | Change::SetTableCharset { .. } => site.dictionary(),
        // With foreign_key_checks on, which finds orphans, the server copies.
        Change::AddForeignKey(_) => site.copy(),
        Change::AddCheck(check) | Change::ReplaceCheck { to: check, .. } if !check.enforced => Cost::INSTANT,
        Change::DropCheck(_) | Change::SetCheckEnforced { enforced: false, .. } => Cost::INSTANT,
        Change::AddCheck(_) | Change::ReplaceCheck { .. } | Change::SetCheckEnforced { .. } => site.copy(),
        Change::RaiseAutoIncrement { .. } => site.dictionary(),
        Change::ReplaceGeneratedKey { .. } => site.rebuild(),
        Change::SetStorage { to, .. } => site.set_storage(to),
        // No server drops the key INPLACE without adding another one (1846).
        Change::DropPrimaryKey(_) | Change::SetEngine { .. } => site.copy(),
        Change::Partition(change) => change.cost(),
    };
    if table.is_innodb() { cost } else { site.of_other_engine(change, cost) }
}
