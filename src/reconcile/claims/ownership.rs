//! Claims: a resource does not contradict what other resources declare of the same database.

use crate::api::{Reason, TableSpec};
use crate::mysql::{Address, Error, Login, Observation};
use crate::plan::{Contradiction, Plan, all_contradictions};
use crate::reconcile::cache::Cache;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::planned_steps::counted;
use crate::reconcile::request::{Request, TargetMode};
use crate::record::{Claim, ClaimKind, KnownClaims, NO_CLUSTER, Neighbour, Owner, RecordView};
use crate::schema::{DeclaredSchema, Identifier, ObjectRef, StoredNames, TableObject};

/// How many items a message names; it counts the rest.
const SAID: usize = 5;

/// What a resource may claim, and why that is not all that it declares.
#[derive(Debug)]
pub struct ClaimOutcome {
    /// `None` where nothing is claimed: in mode Plan, or for a contract at a terminal, which does not last.
    pub claim: Option<Claim>,
    /// What another resource declares otherwise, and declared first.
    pub conflict: Option<NotReady>,
}

/// For how many databases claims are remembered. Forgotten ones are read again, which costs little.
const MAX_DATABASES: usize = 1000;

/// Remembers the claims of others, so that the server does not send them at each interval. Cheap to clone; all clones
/// share them.
#[derive(Debug, Clone)]
pub struct ClaimsSeen(Cache<(Address, Identifier), KnownClaims>);

impl Default for ClaimsSeen {
    fn default() -> Self {
        Self(Cache::new(MAX_DATABASES))
    }
}

impl ClaimsSeen {
    /// Returns the claims in this database.
    pub fn of(&self, login: &Login, database: &Identifier) -> KnownClaims {
        self.0.get(&(login.address.clone(), database.clone())).unwrap_or_default()
    }

    /// Remembers what others claim in this database now.
    pub fn remember(&self, login: &Login, database: &Identifier, record_view: &RecordView) {
        if !record_view.neighbours.is_empty() {
            self.0.put((login.address.clone(), database.clone()), record_view.known());
        }
    }
}

/// Compares what is `written` in the declaration, and what `plan` would rename, with the claims of others. In a
/// conflict, the rest is claimed all the same.
///
/// # Errors
/// The claim can't be put into words.
pub fn claim_outcome(
    request: &Request,
    written: &DeclaredSchema,
    view: &RecordView,
    observation: &Observation,
    plan: Option<&Plan>,
) -> Result<ClaimOutcome, Error> {
    let server = observation.server.id.as_deref();
    let words = &request.declaration.words;
    match request.spec.mode {
        TargetMode::Require => {
            let lasts = request.asker.owner.cluster != NO_CLUSTER;
            let claim = lasts.then(|| Claim::new(ClaimKind::Requires, words, server)).transpose()?;
            return Ok(ClaimOutcome { claim, conflict: None });
        }
        TargetMode::Plan | TargetMode::Apply | TargetMode::ApplyButReportDrift => {}
    }
    let whole = Claim::new(ClaimKind::Owns, words, server)?;
    let mut disputed = Vec::new();
    let mut conflict = None;
    for neighbour in view.neighbours.iter().filter(|neighbour| neighbour.claim.kind == ClaimKind::Owns) {
        if view.claimed_before(&whole, neighbour) {
            continue;
        }
        let found = all_contradictions(written, plan, &neighbour.declared, observation.schema.dialect);
        if !found.is_empty() {
            conflict.get_or_insert_with(|| conflict_with(neighbour, &request.asker.owner, &found));
            disputed.extend(found.into_iter().map(|contradiction| contradiction.place));
        }
    }
    let claim = match (request.spec.mode, disputed.as_slice()) {
        (TargetMode::Plan, _) => None,
        (_, []) => Some(whole),
        // At a terminal, no later pass takes the rest back.
        _ if request.asker.owner.cluster == NO_CLUSTER => None,
        (_, disputed) => {
            let undisputed = undisputed(words, disputed, &observation.schema.stored_names());
            Some(Claim::new(ClaimKind::Owns, &undisputed, server)?)
        }
    };
    Ok(ClaimOutcome { claim, conflict })
}

fn conflict_with(neighbour: &Neighbour, asker: &Owner, found: &[Contradiction]) -> NotReady {
    let name = name_of(&neighbour.owner, asker);
    let word = |contradiction: &Contradiction| {
        let Contradiction { place, attribute, mine, theirs } = contradiction;
        match &name {
            Named::Openly(_) => format!("{attribute} of {place} (here {mine}, there {theirs})"),
            Named::Not(_) => format!("{attribute} of {place}"),
        }
    };
    let words: Vec<String> = found.iter().take(SAID).map(word).collect();
    let more = found.len().saturating_sub(words.len());
    let more = if more > 0 { format!("; and {}", counted(more, "other field")) } else { String::new() };
    let message = format!(
        "{} has declared otherwise before: {}{more}; declare the same, or leave it to its owner",
        name.text(),
        words.join("; ")
    );
    NotReady::new(Reason::OwnershipConflict, message)
}

/// Returns the tables without what another resource declares otherwise.
fn undisputed(words: &[TableSpec], disputed: &[ObjectRef], names: &StoredNames) -> Vec<TableSpec> {
    let mut tables = words.to_vec();
    let is = |name: &str, other: &Identifier| name.to_lowercase() == other.folded();
    for ObjectRef { table, object } in disputed {
        if *object == TableObject::Table {
            tables.retain(|spec| !names.is_table(&spec.name, table));
        }
        let Some(spec) = tables.iter_mut().find(|spec| names.is_table(&spec.name, table)) else { continue };
        match object {
            TableObject::Table => {}
            TableObject::PrimaryKey => spec.primary_key = None,
            TableObject::Options => spec.options = None,
            TableObject::Partitioning => spec.partitioning = None,
            TableObject::Column(name) => spec.columns.iter_mut().for_each(|all| all.retain(|one| !is(&one.name, name))),
            TableObject::Index(name) => spec.indexes.iter_mut().for_each(|all| all.retain(|one| !is(&one.name, name))),
            TableObject::ForeignKey(name) => {
                spec.foreign_keys.iter_mut().for_each(|all| all.retain(|one| !is(&one.name, name)));
            }
            TableObject::Check(name) => spec.checks.iter_mut().for_each(|all| all.retain(|one| !is(&one.name, name))),
        }
    }
    tables
}

/// The name of a neighbour, as far as the asker may know it.
pub enum Named {
    Openly(String),
    Not(&'static str),
}

impl Named {
    pub fn text(&self) -> String {
        match self {
            Self::Openly(name) => name.clone(),
            Self::Not(what) => (*what).to_owned(),
        }
    }
}

/// Returns the name of another owner. A resource of another namespace or cluster is named in the log alone.
pub fn name_of(owner: &Owner, asker: &Owner) -> Named {
    let is_terminal = asker.cluster == NO_CLUSTER;
    let of_terminal = owner.cluster == NO_CLUSTER;
    let in_namespace = owner.namespace().is_none() || owner.namespace() == asker.namespace();
    let name = owner.resource.rsplit('/').next().unwrap_or_default();
    let hidden = match (is_terminal, of_terminal, in_namespace) {
        (true, true, _) => return Named::Openly(format!("what kubectl schema apply did for {}", owner.resource)),
        (true, false, _) => return Named::Openly(format!("DatabaseSchema {}", owner.resource)),
        (false, true, true) => return Named::Openly(format!("what kubectl schema apply did for {name}")),
        (false, false, true) if owner.cluster == asker.cluster => {
            return Named::Openly(format!("DatabaseSchema {name}"));
        }
        (false, true, false) => "what kubectl schema apply did elsewhere",
        (false, false, _) if owner.cluster == asker.cluster => "another namespace's resource",
        (false, false, _) => "another cluster's resource",
    };
    tracing::warn!(cluster = owner.cluster, neighbour = owner.resource, "{hidden} is in the way");
    Named::Not(hidden)
}
