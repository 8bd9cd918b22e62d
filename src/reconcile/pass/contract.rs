//! Contracts (mode Require): whether the live schema satisfies one, and which steps of others would break it.

use std::collections::BTreeSet;

use super::in_sync;
use super::rows::InTheWay;
use crate::api::{Reason, StepState};
use crate::mysql::{Observation, Servers};
use crate::plan::{Attribute, Plan, UnmetRequirement, broken_requirements, unmet};
use crate::reconcile::claims::{ClaimOutcome, SAID, claiming, name_of, remember};
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::report::{PlannedSteps, Report};
use crate::reconcile::request::Request;
use crate::record::{ClaimKind, RecordView};
use crate::schema::{DeclaredSchema, Schema};

/// What of a contract holds, and whether it protects.
pub async fn required(
    servers: &Servers,
    request: &Request,
    record_view: &RecordView,
    (observation, report): (&Observation, Report),
) -> Report {
    let live = &observation.schema;
    let report = Report { is_contract: true, ..report };
    let claim = match claiming(request, record_view, (live, observation.server.id.as_deref()), None) {
        Ok(ClaimOutcome { claim, .. }) => claim,
        Err(error) => return report.ending(NotReady::connecting(&error)),
    };
    let nothing = Plan::default();
    let unrecorded = match remember(servers, request, (record_view, claim.as_ref()), (live, &nothing)).await {
        Ok(unrecorded) => unrecorded,
        Err(not_ready) => return report.ending(not_ready),
    };
    let held = check_requirement(&request.declaration.schema, live);
    let report = Report { in_sync: Some(held.is_ok()), unrecorded, ..report };
    match held {
        Ok(()) => in_sync(servers, request, report, None).await,
        Err(not_ready) => report.ending(not_ready),
    }
}

/// Marks the steps that would break what another resource requires, with those that wait for them.
pub fn check_contracts(
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
    let said: Vec<&str> = messages.iter().take(SAID).map(String::as_str).collect();
    let message = format!("{}; the contract has to be changed or deleted first", said.join("; "));
    (!said.is_empty()).then_some(InTheWay { reason: Reason::RequiredByOthers, message })
}

/// What of a contract the live schema lacks.
fn check_requirement(required: &DeclaredSchema, live: &Schema) -> Result<(), NotReady> {
    const SHOWN: usize = 10;
    let lacking = unmet(required, live);
    if lacking.is_empty() {
        return Ok(());
    }
    let word = |unmet: &UnmetRequirement| {
        let UnmetRequirement { place, attribute, required, live } = unmet;
        format!("{place}: {attribute} is to be {required}, and is {live}")
    };
    let mut words: Vec<String> = lacking
        .iter()
        .take(SHOWN)
        .map(|unmet| match unmet.attribute {
            Attribute::State => format!("{} is to be {}, and is {}", unmet.place, unmet.required, unmet.live),
            _ => word(unmet),
        })
        .collect();
    if lacking.len() > SHOWN {
        words.push(format!("and {} more", lacking.len() - SHOWN));
    }
    Err(NotReady::new(Reason::RequirementUnmet, words.join("; ")))
}
