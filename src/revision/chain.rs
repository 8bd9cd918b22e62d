//! The chain of revisions that a spec declares.

use std::collections::{BTreeSet, HashMap};

use super::queries::MigrationTable;
use super::tool::Tool;
use super::version::key;
use crate::api::{DatabaseSchemaSpec, Mode};
use crate::plan::{Refusal, RefusalKind};
use crate::schema::Identifier;

/// The revisions that a database may be at, and the table that tells at which it is.
#[derive(Debug, PartialEq, Eq)]
pub struct DeclaredChain {
    pub table: MigrationTable,
    /// Where the spec has it.
    pub path: String,
    /// The revisions as they are written, oldest first.
    revisions: Vec<String>,
    places: HashMap<String, usize>,
    declared: usize,
    /// The places that the operator may skip, where it may write the table.
    skips: Option<BTreeSet<usize>>,
}

impl DeclaredChain {
    /// Reads the chain of a spec; `None` where it declares none.
    ///
    /// # Errors
    /// What can't be read, or contradicts itself; each with its path.
    pub fn read(spec: &DatabaseSchemaSpec) -> Result<Option<Self>, Vec<Refusal>> {
        let Some(table) = &spec.revision_table else { return Ok(None) };
        let path = format!("spec.revisionTable.{}", table.word());
        let tool = Tool::of(table);
        let invalid = |place: String, message: String| Refusal::of_spec(place, RefusalKind::Invalid, message);
        let mut refusals = Vec::new();
        let mut name = |place: &str, text: &str| {
            let name = Identifier::new(text);
            name.map_err(|error| refusals.push(invalid(format!("{path}.{place}"), error.to_string()))).ok()
        };
        let own = name("table", table.table());
        let lock_table = table.lock_table().and_then(|text| name("lockTable", text));
        let revisions = table.chain();
        let mut places = HashMap::new();
        for (at, revision) in revisions.iter().enumerate() {
            if let Some(first) = places.insert(key(tool, revision), at) {
                let message = format!("{} takes {revision} and entry {first} for one revision", tool.name());
                refusals.push(invalid(format!("{path}.chain[{at}]"), message));
            }
        }
        if revisions.is_empty() {
            refusals.push(invalid(format!("{path}.chain"), "it has no revision".to_owned()));
        }
        let skips = table.stamp().map(|stamp| {
            let mut skips = BTreeSet::new();
            for (at, revision) in stamp.schema_only.iter().enumerate() {
                if let Some(place) = places.get(&key(tool, revision)) {
                    skips.insert(*place);
                } else {
                    let message = format!("{path}.chain does not have {revision}");
                    refusals.push(invalid(format!("{path}.stamp.schemaOnly[{at}]"), message));
                }
            }
            skips
        });
        // A contract changes nothing.
        let skips = skips.filter(|_| spec.mode != Mode::Require);
        let Some(name) = own.filter(|_| refusals.is_empty()) else { return Err(refusals) };
        let of_django = revisions.iter().filter(|_| tool == Tool::Django);
        let apps: BTreeSet<&str> = of_django.filter_map(|revision| Some(revision.split_once('.')?.0)).collect();
        let apps = apps.into_iter().map(str::to_owned).collect();
        let last = revisions.len().saturating_sub(1);
        let declared = places.get(&key(tool, &spec.revision)).copied().unwrap_or(last);
        let table = MigrationTable { tool, name, lock_table, apps };
        Ok(Some(Self { table, path, revisions: revisions.to_vec(), places, declared, skips }))
    }

    /// Returns the place of a revision; `None` where it is not in the chain.
    pub fn place(&self, revision: &str) -> Option<usize> {
        self.places.get(&key(self.table.tool, revision)).copied()
    }

    /// Returns the place of the declared revision: `spec.revision` where the chain has it, else the last.
    pub fn declared(&self) -> usize {
        self.declared
    }

    /// Returns the revision at a place, as the spec writes it.
    pub fn revision(&self, place: usize) -> &str {
        self.revisions.get(place).map(String::as_str).unwrap_or_default()
    }

    /// Returns the revisions, oldest first.
    pub fn revisions(&self) -> &[String] {
        &self.revisions
    }

    /// Returns the places among these that may not be skipped; `None` where the table is not written at all.
    pub fn unskippable(&self, places: impl IntoIterator<Item = usize>) -> Option<Vec<usize>> {
        let skips = self.skips.as_ref()?;
        Some(places.into_iter().filter(|place| !skips.contains(place)).collect())
    }

    /// Whether a table is the tool's own: it is never changed.
    pub fn owns(&self, table: &Identifier) -> bool {
        // Where names have no case, the declaration may spell it in its own way.
        [Some(&self.table.name), self.table.lock_table.as_ref()].into_iter().flatten().any(|own| own.matches(table))
    }
}
