//! The record to keep after a plan has run, or part of it.

use std::collections::BTreeMap;

use super::declared_part::{DeclaredPart, PartDigests, PartNames, names_part};
use super::key_on_its_way::KeyOnItsWay;
use super::last_applied::{AppliedObject, AppliedObjects, AppliedTable, LastApplied, Origin, find};
use super::missing::missing_objects;
use super::records::Records;
use super::rename_round::RenameRound;
use crate::plan::change::{DeclaredNames, ObjectKind, declared_of, is_live};
use crate::schema::{DeclaredSchema, DeclaredTable, Identifier, Schema, Table};

/// What a record follows from.
#[derive(Debug, Clone, Copy)]
pub struct RecordSources<'a> {
    pub records: &'a Records,
    pub declared: &'a DeclaredSchema,
    /// What each part of the declaration says.
    pub digests: &'a PartDigests,
    pub live: &'a Schema,
    /// The parts that are still to be changed.
    pub unsettled: &'a PartNames,
    /// The time, in UTC.
    pub now: &'a str,
}

impl LastApplied {
    /// Returns the own record once the declaration was applied, as far as it is live and settled. Earlier declarations stay
    /// in it as long as their objects are live.
    pub fn next(sources: RecordSources<'_>) -> Self {
        let RecordSources { records, declared, live, unsettled, now, .. } = sources;
        let none = Self::default();
        let own = records.own.as_ref().unwrap_or(&none);
        let mut tables = BTreeMap::new();
        for (name, before) in &own.tables {
            if let Some(table) = live.table(name) {
                tables.insert(name.clone(), before.still_live(table, records));
            }
        }
        for table in &declared.tables {
            if let Some(of_table) = live.table(&table.name) {
                let recorded = RecordedTable { sources, own, table, live: of_table };
                tables.insert(table.name.clone(), recorded.table());
            }
        }
        let is_under_way = |round: &&RenameRound| {
            let of_round = |name: &Identifier| {
                names_part(unsettled, &round.table, &DeclaredPart::object(ObjectKind::Column, name))
            };
            round.columns.iter().all(of_round) && live.table(&round.table).is_some()
        };
        let rounds = own.rounds.iter().filter(is_under_way).cloned().collect();
        let making = still_making(own, live, &tables);
        let missing = missing_objects(own, declared, live, now);
        Self {
            tables,
            rounds,
            digests: settled_digests(sources, own),
            making,
            missing,
            keys: KeyOnItsWay::pending(records.keys(), live),
            waiting: PartNames::new(),
        }
    }
}

/// Returns what each part declares: what is settled by its present declaration, the rest by the one before.
fn settled_digests(sources: RecordSources<'_>, own: &LastApplied) -> PartDigests {
    let settled = sources.digests.iter().map(|(table, parts)| {
        let unsettled = sources.unsettled.get(table);
        let before = own.digests.get(table);
        let parts = parts.iter().filter_map(|(part, digest)| {
            let is_unsettled = unsettled.is_some_and(|unsettled| unsettled.contains(part));
            let digest = if is_unsettled { before.and_then(|before| before.get(part)) } else { Some(digest) };
            digest.map(|digest| (part.clone(), digest.clone()))
        });
        (table.clone(), parts.collect::<BTreeMap<String, String>>())
    });
    settled.filter(|(_, parts)| !parts.is_empty()).collect()
}

/// Returns what steps have made that is not yet in sync. What is not live was not made.
fn still_making(own: &LastApplied, live: &Schema, recorded: &BTreeMap<Identifier, AppliedTable>) -> PartNames {
    let mut making = PartNames::new();
    for (name, parts) in &own.making {
        let Some(table) = live.table(name) else { continue };
        let objects =
            ObjectKind::ALL.into_iter().flat_map(|kind| live_names(table, kind).map(move |name| (kind, name)));
        let is_recorded = |kind: ObjectKind, object: &Identifier| {
            recorded.get(name).is_some_and(|table| find(table.objects(kind), object).is_some())
        };
        let all_made = parts.contains(&DeclaredPart::Table.key());
        let open = objects.filter(|(kind, object)| !is_recorded(*kind, object));
        let open = open.map(|(kind, object)| DeclaredPart::object(kind, object).key());
        let open = open.filter(|key| all_made || parts.contains(key));
        making.insert(name.clone(), open.collect());
    }
    making.retain(|_, parts| !parts.is_empty());
    making
}

fn live_names(table: &Table, kind: ObjectKind) -> Box<dyn Iterator<Item = &Identifier> + '_> {
    match kind {
        ObjectKind::Column => Box::new(table.columns.iter().map(|one| &one.name)),
        ObjectKind::Index => Box::new(table.indexes.iter().map(|one| &one.name)),
        ObjectKind::ForeignKey => Box::new(table.foreign_keys.iter().map(|one| &one.name)),
        ObjectKind::Check => Box::new(table.checks.iter().map(|one| &one.name)),
    }
}

impl AppliedTable {
    /// Returns what of a table that is no longer declared is live. What another resource declares was handed over: from
    /// then on this resource did not make it.
    fn still_live(&self, table: &Table, records: &Records) -> Self {
        let kept = |kind: ObjectKind| {
            let objects = self.objects(kind).iter().filter(|(name, _)| is_live(table, kind, name));
            let kept = objects.map(|(name, object)| {
                let is_claimed = records.is_claimed_by_another(&table.name, kind, name);
                (name.clone(), if is_claimed { object.handed_over() } else { object.clone() })
            });
            kept.collect()
        };
        let is_claimed = records.is_table_claimed_by_another(&table.name);
        Self {
            itself: if is_claimed { self.itself.handed_over() } else { self.itself.clone() },
            columns: kept(ObjectKind::Column),
            indexes: kept(ObjectKind::Index),
            foreign_keys: kept(ObjectKind::ForeignKey),
            checks: kept(ObjectKind::Check),
        }
    }
}

impl AppliedObject {
    fn handed_over(&self) -> Self {
        Self { origin: Origin { made: false, ..self.origin.clone() }, ..self.clone() }
    }
}

/// One declared table that is live, to be recorded.
struct RecordedTable<'a> {
    sources: RecordSources<'a>,
    own: &'a LastApplied,
    table: &'a DeclaredTable,
    live: &'a Table,
}

impl RecordedTable<'_> {
    fn table(&self) -> AppliedTable {
        AppliedTable {
            itself: self.itself(),
            columns: self.objects(ObjectKind::Column),
            indexes: self.objects(ObjectKind::Index),
            foreign_keys: self.objects(ObjectKind::ForeignKey),
            checks: self.objects(ObjectKind::Check),
        }
    }

    fn itself(&self) -> AppliedObject {
        let known = |name: &Identifier| -> Vec<&AppliedObject> {
            let records = self.sources.records.ancestry();
            records.filter_map(|last| Some(&last.tables.get(name)?.itself)).collect()
        };
        let gone = self.own.tables.iter().filter(|(name, _)| self.sources.live.table(name).is_none());
        let gone: Vec<(&Identifier, &AppliedObject)> = gone.map(|(name, table)| (name, &table.itself)).collect();
        let declared = DeclaredNames { name: &self.table.name, former: &self.table.renamed_from };
        let before = self.own.table_of(self.table).map(|table| &table.itself);
        let before = before.or_else(|| was_named(&gone, declared.name));
        let origin = self.origin(&DeclaredPart::Table, before, None);
        AppliedObject { origin, ..lineage(declared, known, &gone) }
    }

    fn objects(&self, kind: ObjectKind) -> AppliedObjects {
        let Self { sources, own, table, live } = self;
        let none = AppliedTable::default();
        let before = own.table_of(table).unwrap_or(&none).still_live(live, sources.records);
        let mut objects = before.objects(kind).clone();
        // What is declared was not handed over.
        let before = own.table_of(table).unwrap_or(&none).objects(kind);
        for (name, object) in &mut objects {
            if declared_of(table, kind).iter().any(|declared| declared.name.matches(name)) {
                object.origin.made = find(before, name).is_some_and(|object| object.origin.made);
            }
        }
        let gone: Vec<(&Identifier, &AppliedObject)> =
            before.iter().filter(|(name, _)| !is_live(live, kind, name)).collect();
        for declared in declared_of(table, kind) {
            let DeclaredNames { name, former } = declared;
            let part = DeclaredPart::object(kind, name);
            if names_part(sources.unsettled, &table.name, &part) || !is_live(live, kind, name) {
                continue;
            }
            let known = |name: &Identifier| -> Vec<&AppliedObject> {
                let tables = sources.records.ancestry().filter_map(|last| last.table_of(table));
                tables.filter_map(|table| find(table.objects(kind), name)).collect()
            };
            let known_before = find(before, name).or_else(|| former.iter().find_map(|former| find(before, former)));
            let known_before = known_before.or_else(|| was_named(&gone, name));
            let origin = self.origin(&part, known_before, Some(name).filter(|_| kind == ObjectKind::Column));
            objects.retain(|other, _| !other.matches(name) || other == name);
            objects.insert(name.clone(), AppliedObject { origin, ..lineage(declared, known, &gone) });
        }
        objects
    }

    /// Returns where a part comes from that is in sync now. What was not recorded before and no step made was there
    /// before.
    fn origin(&self, part: &DeclaredPart, before: Option<&AppliedObject>, column: Option<&Identifier>) -> Origin {
        let making = &self.own.making;
        let is_made =
            names_part(making, &self.table.name, &DeclaredPart::Table) || names_part(making, &self.table.name, part);
        if let Some(before) = before.filter(|_| !is_made) {
            return before.origin.clone();
        }
        let restored = self.own.missing.iter().find(|missing| {
            let is_same = match (&missing.column, column) {
                (None, None) => *part == DeclaredPart::Table,
                (Some(missing), Some(column)) => missing.matches(column),
                (None, Some(_)) | (Some(_), None) => false,
            };
            missing.table == self.table.name && is_same
        });
        match restored.filter(|_| !is_made) {
            Some(restored) => restored.origin.clone(),
            None => Origin { made: is_made, since: Some(self.sources.now.to_owned()), unconfirmed: false },
        }
    }
}

/// Returns the object that is gone and had this name before.
fn was_named<'a>(gone: &[(&'a Identifier, &'a AppliedObject)], name: &Identifier) -> Option<&'a AppliedObject> {
    let was = |object: &AppliedObject| object.was.iter().any(|was| was.matches(name));
    gone.iter().find(|(_, object)| was(object)).map(|(_, object)| *object)
}

/// Returns the former names of a declared object: those that are declared, their own former names, and the names that it
/// had in between when a rename was taken back.
fn lineage<'a>(
    declared: DeclaredNames<'_>,
    known: impl Fn(&Identifier) -> Vec<&'a AppliedObject>,
    gone: &[(&'a Identifier, &'a AppliedObject)],
) -> AppliedObject {
    let DeclaredNames { name, former } = declared;
    let mut was: Vec<Identifier> = former.to_vec();
    was.extend(known(name).into_iter().flat_map(|names| names.was.iter().cloned()));
    was.extend(former.iter().flat_map(&known).flat_map(|names| names.was.iter().cloned()));
    for (other, names) in gone.iter().filter(|(_, names)| names.was.iter().any(|was| was.matches(name))) {
        was.push((*other).clone());
        was.extend(names.was.iter().cloned());
    }
    let mut seen: Vec<Identifier> = Vec::new();
    was.retain(|other| {
        let is_new = !other.matches(name) && !seen.iter().any(|seen| seen.matches(other));
        seen.push(other.clone());
        is_new
    });
    AppliedObject { was, renamed_from: former.to_vec(), origin: Origin::default() }
}
