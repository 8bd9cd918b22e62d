//! Which steps may run now: those without a risk, those whose every risk is allowed, and those that were approved as they
//! are.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::change::{ObjectKey, ObjectKind, Risk, Step};
use crate::schema::{Identifier, StoredNames};

/// What is allowed and approved, and which tables are small.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Consent {
    /// `policy.allow`.
    pub everywhere: BTreeSet<Risk>,
    /// `allow` of a table, by its name.
    pub tables: BTreeMap<Identifier, BTreeSet<Risk>>,
    /// `allow` of a table's object.
    pub objects: BTreeMap<ObjectKey, BTreeSet<Risk>>,
    /// The ids of approved steps. An id covers the risks that the step has.
    pub steps: BTreeSet<String>,
    /// Tables with so few rows that a copy does not block writes for long.
    pub small_tables: BTreeSet<Identifier>,
}

impl Consent {
    /// Names tables as a server stores them.
    pub fn take_stored_names(&mut self, names: &StoredNames) {
        let Self { everywhere: _, tables, objects, steps: _, small_tables: _ } = self;
        let of_tables = std::mem::take(tables);
        *tables = of_tables.into_iter().map(|(table, risks)| (names.table(&table), risks)).collect();
        let of_objects = std::mem::take(objects);
        *objects = of_objects.into_iter().map(|(key, risks)| (key.with_stored_names(names), risks)).collect();
    }
}

/// The answer for one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Run,
    /// It waits until these risks are allowed.
    NeedsApproval(BTreeSet<Risk>),
}

/// Decides whether a step may run. Every change in it has to be allowed.
pub fn gate(step: &Step, consent: &Consent) -> Decision {
    if consent.steps.contains(&step.id) {
        return Decision::Run;
    }
    let mut missing = step.risks.clone();
    missing.retain(|risk| !consent.everywhere.contains(risk));
    missing.retain(|risk| !consent.tables.get(step.declared_table()).is_some_and(|allowed| allowed.contains(risk)));
    missing.retain(|risk| !step.changes.iter().all(|change| allowed_for(change.subject(), *risk, step, consent)));
    if consent.small_tables.contains(&step.table) {
        missing.remove(&Risk::Blocking);
    }
    if missing.is_empty() { Decision::Run } else { Decision::NeedsApproval(missing) }
}

fn allowed_for(subject: Option<(ObjectKind, &Identifier)>, risk: Risk, step: &Step, consent: &Consent) -> bool {
    let Some((kind, name)) = subject else { return false };
    let allowed = consent.objects.get(&ObjectKey::new(&step.table, kind, name));
    allowed.is_some_and(|allowed| allowed.contains(&risk))
}
