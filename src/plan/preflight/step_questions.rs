//! One step, and the questions about its rows so far.

use std::collections::HashMap;

use super::future::FutureTable;
use super::question::{Preflight, Preflights, RowProblem};
use crate::plan::change::{Change, Step};
use crate::schema::{Identifier, Schema, Table};

/// All changes of each table, whichever steps they are in.
pub type ChangesByTable<'a> = HashMap<&'a Identifier, Vec<&'a Change>>;

/// One step, its surroundings, and the questions so far.
pub struct StepQuestions<'a> {
    pub step: &'a Step,
    pub before: &'a Table,
    pub future: FutureTable<'a>,
    pub live: &'a Schema,
    pub changes: &'a ChangesByTable<'a>,
    pub preflights: Preflights,
}

/// A query that returns rows.
pub struct RowQuery {
    pub rows: String,
    /// Whether it evaluates an expression of the schema.
    pub evaluates: bool,
}

impl RowQuery {
    /// Makes a query without an expression of the schema.
    pub fn plain(rows: String) -> Self {
        Self { rows, evaluates: false }
    }
}

impl StepQuestions<'_> {
    /// Asks for the rows of the table for which a condition of ours holds.
    pub fn ask_where(&mut self, change: &Change, problem: RowProblem, condition: &str) {
        let rows = format!("SELECT * FROM {} WHERE {condition}", self.table());
        self.ask(change, problem, RowQuery::plain(rows));
    }

    /// Returns the rows, as they will be, for which a condition of the schema over these columns holds. `None` where the
    /// value of a column is not known.
    pub fn rows_then(&self, columns: &[&Identifier], condition: &str) -> Option<RowQuery> {
        let source = self.future.rows(columns, &self.table())?;
        Some(RowQuery { rows: format!("SELECT * FROM {source} WHERE {condition}"), evaluates: true })
    }

    /// Asks for the rows that a query returns.
    pub fn ask(&mut self, change: &Change, problem: RowProblem, query: RowQuery) {
        let object = change.object(&self.step.table);
        self.ask_of(change, &object, problem, query);
    }

    /// Asks for the rows that a query returns, for the sake of this object.
    pub fn ask_of(&mut self, change: &Change, object: &str, problem: RowProblem, query: RowQuery) {
        let adds = matches!(
            change,
            Change::AddColumn { .. }
                | Change::AddIndex(_)
                | Change::AddPrimaryKey(_)
                | Change::AddForeignKey(_)
                | Change::AddCheck(_)
        );
        let RowQuery { rows, evaluates } = query;
        self.preflights.questions.push(Preflight { problem, adds, object: object.to_owned(), rows, evaluates });
    }

    /// Notes what no query can answer.
    pub fn leave_open(&mut self, what: String) {
        self.preflights.unchecked.push(what);
    }

    /// Whether the plan drops or replaces this live index.
    pub fn replaces(&self, index: &Identifier) -> bool {
        self.of_table().any(|change| match change {
            Change::DropIndex(old) | Change::ReplaceIndex { from: old, .. } => old.name.matches(index),
            _ => false,
        })
    }

    /// Whether the plan drops this live foreign key, for good or to come back.
    pub fn drops_foreign_key(&self, key: &Identifier) -> bool {
        self.of_table().any(|change| matches!(change, Change::DropForeignKey(old) if old.name.matches(key)))
    }

    /// Whether the plan drops or replaces the primary key.
    pub fn replaces_primary_key(&self) -> bool {
        self.of_table().any(|change| {
            matches!(
                change,
                Change::DropPrimaryKey(_) | Change::ReplacePrimaryKey { .. } | Change::ReplaceGeneratedKey { .. }
            )
        })
    }

    fn of_table(&self) -> impl Iterator<Item = &Change> {
        self.changes.get(&self.step.table).into_iter().flatten().copied()
    }

    /// Returns the table's live name, with its database.
    pub fn table(&self) -> String {
        qualified(&self.live.name, &self.before.name)
    }
}

/// Returns the name of a table with its database, quoted.
pub fn qualified(database: &Identifier, table: &Identifier) -> String {
    format!("{}.{}", database.quoted(), table.quoted())
}
