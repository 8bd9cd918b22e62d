//! First stage: one look at a database: its schema, the records in it, and who else changes it.

use super::context::{Context, Pipeline};
use super::outcome::Stop;
use crate::mysql::{Error, ErrorKind, Login, Observation, Purpose, Rows, Scope, observe_with};
use crate::plan::{Disowned, KeyOnItsWay};
use crate::reconcile::claims::NodeLag;
use crate::reconcile::database_lock::name_without_record;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::report::Report;
use crate::reconcile::request::Request;
use crate::reconcile::witness::Witness;
use crate::record::{Belief, KnownClaims, NotedEntries, Owner, RecordView, records_fingerprint, select_records};
use crate::revision::{MigrationTable, RevisionReading, RevisionState};
use crate::schema::{Identifier, quote_literal};

/// At most so many foreign keys are named that are not put back.
const MAX_KEYS: usize = 3;

/// What a look at a database gave: its schema, and the records of all resources in it.
#[derive(Debug, Clone)]
pub struct Snapshot {
    observation: Observation,
    records: Vec<Rows>,
    /// What the table of a migration tool holds, where it was asked for.
    revisions: Option<RevisionReading>,
    known: KnownClaims,
    /// The connection that holds the lock under which a database without a record is changed.
    holder_without_record: Option<u64>,
    /// Set where the node had not caught up with its cluster, so that all this may be stale.
    node_lag: Option<NodeLag>,
}

/// A database as one request sees it.
#[derive(Debug)]
pub struct Observed {
    pub observation: Observation,
    /// Without what nothing confirms.
    pub records: RecordView,
    /// How far the resource's own entry is believed.
    pub belief: Belief,
    /// What is wrong with that entry.
    pub distrusted: Option<String>,
    pub rivals: Rivals,
    /// Where the migration tool stands, where a chain is declared.
    pub revision: Option<RevisionState>,
}

/// Who else changes a schema.
#[derive(Debug)]
pub struct Rivals {
    /// The connection that holds the lock.
    pub holder: Option<u64>,
    /// Why what was seen of a cluster may be stale.
    pub node_lag: Option<NotReady>,
}

/// Interprets a snapshot for a request, and remembers what others claim.
///
/// # Errors
/// The server could not be reached, or a record can't be read.
pub fn observe<D>(
    context: Context<'_>,
    request: &Request<D>,
    snapshot: Result<Snapshot, Error>,
) -> Result<Observed, Stop> {
    let observed = snapshot.and_then(|snapshot| snapshot.for_request(request));
    let observed = observed.map_err(|error| Stop::with(Report::not_reached(NotReady::connecting(&error))))?;
    context.pipeline.claims.remember(&request.asker.login, &request.spec.database, &observed.records);
    Ok(observed)
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    pub database: &'a Identifier,
    /// Whose records are read without the text of what it has claimed itself.
    pub owner: Option<&'a Owner>,
    /// The table of a migration tool.
    pub migrations: Option<&'a MigrationTable>,
}

impl<'a> Look<'a> {
    /// Looks at what a request is about.
    pub fn of<D>(request: &'a Request<D>) -> Self {
        let owner = Some(&request.asker.owner);
        Self { database: &request.spec.database, owner, migrations: request.migration_table() }
    }
}

impl Snapshot {
    /// Reads what is asked for in one message. The session goes back before anything else is done: a caller that held it
    /// while waiting for another could wait for ever.
    ///
    /// # Errors
    /// The server can't be reached, or the database not be read.
    pub async fn take(pipeline: &Pipeline, login: &Login, look: Look<'_>) -> Result<Self, Error> {
        let Look { database, owner, migrations } = look;
        let scope = Scope { database, table: None };
        let known = pipeline.claims.of(login, database);
        // The records come last.
        let lock = quote_literal(&name_without_record(database));
        let migrated = migrations.map(|table| format!("{};\n", table.queries(database))).unwrap_or_default();
        let records = format!("{migrated}SELECT IS_USED_LOCK({lock});\n{}", select_records(database, owner, &known));
        let mut session = pipeline.servers.session(login, Purpose::Read).await?;
        let seen = match observe_with(&mut session, scope, &records).await {
            Err(error) if error.kind == ErrorKind::ConnectionLost => {
                session.reconnect().await?;
                observe_with(&mut session, scope, &records).await
            }
            seen => seen,
        };
        let (seen, node_lag) = match seen {
            // A statement of a former run may be what holds the node up, and is known by what the node has now.
            Err(why) if why.kind == ErrorKind::Behind => {
                let node_lag = NodeLag::explain(&mut session, database, &why).await;
                (
                    session.without_waiting(async |session| observe_with(session, scope, &records).await).await,
                    Some(node_lag),
                )
            }
            seen => (seen, None),
        };
        let (mut observation, mut records) = seen?;
        let of_migrations = migrations.map_or(0, MigrationTable::results).min(records.len());
        let migrated: Vec<Rows> = records.drain(..of_migrations).collect();
        let revisions = migrations.map(|table| RevisionReading::read(table, database, &login.user, &migrated));
        let revisions = revisions.transpose()?;
        let lock = if records.is_empty() { Rows::new() } else { records.remove(0) };
        let of_revisions = revisions.as_ref().map(RevisionReading::fingerprint).unwrap_or_default();
        observation.fingerprint ^= records_fingerprint(&records) ^ of_revisions;
        let holder_without_record = lock.first().and_then(|row| row.number(0));
        Ok(Self { observation, records, revisions, known, holder_without_record, node_lag })
    }

    /// Reads what the table of a migration tool holds, for a look that did not ask for it.
    ///
    /// # Errors
    /// As [`Snapshot::take`].
    pub async fn with_revisions(
        self,
        pipeline: &Pipeline,
        login: &Login,
        database: &Identifier,
        table: &MigrationTable,
    ) -> Result<Self, Error> {
        let mut session = pipeline.servers.session(login, Purpose::Read).await?;
        let results = session.batch("reading a migration tool's table", &table.queries(database)).await?;
        let revisions = RevisionReading::read(table, database, &login.user, &results)?;
        Ok(Self { revisions: Some(revisions), ..self })
    }

    /// Returns the digest by which an unchanged database is known. Of a node that lags behind nothing is known.
    pub fn fingerprint(&self) -> Option<u64> {
        self.node_lag.is_none().then_some(self.observation.fingerprint)
    }

    fn for_request<D>(self, request: &Request<D>) -> Result<Observed, Error> {
        let viewer = request.viewer(self.observation.server.id.as_deref());
        let schema = &self.observation.schema;
        let records = RecordView::read(&self.records, viewer, &self.known)?;
        let records = records.with_stored_names(&schema.stored_names(), &schema.name);
        let node_lag = self.node_lag.map(|node_lag| node_lag.for_asker(&request.asker.owner));
        let holder = records.lock.map_or(self.holder_without_record, |lock| lock.holder);
        let rivals = Rivals { holder, node_lag };
        let belief = Belief::Confirmed;
        let revision = match (&request.spec.chain, &self.revisions) {
            (None, _) => None,
            (Some(chain), Some(reading)) => Some(RevisionState::of(chain, reading)),
            (Some(chain), None) => {
                let doing = format!("reading table {}", chain.table.name);
                return Err(Error::protocol(doing, &"the look at the database did not ask for it"));
            }
        };
        let observed = Observed { observation: self.observation, records, belief, distrusted: None, rivals, revision };
        observed.judged(&request.asker.witness).past_unread(&request.asker.witness)
    }
}

impl Observed {
    /// Whether the resource's own entry is not the one that it wrote.
    pub fn is_distrusted(&self) -> bool {
        match self.belief {
            Belief::Confirmed | Belief::FirstLook => false,
            Belief::Foreign | Belief::Missing => true,
        }
    }

    /// Takes from the records what the witness does not confirm.
    fn judged(mut self, witness: &Witness) -> Self {
        let Witness::Notes(notes) = witness else { return self };
        self.belief = NotedEntries::judge(notes.noted().as_ref(), self.records.entry.as_deref());
        if self.belief == Belief::FirstLook {
            return self;
        }
        let records = &mut self.records.records;
        if self.belief == Belief::Confirmed && records.predecessor.is_none() {
            return self;
        }
        let disowned = records.disown(&self.observation.schema);
        // A node that lags behind shows what was written long ago.
        if self.rivals.node_lag.is_none() {
            self.distrusted = distrust(self.belief, self.records.entry.as_deref(), &disowned);
        }
        self
    }

    /// Passes over a row of the resource's name that can't be read, where others wrote it: what it says is not believed
    /// anyway.
    fn past_unread(mut self, witness: &Witness) -> Result<Self, Error> {
        let Some(row) = &self.records.unread else { return Ok(self) };
        let is_noted = matches!(witness, Witness::Notes(notes) if notes.noted().is_some());
        if !is_noted || row.is_own && !self.is_distrusted() {
            return Err(row.error());
        }
        let whose = if row.is_own { "this resource" } else { "a former resource of this name" };
        self.distrusted = Some(format!(
            "{}; the resource did not write this entry of {whose}, and writes one of its own; nothing is removed that \
             this resource made before: declare it Absent for that",
            row.error()
        ));
        Ok(self)
    }
}

/// Says what is wrong with an entry; `None` where nothing would have followed from it.
fn distrust(belief: Belief, entry: Option<&str>, disowned: &Disowned) -> Option<String> {
    let Disowned { made_any, keys } = disowned;
    let what = match belief {
        Belief::Missing => {
            "schema_operator_record has no entry of this resource, though its status knows of one: it was deleted, or \
             this is a restored or another database"
                .to_owned()
        }
        Belief::Foreign if *made_any || !keys.is_empty() => {
            let digest = entry.and_then(|entry| entry.get(..12)).unwrap_or_default();
            format!(
                "the entry of this resource in schema_operator_record ({digest}) is not one that its status knows of: \
                 others wrote it, or one of them was restored"
            )
        }
        Belief::Confirmed if !keys.is_empty() => {
            "a former resource of this name left an entry in schema_operator_record, which nothing confirms".to_owned()
        }
        Belief::Confirmed | Belief::FirstLook | Belief::Foreign => return None,
    };
    let away: Vec<String> = keys.iter().take(MAX_KEYS).map(KeyOnItsWay::object).collect();
    let away = if away.is_empty() {
        String::new()
    } else {
        format!("; declare what it says a change dropped, to have it put back: {}", away.join(", "))
    };
    Some(format!("{what}; what it says this resource made is not removed: declare it Absent for that{away}"))
}
