//! Objects that the resource once declared and no longer does, and that may be removed.

use std::fmt;

use super::last_applied::{AppliedTable, Origin, find};
use super::records::Records;
use crate::plan::change::{DeclaredNames, ObjectKind, declared_of, is_declared, is_live};
use crate::plan::target::same_foreign_key;
use crate::schema::{
    AbsentObjects, DeclaredSchema, DeclaredTable, ForeignKey, Identifier, Index, IndexKind, KeyPart, ObjectRef,
    Position, Schema, Table, TableObject, same_parts,
};

/// The objects of one table that were declared once, are live, and are no longer declared.
#[derive(Debug, Default)]
pub struct RemovedObjects {
    columns: Vec<Identifier>,
    indexes: Vec<Identifier>,
    foreign_keys: Vec<Identifier>,
    checks: Vec<Identifier>,
}

impl RemovedObjects {
    /// Finds the removed objects of a live table. What was there before the resource is not among them.
    pub fn find(declared: &DeclaredTable, own: &AppliedTable, live: &Table, records: &Records) -> Self {
        let removed = |kind: ObjectKind| -> Vec<Identifier> {
            let made = own.objects(kind).iter().filter(|(_, object)| object.origin.made).map(|(name, _)| name);
            let recorded = made.filter(|name| {
                is_live(live, kind, name)
                    && !is_declared(declared, kind, name)
                    && !records.is_of_another(&live.name, kind, name)
                    && !takes_another_name(declared, live, kind, name)
            });
            recorded.cloned().collect()
        };
        let [columns, mut indexes, foreign_keys, checks] = ObjectKind::ALL.map(removed);
        indexes.extend(implicit_indexes(declared, own, live, &foreign_keys));
        let mut found = Self { columns: Vec::new(), indexes, foreign_keys, checks };
        let columns: Vec<Identifier> =
            columns.into_iter().filter(|name| !found.is_needed(name, declared, live)).collect();
        // A table has at least one column.
        if columns.len() < live.columns.len() {
            found.columns = columns;
        }
        found
    }

    /// Whether nothing is removed.
    pub fn is_empty(&self) -> bool {
        let Self { columns, indexes, foreign_keys, checks } = self;
        [columns, indexes, foreign_keys, checks].iter().all(|names| names.is_empty())
    }

    /// Declares the objects absent.
    pub fn declare_absent(self, table: &mut DeclaredTable) {
        let AbsentObjects { columns, indexes, foreign_keys, checks } = &mut table.absent;
        columns.extend(self.columns);
        indexes.extend(self.indexes);
        foreign_keys.extend(self.foreign_keys);
        checks.extend(self.checks);
    }

    /// Whether a key that stays uses a column: without the column it would be another key, and it is not ours to change.
    fn is_needed(&self, column: &Identifier, declared: &DeclaredTable, live: &Table) -> bool {
        let among = |names: &[Identifier], name: &Identifier| names.iter().any(|other| other.matches(name));
        let part_uses =
            |parts: &[KeyPart]| parts.iter().filter_map(KeyPart::column_name).any(|name| name.matches(column));
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

/// An object that the resource once declared, and that `Remove` keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptObject {
    pub place: ObjectRef,
    pub why: KeptReason,
}

/// Why `Remove` keeps an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptReason {
    /// Another resource declares it, or has applied it.
    OfAnother,
    NotMade,
    /// Only an entry of the record that nothing confirmed said that this resource made it.
    Unconfirmed,
    /// A record of others can't be read, and it may be theirs.
    Hidden,
}

/// Names the object, and says why it is kept.
impl fmt::Display for KeptObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.why {
            KeptReason::OfAnother => "another resource declares it",
            KeptReason::NotMade => "this resource did not make it",
            KeptReason::Hidden => "a row of another resource in the record can't be read, and may hold it",
            KeptReason::Unconfirmed => "that this resource made it was not confirmed; declare it Absent to remove it",
        };
        write!(f, "{}: {why}", self.place)
    }
}

/// Returns what the resource once declared and no longer does, and what is kept although that would be removed if this
/// resource alone had made it.
pub fn kept_objects(declared: &DeclaredSchema, records: &Records, live: &Schema) -> Vec<KeptObject> {
    let mut kept = Vec::new();
    for (name, recorded) in records.own.iter().flat_map(|own| &own.tables) {
        let Some(table) = live.table(name) else { continue };
        let is_same = |one: &&DeclaredTable| one.name == *name || one.renamed_from.contains(name);
        let Some(of_table) = declared.tables.iter().find(is_same) else {
            let why = kept_reason(records, records.is_table_of_another(name), &recorded.itself.origin);
            if let Some(why) = why.filter(|_| !declared.absent_tables.contains(name)) {
                let place = ObjectRef { table: name.clone(), object: TableObject::Table };
                kept.push(KeptObject { place, why });
            }
            continue;
        };
        for kind in ObjectKind::ALL {
            for (object, applied) in recorded.objects(kind) {
                if let Some(why) = kept_reason(records, records.is_of_another(name, kind, object), &applied.origin)
                    && is_live(table, kind, object)
                    && !is_declared(of_table, kind, object)
                    && !takes_another_name(of_table, table, kind, object)
                {
                    let place = ObjectRef { table: name.clone(), object: table_object(kind, object) };
                    kept.push(KeptObject { place, why });
                }
            }
        }
    }
    kept
}

fn kept_reason(records: &Records, is_of_another: bool, origin: &Origin) -> Option<KeptReason> {
    match origin {
        _ if is_of_another => Some(KeptReason::OfAnother),
        Origin { made: true, .. } => records.hides_others.then_some(KeptReason::Hidden),
        Origin { unconfirmed: true, .. } => Some(KeptReason::Unconfirmed),
        Origin { .. } => Some(KeptReason::NotMade),
    }
}

fn table_object(kind: ObjectKind, name: &Identifier) -> TableObject {
    let name = name.clone();
    match kind {
        ObjectKind::Column => TableObject::Column(name),
        ObjectKind::Index => TableObject::Index(name),
        ObjectKind::ForeignKey => TableObject::ForeignKey(name),
        ObjectKind::Check => TableObject::Check(name),
    }
}

/// Whether a declared object that is not live comes from this one, by its former names or its equal definition.
fn takes_another_name(declared: &DeclaredTable, live: &Table, kind: ObjectKind, name: &Identifier) -> bool {
    let missing = |other: &Identifier| !is_live(live, kind, other);
    let by_name = declared_of(declared, kind).into_iter().any(|DeclaredNames { name: other, former }| {
        missing(other) && former.iter().any(|former| former.matches(name))
    });
    let by_definition = match kind {
        ObjectKind::Column => false,
        ObjectKind::Index => live.index(name).is_some_and(|index| {
            let same = |other: &Index| same_parts(&other.parts, &index.parts) && other.kind == index.kind;
            let as_index =
                |parts: &Vec<_>, kind: &IndexKind| Index { parts: parts.clone(), kind: kind.clone(), ..index.clone() };
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

/// Returns the indexes that the server made for removed foreign keys: undeclared, with the key's name and columns.
fn implicit_indexes(
    declared: &DeclaredTable,
    own: &AppliedTable,
    live: &Table,
    foreign_keys: &[Identifier],
) -> Vec<Identifier> {
    let keys = foreign_keys.iter().filter_map(|name| live.foreign_key(name));
    let of_key = keys.filter_map(|key| {
        let index = live.index(&key.name)?;
        let columns: Option<Vec<&Identifier>> = index.parts.iter().map(KeyPart::column_name).collect();
        let same = columns? == key.columns.iter().collect::<Vec<_>>();
        let is_undeclared =
            !is_declared(declared, ObjectKind::Index, &index.name) && find(&own.indexes, &index.name).is_none();
        (same && is_undeclared).then(|| index.name.clone())
    });
    of_key.collect()
}
