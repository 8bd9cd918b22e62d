//! Fourth stage: what the plan meets on the server: dependents, costs, sizes, rows, contracts of others, the time.

use std::collections::BTreeSet;

use super::context::Context;
use super::contract::block_broken_contracts;
use super::outcome::Stop;
use super::plan::Planned;
use super::privileges::MissingPrivileges;
use super::removals::count_removals;
use super::restatements::block_restatements;
use super::rows::{InTheWay, RehearsedSchema, check_rows};
use super::sizes::{read_sizes, with_live_dependents};
use crate::mysql::{Error, Servers};
use crate::plan::Plan;
use crate::reconcile::applied::Applied;
use crate::reconcile::approval::Approval;
use crate::reconcile::circumstances::Circumstances;
use crate::reconcile::job::history_table;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::pending_record::PendingRecord;
use crate::reconcile::planned_steps::PlannedSteps;
use crate::reconcile::report::Report;
use crate::reconcile::request::Request;
use crate::reconcile::scratch::{Rehearsal, SkippedRehearsal};
use crate::record::HistoryTable;
use crate::schema::{Identifier, Schema};

/// All that [`decide`](super::decide::decide) goes by.
#[derive(Debug)]
pub struct Measured {
    pub request: Request,
    /// The steps with what is known of each.
    pub planned: PlannedSteps,
    pub rehearsal: Rehearsal,
    /// What another resource declares otherwise, and declared first.
    pub conflict: Option<NotReady>,
    /// Tables with so few rows that copying them blocks no one for long.
    pub small_tables: BTreeSet<Identifier>,
    /// What the account may not do.
    pub missing_privileges: MissingPrivileges,
    /// Rows that some steps would fail on, or a contract that they would break.
    pub in_the_way: Option<InTheWay>,
    pub circumstances: Circumstances,
    pub history: HistoryTable,
    pub record: PendingRecord,
    pub report: Report,
}

/// Measures what a plan meets. An empty plan, one that is in conflict, and one that a rehearsal refused meet nothing.
///
/// # Errors
/// The server can't be reached, or not be read.
pub async fn measure(context: Context<'_>, planned: Planned) -> Result<Measured, Stop> {
    let Planned { request, observation, plan, rehearsal, conflict, record, mut report } = planned;
    let (live, servers) = (&observation.schema, context.servers());
    let history = if request.spec.keeps_history { history_table(&observation) } else { HistoryTable::NotKept };
    let meets_nothing = conflict.is_some() || plan.is_empty();
    let planned = if meets_nothing {
        PlannedSteps::pending(plan)
    } else {
        report.drifted = request.prior.was_in_sync && context.after.is_none();
        let planned = price(context, &request, live, plan).await;
        planned.map_err(|error| Stop::because(&report, NotReady::connecting(&error)))?
    };
    let mut measured = Measured { rehearsal, conflict, history, record, ..Measured::of_plan(request, planned, report) };
    if meets_nothing {
        return Ok(measured);
    }
    if let Some(SkippedRehearsal { why, grant }) = &measured.rehearsal.skipped {
        let advice = grant.as_ref().map(|grant| format!("; {grant} to the account")).unwrap_or_default();
        measured.planned.note(&format!("it was not rehearsed: {why}{advice}"));
    }
    measured.report.approval = measured.approval(context.after);
    if !measured.rehearsal.is_refused() {
        let found = measured.look_for_obstacles(servers, live).await;
        found.map_err(|not_ready| Stop::because(&measured.report, not_ready))?;
    }
    Ok(measured)
}

/// Adds to a plan what would break outside of its tables, and what its steps cost on this server.
async fn price(context: Context<'_>, request: &Request, live: &Schema, plan: Plan) -> Result<PlannedSteps, Error> {
    let costs = &context.pipeline.costs;
    if let Some(applied) = context.after {
        costs.learn(request, applied);
    }
    let plan = with_live_dependents(context.servers(), request, live, plan).await?;
    Ok(costs.price(request, plan))
}

impl Measured {
    /// Returns a plan that meets nothing: no row, contract or conflict is in its way, and nothing has to be waited for.
    pub fn of_plan(request: Request, planned: PlannedSteps, report: Report) -> Self {
        Self {
            request,
            planned,
            rehearsal: Rehearsal::default(),
            conflict: None,
            small_tables: BTreeSet::new(),
            missing_privileges: MissingPrivileges::default(),
            in_the_way: None,
            circumstances: Circumstances::now(),
            history: HistoryTable::NotKept,
            record: PendingRecord::default(),
            report,
        }
    }

    /// The approval as it covers these steps: what has run is spent, and one that names this very plan covers all of it.
    pub fn approval(&self, after: Option<&Applied>) -> Option<Approval> {
        let approval = self.request.prior.approval.clone()?.after(after);
        Some(if self.planned.steps.is_empty() { approval.used_up() } else { approval.of(&self.planned) })
    }

    /// Reads the sizes, counts the rows in the way, and notes at the steps what was found.
    async fn look_for_obstacles(&mut self, servers: &Servers, live: &Schema) -> Result<(), NotReady> {
        let connecting = |error: Error| NotReady::connecting(&error);
        let sizes = read_sizes(servers, &self.request, &mut self.planned).await.map_err(connecting)?;
        self.small_tables = sizes.small_tables;
        count_removals(servers, &self.request, live, &mut self.planned).await.map_err(connecting)?;
        let restating = block_restatements(&self.rehearsal, &mut self.planned);
        let rehearsed = RehearsedSchema { live, rehearsal: &self.rehearsal };
        let rows = check_rows(servers, &self.request, rehearsed, &mut self.planned).await.map_err(connecting)?;
        // By the ids that the steps have from now on.
        self.missing_privileges =
            MissingPrivileges::find(&sizes.grants, &self.request.spec.database, &mut self.planned);
        let broken = block_broken_contracts(&self.request, self.record.view(), live, &mut self.planned);
        self.in_the_way = restating.or(broken).or(rows);
        self.circumstances = Circumstances::around(servers, &self.request, &self.planned.plan, live).await;
        Ok(())
    }
}
