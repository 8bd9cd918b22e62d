//! A change in words: the object that it concerns, and what differs.

use super::clause::set_default;
use super::object_kind::ObjectKind;
use super::table_change::Change;
use crate::schema::{Dialect, Fill, Identifier};

impl Change {
    /// Returns the object that changes, as a person names it: `column user.api_token`.
    pub fn object(&self, table: &Identifier) -> String {
        match self {
            Self::CreateTable(_) | Self::RenameTable { .. } | Self::DropTable(_) => format!("table {table}"),
            Self::RenameColumn { to, .. } => format!("column {table}.{to}"),
            Self::DropColumn(column) => format!("column {table}.{}", column.name),
            Self::DropIndex(index) => format!("index {table}.{}", index.name),
            Self::AddForeignKey(key) | Self::DropForeignKey(key) | Self::RestoreForeignKey(key) => {
                format!("foreign key {table}.{}", key.name)
            }
            Self::AddCheck(check) | Self::DropCheck(check) | Self::ReplaceCheck { to: check, .. } => {
                format!("check {table}.{}", check.name)
            }
            Self::SetCheckEnforced { check, .. } => format!("check {table}.{check}"),
            Self::AddColumn { column, .. } => format!("column {table}.{}", column.name),
            Self::ModifyColumn { from, .. } | Self::SetDefault { from, .. } => format!("column {table}.{}", from.name),
            Self::SetColumnVisible { column, .. } => format!("column {table}.{column}"),
            Self::RenameIndex { to, .. } => format!("index {table}.{to}"),
            Self::AddIndex(index) | Self::ReplaceIndex { to: index, .. } => format!("index {table}.{}", index.name),
            Self::SetIndexVisible { index, .. } => format!("index {table}.{index}"),
            Self::AddPrimaryKey(_)
            | Self::ReplacePrimaryKey { .. }
            | Self::DropPrimaryKey(_)
            | Self::ReplaceGeneratedKey { .. } => format!("primary key of {table}"),
            Self::SetTableComment { .. }
            | Self::SetTableCharset { .. }
            | Self::SetEngine { .. }
            | Self::SetStorage { .. }
            | Self::RaiseAutoIncrement { .. } => format!("options of {table}"),
            Self::Partition(_) => format!("partitions of {table}"),
        }
    }

    /// Returns the object whose `allow` in the spec covers the change, besides that of its table.
    pub fn subject(&self) -> Option<(ObjectKind, &Identifier)> {
        let subject = match self {
            Self::AddColumn { column, .. } | Self::DropColumn(column) => (ObjectKind::Column, &column.name),
            Self::RenameColumn { to: name, .. } | Self::SetColumnVisible { column: name, .. } => {
                (ObjectKind::Column, name)
            }
            Self::ModifyColumn { from, .. } | Self::SetDefault { from, .. } => (ObjectKind::Column, &from.name),
            Self::AddForeignKey(key) | Self::DropForeignKey(key) | Self::RestoreForeignKey(key) => {
                (ObjectKind::ForeignKey, &key.name)
            }
            Self::AddCheck(check) | Self::DropCheck(check) | Self::ReplaceCheck { to: check, .. } => {
                (ObjectKind::Check, &check.name)
            }
            Self::SetCheckEnforced { check: name, .. } => (ObjectKind::Check, name),
            Self::SetIndexVisible { index: name, .. } | Self::RenameIndex { to: name, .. } => (ObjectKind::Index, name),
            Self::DropIndex(index) | Self::AddIndex(index) | Self::ReplaceIndex { to: index, .. } => {
                (ObjectKind::Index, &index.name)
            }
            Self::CreateTable(_)
            | Self::RenameTable { .. }
            | Self::DropTable(_)
            | Self::AddPrimaryKey(_)
            | Self::ReplacePrimaryKey { .. }
            | Self::DropPrimaryKey(_)
            | Self::ReplaceGeneratedKey { .. }
            | Self::SetTableComment { .. }
            | Self::SetTableCharset { .. }
            | Self::SetEngine { .. }
            | Self::SetStorage { .. }
            | Self::RaiseAutoIncrement { .. }
            | Self::Partition(_) => return None,
        };
        Some(subject)
    }

    /// Returns what is declared and what is live, for a report of drift.
    pub fn difference(&self, dialect: Dialect) -> (String, String) {
        let absent = || "absent".to_owned();
        let present = || "present".to_owned();
        match self {
            Self::RenameTable { to } => (format!("named {to}"), "under its former name".to_owned()),
            Self::DropTable(_) => (absent(), present()),
            Self::DropColumn(column) => (absent(), column.definition(dialect)),
            Self::DropIndex(index) => (absent(), index.definition(dialect)),
            Self::AddForeignKey(key) | Self::RestoreForeignKey(key) => (key.definition(dialect), absent()),
            Self::DropForeignKey(key) => (absent(), key.definition(dialect)),
            Self::AddCheck(check) => (check.definition(dialect), absent()),
            Self::DropCheck(check) => (absent(), check.definition(dialect)),
            Self::ReplaceCheck { from, to } => (to.definition(dialect), from.definition(dialect)),
            Self::SetCheckEnforced { enforced, .. } => {
                let word = |enforced| if enforced { "enforced" } else { "not enforced" }.to_owned();
                (word(*enforced), word(!enforced))
            }
            Self::CreateTable(_) => (present(), absent()),
            Self::AddColumn { column, .. } => (column.definition(dialect), absent()),
            Self::ModifyColumn { from, to, .. } => (to.definition(dialect), from.definition(dialect)),
            Self::SetDefault { from, to } => (
                set_default(from, to),
                match &from.fill {
                    Fill::Default(live) => set_default(from, live),
                    _ => from.definition(dialect),
                },
            ),
            Self::SetColumnVisible { visible, .. } | Self::SetIndexVisible { visible, .. } => {
                let word = |visible| if visible { "visible" } else { "invisible" }.to_owned();
                (word(*visible), word(!visible))
            }
            Self::RenameIndex { from, to } | Self::RenameColumn { from, to } => {
                (to.to_string(), format!("named {from}"))
            }
            Self::AddIndex(index) => (index.definition(dialect), absent()),
            Self::ReplaceIndex { from, to } => (to.definition(dialect), from.definition(dialect)),
            Self::AddPrimaryKey(key) => (key.definition(dialect), absent()),
            Self::ReplacePrimaryKey { from, to } => (to.definition(dialect), from.definition(dialect)),
            Self::DropPrimaryKey(key) => (absent(), key.definition(dialect)),
            Self::ReplaceGeneratedKey { to, .. } => (to.definition(dialect), "generated by the server".to_owned()),
            Self::SetStorage { from, to } => (to.sql(dialect), from.sql(dialect)),
            Self::RaiseAutoIncrement { to } => (format!("AUTO_INCREMENT of at least {to}"), "a lower one".to_owned()),
            Self::SetTableComment { from, to } | Self::SetEngine { from, to } => (to.clone(), from.clone()),
            Self::SetTableCharset { from, .. } => (self.sql(dialect), from.clone()),
            Self::Partition(change) => change.difference(),
        }
    }
}
