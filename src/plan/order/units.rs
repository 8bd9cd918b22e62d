//! The units of a plan, and its final order. A unit is what is dropped to come back, its return, and each step in between:
//! all of them run, one right after the other, or none.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::change::{Change, Step, UnitId};

/// Marks the units among `steps`, and brings the steps of each together. A unit begins when all has run that any of its
/// steps waits for.
pub fn in_units(steps: Vec<Step>) -> Vec<Step> {
    let graph = Waits::of(&steps);
    let groups = graph.groups(&returns(&steps));
    let order = graph.order(&groups);
    let mut steps: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    for (number, group) in groups.iter().enumerate().filter(|(_, group)| group.len() > 1) {
        let waits: BTreeSet<usize> = graph.outside(group).collect();
        let ids: Vec<String> = waits.iter().filter_map(|at| Some(steps.get(*at)?.as_ref()?.id.clone())).collect();
        for at in group {
            let Some(Some(step)) = steps.get_mut(*at) else { continue };
            step.unit = Some(UnitId(number));
            step.waits_for.extend(ids.iter().cloned());
        }
    }
    order.into_iter().filter_map(|at| steps.get_mut(at)?.take()).collect()
}

/// A step that drops something, and the one with which it returns, or with which its table goes too.
#[derive(Debug, Clone, Copy)]
struct Return {
    dropped: usize,
    returned: usize,
}

fn returns(steps: &[Step]) -> Vec<Return> {
    let drops = |step: &Step| {
        let is_drop = |change: &Change| matches!(change, Change::DropForeignKey(_) | Change::DropCheck(_));
        step.changes.iter().any(is_drop)
    };
    let of_drop = |dropped: usize, first: &Step| -> Vec<Return> {
        let is_return = |(at, later): &(usize, &Step)| {
            let pair = |first: &Change| later.changes.iter().any(|later| comes_back(first, later));
            *at != dropped && later.table == first.table && first.changes.iter().any(pair)
        };
        steps.iter().enumerate().filter(is_return).map(|(returned, _)| Return { dropped, returned }).collect()
    };
    let all = steps.iter().enumerate().filter(|(_, step)| drops(step));
    all.flat_map(|(dropped, first)| of_drop(dropped, first)).collect()
}

/// Whether what `first` drops is there again after `later`, or gone with its table. Both are of one table.
fn comes_back(first: &Change, later: &Change) -> bool {
    match (first, later) {
        (Change::DropForeignKey(old), Change::AddForeignKey(new)) => old.name.matches(&new.name),
        (Change::DropCheck(old), Change::AddCheck(new)) => old.name.matches(&new.name),
        (Change::DropForeignKey(_) | Change::DropCheck(_), Change::DropTable(_)) => true,
        _ => false,
    }
}

/// Which steps wait for which, by their positions.
struct Waits {
    /// For each step those that it waits for.
    of: Vec<Vec<usize>>,
}

impl Waits {
    fn of(steps: &[Step]) -> Self {
        let positions: BTreeMap<&String, usize> = steps.iter().enumerate().map(|(at, step)| (&step.id, at)).collect();
        let of = |step: &Step| step.waits_for.iter().filter_map(|id| positions.get(id).copied()).collect();
        Self { of: steps.iter().map(of).collect() }
    }

    fn of_step(&self, at: usize) -> &[usize] {
        self.of.get(at).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns all steps in groups: the units, and each other step alone. What waits for a part of a unit, while another
    /// part waits for it, is in the unit.
    fn groups(&self, returns: &[Return]) -> Vec<Vec<usize>> {
        let mut circular = Self { of: self.of.clone() };
        for Return { dropped, returned } in returns {
            if let Some(waits) = circular.of.get_mut(*dropped) {
                waits.push(*returned);
            }
            if let Some(waits) = circular.of.get_mut(*returned) {
                waits.push(*dropped);
            }
        }
        let mut reversed = Self { of: vec![Vec::new(); self.of.len()] };
        for (at, waits) in circular.of.iter().enumerate() {
            for first in waits {
                if let Some(later) = reversed.of.get_mut(*first) {
                    later.push(at);
                }
            }
        }
        let mut grouped = BTreeSet::new();
        let mut groups = Vec::new();
        for Return { dropped, .. } in returns {
            if !grouped.contains(dropped) {
                let (before, after) = (circular.reach(*dropped), reversed.reach(*dropped));
                let group: Vec<usize> = before.intersection(&after).copied().collect();
                grouped.extend(group.iter().copied());
                groups.push(group);
            }
        }
        groups.extend((0..self.of.len()).filter(|at| !grouped.contains(at)).map(|at| vec![at]));
        groups
    }

    /// Returns the step and all that it waits for, directly or not.
    fn reach(&self, from: usize) -> BTreeSet<usize> {
        let mut reached = BTreeSet::from([from]);
        let mut left = vec![from];
        while let Some(at) = left.pop() {
            for first in self.of_step(at) {
                if reached.insert(*first) {
                    left.push(*first);
                }
            }
        }
        reached
    }

    /// Returns what the steps of a group wait for outside of it.
    fn outside<'a>(&'a self, group: &'a [usize]) -> impl Iterator<Item = usize> + 'a {
        group.iter().flat_map(|at| self.of_step(*at)).copied().filter(|at| !group.contains(at))
    }

    /// Returns the order of all steps: each after those that it waits for, else as they are. A group comes where its last
    /// step is, since steps that may run alone are not to wait for it.
    fn order(&self, groups: &[Vec<usize>]) -> Vec<usize> {
        let mut left: BTreeMap<usize, &Vec<usize>> =
            groups.iter().filter_map(|group| Some((group.iter().copied().max()?, group))).collect();
        let (mut order, mut done) = (Vec::new(), BTreeSet::new());
        while let Some((first, _)) = left.first_key_value() {
            let is_ready = |group: &Vec<usize>| self.outside(group).all(|at| done.contains(&at));
            // Without a ready one, steps wait for each other in a circle: then they stay as they are.
            let next = left.iter().find(|(_, group)| is_ready(group)).map_or(*first, |(at, _)| *at);
            let group = left.remove(&next).map(Vec::as_slice).unwrap_or_default();
            let inner = self.inner_order(group);
            done.extend(inner.iter().copied());
            order.extend(inner);
        }
        order
    }

    fn inner_order(&self, group: &[usize]) -> Vec<usize> {
        let mut left = group.to_vec();
        left.sort_unstable();
        let mut order = Vec::new();
        while !left.is_empty() {
            let is_ready = |at: &usize| self.of_step(*at).iter().all(|first| !left.contains(first));
            let next = left.iter().position(is_ready).unwrap_or_default();
            order.push(left.remove(next));
        }
        order
    }
}
