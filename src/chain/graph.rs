//! Links migrations to those that they follow, and puts them in order.

use std::collections::{BTreeMap, BTreeSet};

use super::migration::{Migration, Reference};

/// Migrations, each of which has a name of its own, and their links. A migration is known by its index.
#[derive(Debug)]
pub struct Graph {
    pub migrations: Vec<Migration>,
    pub links: Vec<Links>,
    /// Names that no migration has.
    pub missing: Vec<MissingReference>,
    /// Migrations whose name another one has, with its index. They are in no other list.
    pub duplicates: Vec<Duplicate>,
    /// All migrations but those in circles and those that follow them: each after those that it follows.
    pub order: Vec<usize>,
}

/// The links of a migration.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Links {
    /// Those that it follows.
    pub parents: Vec<usize>,
    /// Those that run before it as well.
    pub dependencies: Vec<usize>,
    /// Those that follow it.
    pub children: Vec<usize>,
    /// Those that depend on it.
    pub dependents: Vec<usize>,
}

/// A name that no migration has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingReference {
    pub migration: usize,
    pub reference: Reference,
    pub is_dependency: bool,
}

/// A migration whose name another one has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    pub of: usize,
    pub migration: Migration,
}

impl Graph {
    pub fn of(all: Vec<Migration>) -> Self {
        let mut graph = Self {
            migrations: Vec::new(),
            links: Vec::new(),
            missing: Vec::new(),
            duplicates: Vec::new(),
            order: Vec::new(),
        };
        let mut names = BTreeMap::new();
        for migration in all {
            if let Some(of) = names.get(&migration.key) {
                graph.duplicates.push(Duplicate { of: *of, migration });
            } else {
                names.insert(migration.key.clone(), graph.migrations.len());
                graph.migrations.push(migration);
            }
        }
        for (index, migration) in graph.migrations.iter().enumerate() {
            for label in &migration.labels {
                names.entry(label.clone()).or_insert(index);
            }
        }
        graph.link(&names);
        graph.put_in_order();
        graph
    }

    fn link(&mut self, names: &BTreeMap<String, usize>) {
        self.links = vec![Links::default(); self.migrations.len()];
        for (index, migration) in self.migrations.iter().enumerate() {
            let parents = migration.parents.iter().map(|reference| (reference, false));
            let dependencies = migration.dependencies.iter().map(|reference| (reference, true));
            for (reference, is_dependency) in parents.chain(dependencies) {
                let Some(other) = names.get(&reference.name).copied() else {
                    let reference = reference.clone();
                    self.missing.push(MissingReference { migration: index, reference, is_dependency });
                    continue;
                };
                connect(&mut self.links, index, other, is_dependency);
            }
        }
    }

    /// Orders the migrations so that a line without branches stays together.
    fn put_in_order(&mut self) {
        let mut waits: Vec<usize> =
            self.links.iter().map(|links| links.parents.len() + links.dependencies.len()).collect();
        let mut ready: Vec<usize> =
            waits.iter().enumerate().filter(|(_, waits)| **waits == 0).map(|(index, _)| index).rev().collect();
        while let Some(index) = ready.pop() {
            self.order.push(index);
            let Some(links) = self.links.get(index) else { continue };
            for follower in links.dependents.iter().chain(&links.children).rev() {
                if let Some(waits) = waits.get_mut(*follower) {
                    *waits = waits.saturating_sub(1);
                    if *waits == 0 {
                        ready.push(*follower);
                    }
                }
            }
        }
    }

    /// Returns whether a migration is the first one of a chain, as its file says.
    pub fn is_base(&self, index: usize) -> bool {
        self.migrations.get(index).is_some_and(|migration| migration.parents.is_empty())
    }

    /// Returns whether no migration follows it.
    pub fn is_head(&self, index: usize) -> bool {
        self.links.get(index).is_some_and(|links| links.children.is_empty())
    }

    /// Returns the migrations in circles, each circle in its order.
    pub fn cycles(&self) -> Vec<Vec<usize>> {
        let ordered: BTreeSet<usize> = self.order.iter().copied().collect();
        let mut seen = BTreeSet::new();
        let mut cycles = Vec::new();
        for start in (0..self.migrations.len()).filter(|index| !ordered.contains(index)) {
            let mut path = Vec::new();
            let mut next = Some(start);
            while let Some(index) = next {
                if let Some(begin) = path.iter().position(|earlier| *earlier == index) {
                    // Walked from child to parent.
                    cycles.push(path.iter().skip(begin).rev().copied().collect());
                    break;
                }
                if !seen.insert(index) {
                    break;
                }
                path.push(index);
                let links = self.links.get(index);
                let mut before = links.into_iter().flat_map(|links| links.parents.iter().chain(&links.dependencies));
                next = before.find(|before| !ordered.contains(before)).copied();
            }
        }
        cycles
    }

    /// Returns the migrations that are reached from a base.
    pub fn reached(&self) -> BTreeSet<usize> {
        let mut reached = BTreeSet::new();
        let mut next: Vec<usize> = (0..self.migrations.len()).filter(|index| self.is_base(*index)).collect();
        while let Some(index) = next.pop() {
            if reached.insert(index) {
                next.extend(self.links.get(index).into_iter().flat_map(|links| &links.children));
            }
        }
        reached
    }
}

/// Links a migration to one that runs before it.
fn connect(links: &mut [Links], migration: usize, before: usize, is_dependency: bool) {
    let Some(own) = links.get_mut(migration) else { return };
    let up = if is_dependency { &mut own.dependencies } else { &mut own.parents };
    if up.contains(&before) {
        return;
    }
    up.push(before);
    if let Some(other) = links.get_mut(before) {
        let down = if is_dependency { &mut other.dependents } else { &mut other.children };
        down.push(migration);
    }
}

/// Which migrations run before which.
#[derive(Debug)]
pub struct Ancestors {
    /// For each migration, a bit for each that runs before it.
    bits: Vec<Vec<u64>>,
}

impl Ancestors {
    pub fn of(graph: &Graph) -> Self {
        let width = graph.migrations.len().div_ceil(64);
        let mut bits: Vec<Vec<u64>> = vec![Vec::new(); graph.migrations.len()];
        for index in &graph.order {
            let mut own = vec![0; width];
            let Some(links) = graph.links.get(*index) else { continue };
            for before in links.parents.iter().chain(&links.dependencies) {
                for (word, other) in own.iter_mut().zip(bits.get(*before).into_iter().flatten()) {
                    *word |= other;
                }
                if let Some(word) = own.get_mut(before / 64) {
                    *word |= 1 << (before % 64);
                }
            }
            if let Some(place) = bits.get_mut(*index) {
                *place = own;
            }
        }
        Self { bits }
    }

    /// Returns whether the first runs before the second in any case.
    pub fn is_before(&self, first: usize, second: usize) -> bool {
        let word = self.bits.get(second).and_then(|bits| bits.get(first / 64));
        word.is_some_and(|word| word >> (first % 64) & 1 == 1)
    }
}
