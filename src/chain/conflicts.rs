//! Finds migrations that can't both run: two that add one object, two that remove it, one that removes what is not there.
//!
//! A conflict is sure or possible. What is in a branch or has an `IF EXISTS` may have happened, and may not: so it is no
//! fault by itself, and excuses what would be one. What can't be read makes a conflict a possible one.

use std::collections::{BTreeMap, BTreeSet};

use super::file::Place;
use super::finding::{Fault, Finding, NamedMigration, PairOrder};
use super::graph::{Ancestors, Graph};
use super::schema_change::{Action, ObjectKind, SchemaChange, SchemaObject};

/// A change, and where it is.
#[derive(Debug, Clone, Copy)]
struct Event<'a> {
    migration: usize,
    /// Its position within the migration.
    position: usize,
    change: &'a SchemaChange,
}

/// So many changes of one object are compared with each other.
const COMPARED: usize = 64;

/// So many changes of one table are compared with each other.
const COMPARED_OF_TABLE: usize = 10_000;

/// Migrations that can't both run.
#[derive(Debug)]
pub struct Conflicts {
    pub sure: Vec<Finding>,
    /// Those that a part which is not read may prevent.
    pub possible: Vec<Finding>,
}

/// Returns the conflicts of all migrations whose order is known.
pub fn conflicts(graph: &Graph) -> Conflicts {
    let mut events: BTreeMap<&str, Vec<Event<'_>>> = BTreeMap::new();
    for migration in &graph.order {
        let changes = graph.migrations.get(*migration).map(|found| found.changes.as_slice()).unwrap_or_default();
        for (position, change) in changes.iter().enumerate() {
            let event = Event { migration: *migration, position, change };
            let events = events.entry(change.object.table.as_str()).or_default();
            if events.len() < COMPARED_OF_TABLE {
                events.push(event);
            }
        }
    }
    let judge = Judge { ancestors: Ancestors::of(graph), gaps: gaps(graph), unread: unread(graph) };
    let mut found = FoundPairs::default();
    for events in events.values() {
        judge.of_table(events, &mut found);
    }
    Conflicts { sure: found.sure.findings(graph), possible: found.possible.findings(graph) }
}

/// Returns the migrations before which one is missing, themselves included.
fn gaps(graph: &Graph) -> BTreeSet<usize> {
    let mut gaps: BTreeSet<usize> = graph.missing.iter().map(|missing| missing.migration).collect();
    for index in &graph.order {
        let links = graph.links.get(*index);
        let mut before = links.into_iter().flat_map(|links| links.parents.iter().chain(&links.dependencies));
        if before.any(|before| gaps.contains(before)) {
            gaps.insert(*index);
        }
    }
    gaps
}

/// Migrations of which a part is not read.
#[derive(Debug)]
struct UnreadParts {
    may_add: Vec<usize>,
    may_remove: Vec<usize>,
}

fn unread(graph: &Graph) -> UnreadParts {
    let of = |may: fn(super::schema_change::Effect) -> bool| {
        let has = |index: &&usize| {
            graph.migrations.get(**index).is_some_and(|found| found.unread.iter().any(|part| may(part.effect)))
        };
        graph.order.iter().filter(has).copied().collect()
    };
    UnreadParts {
        may_add: of(super::schema_change::Effect::may_add),
        may_remove: of(super::schema_change::Effect::may_remove),
    }
}

struct Judge {
    ancestors: Ancestors,
    gaps: BTreeSet<usize>,
    unread: UnreadParts,
}

impl Judge {
    /// Compares the changes of a table and of what is in it.
    fn of_table(&self, events: &[Event<'_>], found: &mut FoundPairs) {
        let mut of_object: BTreeMap<&SchemaObject, Vec<Event<'_>>> = BTreeMap::new();
        for event in events.iter().filter(|event| event.change.certain) {
            of_object.entry(&event.change.object).or_default().push(*event);
        }
        for (object, own) in of_object {
            let added: Vec<_> = own.iter().filter(|event| event.change.action.adds()).take(COMPARED).copied().collect();
            let removed: Vec<_> =
                own.iter().filter(|event| !event.change.action.adds()).take(COMPARED).copied().collect();
            self.added_twice(object, &added, events, found);
            self.removed_twice(object, &removed, events, found);
            self.removed_unmade(object, &removed, events, &mut found.sure);
        }
    }

    fn added_twice(&self, object: &SchemaObject, added: &[Event<'_>], events: &[Event<'_>], found: &mut FoundPairs) {
        for (index, second) in added.iter().enumerate() {
            for first in added.iter().take(index) {
                let may_be_gone = events.iter().any(|event| {
                    !event.change.action.adds()
                        && object.may_go_with(&event.change.object)
                        && self.may_run_between(event, first, second)
                });
                if !may_be_gone && !self.has_gap_between(first, second) {
                    let pairs = found.unless(self.is_unread_between(&self.unread.may_remove, first, second));
                    pairs.add(PairKind::Added, object, *first, *second, self.order(first, second));
                    break;
                }
            }
        }
    }

    fn removed_twice(
        &self,
        object: &SchemaObject,
        removed: &[Event<'_>],
        events: &[Event<'_>],
        found: &mut FoundPairs,
    ) {
        for (index, second) in removed.iter().enumerate() {
            for first in removed.iter().take(index) {
                let may_be_back = events
                    .iter()
                    .any(|event| may_make(event.change, object) && self.may_run_between(event, first, second));
                if !may_be_back && !self.has_gap_between(first, second) {
                    let pairs = found.unless(self.is_unread_between(&self.unread.may_add, first, second));
                    pairs.add(PairKind::Removed, object, *first, *second, self.order(first, second));
                    break;
                }
            }
        }
    }

    /// Finds removals of what cannot be there: all that may add it runs later or on another branch.
    fn removed_unmade(&self, object: &SchemaObject, removed: &[Event<'_>], events: &[Event<'_>], pairs: &mut Pairs) {
        for event in removed {
            let may_come_from_unread =
                self.unread.may_add.iter().any(|other| !self.ancestors.is_before(event.migration, *other));
            if may_come_from_unread || self.gaps.contains(&event.migration) {
                continue;
            }
            let makers: Vec<&Event<'_>> = events.iter().filter(|maker| may_make(maker.change, object)).collect();
            let may_be_there = makers.iter().any(|maker| {
                self.runs_before(maker, event) || !self.runs_before(event, maker) && !maker.change.certain
            });
            if may_be_there {
                continue;
            }
            let elsewhere = makers.iter().find(|maker| !self.runs_before(event, maker));
            let is_made_by_the_chain = match object.kind {
                // Before the chain, a column may have been in the table only if that was there too.
                ObjectKind::Column => events.iter().any(|maker| {
                    maker.change.object.kind == ObjectKind::Table
                        && maker.change.action == Action::Add
                        && maker.change.certain
                        && self.runs_before(maker, event)
                }),
                ObjectKind::Table | ObjectKind::Index | ObjectKind::ForeignKey | ObjectKind::Check => false,
            };
            if let Some(maker) = elsewhere {
                pairs.add(PairKind::Unmade, object, **maker, *event, PairOrder::Open);
            } else if is_made_by_the_chain {
                pairs.add(PairKind::Unmade, object, *event, *event, PairOrder::Same);
            }
        }
    }

    fn order(&self, first: &Event<'_>, second: &Event<'_>) -> PairOrder {
        if first.migration == second.migration {
            PairOrder::Same
        } else if self.ancestors.is_before(first.migration, second.migration) {
            PairOrder::Ordered
        } else {
            PairOrder::Open
        }
    }

    /// Returns whether the first change happens before the second one in any case.
    fn runs_before(&self, first: &Event<'_>, second: &Event<'_>) -> bool {
        if first.migration == second.migration {
            first.position < second.position
        } else {
            self.ancestors.is_before(first.migration, second.migration)
        }
    }

    /// Returns whether a change may happen between two others.
    fn may_run_between(&self, event: &Event<'_>, first: &Event<'_>, second: &Event<'_>) -> bool {
        let is_one_of_them =
            [first, second].iter().any(|other| other.migration == event.migration && other.position == event.position);
        !is_one_of_them && !self.runs_before(event, first) && !self.runs_before(second, event)
    }

    /// Returns whether a migration that is not there may run between two changes.
    fn has_gap_between(&self, first: &Event<'_>, second: &Event<'_>) -> bool {
        let has_gap = [first, second].iter().any(|event| self.gaps.contains(&event.migration));
        has_gap && self.order(first, second) == PairOrder::Open
    }

    /// Returns whether one of these migrations, of which a part is not read, may run between two changes.
    fn is_unread_between(&self, unread: &[usize], first: &Event<'_>, second: &Event<'_>) -> bool {
        unread.iter().any(|migration| {
            !self.ancestors.is_before(*migration, first.migration)
                && !self.ancestors.is_before(second.migration, *migration)
        })
    }
}

/// Returns whether an object may be there because of a change.
fn may_make(change: &SchemaChange, object: &SchemaObject) -> bool {
    if !change.action.adds() {
        return false;
    }
    match object.kind {
        ObjectKind::Table => change.object == *object,
        ObjectKind::Column => change.object == *object || change.action == Action::AddInPart,
        ObjectKind::Index | ObjectKind::ForeignKey | ObjectKind::Check => match change.object.kind {
            ObjectKind::Table | ObjectKind::Column => change.action == Action::AddInPart,
            // A foreign key brings an index of its name.
            ObjectKind::Index | ObjectKind::ForeignKey | ObjectKind::Check => {
                change.object.name.is_empty() || change.object.name == object.name
            }
        },
    }
}

/// How two changes of one object disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PairKind {
    Added,
    Removed,
    Unmade,
}

/// Pairs of migrations, with the objects about which they disagree.
#[derive(Debug, Default)]
struct Pairs {
    pairs: BTreeMap<PairKey, Pair>,
}

/// Pairs that are sure to disagree, and those that may.
#[derive(Debug, Default)]
struct FoundPairs {
    sure: Pairs,
    possible: Pairs,
}

impl FoundPairs {
    fn unless(&mut self, is_unknown: bool) -> &mut Pairs {
        if is_unknown { &mut self.possible } else { &mut self.sure }
    }
}

/// What tells pairs apart: those of one kind are one finding, whatever the number of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct PairKey {
    second: usize,
    first: usize,
    kind: PairKind,
}

#[derive(Debug)]
struct Pair {
    objects: Vec<SchemaObject>,
    order: PairOrder,
    /// The first lines that disagree.
    first_line: usize,
    second_line: usize,
}

impl Pairs {
    fn add(&mut self, kind: PairKind, object: &SchemaObject, first: Event<'_>, second: Event<'_>, order: PairOrder) {
        let key = PairKey { second: second.migration, first: first.migration, kind };
        let lines = (first.change.line, second.change.line);
        let pair = self.pairs.entry(key).or_insert_with(|| Pair {
            objects: Vec::new(),
            order,
            first_line: lines.0,
            second_line: lines.1,
        });
        pair.objects.push(object.clone());
        pair.first_line = pair.first_line.min(lines.0);
        pair.second_line = pair.second_line.min(lines.1);
    }

    fn findings(self, graph: &Graph) -> Vec<Finding> {
        let named = |index: usize, line: usize| {
            let migration = graph.migrations.get(index)?;
            let place = Place { file: migration.place.file.clone(), line };
            Some(NamedMigration { id: migration.id.clone(), place })
        };
        let mut findings = Vec::new();
        for (key, Pair { objects, order, first_line, second_line }) in self.pairs {
            let objects = without_parts(objects);
            let second = named(key.second, second_line);
            let first = if order == PairOrder::Same && key.kind == PairKind::Unmade {
                None
            } else {
                named(key.first, first_line)
            };
            let fault = match key.kind {
                PairKind::Added => Fault::AddedTwice { objects, order },
                PairKind::Removed => Fault::RemovedTwice { objects, order },
                PairKind::Unmade => Fault::RemovedUnmade { objects },
            };
            findings.push(Finding { fault, migrations: second.into_iter().chain(first).collect() });
        }
        findings
    }
}

/// Leaves out what belongs to a table that is named itself.
fn without_parts(objects: Vec<SchemaObject>) -> Vec<SchemaObject> {
    let is_table = |object: &SchemaObject| object.kind == ObjectKind::Table;
    let tables: BTreeSet<String> = objects.iter().filter(|o| is_table(o)).map(|o| o.table.clone()).collect();
    objects.into_iter().filter(|object| is_table(object) || !tables.contains(&object.table)).collect()
}
