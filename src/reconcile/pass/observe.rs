//! One look at a database: its schema, the records in it, and who is changing it.

use super::Pipeline;
use crate::mysql::{Error, ErrorKind, Login, Observation, Purpose, Rows, Scope, observe_with};
use crate::reconcile::claims::{NodeLag, behind};
use crate::reconcile::database_lock::lock_name;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::request::Request;
use crate::record::{KnownClaims, Owner, RecordView, select_records};
use crate::schema::{Identifier, quote_literal};

/// What a look at a database gave: its schema, and all records in it, whosesoever.
#[derive(Debug)]
pub struct Snapshot {
    observation: Observation,
    records: Vec<Rows>,
    known: KnownClaims,
    /// The connection that holds the lock under which the database is changed.
    holder: Option<u64>,
    /// That the node had not caught up with its cluster, so that all this may be of yesterday.
    behind: Option<NodeLag>,
}

/// Who else changes a schema.
#[derive(Debug)]
pub struct Rivals {
    /// The connection that holds the lock.
    pub holder: Option<u64>,
    /// Why what was seen of a cluster may be of yesterday.
    pub behind: Option<NotReady>,
}

impl Snapshot {
    /// What was seen, what was recorded as the request sees it, and who else is at work.
    ///
    /// # Errors
    /// A record can't be read.
    pub fn for_request<D>(self, request: &Request<D>) -> Result<(Observation, RecordView, Rivals), Error> {
        let viewer = request.viewer(self.observation.server.id.as_deref());
        let record_view = RecordView::read(self.records, viewer, &self.known)?;
        let behind = self.behind.map(|behind| behind.for_asker(&request.asker.owner));
        Ok((self.observation, record_view, Rivals { holder: self.holder, behind }))
    }
}

/// Reads the live schema, and what was recorded of it; of what `owner` has claimed itself, not the text. The session
/// goes back before anything else is done: whoever held it while waiting for another could wait for ever.
///
/// # Errors
/// The server can't be reached, or the database not be read.
pub async fn look(
    pipeline: &Pipeline,
    login: &Login,
    database: &Identifier,
    owner: Option<&Owner>,
) -> Result<Snapshot, Error> {
    let scope = Scope { database, table: None };
    let known = pipeline.claims.of(login, database);
    // The records are to stand last.
    let lock = quote_literal(&lock_name(database));
    let records = format!("SELECT IS_USED_LOCK({lock});\n{}", select_records(database, owner, &known));
    let mut session = pipeline.servers.session(login, Purpose::Work).await?;
    let seen = match observe_with(&mut session, scope, &records).await {
        Err(error) if error.kind == ErrorKind::ConnectionLost => {
            session.reconnect().await?;
            observe_with(&mut session, scope, &records).await
        }
        seen => seen,
    };
    let (seen, behind) = match seen {
        // A statement of a former run may be what holds the node up, and is known by what the node has now.
        Err(why) if why.kind == ErrorKind::Behind => {
            let behind = behind(&mut session, database, &why).await;
            (session.without_waiting(async |session| observe_with(session, scope, &records).await).await, Some(behind))
        }
        seen => (seen, None),
    };
    seen.map(|(observation, mut records)| {
        let lock = if records.is_empty() { Rows::new() } else { records.remove(0) };
        Snapshot { observation, records, known, holder: lock.first().and_then(|row| row.number(0)), behind }
    })
}
