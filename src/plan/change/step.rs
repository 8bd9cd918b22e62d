//! The steps of a plan, each one statement.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::cost::{Algorithm, Cost};
use super::partition::stands_last;
use super::{Change, holds_cluster_up};
use crate::plan::change::{Risk, Statement};
use crate::schema::{Dialect, Flavor, Identifier, Schema, Table};

/// All that has to be done, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
    /// What would break outside of the table, in words.
    pub dependents: Vec<String>,
    /// The steps without which this one can't be done, by their ids.
    pub waits_for: BTreeSet<String>,
    /// Whether the engine can be asked for an algorithm.
    can_ask: bool,
    /// Whether the plan changes the character set that the table's columns have where they state none.
    moves_charset: bool,
}

impl Plan {
    /// The plan of these steps.
    pub fn of(steps: Vec<Step>) -> Self {
        Self { id: plan_id(&steps), steps }
    }

    /// Whether nothing has to be done.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The same plan without the steps of these tables.
    #[must_use]
    pub fn without(self, tables: &BTreeSet<Identifier>) -> Self {
        let steps: Vec<Step> = self.steps.into_iter().filter(|step| !tables.contains(&step.table)).collect();
        Self::of(steps)
    }

    /// The same plan, of each of whose steps something more is known: what depends on it, and the risks that come of
    /// that. A step of which that is so is another one for whoever approves it.
    pub(crate) fn assessed(mut self, database: &Identifier, found: Vec<(Vec<String>, BTreeSet<Risk>)>) -> Self {
        for (step, (dependents, risks)) in self.steps.iter_mut().zip(found) {
            step.risks.extend(risks);
            step.dependents = dependents;
        }
        self.identified(database)
    }

    /// The same plan where more is known of what steps cost: `costs` has an item for each step.
    #[must_use]
    pub fn at_costs(mut self, database: &Identifier, costs: impl Iterator<Item = Option<Cost>>) -> Self {
        for (step, cost) in self.steps.iter_mut().zip(costs) {
            let Some(cost) = cost else { continue };
            step.cost = cost;
            if cost.is_blocking() || step.holds_cluster_up(cost) {
                step.risks.insert(Risk::Blocking);
            }
        }
        self.identified(database)
    }

    /// The same plan with ids that say what its steps are by now.
    fn identified(mut self, database: &Identifier) -> Self {
        let mut renamed = BTreeMap::new();
        for step in &mut self.steps {
            let id = step_id(database, &step.table, (&step.changes, &step.risks), &step.dependents);
            renamed.insert(std::mem::replace(&mut step.id, id.clone()), id);
        }
        for step in &mut self.steps {
            let waits_for = std::mem::take(&mut step.waits_for);
            step.waits_for = waits_for.into_iter().map(|id| renamed.get(&id).cloned().unwrap_or(id)).collect();
        }
        Self::of(self.steps)
    }

    /// All risks of all steps.
    pub fn risks(&self) -> BTreeSet<Risk> {
        self.steps.iter().flat_map(|step| step.risks.iter().copied()).collect()
    }
}

impl Step {
    /// A step whose table is as it is in `live`.
    pub fn new(statement: Statement, table: &Identifier, moves_charset: bool, live: &Schema) -> Self {
        let Statement { changes, cost, risks } = statement;
        let before = live.table(table).cloned();
        Self {
            id: step_id(&live.name, table, (&changes, &risks), &[]),
            dependents: Vec::new(),
            table: table.clone(),
            changes,
            can_ask: before.as_ref().is_some_and(Table::is_innodb),
            before,
            dialect: live.dialect,
            cost,
            risks,
            moves_charset,
            waits_for: BTreeSet::new(),
        }
    }

    /// The objects that are changed: `column user.api_token, index user.ix_user_api_token`.
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

    /// The name by which the table is declared: one that is renamed is declared under its new name.
    pub fn declared_table(&self) -> &Identifier {
        match self.changes.first() {
            Some(Change::RenameTable { to }) => to,
            _ => &self.table,
        }
    }

    /// The statement, without what asks for an algorithm.
    pub fn sql(&self) -> String {
        let mut clauses: Vec<String> = self.changes.iter().filter_map(|change| self.clause(change)).collect();
        if self.is_alter() && self.changes.iter().any(Change::examines_rows) {
            clauses.push("ALGORITHM=COPY".to_owned());
        }
        self.statement(&clauses)
    }

    /// The statement for an empty copy of the table in another database: without what concerns foreign keys, whose
    /// parents are not there, without a counter of rows, and not for a table that is renamed or dropped. `None` where
    /// nothing is left.
    pub fn sql_for_copy(&self) -> Option<String> {
        let is_elsewhere = |change: &Change| {
            matches!(
                change,
                Change::AddForeignKey(_)
                    | Change::DropForeignKey(_)
                    | Change::RenameTable { .. }
                    | Change::DropTable(_)
                    | Change::RaiseAutoIncrement { .. }
            )
        };
        let changes = self.changes.iter().filter(|change| !is_elsewhere(change));
        let clauses: Vec<String> = changes.filter_map(|change| self.clause(change)).collect();
        (!clauses.is_empty()).then(|| self.statement(&clauses))
    }

    /// The statement that asks for the planned algorithm, where that says more than [`Step::sql`].
    pub fn sql_as_planned(&self) -> Option<String> {
        self.sql_at(self.cost)
    }

    /// The statement that asks for the algorithm of this cost, where one can ask for it.
    pub fn sql_at(&self, cost: Cost) -> Option<String> {
        if self.before.is_none() || !self.can_ask || !self.is_alter() {
            return None;
        }
        let clause = cost.clause(self.dialect)?;
        let clauses = self.changes.iter().filter_map(|change| self.clause(change));
        match (self.changes.iter().any(|change| matches!(change, Change::Partition(_))), self.dialect.flavor) {
            // Nothing can follow what concerns partitions.
            (true, Flavor::MySql) => {
                Some(self.statement(&[clause.to_owned()].into_iter().chain(clauses).collect::<Vec<_>>()))
            }
            // MariaDB can't be asked (tried on 10.11 and 11.8: a syntax error).
            (true, Flavor::MariaDb) => None,
            (false, _) => Some(format!("{}, {clause}", self.sql())),
        }
    }

    /// The statement that takes the step back, where one can.
    pub fn undo(&self) -> Option<String> {
        let clauses: Option<Vec<String>> =
            self.changes.iter().rev().map(|change| change.undo(&self.table, self.dialect)).collect();
        let clauses = clauses?;
        if self.is_alter() { Some(self.statement(&clauses)) } else { Some(clauses.concat()) }
    }

    /// The algorithm by which the server is expected to do it; creating, renaming or dropping a table takes none.
    pub fn algorithm(&self) -> Option<Algorithm> {
        (self.before.is_some() && self.is_alter()).then_some(self.cost.algorithm)
    }

    /// Whether all writes to a cluster wait until the statement has ended, at this cost.
    pub fn holds_cluster_up(&self, cost: Cost) -> bool {
        self.algorithm().is_some() && self.changes.iter().any(|change| holds_cluster_up(change, cost, self.dialect))
    }

    /// The clause of one change. A character set and collation that are the table's own are not restated: MySQL would
    /// show them on the column from then on.
    ///
    /// A column that is renamed and restated in one statement is changed by `CHANGE`, and its rename needs no clause:
    /// `RENAME COLUMN` and `MODIFY` of one column don't see each other (3108 on MySQL 9.7, if an expression is in it).
    fn clause(&self, change: &Change) -> Option<String> {
        let own = self.before.as_ref().filter(|_| !self.moves_charset);
        let own = own.and_then(|table| table.options.collation.as_deref());
        match change {
            Change::RenameColumn { to, .. } if self.restates(to) => None,
            Change::ModifyColumn { from, to, position } => {
                let is_own = own.is_some() && to.collation.as_deref() == own && from.collation == to.collation;
                let mut to = to.clone();
                if is_own {
                    (to.charset, to.collation) = (None, None);
                }
                let renames = self.changes.iter().filter_map(Change::as_column_rename);
                let former = renames.into_iter().find(|(_, name)| name.matches(&to.name)).map(|(from, _)| from);
                let change = Change::ModifyColumn { from: from.clone(), to, position: position.clone() };
                let sql = change.sql(self.dialect);
                Some(match (former, sql.strip_prefix("MODIFY COLUMN")) {
                    (Some(former), Some(definition)) => format!("CHANGE COLUMN {}{definition}", former.quoted()),
                    _ => sql,
                })
            }
            _ => Some(change.sql(self.dialect)),
        }
    }

    fn restates(&self, column: &Identifier) -> bool {
        let is_of = |change: &Change| matches!(change, Change::ModifyColumn { to, .. } if to.name.matches(column));
        self.changes.iter().any(is_of)
    }

    fn statement(&self, clauses: &[String]) -> String {
        if let Some(Change::CreateTable(_) | Change::DropTable(_)) = self.changes.first() {
            return clauses.concat();
        }
        let (last, first): (Vec<&str>, Vec<&str>) =
            clauses.iter().map(String::as_str).partition(|clause| stands_last(clause));
        let first = Some(first.join(", ")).filter(|first| !first.is_empty());
        let clauses: Vec<&str> = first.as_deref().into_iter().chain(last).collect();
        format!("ALTER TABLE {} {}", self.table.quoted(), clauses.join(" "))
    }

    fn is_alter(&self) -> bool {
        !matches!(
            self.changes.first(),
            Some(Change::CreateTable(_) | Change::DropTable(_) | Change::RenameTable { .. })
        )
    }
}

fn plan_id(steps: &[Step]) -> String {
    digest(steps.iter().map(|step| step.id.as_str()))
}

/// The definitions before and after stand in the changes themselves.
fn step_id(
    database: &Identifier,
    table: &Identifier,
    (changes, risks): (&[Change], &BTreeSet<Risk>),
    dependents: &[String],
) -> String {
    let parts = [database.to_string(), table.to_string(), format!("{changes:?}"), format!("{risks:?}")];
    digest(parts.iter().chain(dependents).map(String::as_str))
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
