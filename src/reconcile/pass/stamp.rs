//! Writes the revision into a migration tool's table, once the schema has everything that is declared.

use super::decide::Settled;
use crate::api::Reason;
use crate::mysql::{Error, ErrorKind, LockAttempt, PooledSession, Purpose, Servers, why_not_primary};
use crate::reconcile::claims::ChangeLease;
use crate::reconcile::database_lock::lock_database;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::report::Report;
use crate::reconcile::request::Request;
use crate::record::{HistoryTable, Ledger};
use crate::revision::{RevisionState, Stamp};

/// The history's word for the step.
const STEP: &str = "stamp";

/// Writes the revision that a report asks for, where the schema is in sync and the mode changes the database. A report
/// of a table that was written says so.
pub async fn stamped(servers: &Servers, settled: &Settled, report: Report) -> Report {
    let stamp = report.revision.as_ref().and_then(RevisionState::stamp).cloned();
    let Some(stamp) = stamp.filter(|_| report.outcome.is_ok() && settled.request.spec.mode.changes_schema()) else {
        return report;
    };
    match write(servers, settled, &stamp).await {
        Ok(()) => {
            tracing::info!(table = %stamp.table.name, revision = stamp.revision, "stamped");
            // What is live has another digest now.
            Report { revision: Some(RevisionState::stamped(&stamp)), fingerprint: None, ..report }
        }
        Err(not_ready) => report.ending(not_ready),
    }
}

async fn write(servers: &Servers, settled: &Settled, stamp: &Stamp) -> Result<(), NotReady> {
    let request = &settled.request;
    let connecting = |error| NotReady::connecting(&error);
    let mut session = servers.session(&request.asker.login, Purpose::Work).await.map_err(connecting)?;
    if let Some(why) = why_not_primary(&mut session).await.map_err(connecting)? {
        return Err(NotReady::new(Reason::NotPrimary, why));
    }
    session.enter(&request.spec.database, request.spec.lock_wait).await.map_err(connecting)?;
    let locked = lock_database(&mut session, &request.spec.database).await;
    let LockAttempt::Taken(lock) = locked.map_err(|error| NotReady::of_own_table(&error))? else {
        return Err(at_work(stamp));
    };
    let written = match ChangeLease::take_if_free(&mut session, request).await {
        Ok(Some(lease)) => {
            let written = write_row(&mut session, request, settled.history, stamp).await;
            lease.end(&mut session).await;
            written
        }
        Ok(None) => Err(at_work(stamp)),
        Err(error) => Err(NotReady::of_own_table(&error)),
    };
    session.unlock(lock).await;
    written
}

/// Writes the history's row, which holds what the table held before, and then the table.
async fn write_row(
    session: &mut PooledSession,
    request: &Request,
    history: HistoryTable,
    stamp: &Stamp,
) -> Result<(), NotReady> {
    let of_own_table = |error| NotReady::of_own_table(&error);
    let entry = request.entry(STEP);
    let ledger = Ledger::open(session, &entry, history).await.map_err(of_own_table)?;
    let row = ledger.begin(session, STEP, &stamp.statement()).await.map_err(of_own_table)?;
    let written = stamp.write(session).await;
    let changed = Error::new(
        format!("writing to {}", stamp.table.name),
        ErrorKind::Protocol,
        "it was changed after it was read, so it was not written",
    );
    if session.is_usable() {
        let failure = match &written {
            Ok(true) => None,
            Ok(false) => Some(&changed),
            Err(error) => Some(error),
        };
        ledger.end(session, row, failure).await.map_err(of_own_table)?;
    }
    match written {
        Ok(true) => Ok(()),
        Ok(false) => Err(NotReady::new(Reason::ChangedConcurrently, changed.to_string())),
        Err(error) if error.kind == ErrorKind::Privilege => {
            let table = format!("{}.{}", request.spec.database.quoted(), stamp.table.name.quoted());
            let message = format!("{error}; GRANT CREATE, INSERT, UPDATE ON {table} to the account, or remove stamp");
            Err(NotReady::new(Reason::MissingPrivilege, message))
        }
        Err(error) => Err(NotReady::of_own_table(&error)),
    }
}

fn at_work(stamp: &Stamp) -> NotReady {
    let message = format!("another session is changing this database; {} is written after it", stamp.table.name);
    NotReady::new(Reason::LockHeld, message)
}
