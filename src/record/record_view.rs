//! The record: what each resource declared when it was last applied. One row for each resource, in a table of the
//! database itself, so that it goes where the database goes: into a backup, to a replica, to another cluster.

use std::fmt::Write as _;
use std::sync::Arc;

use super::claim::{Claim, ClaimKind, KnownClaims, StoredClaim, Viewer, is_active, read_declaration};
use super::record_table::{ADD_CLAIMS, CLAIMS, Layout, RECORD_TABLE, create};
use crate::mysql::{Error, ErrorKind, Row, Rows, Session};
use crate::plan::{LastApplied, OtherRecord, Records};
use crate::schema::{DeclaredSchema, Identifier, quote_literal};

/// The cluster of those who have none: the command line.
pub const NO_CLUSTER: &str = "kubectl-schema";

/// Whose declaration it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// UID of the cluster's namespace `kube-system`; empty where the operator may not read it.
    pub cluster: String,
    /// Namespace and name.
    pub resource: String,
    /// The resource's UID; empty at the command line.
    pub uid: String,
}

/// All records of a database, as one resource sees them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordView {
    pub records: Records,
    /// What others claim, where a resource holds it.
    pub neighbours: Vec<Neighbour>,
    /// The row that belongs to the resource, or to its predecessor.
    row: Option<RecordRow>,
    layout: Layout,
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

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RecordRow {
    id: u64,
    owner: Owner,
    revision: String,
    declared: String,
    claim: Option<StoredClaim>,
}

impl RecordView {
    /// Sorts what [`select_records`](super::select_records) gave.
    ///
    /// # Errors
    /// A row that can't be read: nothing may be done that might contradict it.
    pub fn read(results: Vec<Rows>, viewer: Viewer<'_>, known: &KnownClaims) -> Result<Self, Error> {
        let mut results = results.into_iter().skip(1);
        let layout = results.next().and_then(|rows| rows.first().map(|row| Layout::read(row.text(0))));
        let rows = results.nth(2).unwrap_or_default();
        let mut record_view = Self { layout: layout.unwrap_or_default(), ..Self::default() };
        let mut found: Vec<(RecordRow, &Row)> = rows.iter().map(|row| (RecordRow::read(row), row)).collect();
        let nearest = (0..found.len()).max_by_key(|at| found.get(*at).map(|(row, _)| row.nearness(viewer.owner)));
        if let Some(at) = nearest.filter(|at| found.get(*at).is_some_and(|(row, _)| row.nearness(viewer.owner) > 0)) {
            let (row, _) = found.remove(at);
            let of_same = row.owner.uid == viewer.owner.uid || row.owner.cluster == NO_CLUSTER;
            let place = if of_same { &mut record_view.records.own } else { &mut record_view.records.predecessor };
            *place = Some(row.last_applied()?);
            record_view.row = Some(row);
        }
        for (row, texts) in found {
            record_view.other(row, (texts.optional(CLAIMS), known), viewer)?;
        }
        Ok(record_view)
    }

    fn other(
        &mut self,
        row: RecordRow,
        (text, known): (Option<&str>, &KnownClaims),
        viewer: Viewer<'_>,
    ) -> Result<(), Error> {
        let last = row.last_applied()?;
        let is_namesake = row.owner.resource == viewer.owner.resource;
        let is_active = is_active(&row.owner, row.claim.as_ref(), viewer);
        let mut owns = None;
        let claim = row.claim.filter(|_| is_active);
        let declared = match (&claim, text) {
            (Some(claim), None) => known.0.get(&claim.digest).cloned(),
            (Some(_), Some(text)) => Some(Arc::new(read_declaration(text, row.id)?)),
            (None, _) => None,
        };
        if let (Some(claim), Some(declared)) = (claim, declared) {
            owns = (claim.kind == ClaimKind::Owns).then(|| declared.clone());
            self.neighbours.push(Neighbour { id: row.id, owner: row.owner, claim, declared });
        }
        self.records.others.push(OtherRecord { last, is_namesake, is_active, owns });
        Ok(())
    }

    /// What need not be read again.
    pub fn known(&self) -> KnownClaims {
        let of = |other: &Neighbour| (other.claim.digest.clone(), other.declared.clone());
        KnownClaims(Arc::new(self.neighbours.iter().map(of).collect()))
    }

    /// Whether others claim just what they claimed `before`.
    pub fn has_same_neighbours(&self, before: &Self) -> bool {
        let claims = |record_view: &Self| -> Vec<(u64, ClaimKind, String)> {
            let of = |other: &Neighbour| (other.id, other.claim.kind, other.claim.digest.clone());
            let mut claims: Vec<_> = record_view.neighbours.iter().map(of).collect();
            claims.sort_by_key(|(id, ..)| *id);
            claims
        };
        claims(self) == claims(before)
    }

    /// Whether the resource itself has claimed just this, and for longer than a neighbour what that claims. Two that
    /// contradict each other come together where databases do.
    pub fn claimed_before(&self, claim: &Claim, neighbour: &Neighbour) -> bool {
        let own = self.row.as_ref().and_then(|row| Some((row.id, row.claim.as_ref()?)));
        own.is_some_and(|(id, own)| {
            let other = &neighbour.claim;
            own.says(claim) && (own.since, neighbour.id) > (other.since, id)
        })
    }

    /// Writes the record, where it differs from what is there. A claim is only to be written by who holds the lock of
    /// the database, and has read under it what others claim.
    ///
    /// # Errors
    /// [`ErrorKind::Privilege`], and as [`Session::batch`].
    pub async fn write(
        &self,
        session: &mut Session,
        database: &Identifier,
        entry: &RecordEntry<'_>,
    ) -> Result<(), Error> {
        let table = format!("{}.`{RECORD_TABLE}`", database.quoted());
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
            // What a predecessor has claimed is not this resource's.
            values.push_str(", claims = NULL, claims_digest = NULL");
        }
        let before = match self.layout {
            Layout::Missing => format!("{}; ", create(&table)),
            Layout::WithoutClaims if entry.claim.is_some() => format!("ALTER TABLE {table} {ADD_CLAIMS}; "),
            Layout::WithoutClaims | Layout::Complete => String::new(),
        };
        let sql = match &self.row {
            Some(row) => format!("{before}UPDATE {table} SET {values} WHERE id = {}", row.id),
            None => format!("{before}INSERT INTO {table} SET {values} ON DUPLICATE KEY UPDATE {values}"),
        };
        session.batch("writing the record of what was applied", &sql).await.map(|_| ())
    }

    /// Whether the record says just this.
    pub fn says(&self, entry: &RecordEntry<'_>) -> bool {
        self.row.as_ref().is_some_and(|row| {
            row.owner == *entry.owner && row.revision == entry.revision && row.declared == entry.declared
        }) && entry.claim.is_none_or(|claim| self.claims(claim) && !self.has_to_renew(claim))
    }

    /// Whether the resource's own claim says just this.
    pub fn claims(&self, claim: &Claim) -> bool {
        self.own_claim().is_some_and(|own| own.says(claim))
    }

    fn has_to_renew(&self, claim: &Claim) -> bool {
        self.own_claim().is_none_or(|own| own.is_due(claim))
    }

    fn own_claim(&self) -> Option<&StoredClaim> {
        self.row.as_ref()?.claim.as_ref()
    }

    /// The revision that the record names.
    pub fn revision(&self) -> &str {
        self.row.as_ref().map(|row| row.revision.as_str()).unwrap_or_default()
    }
}

/// Gives back what a resource that is gone has claimed; what it had applied stays known.
///
/// # Errors
/// The table or the privilege is missing, and as [`Session::batch`].
pub async fn release_claim(session: &mut Session, database: &Identifier, owner: &Owner) -> Result<(), Error> {
    let sql = format!(
        "UPDATE {}.`{RECORD_TABLE}` SET claims = NULL, claims_digest = NULL \
         WHERE cluster = {} AND resource_uid = {} AND claims IS NOT NULL",
        database.quoted(),
        quote_literal(&owner.cluster),
        quote_literal(&owner.uid)
    );
    session.batch("giving back claims", &sql).await.map(|_| ())
}

/// What is to stand in a row.
#[derive(Debug)]
pub struct RecordEntry<'a> {
    pub owner: &'a Owner,
    pub revision: &'a str,
    declared: String,
    /// What the resource claims; `None` leaves that as it is.
    claim: Option<&'a Claim>,
}

impl<'a> RecordEntry<'a> {
    /// The row of `owner`, whose declaration of this revision was applied, without a claim.
    ///
    /// # Errors
    /// Names as they are can always be written; that they could not is for the caller to report.
    pub fn new(owner: &'a Owner, revision: &'a str, last: &LastApplied) -> Result<Self, Error> {
        let declared = serde_json::to_string(last).map_err(|error| unreadable(&error))?;
        Ok(Self { owner, revision, declared, claim: None })
    }

    /// The same row, with this claim.
    #[must_use]
    pub fn claiming(self, claim: Option<&'a Claim>) -> Self {
        Self { claim, ..self }
    }
}

impl Owner {
    /// The namespace, where it has one.
    pub fn namespace(&self) -> Option<&str> {
        self.resource.split_once('/').map(|(namespace, _)| namespace)
    }

    /// Whether this is its name, with or without the namespace.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.resource == name || self.resource.split_once('/').is_some_and(|(_, own)| own == name)
    }
}

impl RecordRow {
    fn read(row: &Row) -> Self {
        Self {
            id: row.number(0).unwrap_or_default(),
            owner: Owner {
                cluster: row.text(1).to_owned(),
                resource: row.text(2).to_owned(),
                uid: row.text(3).to_owned(),
            },
            revision: row.text(4).to_owned(),
            declared: row.text(5).to_owned(),
            claim: StoredClaim::read(row, 6),
        }
    }

    /// How much a row is `owner`'s: the very resource, one of the same name that is gone, or what the command line has
    /// left for it, which the operator takes over.
    fn nearness(&self, owner: &Owner) -> u8 {
        let same_name = self.owner.resource == owner.resource;
        match () {
            () if self.owner == *owner => 4,
            () if !owner.uid.is_empty() && self.owner.uid == owner.uid => 3,
            () if same_name && self.owner.cluster == owner.cluster => 2,
            () if same_name && self.owner.cluster == NO_CLUSTER => 1,
            () => 0,
        }
    }

    fn last_applied(&self) -> Result<LastApplied, Error> {
        serde_json::from_str(&self.declared).map_err(|error| unreadable(&error))
    }
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error::new(format!("reading table {RECORD_TABLE}"), ErrorKind::Protocol, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(cluster: &str, resource: &str, uid: &str) -> Owner {
        Owner { cluster: cluster.into(), resource: resource.into(), uid: uid.into() }
    }

    fn nearness(row: &Owner, to: &Owner) -> u8 {
        let (revision, declared) = (String::new(), String::new());
        let row = RecordRow { id: 1, owner: row.clone(), revision, declared, claim: None };
        row.nearness(to)
    }

    #[test]
    fn a_row_belongs_to_the_resource_then_to_its_name() {
        let me = owner("c1", "shop/todobox", "u1");
        assert_eq!(nearness(&me, &me), 4);
        assert_eq!(nearness(&owner("", "shop/todobox", "u1"), &me), 3, "the cluster was not known before");
        assert_eq!(nearness(&owner("c1", "shop/todobox", "u0"), &me), 2, "it was deleted and made again");
        assert_eq!(nearness(&owner(NO_CLUSTER, "shop/todobox", ""), &me), 1);
        assert_eq!(nearness(&owner("c2", "shop/todobox", "u0"), &me), 0);
        assert_eq!(nearness(&owner("c1", "shop/other", "u0"), &me), 0);
        let command_line = owner(NO_CLUSTER, "todobox", "");
        assert_eq!(nearness(&owner(NO_CLUSTER, "other", ""), &command_line), 0);
    }
}
