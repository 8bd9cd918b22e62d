//! The narrowest statements from live partitions to declared ones. They lose no rows but those in partitions that the
//! declaration drops.

use super::partition_change::{PartitionChange, end, holds_all};
use crate::schema::{Partition, PartitionScheme, PartitionValues, Partitioning};

/// Returns the changes from what is live to what is declared.
pub fn partitioning_changes(live: Option<&Partitioning>, target: Option<&Partitioning>) -> Vec<PartitionChange> {
    match (live, target) {
        (None, Some(Partitioning::Scheme(to))) => vec![PartitionChange::By { from: None, to: to.clone() }],
        (Some(Partitioning::Scheme(from)), Some(Partitioning::Scheme(to))) => partition_changes(from, to),
        // Other partitioning is never declared.
        _ => Vec::new(),
    }
}

/// Returns the changes; none where both are the same.
pub fn partition_changes(live: &PartitionScheme, target: &PartitionScheme) -> Vec<PartitionChange> {
    let by = || vec![PartitionChange::By { from: Some(live.clone()), to: target.clone() }];
    if !live.method.same_as(&target.method) {
        return by();
    }
    let changes = if target.method.is_range() {
        ranges(&live.partitions, &target.partitions)
    } else if target.method.is_list() {
        lists(&live.partitions, &target.partitions)
    } else {
        hashed(&live.partitions, &target.partitions)
    };
    match changes {
        Some(changes) if !takes_a_name(&changes) => changes,
        _ => by(),
    }
}

/// Whether one change takes a name that another frees: then they depend on their order (1517, tried on MySQL 9.7,
/// MariaDB 10.11 and 11.8).
fn takes_a_name(changes: &[PartitionChange]) -> bool {
    changes.iter().enumerate().any(|(at, change)| {
        let others = changes.iter().enumerate().filter(|(other, _)| *other != at);
        let freed: Vec<&Partition> = others.flat_map(|(_, other)| freed(other)).collect();
        taken(change).iter().any(|partition| is_named(partition, &freed))
    })
}

/// Returns the partitions whose names the change frees.
fn freed(change: &PartitionChange) -> Vec<&Partition> {
    match change {
        PartitionChange::Drop { partitions, leaves_gap: _ } | PartitionChange::Coalesce(partitions) => {
            partitions.iter().collect()
        }
        PartitionChange::Reorganize { from, into } => without_names_of(from, into),
        PartitionChange::By { .. } | PartitionChange::Add(_) | PartitionChange::AddHashed(_) => Vec::new(),
    }
}

/// Returns the partitions whose names the change takes.
fn taken(change: &PartitionChange) -> Vec<&Partition> {
    match change {
        PartitionChange::Add(partitions) | PartitionChange::AddHashed(partitions) => partitions.iter().collect(),
        PartitionChange::Reorganize { from, into } => without_names_of(into, from),
        PartitionChange::By { .. } | PartitionChange::Drop { .. } | PartitionChange::Coalesce(_) => Vec::new(),
    }
}

fn without_names_of<'a>(some: &'a [Partition], others: &'a [Partition]) -> Vec<&'a Partition> {
    let others: Vec<&Partition> = others.iter().collect();
    some.iter().filter(|partition| !is_named(partition, &others)).collect()
}

fn is_named(partition: &Partition, others: &[&Partition]) -> bool {
    others.iter().any(|other| other.name.matches(&partition.name))
}

/// The live and the declared partitions between two that stay as they are.
#[derive(Default)]
struct PartitionRun<'a> {
    live: Vec<&'a Partition>,
    target: Vec<&'a Partition>,
}

/// Returns the changes of ranges; `None` where only `PARTITION BY` does it.
fn ranges(live: &[Partition], target: &[Partition]) -> Option<Vec<PartitionChange>> {
    let mut changes = Vec::new();
    let mut run = PartitionRun::default();
    let mut rest = live.iter();
    for partition in target {
        let stays = rest.as_slice().iter().position(|other| other.same_as(partition));
        let Some(at) = stays else {
            run.target.push(partition);
            continue;
        };
        run.live.extend(rest.by_ref().take(at));
        let anchor = rest.next();
        changes.extend(inner_run(&std::mem::take(&mut run), anchor?));
    }
    run.live.extend(rest);
    changes.extend(last_run(&run)?);
    Some(changes)
}

/// Returns the change of a run before a range that stays. That range takes part where its own beginning moves.
fn inner_run(run: &PartitionRun<'_>, anchor: &Partition) -> Option<PartitionChange> {
    let same_end = match (run.live.last(), run.target.last()) {
        (None, None) => return None,
        (Some(_), None) => {
            return Some(PartitionChange::Drop { partitions: cloned(&run.live), leaves_gap: false });
        }
        (live, target) => live.map(|live| &live.values) == target.map(|target| &target.values),
    };
    let anchor = (!same_end).then_some(anchor);
    let with_anchor = |partitions: &[&Partition]| cloned(partitions).into_iter().chain(anchor.cloned()).collect();
    Some(PartitionChange::Reorganize { from: with_anchor(&run.live), into: with_anchor(&run.target) })
}

/// Returns the change of the last run. `REORGANIZE` can move the last end only upwards (1520).
fn last_run(run: &PartitionRun<'_>) -> Option<Vec<PartitionChange>> {
    let (live, target) = (cloned(&run.live), cloned(&run.target));
    Some(match (run.live.last(), run.target.last()) {
        (None, None) => Vec::new(),
        (None, Some(_)) => vec![PartitionChange::Add(target)],
        (Some(_), None) => vec![PartitionChange::Drop { partitions: live, leaves_gap: true }],
        (Some(last), Some(new)) => {
            let same = last.values == new.values;
            let higher = new.values.is_unbounded() || end(last).zip(end(new)).is_some_and(|(last, new)| new > last);
            if !same && !higher {
                return None;
            }
            vec![PartitionChange::Reorganize { from: live, into: target }]
        }
    })
}

/// Returns the changes of lists. `REORGANIZE` silently deletes the rows whose values are in no new list (tried on MySQL
/// 9.7, MariaDB 10.11 and 11.8), and takes neighbours only (1519). `None` where it would do that: there `PARTITION BY`
/// fails instead.
fn lists(live: &[Partition], target: &[Partition]) -> Option<Vec<PartitionChange>> {
    let is_in = |partition: &Partition, others: &[Partition]| others.iter().any(|other| other.same_as(partition));
    let mut gone: Vec<Partition> = live.iter().filter(|partition| !is_in(partition, target)).cloned().collect();
    let mut new: Vec<Partition> = target.iter().filter(|partition| !is_in(partition, live)).cloned().collect();
    let mut changes = Vec::new();
    // A list that shares no value and no name with any new one is dropped; such a new one is added.
    let apart = |one: &Partition, others: &[Partition]| !others.iter().any(|other| touch(one, other));
    let dropped: Vec<Partition> = gone.iter().filter(|one| apart(one, &new)).cloned().collect();
    let added: Vec<Partition> = new.iter().filter(|one| apart(one, &gone)).cloned().collect();
    gone.retain(|one| !dropped.contains(one));
    new.retain(|one| !added.contains(one));
    if !gone.is_empty() {
        if !holds_all(&new, &gone) || !are_neighbours(&gone, live) {
            return None;
        }
        changes.push(PartitionChange::Reorganize { from: gone, into: new });
    }
    if !added.is_empty() {
        // A partition of all other values may hold rows of the new ones.
        if live.iter().any(|partition| partition.values == PartitionValues::Default) {
            return None;
        }
        changes.push(PartitionChange::Add(added));
    }
    if !dropped.is_empty() {
        let leaves_gap = !target.iter().any(|partition| partition.values == PartitionValues::Default);
        changes.push(PartitionChange::Drop { partitions: dropped, leaves_gap });
    }
    Some(changes)
}

/// Whether two lists have their name or a value in common.
fn touch(one: &Partition, other: &Partition) -> bool {
    let share = match (&one.values, &other.values) {
        (PartitionValues::In(items), PartitionValues::In(others)) => items.iter().any(|item| others.contains(item)),
        _ => true,
    };
    share || one.name.matches(&other.name)
}

fn are_neighbours(some: &[Partition], all: &[Partition]) -> bool {
    let places: Vec<usize> =
        all.iter().enumerate().filter(|(_, one)| some.contains(one)).map(|(place, _)| place).collect();
    places.windows(2).all(|pair| matches!(pair, [one, next] if one + 1 == *next))
}

/// Returns the changes of partitions that a hash fills: they grow and shrink at their end.
fn hashed(live: &[Partition], target: &[Partition]) -> Option<Vec<PartitionChange>> {
    let common = live.iter().zip(target).take_while(|(live, target)| live.same_as(target)).count();
    let (gone, new) = (live.get(common..).unwrap_or_default(), target.get(common..).unwrap_or_default());
    Some(match (gone, new) {
        ([], []) => Vec::new(),
        ([], new) => vec![PartitionChange::AddHashed(new.to_vec())],
        (gone, []) => vec![PartitionChange::Coalesce(gone.to_vec())],
        _ => return None,
    })
}

fn cloned(partitions: &[&Partition]) -> Vec<Partition> {
    partitions.iter().map(|partition| (*partition).clone()).collect()
}
