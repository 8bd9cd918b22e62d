//! The record: what each resource declared when it was last applied. One row for each resource, in a table of the
//! database itself, so that it goes with the database: into a backup, to a replica, to another cluster.

use std::collections::HashSet;
use std::fmt::{Display, Write as _};
use std::sync::Arc;

use super::claim::{Claim, ClaimKind, KnownClaims, StoredClaim};
use super::noted_entries::entry_digest;
use super::own_table::{Layout, RECORD, RECORD_TABLE};
use super::owner::{NO_CLUSTER, Nearness, Owner};
use super::record_table::{ADD_CLAIMS, RecordRow, RecordTable, StoredLock, create};
use super::text_bounds::{MAX_DECLARED, check_length};
use super::viewer::{Viewer, is_active};
use crate::api::TableSpec;
use crate::declare::declare_tables;
use crate::mysql::{Error, Rows, Session};
use crate::plan::{LastApplied, OtherRecord, PartNames, Records};
use crate::schema::{DeclaredSchema, Identifier, StoredNames, quote_literal};

/// All records of a database, as one resource sees them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordView {
    pub records: Records,
    /// The claims of others, where a resource holds them.
    pub neighbours: Vec<Neighbour>,
    /// The numbers of the rows of others that can't be read, and count for nothing.
    pub unreadable: Vec<u64>,
    /// The digest of the resource's own entry; `None` where there is none.
    pub entry: Option<String>,
    /// The row that bears the resource's name, where it can't be read.
    pub unread: Option<UnreadRow>,
    /// The row that belongs to the resource, or to its predecessor.
    row: Option<RecordRow>,
    layout: Layout,
    /// The lock of the database; `None` where the record does not name it.
    pub lock: Option<StoredLock>,
}

/// A row that bears the resource's name and can't be read. What it says of the resource is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadRow {
    /// Whether it may be the resource's own entry; else it is that of a former one of its name.
    pub is_own: bool,
    pub id: u64,
    why: String,
}

/// Another resource, and what it claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// The row's number.
    pub id: u64,
    pub owner: Owner,
    pub claim: StoredClaim,
    pub declared: Arc<DeclaredSchema>,
}

impl Neighbour {
    /// Returns what tells its claim from any other.
    fn claimed(&self) -> (u64, ClaimKind, &str) {
        (self.id, self.claim.kind, &self.claim.digest)
    }
}

/// The content that a row should have.
#[derive(Debug)]
pub struct RecordEntry<'a> {
    pub owner: &'a Owner,
    pub revision: &'a str,
    declared: String,
    /// The claim of the resource; `None` leaves the row's as it is.
    claim: Option<&'a Claim>,
}

impl RecordView {
    /// Sorts the results of [`select_records`](super::select_records).
    ///
    /// # Errors
    /// Something else has the table's name. Rows that can't be read are passed over: the caller has to look at `unread`.
    pub fn read(results: &[Rows], viewer: Viewer<'_>, known: &KnownClaims) -> Result<Self, Error> {
        let RecordTable { layout, mut rows, lock } = RecordTable::read(results)?;
        let mut view = Self { layout, lock, ..Self::default() };
        let nearness = |row: &RecordRow| row.owner.nearness(viewer.owner);
        let nearest = rows.iter().enumerate().max_by_key(|(_, row)| nearness(row));
        if let Some((position, row)) = nearest
            && nearness(row) > Nearness::Stranger
        {
            let row = rows.remove(position);
            view.add_own(row, viewer);
        }
        for row in rows {
            let id = row.id;
            let may_hold = is_active(&row.owner, row.claim.as_ref(), viewer);
            if let Err(error) = view.add_other(row, viewer, known) {
                tracing::debug!(%error, "a row of the record is passed over");
                view.unreadable.push(id);
                view.records.hides_others |= may_hold;
            }
        }
        Ok(view)
    }

    fn add_own(&mut self, row: RecordRow, viewer: Viewer<'_>) {
        let is_own = row.owner.uid == viewer.owner.uid || row.owner.cluster == NO_CLUSTER;
        let record = if is_own { &mut self.records.own } else { &mut self.records.predecessor };
        match read_last_applied(&row) {
            Ok(last) => *record = Some(last),
            Err(error) => self.unread = Some(UnreadRow { is_own, id: row.id, why: error.message }),
        }
        let declared = row.declared.as_deref().unwrap_or_default();
        self.entry = is_own.then(|| entry_digest(&row.owner.uid, declared));
        self.row = Some(RecordRow { claimed_tables: None, ..row });
    }

    fn add_other(&mut self, row: RecordRow, viewer: Viewer<'_>, known: &KnownClaims) -> Result<(), Error> {
        let is_active = is_active(&row.owner, row.claim.as_ref(), viewer);
        let is_namesake = row.owner.resource == viewer.owner.resource;
        let mut other = OtherRecord { last: read_last_applied(&row)?, is_namesake, is_active, owns: None };
        if let Some(claim) = row.claim.as_ref().filter(|_| is_active) {
            let declared = match &row.claimed_tables {
                None => known.get(&claim.digest).ok_or_else(|| too_long("claim", row.id))?,
                Some(tables) => Arc::new(read_claimed_tables(tables, row.id)?),
            };
            other.owns = (claim.kind == ClaimKind::Owns).then(|| declared.clone());
            self.neighbours.push(Neighbour { id: row.id, owner: row.owner, claim: claim.clone(), declared });
        }
        self.records.others.push(other);
        Ok(())
    }

    /// Returns the same with the names of tables as the server stores them: each resource may spell them in its own way.
    #[must_use]
    pub fn with_stored_names(mut self, names: &StoredNames, database: &Identifier) -> Self {
        if !names.is_exact() {
            self.records.take_stored_names(names, database);
            for neighbour in &mut self.neighbours {
                names.in_declaration(Arc::make_mut(&mut neighbour.declared), database);
            }
        }
        self
    }

    /// Returns the claims that need not be read again.
    pub fn known(&self) -> KnownClaims {
        let claim = |neighbour: &Neighbour| (neighbour.claim.digest.clone(), neighbour.declared.clone());
        KnownClaims::new(self.neighbours.iter().map(claim))
    }

    /// Returns the neighbours that have claimed something since `before`.
    pub fn newcomers<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = &'a Neighbour> {
        let known: HashSet<_> = before.neighbours.iter().map(Neighbour::claimed).collect();
        self.neighbours.iter().filter(move |neighbour| !known.contains(&neighbour.claimed()))
    }

    /// Says whether others make the same claims as `before`, and wait for the same.
    pub fn has_same_neighbours(&self, before: &Self) -> bool {
        // Each has a row of its own.
        let claims_as_before =
            self.neighbours.len() == before.neighbours.len() && self.newcomers(before).next().is_none();
        let waiting = |view: &Self| -> Vec<PartNames> {
            let mut waiting: Vec<PartNames> = view.records.awaited_by_others().cloned().collect();
            waiting.sort();
            waiting
        };
        claims_as_before && waiting(self) == waiting(before)
    }

    /// Says whether the resource itself makes this very claim, and has claimed longer than the neighbour. Two that
    /// contradict each other come together where databases do.
    pub fn claimed_before(&self, claim: &Claim, neighbour: &Neighbour) -> bool {
        let Some(row) = &self.row else { return false };
        let Some(own) = row.claim.as_ref().filter(|own| own.is_same_as(claim)) else { return false };
        (own.since, neighbour.id) > (neighbour.claim.since, row.id)
    }

    /// Writes the record. Only a session that holds the lock of the database, and has read under it what others claim,
    /// may write a claim.
    ///
    /// # Errors
    /// The account lacks the privilege, and as [`Session::batch`].
    pub async fn write(
        &self,
        session: &mut Session,
        database: &Identifier,
        entry: &RecordEntry<'_>,
    ) -> Result<(), Error> {
        let table = RECORD.quoted(database);
        let Owner { cluster, resource, uid } = entry.owner;
        let [cluster, resource, uid, revision, declared] =
            [cluster.as_str(), resource, uid, entry.revision, &entry.declared].map(quote_literal);
        let mut values = format!(
            "cluster = {cluster}, resource = {resource}, resource_uid = {uid}, revision = {revision}, \
             declared = {declared}, updated_at = UTC_TIMESTAMP(6)"
        );
        let is_same = self.row.as_ref().is_some_and(|row| row.owner.uid == entry.owner.uid && row.claim.is_some());
        if let Some(claim) = entry.claim {
            let [text, digest, server] = [&claim.text, &claim.digest, &claim.server].map(|text| quote_literal(text));
            let since = if is_same { "" } else { ", since = UTC_TIMESTAMP(6)" };
            // Writing to a String does not fail.
            let _ = write!(
                values,
                ", claims = {text}, claims_digest = {digest}, mode = '{}', server = {server}, \
                 renewed_at = UTC_TIMESTAMP(6){since}",
                claim.kind.word()
            );
        } else if !is_same && self.layout == Layout::Complete {
            // The claim of a predecessor is not this resource's.
            values.push_str(", claims = NULL, claims_digest = NULL");
        }
        let before = match self.layout {
            Layout::Missing => format!("{}; ", create(&table)),
            Layout::Earlier if entry.claim.is_some() => format!("ALTER TABLE {table} {ADD_CLAIMS}; "),
            Layout::Earlier | Layout::Complete | Layout::Foreign => String::new(),
        };
        let sql = match &self.row {
            Some(row) => format!("{before}UPDATE {} SET {values} WHERE id = {}", RECORD.guarded(database), row.id),
            None => format!(
                "{before}{}; INSERT INTO {table} SET {values} ON DUPLICATE KEY UPDATE {values}; COMMIT",
                RECORD.begin_insert(database)
            ),
        };
        session.transaction("writing to schema_operator_record", &sql).await.map(|_| ())
    }

    /// Says whether the record has this entry already.
    pub fn says(&self, entry: &RecordEntry<'_>) -> bool {
        self.row.as_ref().is_some_and(|row| {
            row.owner == *entry.owner
                && row.revision == entry.revision
                && row.declared.as_ref() == Some(&entry.declared)
        }) && entry.claim.is_none_or(|claim| self.claims(claim) && !self.has_to_renew(claim))
    }

    /// Says whether the resource itself makes this very claim.
    pub fn claims(&self, claim: &Claim) -> bool {
        self.own_claim().is_some_and(|own| own.is_same_as(claim))
    }

    fn has_to_renew(&self, claim: &Claim) -> bool {
        self.own_claim().is_none_or(|own| own.is_due(claim))
    }

    fn own_claim(&self) -> Option<&StoredClaim> {
        self.row.as_ref()?.claim.as_ref()
    }

    /// Returns the revision that the record names.
    pub fn revision(&self) -> &str {
        self.row.as_ref().map(|row| row.revision.as_str()).unwrap_or_default()
    }
}

/// Gives back the claim of a resource that is gone; what it had applied stays known, also where it can't be read.
///
/// # Errors
/// The table or the privilege is missing, and as [`Session::batch`].
pub async fn release_claim(session: &mut Session, database: &Identifier, owner: &Owner) -> Result<(), Error> {
    let sql = format!(
        "UPDATE {} SET claims = NULL, claims_digest = NULL, \
         declared = IF(JSON_VALID(declared), JSON_REMOVE(declared, '$.waiting'), declared) \
         WHERE cluster = {} AND resource_uid = {} \
         AND (claims IS NOT NULL OR IF(JSON_VALID(declared), JSON_CONTAINS_PATH(declared, 'one', '$.waiting'), FALSE))",
        RECORD.guarded(database),
        quote_literal(&owner.cluster),
        quote_literal(&owner.uid)
    );
    session.batch("giving back claims", &sql).await.map(|_| ())
}

impl<'a> RecordEntry<'a> {
    /// Makes the row of `owner`, whose declaration of this revision was applied, without a claim.
    ///
    /// # Errors
    /// The names are too many.
    pub fn new(owner: &'a Owner, revision: &'a str, last: &LastApplied) -> Result<Self, Error> {
        let declared = serde_json::to_string(last).map_err(|error| unreadable(&error))?;
        check_length("list of what was applied", declared.len(), MAX_DECLARED)?;
        Ok(Self { owner, revision, declared, claim: None })
    }

    /// Returns the digest by which it is known.
    pub fn digest(&self) -> String {
        entry_digest(&self.owner.uid, &self.declared)
    }

    /// Adds a claim to the row, or none.
    #[must_use]
    pub fn claiming(self, claim: Option<&'a Claim>) -> Self {
        Self { claim, ..self }
    }
}

fn read_last_applied(row: &RecordRow) -> Result<LastApplied, Error> {
    let declared = row.declared.as_ref().ok_or_else(|| too_long("list of what was applied", row.id))?;
    serde_json::from_str(declared).map_err(|error| {
        Error::protocol(reading_row(row.id), &NotAnEntry { line: error.line(), column: error.column() })
    })
}

impl UnreadRow {
    /// Returns the error for those who can't tell whether the resource wrote it: nothing may be done that might contradict
    /// it.
    pub fn error(&self) -> Error {
        Error::protocol(reading_row(self.id), &self.why)
    }
}

/// Says where a text is no entry, without the text.
#[derive(Debug, thiserror::Error)]
#[error("it is no entry of the operator's, from line {line}, column {column} on")]
struct NotAnEntry {
    line: usize,
    column: usize,
}

fn reading_row(id: u64) -> String {
    format!("reading row {id} of table {RECORD_TABLE}")
}

fn too_long(what: &str, row: u64) -> Error {
    Error::protocol(reading_row(row), &format!("its {what} is too long"))
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error::protocol(format!("reading table {RECORD_TABLE}"), error)
}

/// Reads the tables that another resource claims.
///
/// # Errors
/// They can't be read.
fn read_claimed_tables(tables: &str, row: u64) -> Result<DeclaredSchema, Error> {
    let unreadable =
        |cause: &dyn Display| Error::protocol(format!("reading the claim in row {row} of table {RECORD_TABLE}"), cause);
    let tables: Vec<TableSpec> = serde_json::from_str(tables).map_err(|error| unreadable(&error))?;
    declare_tables(&tables)
        .map_err(|refusals| unreadable(&refusals.first().map(ToString::to_string).unwrap_or_default()))
}
