//! Rehearses a plan: tries on empty copies what its changes make of the tables, and reads the copies back. What the server
//! then reports is what the declaration *means* on this server.

use std::collections::BTreeSet;

use super::rehearsal::{Rehearsal, SkippedRehearsal};
use super::rehearse_table::TableRehearsal;
use crate::mysql::{Error, Purpose, Scratch, Servers, Session};
use crate::plan::{Change, Plan, Step, may_be_refused, may_exceed_limits};
use crate::reconcile::request::Request;
use crate::schema::{Column, ColumnDefault, Identifier, Index, Schema, Table};

/// Without a scratch database, the meaning of a bound such as `to_days('2027-01-01')` is unknown.
const UNRESOLVED: &str = "its partitions can't be compared, unless bounds are declared as the server prints them";

/// Rehearses the steps of a plan whose outcome is not known beforehand.
///
/// # Errors
/// The connection broke. That the server refuses a statement is part of the rehearsal.
pub async fn rehearse(servers: &Servers, request: &Request, live: &Schema, plan: &Plan) -> Result<Rehearsal, Error> {
    let is_open =
        |step: &&Step| !step.changes.iter().all(is_proved) || may_exceed_limits(step) || may_be_refused(step, plan);
    let tables: BTreeSet<&Identifier> = plan.steps.iter().filter(is_open).map(|step| &step.table).collect();
    if tables.is_empty() {
        return Ok(Rehearsal::default());
    }
    let mut session = servers.session(&request.asker.login, Purpose::Work).await?;
    let scratch = match Scratch::create(&mut session, live).await {
        Ok(scratch) => scratch,
        Err(error) if error.is_transient() => return Err(error),
        Err(error) => {
            session.close();
            return Ok(skipped(plan, live, &tables, &error));
        }
    };
    let of_table = |table| TableRehearsal {
        name: table,
        before: live.table(table).filter(|_| !is_created(plan, table)),
        // A rename that frees the name of a new table is one of another table.
        steps: plan.steps.iter().filter(|step| step.table == *table && !is_rename(step)).collect(),
        has_open_partitions: has_open_partitions(plan, live, table),
        live,
        declared: &request.declaration.schema,
        scratch: &scratch.name,
    };
    let rehearsal = rehearse_tables(&mut session, tables.into_iter().map(of_table).collect()).await;
    let dropped = if session.is_usable() { scratch.drop(&mut session).await } else { Ok(()) };
    session.close();
    let rehearsal = rehearsal?;
    dropped.map(|()| rehearsal)
}

fn is_created(plan: &Plan, table: &Identifier) -> bool {
    let creates = |step: &Step| step.changes.iter().any(|change| matches!(change, Change::CreateTable(_)));
    plan.steps.iter().any(|step| step.table == *table && creates(step))
}

fn is_rename(step: &Step) -> bool {
    step.changes.iter().any(|change| matches!(change, Change::RenameTable { .. }))
}

/// Returns whether the outcome of a change is known without trying: it restates nothing that is there, and brings only
/// plain types, literals and plain keys. The server decides what an expression means, and a `MODIFY`, a replaced key and
/// an option of the table reach further than the clause says.
fn is_proved(change: &Change) -> bool {
    match change {
        Change::CreateTable(table) => !table_has_expressions(table),
        Change::AddColumn { column, .. } => !column.has_expression(),
        Change::SetDefault { to, .. } => !matches!(to, ColumnDefault::Expression(_)),
        Change::AddIndex(index) => !index.has_expression(),
        Change::RenameTable { .. }
        | Change::DropTable(_)
        | Change::RenameColumn { .. }
        | Change::DropColumn(_)
        | Change::SetColumnVisible { .. }
        | Change::RenameIndex { .. }
        | Change::DropIndex(_)
        | Change::SetIndexVisible { .. }
        | Change::AddForeignKey(_)
        | Change::DropForeignKey(_)
        | Change::RestoreForeignKey(_)
        | Change::DropCheck(_)
        | Change::SetTableComment { .. } => true,
        Change::Partition(change) => !change.needs_rehearsal() && !change.restates(),
        Change::ModifyColumn { .. }
        | Change::ReplaceIndex { .. }
        | Change::AddPrimaryKey(_)
        | Change::ReplacePrimaryKey { .. }
        | Change::DropPrimaryKey(_)
        | Change::ReplaceGeneratedKey { .. }
        | Change::AddCheck(_)
        | Change::ReplaceCheck { .. }
        | Change::SetCheckEnforced { .. }
        | Change::SetTableCharset { .. }
        | Change::SetEngine { .. }
        | Change::SetStorage { .. }
        | Change::RaiseAutoIncrement { .. } => false,
    }
}

fn table_has_expressions(table: &Table) -> bool {
    !table.checks.is_empty()
        || table.columns.iter().any(Column::has_expression)
        || table.indexes.iter().any(Index::has_expression)
        || table.partitioning.is_some()
}

/// Returns the rehearsal of a plan where no scratch database can be made.
fn skipped(plan: &Plan, live: &Schema, tables: &BTreeSet<&Identifier>, error: &Error) -> Rehearsal {
    let mut rehearsal = Rehearsal {
        skipped: Some(SkippedRehearsal::because(error, &live.name)),
        uncompared: tables.iter().copied().cloned().collect(),
        ..Rehearsal::default()
    };
    for table in tables.iter().filter(|table| has_open_partitions(plan, live, table)) {
        rehearsal.refuse(table, format!("{UNRESOLVED}: {error}"));
    }
    rehearsal
}

/// Returns whether some declared partitions of a live table may be the live ones in another spelling.
fn has_open_partitions(plan: &Plan, live: &Schema, table: &Identifier) -> bool {
    let steps = plan.steps.iter().filter(|step| step.table == *table);
    let is_open = |change: &Change| matches!(change, Change::Partition(change) if change.is_open());
    live.table(table).is_some_and(|live| live.partitioning.is_some())
        && steps.flat_map(|step| &step.changes).any(is_open)
}

async fn rehearse_tables(session: &mut Session, tables: Vec<TableRehearsal<'_>>) -> Result<Rehearsal, Error> {
    let mut rehearsal = Rehearsal::default();
    for table in tables {
        let name = table.name.clone();
        match table.rehearse(session, &mut rehearsal).await {
            Ok(()) => {}
            // It can't be tried, which is no verdict on it.
            Err(error) if error.is_unavailable() => {
                rehearsal.skipped = Some(SkippedRehearsal::because(&error, &table.live.name));
                rehearsal.uncompared.insert(name);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(rehearsal)
}
