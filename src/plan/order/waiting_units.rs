//! Changes of a table that wait for each other, and the statements that take them, one after the other. A table may get
//! thousands of columns at once, so each pair is compared once.

use std::collections::BTreeSet;

use super::statement_rank::rank_of;
use crate::plan::change::{Change, Statement};

/// The changes that are in no statement yet.
pub struct WaitingUnits {
    units: Vec<WaitingUnit>,
}

/// Changes that share a statement.
struct WaitingUnit {
    /// `None` once a statement has taken it.
    changes: Option<Statement>,
    /// How many units it waits for that are left.
    waits_for: usize,
    /// The units that wait for it.
    followers: Vec<usize>,
    /// Whether it comes in a later statement than those of its phase.
    is_late: bool,
}

impl WaitingUnits {
    /// Finds which of `units` wait for which other: `waits(later, first)`, and which come late.
    pub fn new(
        units: Vec<Statement>,
        waits: impl Fn(&Statement, &Statement) -> bool,
        is_late: impl Fn(&Statement) -> bool,
    ) -> Self {
        let mut waits_for = vec![0; units.len()];
        let mut followers = Vec::new();
        for (at, first) in units.iter().enumerate() {
            let mut of_unit = Vec::new();
            for ((other, later), waits_for) in units.iter().enumerate().zip(&mut waits_for) {
                if other != at && waits(later, first) {
                    *waits_for += 1;
                    of_unit.push(other);
                }
            }
            followers.push(of_unit);
        }
        let units = units.into_iter().zip(waits_for).zip(followers);
        let units = units.map(|((changes, waits_for), followers)| {
            let is_late = is_late(&changes);
            WaitingUnit { changes: Some(changes), waits_for, followers, is_late }
        });
        Self { units: units.collect() }
    }

    /// Takes the next statement; `None` where no unit is left. Units that wait for each other have to run at once.
    pub fn take_next(&mut self) -> Option<Statement> {
        let taken = self.of_next();
        for at in &taken {
            self.release(*at);
        }
        let units = taken.into_iter().filter_map(|at| self.units.get_mut(at)?.changes.take());
        let next = units.reduce(Statement::and);
        next.or_else(|| self.units.iter_mut().filter_map(|unit| unit.changes.take()).reduce(Statement::and))
    }

    /// Returns the units of the next statement in order: the first of the lowest rank that waits for nothing, and those of
    /// equal rank that wait only for what is already in the statement.
    fn of_next(&self) -> Vec<usize> {
        let rank = |at: usize| {
            let WaitingUnit { changes, is_late, .. } = self.units.get(at)?;
            rank_of(changes.as_ref()?, at, *is_late)
        };
        let left = || (0..self.units.len()).filter(|at| self.changes(*at).is_some());
        let mut waits_for: Vec<usize> = self.units.iter().map(|unit| unit.waits_for).collect();
        let is_free = |waits_for: &[usize], at: usize| waits_for.get(at) == Some(&0);
        let Some(first) = left().filter(|at| is_free(&waits_for, *at)).min_by_key(|at| rank(*at)) else {
            return Vec::new();
        };
        let of_rank: BTreeSet<usize> = left().filter(|at| rank(*at) == rank(first)).collect();
        let mut free: BTreeSet<usize> = of_rank.iter().copied().filter(|at| is_free(&waits_for, *at)).collect();
        let mut taken = Vec::new();
        let mut next = free.take(&first);
        while let Some(at) = next {
            taken.push(at);
            // What uses a new name can't be in the statement that gives it (1054).
            let followers = self.units.get(at).filter(|_| !self.changes(at).is_some_and(is_rename));
            for follower in followers.into_iter().flat_map(|unit| &unit.followers) {
                let Some(waits_for) = waits_for.get_mut(*follower) else { continue };
                *waits_for = waits_for.saturating_sub(1);
                if *waits_for == 0 && of_rank.contains(follower) {
                    free.insert(*follower);
                }
            }
            next = free.pop_first();
        }
        taken
    }

    fn changes(&self, at: usize) -> Option<&Statement> {
        self.units.get(at)?.changes.as_ref()
    }

    /// Lets others wait for this unit no longer.
    fn release(&mut self, at: usize) {
        let followers = self.units.get_mut(at).map(|unit| std::mem::take(&mut unit.followers)).unwrap_or_default();
        for follower in followers {
            if let Some(unit) = self.units.get_mut(follower) {
                unit.waits_for = unit.waits_for.saturating_sub(1);
            }
        }
    }
}

fn is_rename(unit: &Statement) -> bool {
    unit.changes.iter().any(|change| matches!(change, Change::RenameColumn { .. } | Change::RenameIndex { .. }))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::schema::{Column, DataType, Identifier};

    fn added(at: usize) -> Statement {
        let column = Box::new(Column::new(Identifier::new(format!("c{at}")).unwrap(), DataType::integer()));
        Statement { changes: vec![Change::AddColumn { column, position: None }], ..Statement::default() }
    }

    #[test]
    fn each_pair_is_compared_once_however_many_wait_for_each_other() {
        const UNITS: usize = 20;
        let compared = Cell::new(0);
        let is_next = |later: &Statement, first: &Statement| {
            compared.set(compared.get() + 1);
            // Each waits for the one that is after it.
            (0..UNITS).any(|at| first.changes == added(at + 1).changes && later.changes == added(at).changes)
        };
        let mut waiting = WaitingUnits::new((0..UNITS).map(added).collect(), is_next, |_| false);
        let next = waiting.take_next().unwrap();
        let backwards: Vec<Change> = (0..UNITS).rev().flat_map(|at| added(at).changes).collect();
        assert_eq!(next.changes, backwards);
        assert!(waiting.take_next().is_none());
        assert_eq!(compared.get(), UNITS * (UNITS - 1));
    }

    #[test]
    fn units_that_wait_for_each_other_share_a_statement() {
        let mut waiting = WaitingUnits::new(vec![added(0), added(1)], |_, _| true, |_| false);
        assert_eq!(waiting.take_next().unwrap().changes.len(), 2);
        assert!(waiting.take_next().is_none());
    }
}
