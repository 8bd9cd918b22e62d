//! A chain of migrations: its order, its heads, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::conflicts::{Conflicts, conflicts};
use super::file::{MigrationFile, Place};
use super::finding::{Fault, Finding, NamedMigration};
use super::graph::Graph;
use super::migration::{Migration, Migrations, NoMigration, Replaced};
use super::tool::Tool;
use super::tree;
use super::{alembic, django, numbered};

/// The files of a tool.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub tool: Tool,
    /// Whether a person named the tool.
    pub is_tool_given: bool,
    /// The name of the folder itself.
    pub folder_name: &'a str,
    pub files: &'a [MigrationFile],
}

/// Why files are no chain of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SourceFault {
    #[error(
        "its .sql files have numbers, and none has the line -- migrate:up of dbmate: say with --tool which tool they are of"
    )]
    NotDbmate,
}

/// A chain of migrations.
#[derive(Debug)]
pub struct Chain {
    pub tool: Tool,
    /// What is wrong with it; nothing where it is whole.
    pub findings: Vec<Finding>,
    /// What may be wrong with it: what is not read decides.
    pub possible: Vec<Finding>,
    /// Migrations that others stand for.
    pub replaced: Vec<Replaced>,
    graph: Graph,
    cycles: Vec<Vec<usize>>,
}

/// A line of a chain that is laid out as a tree.
#[derive(Debug)]
pub struct ChainLine<'a> {
    /// What stands before the name.
    pub indent: String,
    pub migration: &'a Migration,
    pub is_base: bool,
    pub is_head: bool,
    /// A parent that is not there.
    pub missing: Vec<&'a str>,
}

/// A part of a migration that is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRead {
    pub place: Place,
    pub what: String,
}

/// Why a chain has no one order that its tool would follow.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoOrder {
    #[error("the chain has several heads, {}: join them first", .0.join(", "))]
    SeveralHeads(Vec<String>),
    #[error("the chain is broken: mend it first")]
    Broken,
    #[error("there is no migration")]
    Empty,
}

impl Chain {
    /// Reads a chain.
    ///
    /// # Errors
    /// The files are of another tool than their names look like.
    pub fn read(source: Source<'_>) -> Result<Self, SourceFault> {
        let Source { tool, is_tool_given, folder_name, files } = source;
        let marked = |file: &MigrationFile| file.text.as_ref().is_ok_and(|text| text.contains("migrate:up"));
        if tool == Tool::Dbmate && !is_tool_given && !files.iter().any(marked) {
            return Err(SourceFault::NotDbmate);
        }
        let Migrations { found, not_read, replaced } = match tool {
            Tool::Alembic => alembic::read(files),
            Tool::Django => django::read(files, folder_name),
            Tool::Flyway | Tool::Rails | Tool::GolangMigrate | Tool::Dbmate | Tool::Prisma => {
                numbered::read(tool, files)
            }
        };
        let graph = Graph::of(found);
        let mut chain =
            Self { tool, findings: Vec::new(), possible: Vec::new(), replaced, cycles: graph.cycles(), graph };
        chain.judge(&not_read);
        Ok(chain)
    }

    /// Returns the migrations, each after those that it follows. Those in circles come last.
    pub fn migrations(&self) -> impl Iterator<Item = &Migration> {
        let ordered: BTreeSet<usize> = self.graph.order.iter().copied().collect();
        let rest: Vec<usize> = (0..self.graph.migrations.len()).filter(|index| !ordered.contains(index)).collect();
        self.graph.order.iter().copied().chain(rest).filter_map(|index| self.graph.migrations.get(index))
    }

    /// Returns the names of the migrations that no other follows, as `alembic heads` does.
    pub fn heads(&self) -> Vec<&str> {
        self.named(|index| self.graph.is_head(index))
    }

    /// Returns the names of the migrations that follow no other.
    pub fn bases(&self) -> Vec<&str> {
        self.named(|index| self.graph.is_base(index))
    }

    /// Returns the names of all migrations in an order in which they can run, oldest first.
    ///
    /// # Errors
    /// The chain, or that of an app of Django, has several heads, or it is broken.
    pub fn order(&self) -> Result<Vec<&str>, NoOrder> {
        let is_broken = self.findings.iter().any(|finding| match &finding.fault {
            Fault::NotAMigration { .. }
            | Fault::DuplicateId { .. }
            | Fault::MissingParent { .. }
            | Fault::MissingDependency { .. }
            | Fault::Cycle
            | Fault::NoBase
            | Fault::Unreached => true,
            Fault::DuplicateTitle { .. }
            | Fault::SeveralHeads { .. }
            | Fault::AddedTwice { .. }
            | Fault::RemovedTwice { .. }
            | Fault::RemovedUnmade { .. } => false,
        });
        if is_broken {
            return Err(NoOrder::Broken);
        }
        if self.graph.order.is_empty() {
            return Err(NoOrder::Empty);
        }
        if let Some(heads) = self.heads_by_group().into_values().find(|heads| heads.len() > 1) {
            let heads = self.all_named(&heads).into_iter().map(|head| head.id);
            return Err(NoOrder::SeveralHeads(heads.collect()));
        }
        let order = self.graph.order.iter().filter_map(|index| self.graph.migrations.get(*index));
        Ok(order.map(|migration| migration.id.as_str()).collect())
    }

    /// Lays the chain out as a tree, oldest first. Migrations in circles, and those after them, have no line.
    pub fn tree(&self) -> Vec<ChainLine<'_>> {
        let mut missing: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for reference in &self.graph.missing {
            missing.entry(reference.migration).or_default().push(&reference.reference.name);
        }
        let line = |line: tree::TreeLine| {
            let migration = self.graph.migrations.get(line.migration)?;
            Some(ChainLine {
                indent: line.indent,
                migration,
                is_base: self.graph.is_base(line.migration),
                is_head: self.graph.is_head(line.migration),
                missing: missing.get(&line.migration).cloned().unwrap_or_default(),
            })
        };
        tree::lay_out(&self.graph).into_iter().filter_map(line).collect()
    }

    /// Returns the migrations in circles, and those after them: no order is known for these.
    pub fn without_order(&self) -> Vec<&Migration> {
        let ordered: BTreeSet<usize> = self.graph.order.iter().copied().collect();
        let migrations = self.graph.migrations.iter().enumerate();
        migrations.filter(|(index, _)| !ordered.contains(index)).map(|(_, migration)| migration).collect()
    }

    /// Returns what the migrations do that is not read.
    pub fn not_read(&self) -> Vec<NotRead> {
        let mut not_read = Vec::new();
        for migration in self.migrations() {
            for unread in &migration.unread {
                let place = Place { file: migration.place.file.clone(), line: unread.line };
                not_read.push(NotRead { place, what: unread.what.clone() });
            }
        }
        not_read
    }

    fn named(&self, is_chosen: impl Fn(usize) -> bool) -> Vec<&str> {
        let chosen = self.graph.order.iter().filter(|index| is_chosen(**index));
        chosen.filter_map(|index| self.graph.migrations.get(*index)).map(|found| found.id.as_str()).collect()
    }

    fn judge(&mut self, not_read: &[NoMigration]) {
        let mut findings = Vec::new();
        for NoMigration { place, why } in not_read {
            let migration = NamedMigration { id: String::new(), place: place.clone() };
            findings.push(Finding { fault: Fault::NotAMigration { why: why.clone() }, migrations: vec![migration] });
        }
        findings.extend(self.duplicates());
        findings.extend(self.duplicate_titles());
        findings.extend(self.missing());
        for cycle in &self.cycles {
            findings.push(Finding { fault: Fault::Cycle, migrations: self.all_named(cycle) });
        }
        findings.extend(self.unreached());
        findings.extend(self.several_heads(not_read.len()));
        let Conflicts { sure, possible } = conflicts(&self.graph);
        findings.extend(sure);
        self.findings = findings;
        self.possible = possible;
    }

    fn at(&self, index: usize) -> Option<NamedMigration> {
        let migration = self.graph.migrations.get(index)?;
        Some(NamedMigration { id: migration.id.clone(), place: migration.place.clone() })
    }

    fn all_named(&self, indexes: &[usize]) -> Vec<NamedMigration> {
        indexes.iter().filter_map(|index| self.at(*index)).collect()
    }

    fn duplicates(&self) -> Vec<Finding> {
        let mut by_first: BTreeMap<usize, Vec<NamedMigration>> = BTreeMap::new();
        for duplicate in &self.graph.duplicates {
            let migration = &duplicate.migration;
            let named = NamedMigration { id: migration.id.clone(), place: migration.place.clone() };
            by_first.entry(duplicate.of).or_default().push(named);
        }
        let mut findings = Vec::new();
        for (first, others) in by_first {
            let Some(first) = self.at(first) else { continue };
            let fault = Fault::DuplicateId { id: first.id.clone() };
            findings.push(Finding { fault, migrations: std::iter::once(first).chain(others).collect() });
        }
        findings
    }

    /// Finds migrations whose classes would have one name: Rails refuses these.
    fn duplicate_titles(&self) -> Vec<Finding> {
        let mut by_title: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        if self.tool == Tool::Rails {
            for index in &self.graph.order {
                let title = self.graph.migrations.get(*index).map_or("", |migration| migration.title.as_str());
                by_title.entry(title).or_default().push(*index);
            }
        }
        let several = by_title.into_iter().filter(|(_, indexes)| indexes.len() > 1);
        let finding = |(title, indexes): (&str, Vec<usize>)| Finding {
            fault: Fault::DuplicateTitle { title: title.to_owned() },
            migrations: self.all_named(&indexes),
        };
        several.map(finding).collect()
    }

    fn missing(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for missing in &self.graph.missing {
            let Some(mut named) = self.at(missing.migration) else { continue };
            named.place.line = missing.reference.line;
            let (id, name) = (named.id.clone(), missing.reference.name.clone());
            let fault = if missing.is_dependency {
                Fault::MissingDependency { id, dependency: name }
            } else {
                let whole_id = self.only_one_beginning_with(&name);
                Fault::MissingParent { id, parent: name, whole_id }
            };
            findings.push(Finding { fault, migrations: vec![named] });
        }
        findings
    }

    /// Returns the name that a shorter one may stand for. Tools accept these at their command line, and in no file.
    fn only_one_beginning_with(&self, short: &str) -> Option<String> {
        let mut longer = self.graph.migrations.iter().filter(|migration| migration.id.starts_with(short));
        let first = longer.next().filter(|_| !short.is_empty() && longer.next().is_none());
        first.map(|migration| migration.id.clone())
    }

    fn unreached(&self) -> Option<Finding> {
        let number = self.graph.migrations.len();
        let in_cycles: BTreeSet<usize> = self.cycles.iter().flatten().copied().collect();
        let has_base = (0..number).any(|index| self.graph.is_base(index));
        if number == 0 {
            return None;
        }
        if !has_base {
            let first = self.graph.order.first().copied().unwrap_or_default();
            return Some(Finding { fault: Fault::NoBase, migrations: self.all_named(&[first]) });
        }
        let reached = self.graph.reached();
        let without_parent: BTreeSet<usize> = self.graph.missing.iter().map(|missing| missing.migration).collect();
        let is_left =
            |index: &usize| !reached.contains(index) && !in_cycles.contains(index) && !without_parent.contains(index);
        let left: Vec<usize> = (0..number).filter(is_left).collect();
        (!left.is_empty()).then(|| Finding { fault: Fault::Unreached, migrations: self.all_named(&left) })
    }

    /// Finds several heads, for each app of Django by itself. Each file that is missing or not read may follow one of
    /// them.
    fn several_heads(&self, not_read: usize) -> Vec<Finding> {
        let missing: BTreeSet<&str> =
            self.graph.missing.iter().map(|missing| missing.reference.name.as_str()).collect();
        let mut findings = Vec::new();
        for (group, heads) in self.heads_by_group() {
            let may_be_followed = not_read + missing.len();
            if heads.len().saturating_sub(may_be_followed) > 1 && !self.are_labelled_apart(&heads) {
                let fault = Fault::SeveralHeads { tool: self.tool, group: group.map(str::to_owned) };
                findings.push(Finding { fault, migrations: self.all_named(&heads) });
            }
        }
        findings
    }

    /// Returns the heads, those of each app of Django by themselves.
    fn heads_by_group(&self) -> BTreeMap<Option<&str>, Vec<usize>> {
        let mut groups: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
        for index in self.graph.order.iter().filter(|index| self.graph.is_head(**index)) {
            let group = self.graph.migrations.get(*index).and_then(|migration| migration.group.as_deref());
            groups.entry(group).or_default().push(*index);
        }
        groups
    }

    /// Decides whether each head has a label of a branch of its own: then several heads are meant.
    fn are_labelled_apart(&self, heads: &[usize]) -> bool {
        let mut seen = BTreeSet::new();
        heads.iter().all(|head| {
            let labels = self.labels_of(*head);
            let is_apart = !labels.is_empty() && labels.iter().all(|label| !seen.contains(label));
            seen.extend(labels);
            is_apart
        })
    }

    /// Returns the labels of a migration: its own, and those of all that it follows.
    fn labels_of(&self, index: usize) -> BTreeSet<&str> {
        let mut labels = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut next = vec![index];
        while let Some(index) = next.pop() {
            if seen.insert(index) {
                let own = self.graph.migrations.get(index).map(|migration| migration.labels.as_slice());
                labels.extend(own.unwrap_or_default().iter().map(String::as_str));
                next.extend(self.graph.links.get(index).into_iter().flat_map(|links| &links.parents));
            }
        }
        labels
    }
}
