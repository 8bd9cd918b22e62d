//! Changes that share a statement, and what the order of statements across tables depends on.

use std::collections::BTreeSet;

use super::cost::Cost;
use super::risk::Risk;
use super::table_change::Change;

/// Changes that are one statement, or a part of one that can't be divided.
#[derive(Debug, Clone)]
pub struct Statement {
    pub changes: Vec<Change>,
    pub cost: Cost,
    pub risks: BTreeSet<Risk>,
    /// What may go wrong, one sentence for each cause of a risk.
    pub hazards: Vec<String>,
}

impl Default for Statement {
    fn default() -> Self {
        Self { changes: Vec::new(), cost: Cost::none(), risks: BTreeSet::new(), hazards: Vec::new() }
    }
}

impl Statement {
    /// Joins two into one.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.changes.extend(other.changes);
        self.risks.extend(other.risks);
        for hazard in other.hazards {
            if !self.hazards.contains(&hazard) {
                self.hazards.push(hazard);
            }
        }
        Self { cost: self.cost.and(other.cost), ..self }
    }

    /// Returns the phase of the plan that its first change belongs to.
    pub fn phase(&self) -> Option<u8> {
        self.changes.first().map(phase)
    }
}

/// Returns the phase of the plan that a change belongs to: each runs for all tables before the next begins. A foreign
/// key hinders changes of the table that it references, and needs that table to exist.
pub fn phase(change: &Change) -> u8 {
    match change {
        Change::DropForeignKey(_) | Change::DropCheck(_) => 0,
        // What is new under a name that a rename frees comes after it.
        Change::CreateTable(_) | Change::RenameTable { .. } => 1,
        Change::AddForeignKey(_) | Change::RestoreForeignKey(_) => 3,
        Change::DropTable(_) => 4,
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
        | Change::AddCheck(_)
        | Change::ReplaceCheck { .. }
        | Change::SetCheckEnforced { .. }
        | Change::SetTableComment { .. }
        | Change::SetTableCharset { .. }
        | Change::SetEngine { .. }
        | Change::SetStorage { .. }
        | Change::RaiseAutoIncrement { .. }
        | Change::Partition(_) => 2,
    }
}
