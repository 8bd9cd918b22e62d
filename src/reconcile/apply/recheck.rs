//! Decides right before a step whether it is still due, in the session that will run it. A statement from a stale reading
//! would revert what another session changed meanwhile.

use crate::api::Reason;
use crate::mysql::{Error, PooledSession, observe_table_with};
use crate::plan::{Change, Step, plan_without_rules};
use crate::reconcile::circumstances::{is_worked_on, traces_of_tools};
use crate::reconcile::job::Job;
use crate::reconcile::not_ready::NotReady;
use crate::revision::{RevisionReading, RevisionState};
use crate::schema::{DeclaredSchema, Identifier, Schema, Table};

/// Whether a step is still due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    Yes,
    /// What it removes is gone already.
    Done,
    /// The rest needs another plan.
    PlannedAgain,
}

/// Reads the table again, and returns whether the step is still due. The table has to be as it was when the step was
/// planned. Where an earlier step of this change `has_changed` it, a plan for the table as it is now has to hold the
/// step; else the rest needs another plan.
///
/// # Errors
/// [`Reason::ChangedConcurrently`] where another session has changed the table, and [`Reason::NotPrimary`] where the
/// server no longer takes writes; a migration tool is at work, or stands where nothing may be changed; the server can't
/// be read.
pub async fn is_due(session: &mut PooledSession, job: &Job, step: &Step, has_changed: bool) -> Result<Due, NotReady> {
    let database = &job.request.spec.database;
    let connecting = |error: Error| NotReady::connecting(&error);
    let chain = job.request.spec.chain.as_deref();
    let of_migrations = chain.map(|chain| format!(";\n{}", chain.table.queries(database))).unwrap_or_default();
    let beside = format!("{}{of_migrations}", traces_of_tools(database));
    let (now, mut traces) = observe_table_with(session, database, &step.table, &beside).await.map_err(connecting)?;
    if let Some(chain) = chain {
        let results = traces.split_off(traces.len().min(1));
        let user = &job.request.asker.login.user;
        let reading = RevisionReading::read(&chain.table, database, user, &results).map_err(connecting)?;
        if let Some(finding) = RevisionState::of(chain, &reading).blocking(true) {
            return Err(NotReady::new(finding.reason, finding.message.clone()));
        }
    }
    if now.server.read_only {
        return Err(NotReady::new(Reason::NotPrimary, "the server became read-only; it is no longer the primary"));
    }
    if is_worked_on(step, traces.first().map(Vec::as_slice).unwrap_or_default()) {
        return Ok(Due::PlannedAgain);
    }
    if has_changed {
        return Ok(match is_still_due(job, step, &now.schema) {
            true => Due::Yes,
            false if is_gone(step, &now.schema) => Due::Done,
            false => Due::PlannedAgain,
        });
    }
    if now.schema.table(&step.table) == step.before.as_ref() {
        return Ok(Due::Yes);
    }
    let message = format!("another session changed table {} just now; the change is planned again", step.table);
    Err(NotReady::new(Reason::ChangedConcurrently, message))
}

fn is_still_due(job: &Job, step: &Step, now: &Schema) -> bool {
    let declared = &job.request.declaration.schema;
    let own = DeclaredSchema {
        tables: declared.tables.iter().filter(|table| table.name == *step.declared_table()).cloned().collect(),
        absent_tables: declared.absent_tables.iter().filter(|name| **name == step.table).cloned().collect(),
    };
    let Ok(due) = plan_without_rules(&own, now) else { return false };
    // The statements of a new table have no risk, since it has no rows; once it exists, they seem to have one.
    let is_allowed =
        |due: &&Step| due.table == step.table && (step.before.is_none() || due.risks.is_subset(&step.risks));
    let is_same = |due: &Change, change: &Change| match (due, change) {
        // Once its foreign keys are dropped, the table is no longer the one that was to be dropped.
        (Change::DropTable(_), Change::DropTable(_)) => true,
        (Change::AddForeignKey(due), Change::RestoreForeignKey(key)) => due == key,
        _ => due.same_but_position(change),
    };
    let due: Vec<&Change> = due.steps.iter().filter(is_allowed).flat_map(|due| &due.changes).collect();
    let is_due = |change: &Change| due.iter().any(|due| is_same(due, change));
    step.changes.iter().all(|change| is_due(change) || is_left_by_a_key(change, step, now))
}

/// Whether the change drops an index that the server made for a foreign key, and the key has gone before in the same unit:
/// a plan for the table as it is now knows the index only as an undeclared one.
fn is_left_by_a_key(change: &Change, step: &Step, now: &Schema) -> bool {
    let Change::DropIndex(index) = change else { return false };
    let key_of = |table: &Table| table.foreign_key(&index.name).is_some();
    let (Some(before), Some(table)) = (&step.before, now.table(&step.table)) else { return false };
    step.unit.is_some() && key_of(before) && !key_of(table) && table.index(&index.name) == Some(index)
}

/// Whether a step of a unit drops nothing but indexes that are gone. A server drops the index that it made for a foreign
/// key as soon as another index serves the key (tried on MySQL 9.7, MariaDB 10.11 and 11.8).
fn is_gone(step: &Step, now: &Schema) -> bool {
    let Some(table) = now.table(&step.table) else { return false };
    let is_gone = |change: &Change| matches!(change, Change::DropIndex(index) if table.index(&index.name).is_none());
    step.unit.is_some() && step.changes.iter().all(is_gone)
}

/// Returns the tables that are no longer as they were read after this step. With a table's or column's name, the servers
/// change the foreign keys that refer to it.
pub fn changed_by<'a>(step: &'a Step, steps: &'a [Step]) -> impl Iterator<Item = Identifier> + 'a {
    let is_rename = |change: &Change| matches!(change, Change::RenameTable { .. } | Change::RenameColumn { .. });
    let renames = step.changes.iter().any(is_rename);
    let refers = move |other: &&Step| {
        renames && other.before.iter().flat_map(|table| &table.foreign_keys).any(|key| key.refers_to(&step.table))
    };
    std::iter::once(step.table.clone()).chain(steps.iter().filter(refers).map(|other| other.table.clone()))
}
