//! The steps of a plan: which changes go into one statement, and in which order the statements run.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::change::{Change, TableChange};
use super::cost::{Algorithm, Cost, cost, is_innodb};
use super::risk::risks;
use crate::api::Risk;
use crate::schema::{Dialect, Identifier, Schema, Table};

/// All that has to be done, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The same for the same steps, whatever else happened in between.
    pub id: String,
    pub steps: Vec<Step>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The same for the same change of the same definitions with the same risks.
    pub id: String,
    pub table: Identifier,
    pub changes: Vec<Change>,
    /// The table as it was read; what the server has to say right before the statement runs.
    pub before: Option<Table>,
    pub dialect: Dialect,
    pub cost: Cost,
    pub risks: BTreeSet<Risk>,
    /// Whether the engine can be asked for an algorithm.
    can_ask: bool,
}

impl Plan {
    /// Whether nothing has to be done.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// All risks of all steps.
    pub fn risks(&self) -> BTreeSet<Risk> {
        self.steps.iter().flat_map(|step| step.risks.iter().copied()).collect()
    }
}

impl Step {
    /// The objects that are changed: `column user.api_token, index user.ix_user_api_token`.
    pub fn object(&self) -> String {
        let objects: BTreeSet<String> = self.changes.iter().map(|change| change.object(&self.table)).collect();
        objects.into_iter().collect::<Vec<_>>().join(", ")
    }

    /// The statement, without what asks for an algorithm.
    pub fn sql(&self) -> String {
        let clauses: Vec<String> = self.changes.iter().map(|change| change.sql(self.dialect)).collect();
        self.statement(&clauses)
    }

    /// The statement that asks for the planned algorithm, where that says more than [`Step::sql`].
    pub fn sql_as_planned(&self) -> Option<String> {
        if self.before.is_none() || !self.can_ask {
            return None;
        }
        self.cost.clause(self.dialect).map(|clause| format!("{}, {clause}", self.sql()))
    }

    /// The statement that takes the step back, where one can.
    pub fn undo(&self) -> Option<String> {
        let clauses: Option<Vec<String>> =
            self.changes.iter().rev().map(|change| change.undo(&self.table, self.dialect)).collect();
        clauses.map(|clauses| self.statement(&clauses))
    }

    /// The algorithm by which the server is expected to do it; creating a table takes none.
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.before.is_some().then_some(self.cost.algorithm)
    }

    fn statement(&self, clauses: &[String]) -> String {
        match &self.before {
            None => clauses.concat(),
            Some(_) => format!("ALTER TABLE {} {}", self.table.quoted(), clauses.join(", ")),
        }
    }
}

/// Which changes share a statement; statements run in this order. Cheap ones first, so that a failing index build
/// holds up no new column, and apart from expensive ones, since one that is not INSTANT makes the whole so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Create,
    Rename,
    Add,
    Modify,
    PrimaryKey,
    Index,
    Options,
}

impl Group {
    fn of(change: &Change) -> Self {
        match change {
            Change::CreateTable(_) => Self::Create,
            Change::RenameIndex { .. } => Self::Rename,
            Change::AddColumn { .. } | Change::SetDefault { .. } | Change::SetColumnVisible { .. } => Self::Add,
            Change::ModifyColumn { .. } => Self::Modify,
            Change::AddPrimaryKey(_) | Change::ReplacePrimaryKey { .. } => Self::PrimaryKey,
            Change::AddIndex(_) | Change::ReplaceIndex { .. } | Change::SetIndexVisible { .. } => Self::Index,
            Change::SetTableComment { .. } | Change::SetTableCharset { .. } | Change::SetEngine { .. } => Self::Options,
        }
    }
}

/// Orders and groups `changes` of `live` into steps.
pub fn plan(changes: Vec<TableChange>, live: &Schema) -> Plan {
    let mut steps = Vec::new();
    let mut rest = changes.into_iter().peekable();
    while let Some(first) = rest.next() {
        let table = first.table.clone();
        let mut of_table = vec![first.change];
        while let Some(next) = rest.next_if(|next| next.table == table) {
            of_table.push(next.change);
        }
        steps.extend(table_steps(&table, of_table, live));
    }
    steps.sort_by_key(|step| step.before.is_some());
    let digest = digest(steps.iter().map(|step| step.id.as_str()));
    Plan { id: digest, steps }
}

fn table_steps(table: &Identifier, changes: Vec<Change>, live: &Schema) -> Vec<Step> {
    let before = live.table(table);
    // A column becomes AUTO_INCREMENT only in the statement that also brings its key.
    let together = changes.iter().any(Change::needs_key);
    let mut assessed: Vec<Assessed> = changes.into_iter().map(|change| assess(change, before, live.dialect)).collect();
    assessed.sort_by(|left, right| left.order().cmp(&right.order()));
    let mut statements: Vec<Vec<Assessed>> = Vec::new();
    for change in assessed {
        match statements.last_mut() {
            Some(statement) if together || statement.last().is_some_and(|last| last.order() == change.order()) => {
                statement.push(change);
            }
            _ => statements.push(vec![change]),
        }
    }
    statements.into_iter().map(|changes| step(table, changes, live)).collect()
}

/// A change with what it costs and risks. What needs consent never shares a statement with what needs none.
struct Assessed {
    group: Group,
    change: Change,
    cost: Cost,
    risks: BTreeSet<Risk>,
}

impl Assessed {
    fn order(&self) -> (Group, &BTreeSet<Risk>) {
        (self.group, &self.risks)
    }
}

fn assess(change: Change, before: Option<&Table>, dialect: Dialect) -> Assessed {
    let cost = before.map_or_else(Cost::none, |before| cost(&change, before, dialect));
    let risks = risks(&change, cost, dialect);
    Assessed { group: Group::of(&change), change, cost, risks }
}

fn step(table: &Identifier, assessed: Vec<Assessed>, live: &Schema) -> Step {
    let cost = assessed.iter().fold(Cost::none(), |total, change| total.and(change.cost));
    let risks: BTreeSet<Risk> = assessed.iter().flat_map(|change| change.risks.iter().copied()).collect();
    let changes: Vec<Change> = assessed.into_iter().map(|assessed| assessed.change).collect();
    let before = live.table(table).cloned();
    // The definitions before and after stand in the changes themselves.
    let parts = [live.name.to_string(), table.to_string(), format!("{changes:?}"), format!("{risks:?}")];
    Step {
        id: digest(parts.iter().map(String::as_str)),
        table: table.clone(),
        changes,
        can_ask: before.as_ref().is_some_and(is_innodb),
        before,
        dialect: live.dialect,
        cost,
        risks,
    }
}

/// Twelve hexadecimal digits of a SHA-256, each part told apart from the next by its length.
fn digest<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize()).chars().take(12).collect()
}
