//! The privileges that a server asks for before it runs a step (both manuals; docs/permissions.md).

use crate::plan::change::{Change, PartitionChange, Step};
use crate::schema::{Dialect, Identifier};

/// A privilege on a table of the step's database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NeededPrivilege {
    /// As a `GRANT` names it.
    pub privilege: &'static str,
    pub table: Identifier,
}

/// Returns the privileges that the step needs.
pub fn needed_privileges(step: &Step) -> Vec<NeededPrivilege> {
    let mut needed: Vec<NeededPrivilege> =
        step.changes.iter().flat_map(|change| of_change(change, &step.table, step.dialect)).collect();
    needed.sort();
    needed.dedup();
    needed
}

fn of_change(change: &Change, table: &Identifier, dialect: Dialect) -> Vec<NeededPrivilege> {
    let on = |table: &Identifier, privilege| NeededPrivilege { privilege, table: table.clone() };
    match change {
        Change::CreateTable(_) => vec![on(table, "CREATE")],
        Change::DropTable(_) => vec![on(table, "DROP")],
        Change::RenameTable { to } => {
            vec![on(table, "ALTER"), on(table, "DROP"), on(to, "CREATE"), on(to, "INSERT")]
        }
        // MariaDB does not ask for REFERENCES.
        Change::AddForeignKey(key) | Change::RestoreForeignKey(key)
            if !dialect.is_mariadb() && key.referenced_database.is_none() =>
        {
            vec![on(table, "ALTER"), on(&key.referenced_table, "REFERENCES")]
        }
        Change::Partition(change) if matches!(**change, PartitionChange::Drop { .. }) => {
            vec![on(table, "ALTER"), on(table, "DROP")]
        }
        Change::AddColumn { .. }
        | Change::ModifyColumn { .. }
        | Change::SetDefault { .. }
        | Change::SetColumnVisible { .. }
        | Change::RenameColumn { .. }
        | Change::DropColumn(_)
        | Change::RenameIndex { .. }
        | Change::DropIndex(_)
        | Change::AddIndex(_)
        | Change::ReplaceIndex { .. }
        | Change::SetIndexVisible { .. }
        | Change::AddPrimaryKey(_)
        | Change::ReplacePrimaryKey { .. }
        | Change::DropPrimaryKey(_)
        | Change::ReplaceGeneratedKey { .. }
        | Change::AddForeignKey(_)
        | Change::DropForeignKey(_)
        | Change::RestoreForeignKey(_)
        | Change::AddCheck(_)
        | Change::DropCheck(_)
        | Change::ReplaceCheck { .. }
        | Change::SetCheckEnforced { .. }
        | Change::SetTableComment { .. }
        | Change::SetTableCharset { .. }
        | Change::SetEngine { .. }
        | Change::SetStorage { .. }
        | Change::RaiseAutoIncrement { .. }
        | Change::Partition(_) => vec![on(table, "ALTER")],
    }
}
