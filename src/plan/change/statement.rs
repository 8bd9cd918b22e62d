//! Changes that share a statement.

use std::collections::BTreeSet;

use crate::plan::change::{Change, Cost, Risk};

/// Changes that are one statement, or a part of one that can't be divided.
#[derive(Debug, Clone)]
pub struct Statement {
    pub changes: Vec<Change>,
    pub cost: Cost,
    pub risks: BTreeSet<Risk>,
}

/// What concerns several tables runs for all of them before the next: a foreign key is in the way of changes of the
/// table that it references, and needs that table to exist.
pub fn phase(change: &Change) -> u8 {
    match change {
        Change::DropForeignKey(_) | Change::DropCheck(_) => 0,
        Change::CreateTable(_) => 1,
        Change::AddForeignKey(_) => 3,
        Change::DropTable(_) => 4,
        _ => 2,
    }
}
