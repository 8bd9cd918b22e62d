//! What a resource declared when it was last applied, and the former names of its objects: the third side of the merge,
//! beside what is declared and what is live. The database itself keeps it (`src/record`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rename_round::RenameRound;
use crate::plan::change::ObjectKind;
use crate::schema::{DeclaredTable, Identifier};

/// All objects that a resource once declared, and that have been live since.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastApplied {
    pub tables: BTreeMap<Identifier, AppliedTable>,
    /// Rounds of renames that may have begun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<RenameRound>,
}

/// The objects of one table that were declared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AppliedTable {
    #[serde(flatten)]
    pub names: FormerNames,
    #[serde(skip_serializing_if = "AppliedObjects::is_empty")]
    pub columns: AppliedObjects,
    #[serde(skip_serializing_if = "AppliedObjects::is_empty")]
    pub indexes: AppliedObjects,
    #[serde(skip_serializing_if = "AppliedObjects::is_empty")]
    pub foreign_keys: AppliedObjects,
    #[serde(skip_serializing_if = "AppliedObjects::is_empty")]
    pub checks: AppliedObjects,
}

/// AppliedObjects of one kind by name.
pub type AppliedObjects = BTreeMap<Identifier, FormerNames>;

/// The names that an object had before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FormerNames {
    /// All names that it had before, by all of its declarations. Where one of them is declared again in its place, the rename
    /// is taken back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub was: Vec<Identifier>,
    /// The `renamedFrom` of the declaration that was applied last: these renames are done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renamed_from: Vec<Identifier>,
}

impl LastApplied {
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
pub fn find<'a>(objects: &'a AppliedObjects, name: &Identifier) -> Option<&'a FormerNames> {
    let in_any_case = || objects.iter().find(|(other, _)| other.matches(name)).map(|(_, names)| names);
    objects.get(name).or_else(in_any_case)
}
