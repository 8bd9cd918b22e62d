//! A step of a plan: one statement, with its cost and risks.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::cost::{Algorithm, Cost};
use super::risk::Risk;
use super::statement::Statement;
use super::table_change::Change;
use crate::schema::{Dialect, Identifier, Schema, Table};

/// Names a unit of a plan: what is dropped to come back, what needs it out of the way, and its return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitId(pub usize);

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The same for the same change of the same definitions with the same risks.
    pub id: String,
    pub table: Identifier,
    pub changes: Vec<Change>,
    /// The table as it was read. The server has to show the same right before the statement runs.
    pub before: Option<Table>,
    pub dialect: Dialect,
    pub cost: Cost,
    pub risks: BTreeSet<Risk>,
    /// What may go wrong, one sentence for each cause of a risk.
    pub hazards: Vec<String>,
    /// What would break outside of the table, in words.
    pub dependents: Vec<String>,
    /// The ids of the steps that have to run before this one.
    pub waits_for: BTreeSet<String>,
    /// The unit that the step is part of: all steps of a unit run, or none.
    pub unit: Option<UnitId>,
    /// Whether the engine takes a request for an algorithm.
    pub(super) can_ask: bool,
    /// Whether the plan changes the character set that the table's columns have where they state none.
    pub(super) moves_charset: bool,
}

/// The table of a step.
#[derive(Debug, Clone, Copy)]
pub struct StepTable<'a> {
    pub name: &'a Identifier,
    /// The table as it is live; a new one has none, whatever else has its name until then.
    pub before: Option<&'a Table>,
    /// Whether the plan changes the character set that its columns have where they state none.
    pub moves_charset: bool,
}

impl Step {
    /// Makes a step of a table in `live`.
    pub fn new(statement: Statement, table: StepTable<'_>, live: &Schema) -> Self {
        let Statement { changes, cost, risks, hazards } = statement;
        let StepTable { name, before, moves_charset } = table;
        let step = Self {
            id: String::new(),
            dependents: Vec::new(),
            table: name.clone(),
            changes,
            can_ask: before.is_some_and(Table::is_innodb),
            before: before.cloned(),
            dialect: live.dialect,
            cost,
            risks,
            hazards,
            moves_charset,
            waits_for: BTreeSet::new(),
            unit: None,
        };
        Self { id: step.digest(&live.name), ..step }
    }

    /// Returns the objects that change: `column user.api_token, index user.ix_user_api_token`.
    pub fn object(&self) -> String {
        self.objects().into_iter().collect::<Vec<_>>().join(", ")
    }

    /// Whether all changes concern the same object.
    pub fn changes_one_object(&self) -> bool {
        self.objects().len() == 1
    }

    fn objects(&self) -> BTreeSet<String> {
        self.changes.iter().map(|change| change.object(&self.table)).collect()
    }

    /// Returns the name by which the table is declared. A table that is renamed is declared under its new name.
    pub fn declared_table(&self) -> &Identifier {
        match self.changes.first() {
            Some(Change::RenameTable { to }) => to,
            _ => &self.table,
        }
    }

    /// Returns the algorithm that the server is expected to take; creating, renaming or dropping a table has none.
    pub fn algorithm(&self) -> Option<Algorithm> {
        (self.before.is_some() && self.is_alter()).then_some(self.cost.algorithm)
    }

    /// Whether all writes to a cluster wait until the statement has ended, at this cost.
    pub fn holds_cluster_up(&self, cost: Cost) -> bool {
        self.algorithm().is_some() && self.changes.iter().any(|change| change.holds_cluster_up(cost, self.dialect))
    }

    /// Lets the step add its foreign keys without a look at the rows. It is another step then, with another id.
    pub fn restore_keys(&mut self, database: &Identifier) {
        for change in &mut self.changes {
            if let Change::AddForeignKey(key) = change {
                *change = Change::RestoreForeignKey(key.clone());
                self.cost = if self.dialect.is_mariadb() { Cost::INSTANT } else { Cost::IN_PLACE };
            }
        }
        self.id = self.digest(database);
    }

    pub(super) fn is_alter(&self) -> bool {
        !matches!(
            self.changes.first(),
            Some(Change::CreateTable(_) | Change::DropTable(_) | Change::RenameTable { .. })
        )
    }

    /// Returns the id that the step has by what is known of it. The changes hold the definitions before and after.
    pub(super) fn digest(&self, database: &Identifier) -> String {
        let Self { table, changes, risks, dependents, .. } = self;
        let parts = [database.to_string(), table.to_string(), format!("{changes:?}"), format!("{risks:?}")];
        digest(parts.iter().chain(dependents).map(String::as_str))
    }
}

/// Returns twelve hexadecimal digits of a SHA-256. The length of each part separates it from the next.
pub(super) fn digest<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize()).chars().take(12).collect()
}
