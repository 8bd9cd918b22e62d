//! Writes the record of what was applied, and of what is claimed.

use std::time::Duration;

use super::change_lease::ChangeLease;
use super::write_turns::WriteTurns;
use crate::api::Reason;
use crate::mysql::{Error, ErrorKind, LockAttempt, Purpose, Servers, Session, TakenLock, why_not_primary};
use crate::plan::LastApplied;
use crate::reconcile::database_lock::lock_database;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::pending_record::PendingRecord;
use crate::reconcile::report::Recorded;
use crate::reconcile::request::{Request, TargetMode};
use crate::record::{Claim, LEASE_TABLE, NO_CLUSTER, RECORD_TABLE, RecordEntry, RecordView, select_records};
use crate::schema::Identifier;

/// How often a terminal looks whether the lock of the database is free: for ten seconds.
const LOOKS_AT_TERMINAL: u32 = 50;

const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// Writes the record of `request` where it says something else than `pending`, and returns how much of it is written: nothing
/// where the account may not write it.
///
/// # Errors
/// The record can't be written, or the pass can't do without: what is no longer declared would be removed.
pub async fn write_record(
    servers: &Servers,
    turns: &WriteTurns,
    request: &Request,
    pending: &PendingRecord,
) -> Result<Recorded, NotReady> {
    let mode = request.spec.mode;
    let writes_nothing = mode == TargetMode::Plan || mode == TargetMode::Require && pending.claim.is_none();
    if writes_nothing {
        return Ok(Recorded::Whole);
    }
    announce(request, pending).await?;
    match write(servers, turns, request, pending).await {
        Ok(Written::Whole) => Ok(Recorded::Whole),
        Ok(Written::WithoutClaim) if request.asker.owner.cluster == NO_CLUSTER => {
            let message = "another session is changing or claiming something in this database, so what is declared \
                           could not be claimed for you; apply it again";
            Err(NotReady::new(Reason::LockHeld, message))
        }
        Ok(Written::WithoutClaim) => Ok(Recorded::WithoutClaim),
        Err(error) if error.kind == ErrorKind::Privilege => {
            let why = format!("{error}; {}", advice(&request.spec.database, &error));
            if !request.spec.removes_undeclared || mode == TargetMode::Require {
                return Ok(Recorded::Nothing(why));
            }
            let message = format!("policy.undeclared is Remove, and what is declared now can't be recorded: {why}");
            Err(NotReady::new(Reason::MissingPrivilege, message))
        }
        Err(error) if error.kind == ErrorKind::ReadOnly && mode == TargetMode::Require => {
            Ok(Recorded::Nothing(error.to_string()))
        }
        Err(error) => Err(NotReady::of_own_table(&error)),
    }
}

/// Notes the entry that is about to be written. One that is not kept would make the resource take its own entry for that of
/// others.
async fn announce(request: &Request, pending: &PendingRecord) -> Result<(), NotReady> {
    if pending.last.asks_for_nothing() {
        return Ok(());
    }
    let entry = |last: &LastApplied| {
        let entry = RecordEntry::new(&request.asker.owner, pending.view.revision(), last);
        entry.map(|entry| entry.digest()).map_err(|error| NotReady::of_own_table(&error))
    };
    let whole = entry(&pending.last)?;
    if pending.view.entry.as_ref() == Some(&whole) {
        return Ok(());
    }
    request.asker.witness.announce(pending.view.entry.as_deref(), &[whole, entry(&pending.unclaimed())?]).await
}

/// Claims, in the session that holds the database's lock, what the plan is about to make.
///
/// # Errors
/// Others have claimed something since the plan was made; the record can't be written.
pub async fn claim(session: &mut Session, request: &Request, pending: &PendingRecord) -> Result<(), NotReady> {
    let is_needed = !pending.rounds.is_empty() || !pending.keys.is_empty();
    let failed = |error: Error| {
        let what = if !pending.rounds.is_empty() {
            "columns take each other's names"
        } else if !pending.keys.is_empty() {
            "a foreign key makes way"
        } else {
            "a plan runs"
        };
        let failure = NotReady::of_own_table(&error);
        NotReady { message: format!("{what} only once the record says so: {}", failure.message), ..failure }
    };
    let now = read_again(session, request, pending).await.map_err(failed)?;
    if !now.has_same_neighbours(&pending.view) {
        let message = "another resource has claimed something in this database just now; it is planned again";
        return Err(NotReady::new(Reason::ChangedConcurrently, message));
    }
    let row = RecordEntry::new(&request.asker.owner, now.revision(), &pending.before_steps()).map_err(failed)?;
    let row = row.claiming(pending.claim.as_ref());
    if now.says(&row) {
        request.asker.witness.wrote(row.digest());
        return Ok(());
    }
    match now.write(session, &request.spec.database, &row).await {
        // What could not be recorded is reported when the plan is done.
        Err(error) if error.kind == ErrorKind::Privilege && !is_needed => Ok(()),
        written => written.map(|()| request.asker.witness.wrote(row.digest())).map_err(failed),
    }
}

/// What of a record was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Whole,
    /// Others claim or change something just now.
    WithoutClaim,
}

async fn write(
    servers: &Servers,
    turns: &WriteTurns,
    request: &Request,
    pending: &PendingRecord,
) -> Result<Written, Error> {
    let (view, database) = (&pending.view, &request.spec.database);
    // A resource that was deleted meanwhile has given its claims back.
    let is_gone = request.asker.live_resources.is_gone(&request.asker.owner.uid);
    let claim = pending.claim.as_ref().filter(|_| !is_gone);
    let revision = if pending.is_settled { request.spec.revision.as_str() } else { view.revision() };
    let entry = RecordEntry::new(&request.asker.owner, revision, &pending.last)?.claiming(claim);
    let whole = |()| {
        request.asker.witness.wrote(entry.digest());
        Written::Whole
    };
    if view.says(&entry) {
        return Ok(whole(()));
    }
    // Until the end. Without it, the lock is most likely taken.
    let _turn = turns.take(&request.asker.login, database).await;
    let mut session = servers.session(&request.asker.login, Purpose::Work).await?;
    // A group without a quorum would not refuse, but make the write wait.
    if let Some(why) = why_not_primary(&mut session).await? {
        return Err(Error::new("writing the record of what was applied", ErrorKind::ReadOnly, why));
    }
    if claim.is_none_or(|claim| view.claims(claim)) {
        return view.write(&mut session, database, &entry).await.map(whole);
    }
    let lock = take_lock(&mut session, request).await?;
    let lease = if lock.is_some() { ChangeLease::take_if_free(&mut session, request).await } else { Ok(None) };
    let lease = match lease {
        Ok(lease) => lease,
        Err(error) => {
            if let Some(lock) = lock {
                session.unlock(lock).await;
            }
            return Err(error);
        }
    };
    let written = match read_again(&mut session, request, pending).await {
        // A session that changes the database now may be about to claim the same, so this is tried again later. A
        // contract binds those who come after it, so it waits for none.
        Ok(now) if lease.is_some() && pending.may_claim(&now) || request.spec.mode == TargetMode::Require => {
            now.write(&mut session, database, &entry).await.map(whole)
        }
        Ok(now) => write_unclaimed(&mut session, request, pending, &now).await,
        Err(error) => Err(error),
    };
    if let Some(lease) = lease {
        lease.end(&mut session).await;
    }
    if let Some(lock) = lock {
        session.unlock(lock).await;
    }
    written
}

/// Writes the record with what is declared and can't be claimed yet, so that others do not remove it meanwhile.
async fn write_unclaimed(
    session: &mut Session,
    request: &Request,
    pending: &PendingRecord,
    now: &RecordView,
) -> Result<Written, Error> {
    let revision = if pending.is_settled { request.spec.revision.as_str() } else { now.revision() };
    let entry = RecordEntry::new(&request.asker.owner, revision, &pending.unclaimed())?;
    now.write(session, &request.spec.database, &entry).await?;
    request.asker.witness.wrote(entry.digest());
    Ok(Written::WithoutClaim)
}

/// Takes the lock of the database if it is free. At a terminal, where no later pass claims, it waits for a while.
async fn take_lock(session: &mut Session, request: &Request) -> Result<Option<TakenLock>, Error> {
    let looks = if request.asker.owner.cluster == NO_CLUSTER { LOOKS_AT_TERMINAL } else { 1 };
    for look in 1..=looks {
        if let LockAttempt::Taken(lock) = lock_database(session, &request.spec.database).await? {
            return Ok(Some(lock));
        }
        if look < looks {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
    Ok(None)
}

/// Reads once more who owns what; what was read before is known.
async fn read_again(session: &mut Session, request: &Request, pending: &PendingRecord) -> Result<RecordView, Error> {
    let known = pending.view.known();
    let sql = select_records(&request.spec.database, Some(&request.asker.owner), &known);
    let results = session.batch("reading who owns what", &sql).await?;
    let server = pending.claim.as_ref().map(Claim::server).filter(|server| !server.is_empty());
    RecordView::read(&results, request.viewer(server), &known)
}

/// Returns the grant that lets the account write the record.
fn advice(database: &Identifier, error: &Error) -> String {
    let table = if error.message.contains(LEASE_TABLE) { LEASE_TABLE } else { RECORD_TABLE };
    format!("GRANT CREATE, INSERT, UPDATE ON {}.`{table}` to the account", database.quoted())
}
