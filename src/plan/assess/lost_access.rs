//! Privileges on single tables and columns that a rename leaves with the old name. MySQL 9.7 and MariaDB 10.11 and 11.8
//! were tried: none renames them. A table that is dropped and made again keeps them.

use crate::plan::change::{Change, Step};
use crate::schema::{Dependents, Identifier, ObjectGrant};

/// The most accounts in one sentence; the others are counted.
const MAX_NAMED: usize = 3;

/// Says who loses access by the renames of a step; `None` where it renames nothing that privileges are given on.
pub fn access_finding(step: &Step, dependents: &Dependents) -> Option<String> {
    let renamed: Vec<RenamedName<'_>> = step.changes.iter().filter_map(renamed_name).collect();
    if renamed.is_empty() {
        return None;
    }
    if dependents.grants_are_hidden {
        return Some(
            "privileges on the old name alone do not follow a rename, and the account can't see those of others \
             (privilege SELECT on mysql.*)"
                .to_owned(),
        );
    }
    let is_lost = |grant: &&ObjectGrant| {
        grant.table == step.table
            && renamed.iter().any(|name| match name {
                RenamedName::Table => true,
                RenamedName::Column(column) => grant.column.as_ref().is_some_and(|name| name.matches(column)),
            })
    };
    let lost: Vec<&ObjectGrant> = dependents.grants.iter().filter(is_lost).collect();
    let mut grantees: Vec<&str> = lost.iter().map(|grant| grant.grantee.as_str()).collect();
    grantees.sort_unstable();
    grantees.dedup();
    let named: Vec<String> = grantees.iter().take(MAX_NAMED).map(|grantee| access_of(grantee, &lost)).collect();
    let more = match grantees.len().saturating_sub(MAX_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let lose = if grantees.len() == 1 { "loses" } else { "lose" };
    (!grantees.is_empty()).then(|| {
        format!(
            "{}{more} {lose} access: privileges stay with the old name, grant them on the new one",
            named.join(", ")
        )
    })
}

/// A name under which privileges are given, and that a change takes away.
#[derive(Debug, Clone, Copy)]
enum RenamedName<'a> {
    /// With all of its columns.
    Table,
    Column(&'a Identifier),
}

fn renamed_name(change: &Change) -> Option<RenamedName<'_>> {
    match change {
        Change::RenameTable { .. } => Some(RenamedName::Table),
        Change::RenameColumn { from, .. } => Some(RenamedName::Column(from)),
        // A dropped name has nothing left to use. One that is made again under the same name keeps the privileges.
        Change::DropTable(_)
        | Change::DropColumn(_)
        | Change::CreateTable(_)
        | Change::AddColumn { .. }
        | Change::ModifyColumn { .. }
        | Change::SetDefault { .. }
        | Change::SetColumnVisible { .. }
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
        | Change::Partition(_) => None,
    }
}

/// Returns an account with what it may do: `'app'@'%' (SELECT, UPDATE)`.
fn access_of(grantee: &str, lost: &[&ObjectGrant]) -> String {
    let mut privileges: Vec<&str> =
        lost.iter().filter(|grant| grant.grantee == grantee).map(|grant| grant.privilege.as_str()).collect();
    privileges.sort_unstable();
    privileges.dedup();
    format!("{grantee} ({})", privileges.join(", "))
}
