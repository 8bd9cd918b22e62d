//! What a resource declared when it was last applied, and the former names of its objects: the third side of the merge,
//! beside what is declared and what is live. The database itself keeps it (`src/record`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::declared_part::{PartDigests, PartNames};
use super::key_on_its_way::KeyOnItsWay;
use super::rename_round::RenameRound;
use crate::plan::change::ObjectKind;
use crate::schema::{DeclaredTable, Identifier, StoredNames};

/// All objects that a resource once declared, that were in sync, and that have been live since.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastApplied {
    pub tables: BTreeMap<Identifier, AppliedTable>,
    /// Rounds of renames that may have begun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<RenameRound>,
    /// What each part declared when it was last in sync.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digests: PartDigests,
    /// What the steps that may have begun make.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub making: PartNames,
    /// Declared tables and columns that were in sync, and are gone by other means than a step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingObject>,
    /// Foreign keys that are away, or whose rows have to be counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyOnItsWay>,
    /// What the resource declares while it can't claim all of it: another one declares otherwise.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub waiting: PartNames,
}

/// The objects of one table that were declared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AppliedTable {
    #[serde(flatten)]
    pub itself: AppliedObject,
    #[serde(skip_serializing_if = "AppliedObjects::is_empty")]
    pub columns: AppliedObjects,
    #[serde(skip_serializing_if = "AppliedObjects::is_empty")]
    pub indexes: AppliedObjects,
    #[serde(skip_serializing_if = "AppliedObjects::is_empty")]
    pub foreign_keys: AppliedObjects,
    #[serde(skip_serializing_if = "AppliedObjects::is_empty")]
    pub checks: AppliedObjects,
}

/// Objects of one kind by name.
pub type AppliedObjects = BTreeMap<Identifier, AppliedObject>;

/// The names that an object had before, and where it comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AppliedObject {
    /// All names that it had before, by all of its declarations. Where one of them is declared again in its place, the rename
    /// is taken back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub was: Vec<Identifier>,
    /// The `renamedFrom` of the declaration that was applied last: these renames are done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renamed_from: Vec<Identifier>,
    #[serde(flatten)]
    pub origin: Origin,
}

/// Where an object comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Origin {
    /// Whether this resource made it. False for what was live before, and for what an earlier version recorded.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub made: bool,
    /// When it was first recorded, in UTC. An earlier version did not record that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Whether an entry said that this resource made it, and nothing confirmed the entry.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unconfirmed: bool,
}

/// A table or a column that was in sync, and is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MissingObject {
    pub table: Identifier,
    /// The column; `None` where the whole table is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<Identifier>,
    #[serde(flatten)]
    pub origin: Origin,
    /// When it was first found missing, in UTC.
    pub found: String,
}

impl LastApplied {
    /// Names tables as a server stores them: an earlier declaration may have spelled them in another way.
    pub fn take_stored_names(&mut self, names: &StoredNames) {
        // Former versions, which knew no parts, recorded what was written. Keys were recorded as they were live.
        let Self { tables, rounds, digests: _, making: _, missing, keys: _, waiting: _ } = self;
        let recorded = std::mem::take(tables);
        *tables = recorded.into_iter().map(|(name, table)| (names.table(&name), table)).collect();
        for AppliedObject { was, renamed_from, origin: _ } in tables.values_mut().map(|table| &mut table.itself) {
            was.iter_mut().chain(renamed_from).for_each(|name| *name = names.table(name));
        }
        for round in rounds {
            round.table = names.table(&round.table);
        }
        for object in missing {
            object.table = names.table(&object.table);
        }
    }

    /// Returns the table that is declared as `table`: by its name, or by the one that it had when the record was written.
    pub fn table_of(&self, table: &DeclaredTable) -> Option<&AppliedTable> {
        self.tables.get(&table.name).or_else(|| table.renamed_from.iter().find_map(|former| self.tables.get(former)))
    }
}

impl AppliedTable {
    /// Returns the objects of one kind.
    pub fn objects(&self, kind: ObjectKind) -> &AppliedObjects {
        match kind {
            ObjectKind::Column => &self.columns,
            ObjectKind::Index => &self.indexes,
            ObjectKind::ForeignKey => &self.foreign_keys,
            ObjectKind::Check => &self.checks,
        }
    }
}

/// Returns the object of this name, in any case.
pub fn find<'a>(objects: &'a AppliedObjects, name: &Identifier) -> Option<&'a AppliedObject> {
    let in_any_case = || objects.iter().find(|(other, _)| other.matches(name)).map(|(_, object)| object);
    objects.get(name).or_else(in_any_case)
}
