//! What a resource declared when it was last applied, and the names by which its objects went before: the third side of
//! the merge, beside what is declared and what is live. It is kept in the database itself (`src/record`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::plan::change::{Change, ObjectKey, ObjectKind, Plan, Step, declared_of, is_live};
use crate::plan::ownership::{needs, needs_table};
use crate::schema::{DeclaredSchema, DeclaredTable, Identifier, Schema, Table};

/// All objects that a resource once declared, and that have been live ever since.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastApplied {
    pub tables: BTreeMap<Identifier, AppliedTable>,
    /// Renames in a round that may have been begun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<Round>,
}

/// Columns that take each other's names, in one statement. Whether it has run, the order of the columns in the table
/// tells: they keep their places when they are renamed (tried on MySQL 9.7, MariaDB 10.11 and 11.8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Round {
    pub table: Identifier,
    /// The names in the order of their columns, before.
    pub columns: Vec<Identifier>,
}

impl Round {
    /// Whether the columns of `table` bear each other's names by now.
    pub(crate) fn is_done(&self, table: &Table) -> bool {
        let among = |name: &Identifier| self.columns.iter().any(|column| column.matches(name));
        let now: Vec<&Identifier> =
            table.columns.iter().map(|column| &column.name).filter(|name| among(name)).collect();
        now.len() == self.columns.len() && now.iter().zip(&self.columns).any(|(now, before)| !now.matches(before))
    }

    /// Whether it renames `from` to `to`, among others.
    pub(crate) fn holds(&self, table: &Identifier, from: &Identifier, to: &Identifier) -> bool {
        let among = |name: &Identifier| self.columns.iter().any(|column| column.matches(name));
        self.table == *table && among(from) && among(to)
    }
}

/// The rounds that a plan is to do.
pub fn rounds(plan: &Plan) -> Vec<Round> {
    let in_step = |step: &Step| {
        let renames: Vec<_> = step.changes.iter().filter_map(Change::as_column_rename).collect();
        let columns = step.before.iter().flat_map(|table| &table.columns).map(|column| &column.name);
        let columns: Vec<Identifier> = columns.filter(|name| comes_back(name, &renames)).cloned().collect();
        (!columns.is_empty()).then(|| Round { table: step.table.clone(), columns })
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

/// What was declared of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AppliedTable {
    #[serde(flatten)]
    pub names: Names,
    #[serde(skip_serializing_if = "Objects::is_empty")]
    pub columns: Objects,
    #[serde(skip_serializing_if = "Objects::is_empty")]
    pub indexes: Objects,
    #[serde(skip_serializing_if = "Objects::is_empty")]
    pub foreign_keys: Objects,
    #[serde(skip_serializing_if = "Objects::is_empty")]
    pub checks: Objects,
}

/// Objects of one kind by name.
pub type Objects = BTreeMap<Identifier, Names>;

/// The other names of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Names {
    /// Names that it had before, by what was ever declared of it. Where one of them is declared again in its place, the
    /// rename is taken back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub was: Vec<Identifier>,
    /// The `renamedFrom` of the declaration that was applied last: these renames are done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renamed_from: Vec<Identifier>,
}

/// What the database holds of records, sorted by what they are to one resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// The resource's own.
    pub own: Option<LastApplied>,
    /// That of a resource of the same name, which is gone. What it declared is nobody's; which renames were done under
    /// its name is still so.
    pub predecessor: Option<LastApplied>,
    /// Those of all other resources.
    pub others: Vec<OtherRecord>,
}

/// The record of another resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherRecord {
    pub last: LastApplied,
    /// Whether it has the same namespace and name, in another cluster: of two clusters that take turns with one database,
    /// each knows which renames the other has done.
    pub is_namesake: bool,
    /// Whether it is still somebody's: what a resource that is gone had declared is nobody's.
    pub is_active: bool,
    /// All that it declares now, whether or not that is live; nothing of a contract.
    pub owns: Option<Arc<DeclaredSchema>>,
}

impl OtherRecord {
    /// Whether the table is the other's as well.
    pub(crate) fn holds_table(&self, name: &Identifier) -> bool {
        self.is_active
            && (self.last.tables.contains_key(name) || self.owns.as_ref().is_some_and(|owns| needs_table(owns, name)))
    }

    /// Whether the object is the other's as well.
    pub(crate) fn holds(&self, table: &Identifier, kind: ObjectKind, name: &Identifier) -> bool {
        let declared = || self.owns.iter().flat_map(|owns| &owns.tables).find(|declared| declared.name == *table);
        let was_applied = || self.last.tables.get(table).is_some_and(|table| find(table.objects(kind), name).is_some());
        self.is_active && (was_applied() || declared().is_some_and(|table| needs(table, kind, name)))
    }
}

/// Returns the objects that `plan` still changes.
pub fn unsettled(plan: &Plan) -> BTreeSet<ObjectKey> {
    let subjects = plan.steps.iter().flat_map(|step| step.changes.iter().map(move |change| (step, change.subject())));
    subjects.filter_map(|(step, subject)| subject.map(|(kind, name)| ObjectKey::new(&step.table, kind, name))).collect()
}

impl Records {
    /// The records that know which renames were done for this resource.
    pub(crate) fn ancestry(&self) -> impl Iterator<Item = &LastApplied> {
        let namesakes = self.others.iter().filter(|other| other.is_namesake).map(|other| &other.last);
        self.own.iter().chain(&self.predecessor).chain(namesakes)
    }

    /// Whether there is nothing to merge with.
    pub(crate) fn is_empty(&self) -> bool {
        self.own.is_none() && self.predecessor.is_none() && self.others.is_empty()
    }
}

impl LastApplied {
    /// What the own record has to say once `declared` was applied as far as it is live and not `unsettled`. What was
    /// declared before stays in it for as long as it is live.
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
                let next = Next { records, own, table, schema: live, live: of_table, unsettled };
                tables.insert(table.name.clone(), next.table());
            }
        }
        let is_under_way = |round: &&Round| {
            let of_round =
                |name: &Identifier| unsettled.contains(&ObjectKey::new(&round.table, ObjectKind::Column, name));
            round.columns.iter().all(of_round) && live.table(&round.table).is_some()
        };
        let rounds = own.rounds.iter().filter(is_under_way).cloned().collect();
        Self { tables, rounds }
    }

    /// The table that is declared as `table`: under its own name, or the one that it had when this was written.
    pub(crate) fn table_of(&self, table: &DeclaredTable) -> Option<&AppliedTable> {
        self.tables.get(&table.name).or_else(|| table.renamed_from.iter().find_map(|former| self.tables.get(former)))
    }
}

impl AppliedTable {
    /// The objects of one kind.
    pub fn objects(&self, kind: ObjectKind) -> &Objects {
        match kind {
            ObjectKind::Column => &self.columns,
            ObjectKind::Index => &self.indexes,
            ObjectKind::ForeignKey => &self.foreign_keys,
            ObjectKind::Check => &self.checks,
        }
    }

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

/// The object of this name, in any case.
pub fn find<'a>(objects: &'a Objects, name: &Identifier) -> Option<&'a Names> {
    let in_any_case = || objects.iter().find(|(other, _)| other.matches(name)).map(|(_, names)| names);
    objects.get(name).or_else(in_any_case)
}

/// One declared table that is live, on its way into the record.
struct Next<'a> {
    records: &'a Records,
    own: &'a LastApplied,
    table: &'a DeclaredTable,
    schema: &'a Schema,
    live: &'a Table,
    unsettled: &'a BTreeSet<ObjectKey>,
}

impl Next<'_> {
    fn table(&self) -> AppliedTable {
        AppliedTable {
            names: self.table_names(),
            columns: self.objects(ObjectKind::Column),
            indexes: self.objects(ObjectKind::Index),
            foreign_keys: self.objects(ObjectKind::ForeignKey),
            checks: self.objects(ObjectKind::Check),
        }
    }

    fn table_names(&self) -> Names {
        let known = |name: &Identifier| -> Vec<&Names> {
            self.records.ancestry().filter_map(|last| Some(&last.tables.get(name)?.names)).collect()
        };
        let gone = self.own.tables.iter().filter(|(name, _)| self.schema.table(name).is_none());
        let gone = gone.map(|(name, table)| (name, &table.names));
        lineage(&self.table.name, &self.table.renamed_from, known, gone)
    }

    fn objects(&self, kind: ObjectKind) -> Objects {
        let none = Objects::new();
        let before = self.own.table_of(self.table).map_or(&none, |table| table.objects(kind));
        let still_live = before.iter().filter(|(name, _)| is_live(self.live, kind, name));
        let mut objects: Objects = still_live.map(|(name, names)| (name.clone(), names.clone())).collect();
        for (name, former) in declared_of(self.table, kind) {
            let is_settled = !self.unsettled.contains(&ObjectKey::new(&self.table.name, kind, name));
            if !is_settled || !is_live(self.live, kind, name) {
                continue;
            }
            let known = |name: &Identifier| -> Vec<&Names> {
                let tables = self.records.ancestry().filter_map(|last| last.table_of(self.table));
                tables.filter_map(|table| find(table.objects(kind), name)).collect()
            };
            let gone = before.iter().filter(|(name, _)| !is_live(self.live, kind, name));
            let names = lineage(name, former, known, gone);
            objects.retain(|other, _| !other.matches(name) || other == name);
            objects.insert(name.clone(), names);
        }
        objects
    }
}

/// The names of an object that is declared as `name` with the former names `former`: all of these, what these were
/// before, and whatever it was in between, when a rename was taken back.
fn lineage<'a>(
    name: &Identifier,
    former: &[Identifier],
    known: impl Fn(&Identifier) -> Vec<&'a Names>,
    gone: impl Iterator<Item = (&'a Identifier, &'a Names)>,
) -> Names {
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
    Names { was, renamed_from: former.to_vec() }
}
