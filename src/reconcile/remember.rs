//! Keeps the record of what was applied up to date.

use super::not_ready::NotReady;
use super::request::{Request, TargetMode};
use crate::api::Reason;
use crate::mysql::{Error, ErrorKind, Purpose, Servers};
use crate::plan::{LastApplied, Plan, rounds, unsettled};
use crate::record::{RECORD_TABLE, RecordEntry, Recorded};
use crate::schema::{Identifier, Schema};

/// Writes the record of `request`, as it was declared, where it says something else than what is applied now: all that
/// is live and not changed by what is left of the plan. Gives why it can't be kept, where the account may not.
///
/// # Errors
/// The record can't be written, or can't be done without: what is no longer declared is to be removed.
pub async fn remember(
    servers: &Servers,
    request: &Request,
    recorded: &Recorded,
    (live, left): (&Schema, &Plan),
) -> Result<Option<String>, NotReady> {
    if request.mode == TargetMode::Plan {
        return Ok(None);
    }
    match write(servers, request, recorded, (live, left)).await {
        Ok(()) => Ok(None),
        Err(error) if error.kind == ErrorKind::Privilege => {
            let why = format!("{error}; {}", advice(&request.database));
            if !request.removes_undeclared {
                return Ok(Some(why));
            }
            let message = format!("policy.undeclared is Remove, and what is declared now can't be recorded: {why}");
            Err(NotReady::new(Reason::MissingPrivilege, message))
        }
        Err(error) => Err(NotReady::connecting(&error)),
    }
}

/// What has to be recorded before a plan in which columns take each other's names.
pub fn before_rounds(
    request: &Request,
    recorded: Recorded,
    (live, left): (&Schema, &Plan),
) -> Option<(Recorded, LastApplied)> {
    let rounds = rounds(left);
    if rounds.is_empty() {
        return None;
    }
    let mut last = LastApplied::next(&recorded.records, &request.declaration.schema, live, &unsettled(left));
    for round in rounds {
        if !last.rounds.contains(&round) {
            last.rounds.push(round);
        }
    }
    Some((recorded, last))
}

async fn write(
    servers: &Servers,
    request: &Request,
    recorded: &Recorded,
    (live, left): (&Schema, &Plan),
) -> Result<(), Error> {
    let last = LastApplied::next(&recorded.records, &request.declaration.schema, live, &unsettled(left));
    let revision = if left.is_empty() { request.revision.as_str() } else { recorded.revision() };
    let entry = RecordEntry::new(&request.owner, revision, &last)?;
    if recorded.says(&entry) {
        return Ok(());
    }
    let mut session = servers.session(&request.login, Purpose::Work).await?;
    recorded.write(&mut session, &request.database, &entry).await
}

/// What to grant.
fn advice(database: &Identifier) -> String {
    format!("GRANT CREATE, INSERT, UPDATE ON {}.`{RECORD_TABLE}` to the account", database.quoted())
}
