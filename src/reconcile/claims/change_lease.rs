//! Whose turn it is to change a database of a cluster. On a server alone its lock decides, and nothing here sends a
//! message.

use super::ownership::name_of;
use crate::api::Reason;
use crate::mysql::{Error, ErrorKind, Session};
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::request::Request;
use crate::record::{ClusterLease, LEASE_TABLE, LeaseAttempt, LeaseHolder, Owner};
use crate::schema::Identifier;

/// The turn of one change, in the session that holds the database's lock.
#[derive(Debug)]
pub struct ChangeLease(Option<ClusterLease>);

impl ChangeLease {
    /// Takes it.
    ///
    /// # Errors
    /// [`Reason::LockHeld`] says whose it is; [`Reason::MissingPrivilege`], what to grant.
    pub async fn take<D>(session: &mut Session, request: &Request<D>) -> Result<Self, NotReady> {
        match Self::attempt(session, request).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(holder)) => Err(held(holder.as_ref(), &request.asker.owner)),
            Err(error) => Err(failed(&error, &request.spec.database)),
        }
    }

    /// Takes it, or gives who has it.
    ///
    /// # Errors
    /// As [`ClusterLease::take`].
    pub async fn attempt<D>(
        session: &mut Session,
        request: &Request<D>,
    ) -> Result<Result<Self, Option<LeaseHolder>>, Error> {
        if !session.dialect.clustered {
            return Ok(Ok(Self(None)));
        }
        Ok(match ClusterLease::take(session, &request.spec.database, &request.asker.owner).await? {
            LeaseAttempt::Taken(lease) => Ok(Self(Some(lease))),
            LeaseAttempt::HeldBy(holder) => Err(holder),
        })
    }

    /// Makes sure of it before a step.
    ///
    /// # Errors
    /// [`Reason::ChangedConcurrently`] where another change has it by now.
    pub async fn renew(&mut self, session: &mut Session) -> Result<(), NotReady> {
        let Some(lease) = &mut self.0 else { return Ok(()) };
        match lease.renew(session).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(lost()),
            Err(error) => Err(NotReady::connecting(&error)),
        }
    }

    /// The same right before a statement is sent, where nothing needs to be asked.
    ///
    /// # Errors
    /// As [`ChangeLease::renew`].
    pub fn check(&self) -> Result<(), NotReady> {
        if self.0.as_ref().is_none_or(ClusterLease::is_fresh) { Ok(()) } else { Err(lost()) }
    }

    /// Gives it back.
    pub async fn end(self, session: &mut Session) {
        if let Some(lease) = self.0.filter(|_| session.is_usable()) {
            lease.release(session).await;
        }
    }
}

/// Why a node that has not caught up with its cluster is not read, with whoever holds the database's lease.
pub async fn behind(session: &mut Session, database: &Identifier, why: &Error) -> NodeLag {
    let holder = match LeaseHolder::now(session, database).await {
        Ok(holder) => holder,
        Err(error) => {
            tracing::debug!(%error, "whoever holds the lease is out of sight");
            None
        }
    };
    NodeLag { why: why.to_string(), holder }
}

/// What is known of a node that has not caught up.
#[derive(Debug, Clone)]
pub struct NodeLag {
    why: String,
    holder: Option<LeaseHolder>,
}

impl NodeLag {
    /// The same for whoever asks.
    pub fn for_asker(&self, asker: &Owner) -> NotReady {
        let NotReady { reason, message } = held(self.holder.as_ref(), asker);
        let message = if self.holder.is_some() { format!("{message}; {}", self.why) } else { self.why.clone() };
        NotReady { reason, message }
    }
}

fn held(holder: Option<&LeaseHolder>, asker: &Owner) -> NotReady {
    let Some(holder) = holder else {
        return NotReady::new(Reason::LockHeld, "another session was changing this schema a moment ago");
    };
    let LeaseHolder { owner, node, connection, seconds } = holder;
    let is_own = !asker.uid.is_empty() && owner.uid == asker.uid && owner.cluster == asker.cluster;
    let who = if is_own { "a former change of this very resource".to_owned() } else { name_of(owner, asker).text() };
    let message = format!(
        "{who} is changing this schema, by connection {connection} of node {node}; waiting for it to end (its lease lapses \
         in {seconds} s, unless it is renewed)"
    );
    NotReady::new(Reason::LockHeld, message)
}

fn lost() -> NotReady {
    let message = "the lease of the database lapsed, and another change may have it; it is planned again";
    NotReady::new(Reason::ChangedConcurrently, message)
}

fn failed(error: &Error, database: &Identifier) -> NotReady {
    let not_ready = NotReady::changing(error);
    if error.kind != ErrorKind::Privilege {
        return not_ready;
    }
    let message = format!(
        "on a cluster a database is changed only by who holds its lease: {}; GRANT CREATE, INSERT, UPDATE ON {}.`{LEASE_TABLE}` \
         to the account",
        not_ready.message,
        database.quoted()
    );
    NotReady { message, ..not_ready }
}
