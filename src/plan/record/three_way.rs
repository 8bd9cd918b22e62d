//! The three-way merge of what is declared, what was declared when it was last applied, and what is live: as server-side
//! apply does it. What follows from the record is written into the declaration as if a person had: a rename that is done
//! is left out, one that is taken back is declared the other way round, and what is no longer declared is absent.

use std::borrow::Cow;

use super::last_applied::{AppliedTable, Names, Records, find};
use super::undeclared::is_bookkeeping;
use crate::plan::change::{ObjectKind, declared_of, is_live};
use crate::plan::target::same_foreign_key;
use crate::schema::{
    DeclaredSchema, DeclaredTable, ForeignKey, Identifier, Index, Position, Schema, Table, same_parts,
};

const KINDS: [ObjectKind; 4] = [ObjectKind::Column, ObjectKind::Index, ObjectKind::ForeignKey, ObjectKind::Check];

/// Merges `records` into `declared`. With `removes`, what the resource once declared and no longer does is absent.
pub fn three_way<'a>(
    declared: &'a DeclaredSchema,
    records: &Records,
    live: &Schema,
    removes: bool,
) -> Cow<'a, DeclaredSchema> {
    let mut merged = Cow::Borrowed(declared);
    if records.is_empty() {
        return merged;
    }
    for (at, table) in declared.tables.iter().enumerate() {
        if let Some(former) = table_renames(table, declared, records, live)
            && let Some(table) = merged.to_mut().tables.get_mut(at)
        {
            table.renamed_from = former;
        }
    }
    for at in 0..declared.tables.len() {
        let Some(table) = merged.tables.get(at) else { continue };
        let live_name = std::iter::once(&table.name).chain(&table.renamed_from).find_map(|name| live.table(name));
        let Some(of_table) = live_name else { continue };
        let sides = Sides { declared: table, live: of_table, records };
        if let Cow::Owned(edited) = sides.merge(removes)
            && let Some(table) = merged.to_mut().tables.get_mut(at)
        {
            *table = edited;
        }
    }
    if removes {
        remove_tables(&mut merged, records, live);
    }
    merged
}

/// The former names of a table that still count; `None` where that is all of them.
fn table_renames(
    table: &DeclaredTable,
    declared: &DeclaredSchema,
    records: &Records,
    live: &Schema,
) -> Option<Vec<Identifier>> {
    let is_declared = |name: &Identifier| {
        declared.tables.iter().any(|other| other.name == *name) || declared.absent_tables.contains(name)
    };
    let is_foreign = |name: &Identifier| records.others.iter().any(|other| other.holds_table(name));
    let renames = Renames {
        name: &table.name,
        former: &table.renamed_from,
        done: &[],
        is_live: &|name| live.table(name).is_some(),
        is_declared: &is_declared,
    };
    let known = records.ancestry().filter_map(|last| Some(&last.tables.get(&table.name)?.names));
    let own = records.ancestry().flat_map(|last| &last.tables);
    renames.merge(known, own.map(|(name, table)| (name, &table.names)).filter(|(name, _)| !is_foreign(name)))
}

/// The names of one declared object, and what is known of others of its kind.
struct Renames<'a> {
    name: &'a Identifier,
    former: &'a [Identifier],
    /// Former names that are known to be done with, beside what a record says of the object.
    done: &'a [Identifier],
    is_live: &'a dyn Fn(&Identifier) -> bool,
    is_declared: &'a dyn Fn(&Identifier) -> bool,
}

impl Renames<'_> {
    /// The former names that still count, where they are others than declared: less what was renamed before, and more
    /// by what is live under a later name that nobody declares any longer.
    fn merge<'r>(
        &self,
        known: impl Iterator<Item = &'r Names>,
        all: impl Iterator<Item = (&'r Identifier, &'r Names)>,
    ) -> Option<Vec<Identifier>> {
        let done: Vec<&Identifier> = known.flat_map(|names| &names.renamed_from).chain(self.done).collect();
        // A former name that is live, and nobody's, is an object that somebody has renamed back.
        let is_done = |former: &Identifier| {
            done.iter().any(|done| done.matches(former)) && ((self.is_live)(self.name) || (self.is_declared)(former))
        };
        let mut counts: Vec<Identifier> = self.former.iter().filter(|former| !is_done(former)).cloned().collect();
        if !(self.is_live)(self.name) && !counts.iter().any(self.is_live) {
            let mut later = all.filter(|(later, names)| {
                (self.is_live)(later)
                    && !(self.is_declared)(later)
                    && names.was.iter().any(|was| was.matches(self.name))
            });
            counts.extend(later.next().map(|(later, _)| later.clone()));
        }
        (counts != self.former).then_some(counts)
    }
}

/// One declared table with its live state.
struct Sides<'a> {
    declared: &'a DeclaredTable,
    live: &'a Table,
    records: &'a Records,
}

impl<'a> Sides<'a> {
    fn merge(&self, removes: bool) -> Cow<'a, DeclaredTable> {
        let mut merged = Cow::Borrowed(self.declared);
        for (at, column) in self.declared.columns.iter().enumerate() {
            if let Some(former) = self.renames(ObjectKind::Column, &column.name, &column.renamed_from)
                && let Some(column) = merged.to_mut().columns.get_mut(at)
            {
                column.renamed_from = former;
            }
        }
        for (at, index) in self.declared.indexes.iter().enumerate() {
            if let Some(former) = self.renames(ObjectKind::Index, &index.name, &index.renamed_from)
                && let Some(index) = merged.to_mut().indexes.get_mut(at)
            {
                index.renamed_from = former;
            }
        }
        let own = self.records.own.as_ref().and_then(|own| own.table_of(self.declared));
        if let Some(own) = own.filter(|_| removes) {
            let gone = Gone::find(&merged, own, self.live, self.records);
            if !gone.is_empty() {
                gone.declare_absent(merged.to_mut());
            }
        }
        merged
    }

    fn renames(&self, kind: ObjectKind, name: &Identifier, former: &[Identifier]) -> Option<Vec<Identifier>> {
        let tables = || self.records.ancestry().filter_map(|last| last.table_of(self.declared));
        let rounds = || self.records.ancestry().flat_map(|last| &last.rounds).filter(|round| round.is_done(self.live));
        let in_round = |former: &&Identifier| {
            kind == ObjectKind::Column && rounds().any(|round| round.holds(&self.live.name, former, name))
        };
        let done: Vec<Identifier> = former.iter().filter(in_round).cloned().collect();
        let renames = Renames {
            name,
            former,
            done: &done,
            is_live: &|name| is_live(self.live, kind, name),
            is_declared: &|name| is_declared(self.declared, kind, name),
        };
        let known = tables().filter_map(|table| find(table.objects(kind), name));
        let all = tables().flat_map(|table| table.objects(kind));
        renames.merge(known, all.filter(|(name, _)| !is_foreign(self.records, &self.live.name, kind, name)))
    }
}

/// Whether a table's declaration says anything of this object.
fn is_declared(table: &DeclaredTable, kind: ObjectKind, name: &Identifier) -> bool {
    let absent = match kind {
        ObjectKind::Column => &table.absent.columns,
        ObjectKind::Index => &table.absent.indexes,
        ObjectKind::ForeignKey => &table.absent.foreign_keys,
        ObjectKind::Check => &table.absent.checks,
    };
    declared_of(table, kind).iter().any(|(other, _)| other.matches(name))
        || absent.iter().any(|absent| absent.matches(name))
}

/// Whether the record of another resource holds this object.
fn is_foreign(records: &Records, table: &Identifier, kind: ObjectKind, name: &Identifier) -> bool {
    records.others.iter().any(|other| other.holds(table, kind, name))
}

/// What of one table was declared once, is live, and is not declared any more.
#[derive(Debug, Default)]
struct Gone {
    columns: Vec<Identifier>,
    indexes: Vec<Identifier>,
    foreign_keys: Vec<Identifier>,
    checks: Vec<Identifier>,
}

impl Gone {
    fn find(declared: &DeclaredTable, own: &AppliedTable, live: &Table, records: &Records) -> Self {
        let gone = |kind: ObjectKind| -> Vec<Identifier> {
            let recorded = own.objects(kind).keys().filter(|name| {
                is_live(live, kind, name)
                    && !is_declared(declared, kind, name)
                    && !is_foreign(records, &live.name, kind, name)
                    && !takes_another_name(declared, live, kind, name)
            });
            recorded.cloned().collect()
        };
        let [columns, mut indexes, foreign_keys, checks] = KINDS.map(gone);
        indexes.extend(implicit_indexes(declared, own, live, &foreign_keys));
        let mut gone = Self { columns: Vec::new(), indexes, foreign_keys, checks };
        let columns: Vec<Identifier> =
            columns.into_iter().filter(|name| !gone.is_needed(name, declared, live)).collect();
        // A table has at least one column.
        if columns.len() < live.columns.len() {
            gone.columns = columns;
        }
        gone
    }

    fn is_empty(&self) -> bool {
        [&self.columns, &self.indexes, &self.foreign_keys, &self.checks].iter().all(|names| names.is_empty())
    }

    fn declare_absent(self, table: &mut DeclaredTable) {
        table.absent.columns.extend(self.columns);
        table.absent.indexes.extend(self.indexes);
        table.absent.foreign_keys.extend(self.foreign_keys);
        table.absent.checks.extend(self.checks);
    }

    /// Whether a key that stays uses a column: without it the key would be another, and is not ours to change.
    fn is_needed(&self, column: &Identifier, declared: &DeclaredTable, live: &Table) -> bool {
        let among = |names: &[Identifier], name: &Identifier| names.iter().any(|other| other.matches(name));
        let part_uses = |parts: &[crate::schema::KeyPart]| {
            parts.iter().filter_map(crate::schema::KeyPart::column_name).any(|name| name.matches(column))
        };
        let key_uses = |key: &ForeignKey| among(&key.columns, column);
        let live_keys = live.primary_key.as_ref().is_some_and(|key| key.contains(column))
            || live.indexes.iter().any(|index| !among(&self.indexes, &index.name) && index.contains(column))
            || live.foreign_keys.iter().any(|key| !among(&self.foreign_keys, &key.name) && key_uses(key));
        let after =
            |position: &Option<Position>| matches!(position, Some(Position::After(name)) if name.matches(column));
        live_keys
            || declared.primary_key.as_deref().is_some_and(part_uses)
            || declared.indexes.iter().any(|index| part_uses(&index.parts))
            || declared.foreign_keys.iter().any(key_uses)
            || declared.columns.iter().any(|column| after(&column.position))
    }
}

/// Whether a declared object that is not live comes from this one: by its former names, or since it is the same.
fn takes_another_name(declared: &DeclaredTable, live: &Table, kind: ObjectKind, name: &Identifier) -> bool {
    let missing = |other: &Identifier| !is_live(live, kind, other);
    let by_name = declared_of(declared, kind)
        .into_iter()
        .any(|(other, former)| missing(other) && former.iter().any(|former| former.matches(name)));
    let by_definition = match kind {
        ObjectKind::Column => false,
        ObjectKind::Index => live.index(name).is_some_and(|index| {
            let same = |other: &Index| same_parts(&other.parts, &index.parts) && other.kind == index.kind;
            let as_index = |parts: &Vec<_>, kind: &crate::schema::IndexKind| Index {
                parts: parts.clone(),
                kind: kind.clone(),
                ..index.clone()
            };
            declared.indexes.iter().any(|other| missing(&other.name) && same(&as_index(&other.parts, &other.kind)))
        }),
        ObjectKind::ForeignKey => live.foreign_key(name).is_some_and(|key| {
            declared.foreign_keys.iter().any(|other| missing(&other.name) && same_foreign_key(other, key))
        }),
        ObjectKind::Check => live.check(name).is_some_and(|check| {
            declared.checks.iter().any(|other| missing(&other.name) && other.expression == check.expression)
        }),
    };
    by_name || by_definition
}

/// The indexes that the server made for foreign keys which go: of the key's name and columns, and declared by nobody.
fn implicit_indexes(
    declared: &DeclaredTable,
    own: &AppliedTable,
    live: &Table,
    foreign_keys: &[Identifier],
) -> Vec<Identifier> {
    let keys = foreign_keys.iter().filter_map(|name| live.foreign_key(name));
    let of_key = keys.filter_map(|key| {
        let index = live.index(&key.name)?;
        let columns: Option<Vec<&Identifier>> = index.parts.iter().map(crate::schema::KeyPart::column_name).collect();
        let same = columns? == key.columns.iter().collect::<Vec<_>>();
        let is_undeclared =
            !is_declared(declared, ObjectKind::Index, &index.name) && find(&own.indexes, &index.name).is_none();
        (same && is_undeclared).then(|| index.name.clone())
    });
    of_key.collect()
}

/// Tables that were declared once and no longer are. One that holds columns of others stays, without what was declared.
fn remove_tables(merged: &mut Cow<'_, DeclaredSchema>, records: &Records, live: &Schema) {
    let Some(own) = &records.own else { return };
    for (name, recorded) in &own.tables {
        let is_named = |declared: &DeclaredTable| {
            declared.name == *name || live.table(&declared.name).is_none() && declared.renamed_from.contains(name)
        };
        if merged.tables.iter().any(is_named) || merged.absent_tables.contains(name) || is_bookkeeping(name) {
            continue;
        }
        let Some(table) = live.table(name) else { continue };
        let is_ours = |column: &Identifier| find(&recorded.columns, column).is_some();
        let is_foreign = records.others.iter().any(|other| other.holds_table(name));
        if !is_foreign && table.columns.iter().all(|column| is_ours(&column.name)) {
            merged.to_mut().absent_tables.push(name.clone());
            continue;
        }
        let mut rest = DeclaredTable::named(name.clone());
        let gone = Gone::find(&rest, recorded, table, records);
        if !gone.is_empty() {
            gone.declare_absent(&mut rest);
            merged.to_mut().tables.push(rest);
        }
    }
}
