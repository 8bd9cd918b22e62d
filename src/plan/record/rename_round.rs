//! Columns that take each other's names, and whether the statement that renames them has run.

use serde::{Deserialize, Serialize};

use crate::plan::change::{Change, Plan, Step};
use crate::schema::{Identifier, Table};

/// Columns that take each other's names, in one statement. The order of the columns in the table shows whether it has run:
/// they keep their places when they are renamed (tried on MySQL 9.7, MariaDB 10.11 and 11.8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RenameRound {
    pub table: Identifier,
    /// The names in the order of their columns, before the statement.
    pub columns: Vec<Identifier>,
}

impl RenameRound {
    /// Whether the columns of `table` have each other's names by now.
    pub fn is_done(&self, table: &Table) -> bool {
        let among = |name: &Identifier| self.columns.iter().any(|column| column.matches(name));
        let now: Vec<&Identifier> =
            table.columns.iter().map(|column| &column.name).filter(|name| among(name)).collect();
        now.len() == self.columns.len() && now.iter().zip(&self.columns).any(|(now, before)| !now.matches(before))
    }

    /// Whether it renames `from` to `to`, among others.
    pub fn holds(&self, table: &Identifier, from: &Identifier, to: &Identifier) -> bool {
        let among = |name: &Identifier| self.columns.iter().any(|column| column.matches(name));
        self.table == *table && among(from) && among(to)
    }
}

/// Returns the rounds of a plan.
pub fn rounds(plan: &Plan) -> Vec<RenameRound> {
    let in_step = |step: &Step| {
        let renames: Vec<_> = step.changes.iter().filter_map(Change::as_column_rename).collect();
        let columns = step.before.iter().flat_map(|table| &table.columns).map(|column| &column.name);
        let columns: Vec<Identifier> = columns.filter(|name| comes_back(name, &renames)).cloned().collect();
        (!columns.is_empty()).then(|| RenameRound { table: step.table.clone(), columns })
    };
    plan.steps.iter().filter_map(in_step).collect()
}

/// Whether the renames, one after the other, lead from `first` back to it.
fn comes_back(first: &Identifier, renames: &[(&Identifier, &Identifier)]) -> bool {
    let mut name = first;
    for _ in renames {
        let Some((_, to)) = renames.iter().find(|(from, _)| from.matches(name)) else { return false };
        if to.matches(first) {
            return true;
        }
        name = to;
    }
    false
}
