//! Which object of a live table a change writes again as a whole, with its undeclared attributes.

use super::table_change::Change;
use crate::schema::TableObject;

impl Change {
    /// Returns the object that the statement restates from what was read of it: what the model does not hold of it would
    /// be lost. Foreign keys and checks are declared as a whole.
    pub fn restated(&self) -> Option<TableObject> {
        match self {
            Self::ModifyColumn { from, .. } => Some(TableObject::Column(from.name.clone())),
            Self::ReplaceIndex { from, .. } => Some(TableObject::Index(from.name.clone())),
            Self::ReplacePrimaryKey { .. } => Some(TableObject::PrimaryKey),
            Self::Partition(change) => change.restates().then_some(TableObject::Partitioning),
            Self::CreateTable(_)
            | Self::RenameTable { .. }
            | Self::DropTable(_)
            | Self::AddColumn { .. }
            | Self::SetDefault { .. }
            | Self::SetColumnVisible { .. }
            | Self::RenameColumn { .. }
            | Self::DropColumn(_)
            | Self::RenameIndex { .. }
            | Self::DropIndex(_)
            | Self::AddIndex(_)
            | Self::SetIndexVisible { .. }
            | Self::AddPrimaryKey(_)
            | Self::DropPrimaryKey(_)
            | Self::ReplaceGeneratedKey { .. }
            | Self::AddForeignKey(_)
            | Self::DropForeignKey(_)
            | Self::RestoreForeignKey(_)
            | Self::AddCheck(_)
            | Self::DropCheck(_)
            | Self::ReplaceCheck { .. }
            | Self::SetCheckEnforced { .. }
            | Self::SetTableComment { .. }
            | Self::SetTableCharset { .. }
            | Self::SetEngine { .. }
            | Self::SetStorage { .. }
            | Self::RaiseAutoIncrement { .. } => None,
        }
    }
}
