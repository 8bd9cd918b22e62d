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

impl StepQuestions<'_> {
    /// Asks for the rows of the table for which `condition` holds.
    pub fn ask_where(&mut self, change: &Change, problem: RowProblem, condition: &str) {
        let rows = format!("SELECT * FROM {} WHERE {condition}", self.table());
        self.ask(change, problem, rows);
    }

    /// Asks for the rows that a query returns.
    pub fn ask(&mut self, change: &Change, problem: RowProblem, rows: String) {
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

    /// Notes what no query can answer.
    pub fn leave_open(&mut self, what: String) {
        self.preflights.unchecked.push(what);
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
