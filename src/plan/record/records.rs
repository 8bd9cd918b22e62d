//! The records in a database, as one resource sees them: its own, its predecessor's, and those of others.

use std::sync::Arc;

use super::declared_part::{DeclaredPart, PartNames, names_part};
use super::key_on_its_way::KeyOnItsWay;
use super::last_applied::{LastApplied, find};
use crate::plan::change::ObjectKind;
use crate::plan::ownership::{needs, needs_table};
use crate::schema::{DeclaredSchema, Identifier, StoredNames};

/// All records in a database, sorted by their relation to one resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// The resource's own.
    pub own: Option<LastApplied>,
    /// That of a deleted resource of the same name. Its objects have no owner; the renames under its name remain done.
    pub predecessor: Option<LastApplied>,
    /// Those of all other resources.
    pub others: Vec<OtherRecord>,
    /// Whether there are records of others that can't be read. Anything may be theirs, so nothing is removed for being
    /// undeclared.
    pub hides_others: bool,
}

/// The record of another resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherRecord {
    pub last: LastApplied,
    /// Whether it has the same namespace and name, in another cluster. Of two clusters that take turns with one database,
    /// each knows which renames the other has done.
    pub is_namesake: bool,
    /// Whether the resource still exists: the objects of a deleted one have no owner.
    pub is_active: bool,
    /// All that it declares now, whether or not that is live; `None` for a contract.
    pub owns: Option<Arc<DeclaredSchema>>,
}

impl OtherRecord {
    /// Whether the table belongs to the other resource too, or will once its owner lets it go.
    pub fn holds_table(&self, name: &Identifier) -> bool {
        self.is_active
            && (self.last.tables.contains_key(name)
                || self.last.waiting.contains_key(name)
                || self.owns.as_ref().is_some_and(|owns| needs_table(owns, name)))
    }

    /// Whether the object belongs to the other resource too, or will once its owner lets it go.
    pub fn holds(&self, table: &Identifier, kind: ObjectKind, name: &Identifier) -> bool {
        let declared = || self.owns.iter().flat_map(|owns| &owns.tables).find(|declared| declared.name == *table);
        let was_applied = || self.last.tables.get(table).is_some_and(|table| find(table.objects(kind), name).is_some());
        let is_awaited = || names_part(&self.last.waiting, table, &DeclaredPart::object(kind, name));
        self.is_active && (was_applied() || is_awaited() || declared().is_some_and(|table| needs(table, kind, name)))
    }
}

impl Records {
    /// Names tables as a server stores them, where `database` is the records' own.
    pub fn take_stored_names(&mut self, names: &StoredNames, database: &Identifier) {
        let Self { own, predecessor, others, hides_others: _ } = self;
        for last in own.iter_mut().chain(predecessor).chain(others.iter_mut().map(|other| &mut other.last)) {
            last.take_stored_names(names);
        }
        for owns in others.iter_mut().filter_map(|other| other.owns.as_mut()) {
            names.in_declaration(Arc::make_mut(owns), database);
        }
    }

    /// Returns the records that know which renames were done for this resource.
    pub fn ancestry(&self) -> impl Iterator<Item = &LastApplied> {
        let namesakes = self.others.iter().filter(|other| other.is_namesake).map(|other| &other.last);
        self.own.iter().chain(&self.predecessor).chain(namesakes)
    }

    /// Returns the foreign keys that this resource dropped to come back.
    pub fn keys(&self) -> &[KeyOnItsWay] {
        self.own.as_ref().or(self.predecessor.as_ref()).map(|last| last.keys.as_slice()).unwrap_or_default()
    }

    /// Takes a key off the record, whose rows satisfy it.
    pub fn strike_off(&mut self, key: &KeyOnItsWay) {
        for last in self.own.iter_mut().chain(&mut self.predecessor) {
            last.keys.retain(|other| other != key);
        }
    }

    /// Whether the object belongs to another resource.
    pub fn is_of_another(&self, table: &Identifier, kind: ObjectKind, name: &Identifier) -> bool {
        self.others.iter().any(|other| other.holds(table, kind, name))
    }

    /// Whether the table belongs to another resource.
    pub fn is_table_of_another(&self, name: &Identifier) -> bool {
        self.others.iter().any(|other| other.holds_table(name))
    }

    /// Whether another resource declares the object now, as its own.
    pub fn is_claimed_by_another(&self, table: &Identifier, kind: ObjectKind, name: &Identifier) -> bool {
        let of_table = self.claims().flat_map(|owns| &owns.tables).filter(|declared| declared.name == *table);
        of_table.into_iter().any(|declared| needs(declared, kind, name))
    }

    /// Whether another resource declares the table now, as its own.
    pub fn is_table_claimed_by_another(&self, name: &Identifier) -> bool {
        self.claims().any(|owns| needs_table(owns, name))
    }

    fn claims(&self) -> impl Iterator<Item = &DeclaredSchema> {
        self.others.iter().filter(|other| other.is_active).filter_map(|other| other.owns.as_deref())
    }

    /// Returns what other resources wait for that exist, in no particular order.
    pub fn awaited_by_others(&self) -> impl Iterator<Item = &PartNames> {
        let waiting = self.others.iter().filter(|other| other.is_active).map(|other| &other.last.waiting);
        waiting.filter(|parts| !parts.is_empty())
    }

    /// Whether there is nothing to merge with.
    pub fn is_empty(&self) -> bool {
        self.own.is_none() && self.predecessor.is_none() && self.others.is_empty()
    }
}
