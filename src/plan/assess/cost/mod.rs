//! What a change costs on this server: which algorithm it will take, and whether writers wait meanwhile. The
//! statement asks for that algorithm, so that a server which can't do it refuses instead of copying the table.
//!
//! Source: "Online DDL Operations" of the MySQL 9 manual, "InnoDB Online DDL Operations" of MariaDB's documentation;
//! where they are silent or wrong, what MySQL 9.7, MariaDB 10.11 and 11.8 did. Each rule here is held against the three
//! servers by the transitions in `tests/transitions/`.

mod column;
mod index;
mod site;

use crate::plan::change::{Change, Cost};
use crate::schema::{Schema, Table};
use site::Site;

/// Predicts the cost of `change` on `table` of `live`. A table that does not exist yet costs nothing.
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
        Change::AddPrimaryKey(key) => site.add_primary_key(key),
        // MariaDB copies partitions for it (1845).
        Change::ReplacePrimaryKey { .. } if !site.is_mysql() && table.partitioning.is_some() => site.copy(),
        Change::ReplacePrimaryKey { .. } => site.rebuild(),
        // MySQL's dictionary takes these INPLACE alone, and touches no row.
        Change::RenameIndex { .. }
        | Change::SetIndexVisible { .. }
        | Change::DropForeignKey(_)
        | Change::SetTableComment { .. }
        | Change::SetTableCharset { .. } => site.dictionary(),
        // With foreign_key_checks on, which is what finds orphans, the server copies.
        Change::AddForeignKey(_) => site.copy(),
        Change::AddCheck(check) if !check.enforced => Cost::INSTANT,
        Change::DropCheck(_) | Change::SetCheckEnforced { enforced: false, .. } => Cost::INSTANT,
        Change::AddCheck(_) | Change::SetCheckEnforced { .. } => site.copy(),
        Change::RaiseAutoIncrement { .. } => site.dictionary(),
        Change::ReplaceGeneratedKey { .. } => site.rebuild(),
        Change::SetStorage { to, .. } => site.set_storage(to),
        // No server takes a key away INPLACE without another one in its place (1846).
        Change::DropPrimaryKey(_) | Change::SetEngine { .. } => site.copy(),
        Change::Partition(change) => change.cost(),
    };
    if table.is_innodb() { cost } else { site.of_other_engine(change, cost) }
}
