//! The statement of a step, and the one that takes it back.

use super::clause::placed_definition;
use super::cost::Cost;
use super::step::Step;
use super::table_change::Change;
use crate::schema::{Column, Flavor, Identifier, Position};

/// A clause of `ALTER TABLE`.
struct Clause {
    sql: String,
    /// Whether it follows all others, without a comma.
    comes_last: bool,
}

impl Step {
    /// Returns the statement, without a request for an algorithm.
    pub fn sql(&self) -> String {
        let mut clauses: Vec<Clause> = self.changes.iter().filter_map(|change| self.clause(change)).collect();
        if self.is_alter() && self.changes.iter().any(Change::examines_rows) {
            clauses.push(Clause::listed("ALGORITHM=COPY"));
        }
        self.statement(clauses)
    }

    /// Returns the statement for an empty copy of the table in another database. It leaves out foreign keys, whose
    /// parents are not there, and a counter of rows. `None` where nothing is left, and for a table that is renamed or
    /// dropped.
    pub fn sql_for_copy(&self) -> Option<String> {
        let is_left_out = |change: &Change| {
            matches!(
                change,
                Change::AddForeignKey(_)
                    | Change::DropForeignKey(_)
                    | Change::RestoreForeignKey(_)
                    | Change::RenameTable { .. }
                    | Change::DropTable(_)
                    | Change::RaiseAutoIncrement { .. }
            )
        };
        let changes = self.changes.iter().filter(|change| !is_left_out(change));
        let clauses: Vec<Clause> = changes.filter_map(|change| self.clause(change)).collect();
        (!clauses.is_empty()).then(|| self.statement(clauses))
    }

    /// Returns the statement that asks for the planned algorithm, where that says more than [`Step::sql`].
    pub fn sql_as_planned(&self) -> Option<String> {
        self.sql_at(self.cost)
    }

    /// Returns the statement that asks for the algorithm of this cost, where the server takes such a request.
    pub fn sql_at(&self, cost: Cost) -> Option<String> {
        if self.before.is_none() || !self.can_ask || !self.is_alter() {
            return None;
        }
        let request = cost.clause(self.dialect)?;
        match (self.changes.iter().any(|change| matches!(change, Change::Partition(_))), self.dialect.flavor) {
            // Nothing can follow a clause about partitions.
            (true, Flavor::MySql) => {
                let clauses = self.changes.iter().filter_map(|change| self.clause(change));
                Some(self.statement(std::iter::once(Clause::listed(request)).chain(clauses).collect()))
            }
            // MariaDB takes no request there (a syntax error, tried on 10.11 and 11.8).
            (true, Flavor::MariaDb) => None,
            (false, _) => Some(format!("{}, {request}", self.sql())),
        }
    }

    /// Returns the statement that takes the step back, where there is one.
    pub fn undo(&self) -> Option<String> {
        let undo = |change: &Change| {
            Some(Clause { sql: change.undo(&self.table, self.dialect)?, comes_last: change.comes_last() })
        };
        let clauses: Vec<Clause> = self.changes.iter().rev().map(undo).collect::<Option<_>>()?;
        Some(if self.is_alter() {
            self.statement(clauses)
        } else {
            clauses.into_iter().map(|clause| clause.sql).collect()
        })
    }

    /// Returns the clause of one change.
    ///
    /// A column that is renamed and restated in one statement is changed by `CHANGE`, and its rename needs no clause:
    /// `RENAME COLUMN` and `MODIFY` of one column don't see each other (3108 on MySQL 9.7, if an expression is in it).
    fn clause(&self, change: &Change) -> Option<Clause> {
        let sql = match change {
            Change::RenameColumn { to, .. } if self.restates(to) => return None,
            Change::ModifyColumn { from, to, position } => self.modify_clause(from, to, position.as_ref()),
            _ => change.sql(self.dialect),
        };
        Some(Clause { sql, comes_last: change.comes_last() })
    }

    fn restates(&self, column: &Identifier) -> bool {
        let is_of = |change: &Change| matches!(change, Change::ModifyColumn { to, .. } if to.name.matches(column));
        self.changes.iter().any(is_of)
    }

    /// Restates a column, but not a character set and collation that are the table's own: MySQL would show them on the
    /// column from then on.
    fn modify_clause(&self, from: &Column, to: &Column, position: Option<&Position>) -> String {
        let table = self.before.as_ref().filter(|_| !self.moves_charset);
        let own = table.and_then(|table| table.options.collation.as_deref());
        let is_own = own.is_some() && to.collation.as_deref() == own && from.collation == to.collation;
        let mut to = to.clone();
        if is_own {
            (to.charset, to.collation) = (None, None);
        }
        let definition = placed_definition(&to, position, self.dialect);
        let mut renames = self.changes.iter().filter_map(Change::as_column_rename);
        match renames.find(|(_, name)| name.matches(&to.name)) {
            Some((former, _)) => format!("CHANGE COLUMN {} {definition}", former.quoted()),
            None => format!("MODIFY COLUMN {definition}"),
        }
    }

    fn statement(&self, clauses: Vec<Clause>) -> String {
        if let Some(Change::CreateTable(_) | Change::DropTable(_)) = self.changes.first() {
            return clauses.into_iter().map(|clause| clause.sql).collect();
        }
        let (last, listed): (Vec<Clause>, Vec<Clause>) = clauses.into_iter().partition(|clause| clause.comes_last);
        let listed: Vec<String> = listed.into_iter().map(|clause| clause.sql).collect();
        let listed = Some(listed.join(", ")).filter(|listed| !listed.is_empty());
        let clauses: Vec<String> = listed.into_iter().chain(last.into_iter().map(|clause| clause.sql)).collect();
        format!("ALTER TABLE {} {}", self.table.quoted(), clauses.join(" "))
    }
}

impl Clause {
    fn listed(sql: &str) -> Self {
        Self { sql: sql.to_owned(), comes_last: false }
    }
}
