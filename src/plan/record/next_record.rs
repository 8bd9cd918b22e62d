//! The record to keep after a plan has run, or part of it.

use std::collections::{BTreeMap, BTreeSet};

use super::last_applied::{AppliedObjects, AppliedTable, FormerNames, LastApplied, find};
use super::records::Records;
use super::rename_round::RenameRound;
use crate::plan::change::{DeclaredNames, ObjectKey, ObjectKind, Plan, declared_of, is_live};
use crate::schema::{DeclaredSchema, DeclaredTable, Identifier, Schema, Table};

/// Returns the objects that `plan` still changes.
pub fn unsettled(plan: &Plan) -> BTreeSet<ObjectKey> {
    let subjects = plan.steps.iter().flat_map(|step| step.changes.iter().map(move |change| (step, change.subject())));
    subjects.filter_map(|(step, subject)| subject.map(|(kind, name)| ObjectKey::new(&step.table, kind, name))).collect()
}

impl LastApplied {
    /// Returns the own record once `declared` was applied, as far as it is live and not `unsettled`. Earlier declarations stay
    /// in it as long as their objects are live.
    pub fn next(records: &Records, declared: &DeclaredSchema, live: &Schema, unsettled: &BTreeSet<ObjectKey>) -> Self {
        let none = Self::default();
        let own = records.own.as_ref().unwrap_or(&none);
        let mut tables = BTreeMap::new();
        for (name, before) in &own.tables {
            if let Some(table) = live.table(name) {
                tables.insert(name.clone(), before.still_live(table));
            }
        }
        for table in &declared.tables {
            if let Some(of_table) = live.table(&table.name) {
                let recorded = RecordedTable { records, own, table, schema: live, live: of_table, unsettled };
                tables.insert(table.name.clone(), recorded.table());
            }
        }
        let is_under_way = |round: &&RenameRound| {
            let of_round =
                |name: &Identifier| unsettled.contains(&ObjectKey::new(&round.table, ObjectKind::Column, name));
            round.columns.iter().all(of_round) && live.table(&round.table).is_some()
        };
        let rounds = own.rounds.iter().filter(is_under_way).cloned().collect();
        Self { tables, rounds }
    }
}

impl AppliedTable {
    fn still_live(&self, table: &Table) -> Self {
        let kept = |kind: ObjectKind| {
            let objects = self.objects(kind).iter().filter(|(name, _)| is_live(table, kind, name));
            objects.map(|(name, names)| (name.clone(), names.clone())).collect()
        };
        Self {
            names: self.names.clone(),
            columns: kept(ObjectKind::Column),
            indexes: kept(ObjectKind::Index),
            foreign_keys: kept(ObjectKind::ForeignKey),
            checks: kept(ObjectKind::Check),
        }
    }
}

/// One declared table that is live, to be recorded.
struct RecordedTable<'a> {
    records: &'a Records,
    own: &'a LastApplied,
    table: &'a DeclaredTable,
    schema: &'a Schema,
    live: &'a Table,
    unsettled: &'a BTreeSet<ObjectKey>,
}

impl RecordedTable<'_> {
    fn table(&self) -> AppliedTable {
        AppliedTable {
            names: self.table_names(),
            columns: self.objects(ObjectKind::Column),
            indexes: self.objects(ObjectKind::Index),
            foreign_keys: self.objects(ObjectKind::ForeignKey),
            checks: self.objects(ObjectKind::Check),
        }
    }

    fn table_names(&self) -> FormerNames {
        let known = |name: &Identifier| -> Vec<&FormerNames> {
            self.records.ancestry().filter_map(|last| Some(&last.tables.get(name)?.names)).collect()
        };
        let gone = self.own.tables.iter().filter(|(name, _)| self.schema.table(name).is_none());
        let gone = gone.map(|(name, table)| (name, &table.names));
        lineage(DeclaredNames { name: &self.table.name, former: &self.table.renamed_from }, known, gone)
    }

    fn objects(&self, kind: ObjectKind) -> AppliedObjects {
        let none = AppliedObjects::new();
        let before = self.own.table_of(self.table).map_or(&none, |table| table.objects(kind));
        let still_live = before.iter().filter(|(name, _)| is_live(self.live, kind, name));
        let mut objects: AppliedObjects = still_live.map(|(name, names)| (name.clone(), names.clone())).collect();
        for DeclaredNames { name, former } in declared_of(self.table, kind) {
            let is_settled = !self.unsettled.contains(&ObjectKey::new(&self.table.name, kind, name));
            if !is_settled || !is_live(self.live, kind, name) {
                continue;
            }
            let known = |name: &Identifier| -> Vec<&FormerNames> {
                let tables = self.records.ancestry().filter_map(|last| last.table_of(self.table));
                tables.filter_map(|table| find(table.objects(kind), name)).collect()
            };
            let gone = before.iter().filter(|(name, _)| !is_live(self.live, kind, name));
            let names = lineage(DeclaredNames { name, former }, known, gone);
            objects.retain(|other, _| !other.matches(name) || other == name);
            objects.insert(name.clone(), names);
        }
        objects
    }
}

/// Returns the former names of a declared object: those that are declared, their own former names, and the names that it
/// had in between when a rename was taken back.
fn lineage<'a>(
    declared: DeclaredNames<'_>,
    known: impl Fn(&Identifier) -> Vec<&'a FormerNames>,
    gone: impl Iterator<Item = (&'a Identifier, &'a FormerNames)>,
) -> FormerNames {
    let DeclaredNames { name, former } = declared;
    let mut was: Vec<Identifier> = former.to_vec();
    was.extend(known(name).into_iter().flat_map(|names| names.was.iter().cloned()));
    was.extend(former.iter().flat_map(&known).flat_map(|names| names.was.iter().cloned()));
    for (other, names) in gone.filter(|(_, names)| names.was.iter().any(|was| was.matches(name))) {
        was.push(other.clone());
        was.extend(names.was.iter().cloned());
    }
    let mut seen: Vec<Identifier> = Vec::new();
    was.retain(|other| {
        let is_new = !other.matches(name) && !seen.iter().any(|seen| seen.matches(other));
        seen.push(other.clone());
        is_new
    });
    FormerNames { was, renamed_from: former.to_vec() }
}
