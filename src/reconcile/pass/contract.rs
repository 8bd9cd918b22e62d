//! Contracts (mode Require): whether the live schema satisfies one, and which steps of others would break it.

use std::collections::BTreeSet;

use super::context::Context;
use super::declare::Declared;
use super::observe::Observed;
use super::obstacles::check_absent;
use super::outcome::{Pass, Stop};
use super::rows::InTheWay;
use super::verify::verified;
use crate::api::{Reason, StepState};
use crate::plan::{Attribute, UnmetRequirement, broken_requirements, unmet};
use crate::reconcile::claims::{ClaimOutcome, claim_outcome, name_of, write_record};
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::pending_record::PendingRecord;
use crate::reconcile::planned_steps::{PlannedSteps, joined};
use crate::reconcile::report::Report;
use crate::reconcile::request::Request;
use crate::reconcile::scratch::adopt_live_spellings;
use crate::record::{ClaimKind, RecordView};
use crate::schema::{DeclaredSchema, Schema};

/// Checks a contract, and claims it. A contract plans nothing.
///
/// # Errors
/// The claim can't be written, or the connection broke.
pub async fn check_contract(context: Context<'_>, declared: Declared) -> Result<Pass, Stop> {
    let Declared { request, observed: Observed { mut observation, records, .. }, report } = declared;
    let (servers, cache) = (context.servers(), &context.pipeline.rehearsals);
    let report = Report { is_contract: true, ..report };
    let stop = |not_ready: NotReady| Stop::because(&report, not_ready);
    let request = adopt_live_spellings(servers, cache, &request, &mut observation).await.map_err(stop)?;
    let outcome = claim_outcome(&request, &request.declaration.schema, &records, &observation, None);
    let ClaimOutcome { claim, .. } = outcome.map_err(|error| stop(NotReady::connecting(&error)))?;
    let record = PendingRecord::of_contract(records, claim);
    let recorded = write_record(servers, &context.pipeline.write_turns, &request, &record).await.map_err(stop)?;
    let required = &request.declaration.schema;
    check_absent(required, &observation).map_err(|refusals| stop(NotReady::from_refusals(&refusals)))?;
    let held = check_requirement(required, &observation.schema);
    let report = Report { in_sync: Some(held.is_ok()), recorded, ..report };
    held.map_err(|not_ready| Stop::because(&report, not_ready))?;
    if let Some(not_ready) = report.stopped_by_revision(false) {
        return Err(Stop::because(&report, not_ready));
    }
    Ok(verified(Context { after: None, ..context }, &request, report).await.into())
}

/// Marks as blocked the steps that would break what another resource requires, with those that wait for them.
pub fn block_broken_contracts(
    request: &Request,
    record_view: &RecordView,
    live: &Schema,
    planned: &mut PlannedSteps,
) -> Option<InTheWay> {
    let mut messages = Vec::new();
    let mut blocked = BTreeSet::new();
    for neighbour in record_view.neighbours.iter().filter(|neighbour| neighbour.claim.kind == ClaimKind::Requires) {
        let broken = broken_requirements(&planned.plan, &request.declaration.schema, live, &neighbour.declared);
        if broken.is_empty() {
            continue;
        }
        let name = name_of(&neighbour.owner, &request.asker.owner).text();
        for one in broken {
            let UnmetRequirement { place, attribute, .. } = &one.unmet;
            let message =
                format!("{name} requires {attribute} of {place} (mode Require), and the step would break that");
            for step in planned.steps.iter_mut().filter(|planned| one.steps.contains(&planned.step.id)) {
                step.note(&message);
                step.state = StepState::Blocked;
                blocked.insert(step.step.id.clone());
            }
            messages.push(message);
        }
    }
    planned.block_after(blocked);
    let message = joined(&messages, &["change or delete the contract first".to_owned()]);
    (!messages.is_empty()).then_some(InTheWay { reason: Reason::RequiredByOthers, message })
}

/// Refuses a contract that the live schema does not satisfy.
fn check_requirement(required: &DeclaredSchema, live: &Schema) -> Result<(), NotReady> {
    const SHOWN: usize = 10;
    let lacking = unmet(required, live);
    if lacking.is_empty() {
        return Ok(());
    }
    let word = |unmet: &UnmetRequirement| {
        let UnmetRequirement { place, attribute, required, live } = unmet;
        format!("{place}: {attribute} must be {required} (live: {live})")
    };
    let mut words: Vec<String> = lacking
        .iter()
        .take(SHOWN)
        .map(|unmet| match unmet.attribute {
            Attribute::State => format!("{} must be {} (live: {})", unmet.place, unmet.required, unmet.live),
            _ => word(unmet),
        })
        .collect();
    if lacking.len() > SHOWN {
        words.push(format!("and {} more", lacking.len() - SHOWN));
    }
    Err(NotReady::new(Reason::RequirementUnmet, words.join("; ")))
}
