//! Lets one change at a time work on a database of a cluster. On a single server the lock of the database does that, and
//! nothing here sends a message.

use super::ownership::name_of;
use crate::api::Reason;
use crate::mysql::{Error, ErrorKind, Session};
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::request::Request;
use crate::record::{ClusterLease, LEASE_TABLE, LeaseAttempt, LeaseHolder, Owner};
use crate::schema::Identifier;

/// The lease of a change, in the session that holds the lock of the database. It is empty on a single server.
#[derive(Debug)]
pub struct ChangeLease(Option<ClusterLease>);

/// That a node has not caught up with its cluster, and who may be the cause.
#[derive(Debug, Clone)]
pub struct NodeLag {
    why: String,
    holder: Option<LeaseHolder>,
}

impl ChangeLease {
    /// Takes the lease.
    ///
    /// # Errors
    /// [`Reason::LockHeld`] names the holder; [`Reason::MissingPrivilege`] says what to grant.
    pub async fn take<D>(session: &mut Session, request: &Request<D>) -> Result<Self, NotReady> {
        let owner = &request.asker.owner;
        if !session.dialect.clustered {
            return Ok(Self(None));
        }
        match ClusterLease::take(session, &request.spec.database, owner).await {
            Ok(LeaseAttempt::Taken(lease)) => Ok(Self(Some(lease))),
            Ok(LeaseAttempt::HeldBy(holder)) => Err(held(holder.as_ref(), owner)),
            Err(error) => Err(failed(&error, &request.spec.database)),
        }
    }

    /// Takes the lease unless another change holds it.
    ///
    /// # Errors
    /// As [`ClusterLease::take`].
    pub async fn take_if_free<D>(session: &mut Session, request: &Request<D>) -> Result<Option<Self>, Error> {
        if !session.dialect.clustered {
            return Ok(Some(Self(None)));
        }
        Ok(match ClusterLease::take(session, &request.spec.database, &request.asker.owner).await? {
            LeaseAttempt::Taken(lease) => Some(Self(Some(lease))),
            LeaseAttempt::HeldBy(_) => None,
        })
    }

    /// Renews the lease before a step.
    ///
    /// # Errors
    /// [`Reason::ChangedConcurrently`] where another change may have taken it.
    pub async fn renew(&mut self, session: &mut Session) -> Result<(), NotReady> {
        let Some(lease) = &mut self.0 else { return Ok(()) };
        match lease.renew(session).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(lost()),
            Err(error) => Err(NotReady::of_own_table(&error)),
        }
    }

    /// Makes sure right before a statement that the lease has not lapsed. This asks the server nothing.
    ///
    /// # Errors
    /// As [`ChangeLease::renew`].
    pub fn check(&self) -> Result<(), NotReady> {
        if self.0.as_ref().is_none_or(ClusterLease::is_fresh) { Ok(()) } else { Err(lost()) }
    }

    /// Gives the lease back.
    pub async fn end(self, session: &mut Session) {
        if let Some(lease) = self.0.filter(|_| session.is_usable()) {
            lease.release(session).await;
        }
    }
}

impl NodeLag {
    /// Finds who holds the lease of a database that is not read because of `why`.
    pub async fn explain(session: &mut Session, database: &Identifier, why: &Error) -> Self {
        let holder = match LeaseHolder::now(session, database).await {
            Ok(holder) => holder,
            Err(error) => {
                tracing::debug!(%error, "the holder of the lease can't be seen");
                None
            }
        };
        Self { why: why.to_string(), holder }
    }

    /// Returns what `asker` may know of it.
    pub fn for_asker(&self, asker: &Owner) -> NotReady {
        let NotReady { reason, message, stuck_for } = held(self.holder.as_ref(), asker);
        let message = if self.holder.is_some() { format!("{message}; {}", self.why) } else { self.why.clone() };
        NotReady { reason, message, stuck_for }
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
    let message = "the lease of the database lapsed, and another change may have it; the change is planned again";
    NotReady::new(Reason::ChangedConcurrently, message)
}

fn failed(error: &Error, database: &Identifier) -> NotReady {
    let not_ready = NotReady::of_own_table(error);
    if error.kind != ErrorKind::Privilege {
        return not_ready;
    }
    let message = format!(
        "on a cluster, only the holder of a database's lease changes it: {}; GRANT CREATE, INSERT, UPDATE ON \
         {}.`{LEASE_TABLE}` to the account",
        not_ready.message,
        database.quoted()
    );
    NotReady { message, ..not_ready }
}
