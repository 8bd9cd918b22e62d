//! The statements for the changes of one table, in order.

use super::combined_changes::combined;
use super::joined_changes::joined;
use super::precedence::Precedence;
use super::waiting_units::WaitingUnits;
use crate::plan::assess::{Hazards, cost, hazards};
use crate::plan::change::{Change, Cost, Statement};
use crate::schema::{Index, Schema, Table};

/// Returns the statements for the `changes` of a table, in order. `before` is the live table; a new one has none. Those for
/// which `comes_late` holds share a statement with no others.
pub fn statements(
    before: Option<&Table>,
    changes: Vec<Change>,
    live: &Schema,
    comes_late: impl Fn(&Change) -> bool,
) -> Vec<Statement> {
    let order = TableOrder { live, precedence: Precedence::new(before, &changes, live) };
    let without_indexes = before.map(|table| without_dropped_indexes(table, &changes));
    let assess = |change: Change| match change {
        // Its indexes are dropped before it.
        Change::DropColumn(_) => order.assess(change, without_indexes.as_ref()),
        _ => order.assess(change, before),
    };
    let mut units = joined(changes.into_iter().map(assess).collect());
    if let Some(before) = before {
        units = combined(units, before, live);
    }
    let is_late = |unit: &Statement| unit.changes.iter().any(&comes_late);
    let mut waiting = WaitingUnits::new(units, |later, first| order.waits(later, first), is_late);
    std::iter::from_fn(|| waiting.take_next()).collect()
}

/// Returns for each of a table's `statements` the earlier ones that have to run before it.
pub fn waits(before: Option<&Table>, statements: &[Statement], live: &Schema) -> Vec<Vec<usize>> {
    let changes = statements.iter().flat_map(|statement| &statement.changes);
    let order = TableOrder { live, precedence: Precedence::new(before, changes, live) };
    let earlier = |at: usize| {
        let phase = statements.get(at).map(Statement::phase);
        let waits = |(_, other): &(usize, &Statement)| {
            let is_of_phase = phase == Some(other.phase());
            let keys = statements.get(at).is_some_and(is_of_keys) || is_of_keys(other);
            !is_of_phase && !keys || statements.get(at).is_some_and(|later| order.waits(later, other))
        };
        statements.iter().enumerate().take(at).filter(waits).map(|(other, _)| other).collect()
    };
    (0..statements.len()).map(earlier).collect()
}

struct TableOrder<'a> {
    live: &'a Schema,
    precedence: Precedence<'a>,
}

impl TableOrder<'_> {
    fn assess(&self, change: Change, table: Option<&Table>) -> Statement {
        let cost = table.map_or_else(Cost::none, |table| cost(&change, table, self.live));
        let Hazards { risks, sentences } = hazards(&change, cost, self.live.dialect);
        Statement { risks, hazards: sentences, cost, changes: vec![change] }
    }

    fn waits(&self, later: &Statement, first: &Statement) -> bool {
        later.changes.iter().any(|later| first.changes.iter().any(|first| self.precedence.precedes(first, later)))
    }
}

fn without_dropped_indexes(table: &Table, changes: &[Change]) -> Table {
    let is_dropped = |index: &Index| {
        changes.iter().any(|change| matches!(change, Change::DropIndex(dropped) if dropped.name.matches(&index.name)))
    };
    let indexes = table.indexes.iter().filter(|index| !is_dropped(index)).cloned().collect();
    Table { indexes, ..table.clone() }
}

/// Whether the statement is about a foreign key alone. What waits for it, and for what it waits, does not depend on its
/// phase.
fn is_of_keys(statement: &Statement) -> bool {
    statement.changes.iter().all(|change| matches!(change, Change::AddForeignKey(_) | Change::DropForeignKey(_)))
}
