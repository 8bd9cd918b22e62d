//! The rows that would make the server refuse a step: for each kind a query that counts them, and one that shows them
//! to whoever may read the table. A statement that is going to fail after an hour's copying is not sent.

mod future;
mod key;
mod reference;
mod value;

use std::collections::HashMap;
use std::fmt;

use super::change::{Change, Step};
use crate::schema::{Dialect, Identifier, Schema, Table};
use future::Future;

/// A question about rows, whose answer has to be "none".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preflight {
    pub problem: RowProblem,
    /// Whether the object is new; else it changes.
    pub adds: bool,
    /// What would fail: `index user.ix_user_api_token`.
    pub object: String,
    /// Gives a row for each that is in the way; without a limit.
    pub rows: String,
}

/// What is wrong with rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowProblem {
    /// Several have the same key.
    Duplicate,
    /// A value is NULL.
    Null,
    TooLong,
    OutOfRange,
    /// A value is not among the members of an enum or set.
    NotAMember,
    /// A character has no place in the new character set.
    NotConvertible,
    NotJson,
    /// The row that a foreign key refers to is not there.
    Orphan,
    /// A check does not hold.
    CheckViolated,
}

/// What is asked of one step's rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preflights {
    pub questions: Vec<Preflight>,
    /// What no query can answer, and so stays open: `whether each value of user.age converts to int`.
    pub unchecked: Vec<String>,
}

/// What has to be asked before each of `steps` runs on `live`, in their order. The queries name tables with their
/// database and columns as they are now, since they are asked before the first step runs.
pub fn preflights(steps: &[Step], live: &Schema) -> Vec<Preflights> {
    let mut changes = Changes::new();
    for step in steps {
        changes.entry(&step.table).or_default().extend(&step.changes);
    }
    steps.iter().map(|step| of_step(step, &changes, live)).collect()
}

/// All changes of each table, whichever steps they are in.
type Changes<'a> = HashMap<&'a Identifier, Vec<&'a Change>>;

fn of_step(step: &Step, changes: &Changes<'_>, live: &Schema) -> Preflights {
    let Some(before) = &step.before else { return Preflights::default() };
    let own = changes.get(&step.table).map(Vec::as_slice).unwrap_or_default();
    let future = Future::new(before, own, step.dialect);
    let mut found = Found { step, before, future, live, changes, preflights: Preflights::default() };
    for change in &step.changes {
        found.ask(change);
    }
    found.preflights
}

impl Preflight {
    /// The query that counts such rows, up to `limit`, and gives up after `seconds`.
    pub fn count(&self, limit: u32, seconds: u32, dialect: Dialect) -> String {
        let counted = format!("COUNT(*) FROM ({} LIMIT {limit}) AS found", self.rows);
        if dialect.is_mariadb() {
            format!("SET STATEMENT max_statement_time = {seconds} FOR SELECT {counted}")
        } else {
            format!("SELECT /*+ MAX_EXECUTION_TIME({}) */ {counted}", u64::from(seconds) * 1000)
        }
    }
}

/// What is counted, in the plural.
impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Duplicate => "keys that several rows share",
            Self::Null => "rows with NULL",
            Self::TooLong => "rows with a value that is too long",
            Self::OutOfRange => "rows with a value that is out of range",
            Self::NotAMember => "rows with a value that is not a member",
            Self::NotConvertible => "rows with a character that the new character set lacks",
            Self::NotJson => "rows with a value that is not valid JSON",
            Self::Orphan => "rows that refer to a row that does not exist",
            Self::CheckViolated => "rows that violate the check",
        })
    }
}

impl RowProblem {
    /// Says how many rows or values have the problem: `1 value occurs more than once`.
    pub fn counted(self, number: u32) -> String {
        let (one, more) = match self {
            Self::Duplicate => ("value occurs more than once", "values occur more than once"),
            Self::Null => ("row has NULL", "rows have NULL"),
            Self::TooLong => ("value is too long", "values are too long"),
            Self::OutOfRange => ("value is out of range", "values are out of range"),
            Self::NotAMember => ("value is not a member", "values are not members"),
            Self::NotConvertible => (
                "value has a character that the new character set lacks",
                "values have characters that the new character set lacks",
            ),
            Self::NotJson => ("value is not valid JSON", "values are not valid JSON"),
            Self::Orphan => ("row refers to a row that does not exist", "rows refer to rows that do not exist"),
            Self::CheckViolated => ("row violates the check", "rows violate the check"),
        };
        format!("{number} {}", if number == 1 { one } else { more })
    }
}

/// One step, its surroundings, and what was found to ask.
struct Found<'a> {
    step: &'a Step,
    before: &'a Table,
    future: Future<'a>,
    live: &'a Schema,
    changes: &'a Changes<'a>,
    preflights: Preflights,
}

impl Found<'_> {
    fn ask(&mut self, change: &Change) {
        match change {
            Change::AddIndex(index) | Change::ReplaceIndex { to: index, .. } => self.unique_index(change, index),
            Change::AddPrimaryKey(key)
            | Change::ReplacePrimaryKey { to: key, .. }
            | Change::ReplaceGeneratedKey { to: key, .. } => self.key(change, &key.parts),
            Change::ModifyColumn { from, to, .. } => self.values(change, from, to),
            Change::AddForeignKey(key) => self.orphans(change, key),
            Change::AddCheck(check) if check.enforced => self.violations(change, &check.expression),
            Change::SetCheckEnforced { check: name, enforced: true } => {
                let expression = self.before.checks.iter().find(|check| check.name == *name);
                if let Some(check) = expression.cloned() {
                    self.violations(change, &check.expression);
                }
            }
            Change::AddColumn { column, .. } => {
                if let Some(check) = &column.check {
                    let object = change.object(&self.step.table);
                    self.unchecked(format!("whether the new column of {object} passes its check {}", check.as_str()));
                }
            }
            _ => {}
        }
    }

    /// The rows of the table for which `condition` holds.
    fn rows(&mut self, change: &Change, problem: RowProblem, condition: &str) {
        let rows = format!("SELECT * FROM {} WHERE {condition}", self.table());
        self.question(change, problem, rows);
    }

    fn question(&mut self, change: &Change, problem: RowProblem, rows: String) {
        let adds = matches!(
            change,
            Change::AddColumn { .. }
                | Change::AddIndex(_)
                | Change::AddPrimaryKey(_)
                | Change::AddForeignKey(_)
                | Change::AddCheck(_)
        );
        let object = change.object(&self.step.table);
        self.preflights.questions.push(Preflight { problem, adds, object, rows });
    }

    fn unchecked(&mut self, what: String) {
        self.preflights.unchecked.push(what);
    }

    /// The table's live name, with its database.
    fn table(&self) -> String {
        qualified(&self.live.name, &self.before.name)
    }
}

fn qualified(database: &Identifier, table: &Identifier) -> String {
    format!("{}.{}", database.quoted(), table.quoted())
}
