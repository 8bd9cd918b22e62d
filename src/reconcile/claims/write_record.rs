//! Keeps the record of what was applied, and of what is claimed, up to date.

use super::change_lease::ChangeLease;
use crate::api::Reason;
use crate::mysql::{Error, ErrorKind, LockAttempt, Purpose, Servers, Session, why_not_primary};
use crate::plan::{LastApplied, Plan, rounds, unsettled};
use crate::reconcile::database_lock::lock_name;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::request::{Request, TargetMode};
use crate::record::{Claim, LEASE_TABLE, LiveResources, RECORD_TABLE, RecordEntry, RecordView, Viewer, select_records};
use crate::schema::{Identifier, Schema};

/// What has to stand in the record before the first step of a plan runs.
#[derive(Debug)]
pub struct PendingRecord {
    seen: RecordView,
    last: LastApplied,
    claim: Option<Claim>,
    /// Columns take each other's names, and nothing else tells afterwards that they did.
    has_rounds: bool,
}

/// Writes the record of `request`, as it was declared, where it says something else than what is applied now: all that
/// is live and not changed by what is left of the plan. Gives why it can't be kept, where the account may not.
///
/// # Errors
/// The record can't be written, or can't be done without: what is no longer declared is to be removed.
pub async fn remember(
    servers: &Servers,
    request: &Request,
    (record_view, claim): (&RecordView, Option<&Claim>),
    (live, left): (&Schema, &Plan),
) -> Result<Option<String>, NotReady> {
    let writes_nothing =
        request.spec.mode == TargetMode::Plan || request.spec.mode == TargetMode::Require && claim.is_none();
    if writes_nothing {
        return Ok(None);
    }
    match write(servers, request, (record_view, claim), (live, left)).await {
        Ok(()) => Ok(None),
        Err(error) if error.kind == ErrorKind::Privilege => {
            let why = format!("{error}; {}", advice(&request.spec.database, &error));
            if !request.spec.removes_undeclared || request.spec.mode == TargetMode::Require {
                return Ok(Some(why));
            }
            let message = format!("policy.undeclared is Remove, and what is declared now can't be recorded: {why}");
            Err(NotReady::new(Reason::MissingPrivilege, message))
        }
        Err(error) if error.kind == ErrorKind::ReadOnly && request.spec.mode == TargetMode::Require => {
            Ok(Some(error.to_string()))
        }
        Err(error) => Err(NotReady::connecting(&error)),
    }
}

/// What has to be recorded before a plan.
pub fn before_steps(
    request: &Request,
    seen: RecordView,
    claim: Option<Claim>,
    (live, left): (&Schema, &Plan),
) -> PendingRecord {
    let mut last = LastApplied::next(&seen.records, &request.declaration.schema, live, &unsettled(left));
    let rounds = rounds(left);
    let has_rounds = !rounds.is_empty();
    for round in rounds {
        if !last.rounds.contains(&round) {
            last.rounds.push(round);
        }
    }
    PendingRecord { seen, last, claim, has_rounds }
}

/// Claims, in the session that holds the database's lock, what the plan is about to make.
///
/// # Errors
/// Others have claimed something since the plan was made; the record can't be written.
pub async fn claim(session: &mut Session, request: &Request, entry: &PendingRecord) -> Result<(), NotReady> {
    let failed = |error: Error| {
        let what = if entry.has_rounds { "columns take each other's names" } else { "a plan is carried out" };
        let message = format!("{what} only once that is recorded: {error}");
        NotReady { message, ..NotReady::changing(&error) }
    };
    let server = entry.claim.as_ref().map(Claim::server);
    let now = read(session, request, (&entry.seen, server)).await.map_err(failed)?;
    if !now.has_same_neighbours(&entry.seen) {
        let message = "another resource has claimed something in this database just now; it is planned again";
        return Err(NotReady::new(Reason::ChangedConcurrently, message));
    }
    let row = RecordEntry::new(&request.asker.owner, now.revision(), &entry.last).map_err(failed)?;
    let row = row.claiming(entry.claim.as_ref());
    if now.says(&row) {
        return Ok(());
    }
    match now.write(session, &request.spec.database, &row).await {
        // What could not be recorded is told when the plan is done.
        Err(error) if error.kind == ErrorKind::Privilege && !entry.has_rounds => Ok(()),
        written => written.map_err(failed),
    }
}

async fn write(
    servers: &Servers,
    request: &Request,
    (record_view, claim): (&RecordView, Option<&Claim>),
    (live, left): (&Schema, &Plan),
) -> Result<(), Error> {
    let last = match request.spec.mode {
        // What is required was applied by others.
        TargetMode::Require => record_view.records.own.clone().unwrap_or_default(),
        _ => LastApplied::next(&record_view.records, &request.declaration.schema, live, &unsettled(left)),
    };
    // Deleted meanwhile, it has given its claims back.
    let claim = claim.filter(|_| !request.asker.live_resources.is_gone(&request.asker.owner.uid));
    let revision = if left.is_empty() { request.spec.revision.as_str() } else { record_view.revision() };
    let entry = RecordEntry::new(&request.asker.owner, revision, &last)?.claiming(claim);
    if record_view.says(&entry) {
        return Ok(());
    }
    let mut session = servers.session(&request.asker.login, Purpose::Work).await?;
    // A group without a quorum would not refuse, but have us wait.
    if let Some(why) = why_not_primary(&mut session).await? {
        return Err(Error::new("writing the record of what was applied", ErrorKind::ReadOnly, why));
    }
    let Some(claim) = claim.filter(|claim| !record_view.claims(claim)) else {
        return record_view.write(&mut session, &request.spec.database, &entry).await;
    };
    let lock = lock_name(&request.spec.database);
    let is_locked = session.lock(&lock).await? == LockAttempt::Taken;
    let turn = if is_locked { ChangeLease::attempt(&mut session, request).await } else { Ok(Err(None)) };
    let turn = match turn {
        Ok(turn) => turn.ok(),
        Err(error) => {
            session.unlock(&lock).await;
            return Err(error);
        }
    };
    let written = match read(&mut session, request, (record_view, Some(claim.server()))).await {
        // Whoever changes the database now may be about to claim the same: it is tried again. A contract binds those
        // who come after it, so it waits for nobody.
        Ok(now)
            if turn.is_some() && now.has_same_neighbours(record_view) || request.spec.mode == TargetMode::Require =>
        {
            now.write(&mut session, &request.spec.database, &entry).await
        }
        Ok(now) => now.write(&mut session, &request.spec.database, &entry.claiming(None)).await,
        Err(error) => Err(error),
    };
    if let Some(turn) = turn {
        turn.end(&mut session).await;
    }
    if is_locked {
        session.unlock(&lock).await;
    }
    written
}

/// Reads once more who owns what; what was `seen` is known.
async fn read(
    session: &mut Session,
    request: &Request,
    (seen, server): (&RecordView, Option<&str>),
) -> Result<RecordView, Error> {
    let known = seen.known();
    let sql = select_records(&request.spec.database, Some(&request.asker.owner), &known);
    let results = session.batch("reading who owns what", &sql).await?;
    RecordView::read(results, request.viewer(server.filter(|server| !server.is_empty())), &known)
}

impl<D> Request<D> {
    /// From where the request looks at what others claim.
    pub(crate) fn viewer<'a>(&'a self, server: Option<&'a str>) -> Viewer<'a> {
        let live_resources: &LiveResources = &self.asker.live_resources;
        Viewer { owner: &self.asker.owner, live_resources, server }
    }
}

/// What to grant.
fn advice(database: &Identifier, error: &Error) -> String {
    let table = if error.message.contains(LEASE_TABLE) { LEASE_TABLE } else { RECORD_TABLE };
    format!("GRANT CREATE, INSERT, UPDATE ON {}.`{table}` to the account", database.quoted())
}
