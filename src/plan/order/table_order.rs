//! The statements for the changes of one table, in order.

use super::combined_changes::combined;
use super::joined_changes::joined;
use super::precedence::Precedence;
use super::statement_rank::rank_of;
use crate::plan::assess::{Hazards, cost, hazards};
use crate::plan::change::{Change, Cost, Statement};
use crate::schema::{Index, Schema, Table};

/// Returns the statements for the `changes` of a table, in order. `before` is the live table; a new one has none.
pub fn statements(before: Option<&Table>, changes: Vec<Change>, live: &Schema) -> Vec<Statement> {
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
    let mut statements = Vec::new();
    while !units.is_empty() {
        let statement = order.take_next(&mut units);
        // Changes that wait for each other have to run at once.
        statements.push(statement.unwrap_or_else(|| units.drain(..).reduce(Statement::and).unwrap_or_default()));
    }
    statements
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
            !is_of_phase && !keys || order.waits(statements, at, other)
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

    /// Takes the next statement out of `units`; `None` where each waits for another.
    fn take_next(&self, units: &mut Vec<Statement>) -> Option<Statement> {
        let ready =
            |at: usize| units.iter().enumerate().all(|(other, unit)| other == at || !self.waits(units, at, unit));
        let first = (0..units.len()).filter(|at| ready(*at)).min_by_key(|at| rank_of(units, *at))?;
        let rank = rank_of(units, first);
        let mut taken = vec![first];
        // A unit joins that waits only for what is already in the statement.
        loop {
            let waits = |at: usize| {
                units.iter().enumerate().any(|(other, unit)| {
                    other != at && self.waits(units, at, unit) && (!taken.contains(&other) || is_rename(unit))
                })
            };
            let joins = (0..units.len()).filter(|at| !taken.contains(at) && rank_of(units, *at) == rank);
            match joins.into_iter().find(|at| !waits(*at)) {
                Some(at) => taken.push(at),
                None => break,
            }
        }
        let statement = taken.iter().filter_map(|at| units.get(*at).cloned()).reduce(Statement::and);
        let mut at = 0;
        units.retain(|_| {
            at += 1;
            !taken.contains(&(at - 1))
        });
        statement
    }

    fn waits(&self, units: &[Statement], at: usize, other: &Statement) -> bool {
        let later = units.get(at).into_iter().flat_map(|unit| &unit.changes);
        later.into_iter().any(|later| other.changes.iter().any(|first| self.precedence.precedes(first, later)))
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

fn is_rename(unit: &Statement) -> bool {
    unit.changes.iter().any(|change| matches!(change, Change::RenameColumn { .. } | Change::RenameIndex { .. }))
}
