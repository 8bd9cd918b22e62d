//! What [`decide`] lets run, for any plan with units, any consent, and anything in the way: no unit is begun in part, no
//! step runs without what it waits for, and none without consent. Nothing else is held.

use std::collections::BTreeSet;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use proptest::prelude::*;

use super::rows::InTheWay;
use super::{Measured, Next, decide};
use crate::api::{DatabaseSchemaSpec, Reason, StepState};
use crate::declare::declare;
use crate::mysql::{Address, Login, Secret, Tls, User};
use crate::plan::{Plan, Risk, Step, UnitId, Window, plan};
use crate::reconcile::applied::{Applied, StatementFailure, StatementOutcome};
use crate::reconcile::approval::Approval;
use crate::reconcile::failed_step::FailedStep;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::planned_steps::PlannedSteps;
use crate::reconcile::report::Report;
use crate::reconcile::request::{Asker, Intent, Request};
use crate::reconcile::witness::Witness;
use crate::record::{LiveResources, Owner};
use crate::schema::{Dialect, Flavor, Identifier, Schema, ServerSettings};

const RISKS: [Risk; 4] = [Risk::Blocking, Risk::Breaking, Risk::Destructive, Risk::Unknown];

/// One step, and what is the matter with it.
#[derive(Debug, Clone)]
struct Part {
    risks: BTreeSet<Risk>,
    /// Whether it goes together with the step before it.
    joins: bool,
    /// How many steps before it are those that it waits for.
    waits: BTreeSet<usize>,
    is_approved: bool,
    is_blocked: bool,
    has_failed: bool,
    is_small: bool,
}

#[derive(Debug, Clone)]
struct Situation {
    parts: Vec<Part>,
    allowed: BTreeSet<Risk>,
    /// Whether the maintenance window is open; `None` without one.
    is_open: Option<bool>,
    is_lagging: bool,
}

fn some_risks() -> impl Strategy<Value = BTreeSet<Risk>> {
    let all = prop_oneof![2 => Just(0..=0), 1 => Just(1..=2)];
    all.prop_flat_map(|size| proptest::sample::subsequence(RISKS.to_vec(), size))
        .prop_map(|risks| risks.into_iter().collect())
}

fn part() -> impl Strategy<Value = Part> {
    let rare = || proptest::bool::weighted(0.1);
    let waits = proptest::collection::btree_set(1..4_usize, 0..2);
    (some_risks(), any::<bool>(), waits, any::<bool>(), rare(), rare(), rare()).prop_map(
        |(risks, joins, waits, is_approved, is_blocked, has_failed, is_small)| Part {
            risks,
            joins,
            waits,
            is_approved,
            is_blocked,
            has_failed,
            is_small,
        },
    )
}

fn situation() -> impl Strategy<Value = Situation> {
    let allowed = proptest::sample::subsequence(RISKS.to_vec(), 0..=4);
    let window = proptest::option::weighted(0.3, any::<bool>());
    (proptest::collection::vec(part(), 1..8), allowed, window, proptest::bool::weighted(0.1)).prop_map(
        |(parts, allowed, is_open, is_lagging)| Situation {
            parts,
            allowed: allowed.into_iter().collect(),
            is_open,
            is_lagging,
        },
    )
}

fn request(situation: &Situation) -> Request {
    let tables: Vec<String> =
        (0..situation.parts.len()).map(|at| format!("{{name: t{at}, columns: [{{name: id, type: int}}]}}")).collect();
    let text = format!(
        "revision: '1'\ndatabase: app\nconnection: {{secretRef: {{name: s}}}}\ntables: [{}]\n",
        tables.join(", ")
    );
    let spec: DatabaseSchemaSpec = serde_saphyr::from_str(&text).unwrap();
    let login = Login {
        address: Address::new("db", 3306),
        user: User::public("app"),
        password: Secret::new(""),
        tls: Tls::Disabled,
        ca: None,
        client: None,
        connect_timeout: Duration::from_secs(1),
    };
    let owner = Owner { cluster: "c".into(), resource: "shop/app".into(), uid: "u".into() };
    let (replicas, live_resources, witness) = (Vec::new(), LiveResources::Unknown, Witness::Nobody);
    let intent = Intent::from_spec(&spec, None).unwrap();
    let request = intent.request(Asker { uid: "u".into(), owner, login, replicas, live_resources, witness });
    let mut request = request.declaring(declare(&spec).unwrap());
    request.declaration.consent.everywhere.clone_from(&situation.allowed);
    // It opens once a year, for a minute; the other one for ever.
    request.spec.window = situation.is_open.map(|is_open| {
        let (schedule, minutes) = if is_open { ("* * * * *", 10) } else { ("0 0 29 2 *", 1) };
        Window::new(schedule, Duration::from_mins(minutes), "UTC").unwrap()
    });
    request
}

/// Returns a plan of one step for each part.
fn planned(situation: &Situation, request: &Request) -> Plan {
    let live = Schema {
        name: Identifier::new("app").unwrap(),
        dialect: Dialect { flavor: Flavor::MySql, version: (9, 7, 4), clustered: false },
        charset: "utf8mb4".into(),
        collation: "utf8mb4_general_ci".into(),
        tables: Vec::new().into_iter().collect(),
        details: std::collections::BTreeMap::new(),
        settings: ServerSettings::default(),
    };
    let mut steps = plan(&request.declaration.schema, &live).unwrap().steps;
    let ids: Vec<String> = steps.iter().map(|step| step.id.clone()).collect();
    let parts = &situation.parts;
    let begins = |at: usize| at == 0 || !parts[at].joins;
    for (at, step) in steps.iter_mut().enumerate() {
        let first = (0..=at).rev().find(|at| begins(*at)).unwrap();
        let last = (at + 1..parts.len()).find(|at| begins(*at)).unwrap_or(parts.len());
        step.risks.clone_from(&parts[at].risks);
        step.unit = (last - first > 1).then_some(UnitId(first));
        step.waits_for = parts[at].waits.iter().filter_map(|back| ids.get(at.checked_sub(*back)?).cloned()).collect();
    }
    Plan::of(steps)
}

/// Returns what the operator lets run.
fn decided(situation: &Situation) -> (Vec<Step>, Vec<Step>) {
    let mut request = request(situation);
    let plan = planned(situation, &request);
    let of = |is: fn(&Part) -> bool| -> BTreeSet<String> {
        let chosen = plan.steps.iter().zip(&situation.parts).filter(|(_, part)| is(part));
        chosen.map(|(step, _)| step.id.clone()).collect()
    };
    let (blocked, failed) = (of(|part| part.is_blocked), of(|part| part.has_failed));
    request.prior.approval = Some(Approval {
        plan_id: "another".into(),
        by: "ann".into(),
        at: Timestamp::UNIX_EPOCH,
        mark: None,
        steps: of(|part| part.is_approved),
        spent: BTreeSet::new(),
        is_new: false,
    });
    let failure = |id: String| FailedStep {
        step_id: id,
        failure: NotReady::new(Reason::StatementFailed, "it failed"),
        runs_again: false,
    };
    request.prior.failed_steps = failed.into_iter().map(failure).collect();
    let mut steps = PlannedSteps::pending(plan.clone());
    for step in steps.steps.iter_mut().filter(|step| blocked.contains(&step.step.id)) {
        step.state = StepState::Blocked;
    }
    steps.block_after(blocked);
    let mut measured = Measured::of_plan(request, steps, Report::begun());
    let small = plan.steps.iter().zip(&situation.parts).filter(|(_, part)| part.is_small);
    measured.small_tables = small.map(|(step, _)| step.table.clone()).collect();
    measured.circumstances.lagging = situation.is_lagging.then(|| "replica db lags behind".to_owned());
    let runs = match decide(measured, None).next {
        Next::Run(job) => job.steps,
        Next::Record(_) | Next::Verify(_) | Next::Nothing => Vec::new(),
    };
    (plan.steps, runs)
}

/// Whether a step may run, whatever the others do.
fn may_run(part: &Part, situation: &Situation) -> bool {
    let is_allowed = |risk: &Risk| situation.allowed.contains(risk) || part.is_small && *risk == Risk::Blocking;
    let consented = part.is_approved || part.risks.iter().all(is_allowed);
    let in_time = situation.is_open != Some(false) || part.risks.is_empty();
    consented && in_time && !part.is_blocked && !part.has_failed && !situation.is_lagging
}

/// Returns the most steps that can run: each may, with all that it waits for and all of its unit.
fn most(steps: &[Step], situation: &Situation) -> BTreeSet<String> {
    let free = steps.iter().zip(&situation.parts).filter(|(_, part)| may_run(part, situation));
    let mut left: BTreeSet<String> = free.map(|(step, _)| step.id.clone()).collect();
    loop {
        let holds = |step: &Step| {
            let mut unit = steps.iter().filter(|other| step.unit.is_some() && other.unit == step.unit);
            step.waits_for.iter().all(|id| left.contains(id)) && unit.all(|other| left.contains(&other.id))
        };
        let next: BTreeSet<String> =
            steps.iter().filter(|step| left.contains(&step.id) && holds(step)).map(|step| step.id.clone()).collect();
        if next.len() == left.len() {
            return left;
        }
        left = next;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn what_runs_is_whole_and_consented_and_all_that_can(situation in situation()) {
        let (steps, runs) = decided(&situation);
        let ran: BTreeSet<&String> = runs.iter().map(|step| &step.id).collect();
        for (step, part) in steps.iter().zip(&situation.parts).filter(|(step, _)| ran.contains(&step.id)) {
            prop_assert!(may_run(part, &situation), "{} runs without consent, or is held", step.object());
            for first in &step.waits_for {
                let at = |id: &String| runs.iter().position(|run| run.id == *id);
                prop_assert!(at(first) < at(&step.id) && at(first).is_some(), "{} runs too early", step.object());
            }
            let unit = steps.iter().filter(|other| step.unit.is_some() && other.unit == step.unit);
            for other in unit {
                prop_assert!(ran.contains(&other.id), "{} runs without {}", step.object(), other.object());
            }
        }
        let most = most(&steps, &situation);
        prop_assert_eq!(ran.into_iter().cloned().collect::<BTreeSet<_>>(), most, "others could run as well");
    }
}

/// A plan of one step, which nothing holds.
fn one_step() -> (Request, PlannedSteps) {
    let part = Part {
        risks: BTreeSet::new(),
        joins: false,
        waits: BTreeSet::new(),
        is_approved: false,
        is_blocked: false,
        has_failed: false,
        is_small: false,
    };
    let situation = Situation { parts: vec![part], allowed: BTreeSet::new(), is_open: None, is_lagging: false };
    let request = request(&situation);
    let planned = PlannedSteps::pending(planned(&situation, &request));
    (request, planned)
}

/// A change whose only step failed.
fn failed_change(planned: &PlannedSteps, failure: &StatementFailure) -> Applied {
    let step = &planned.plan.steps[0];
    let outcome = StatementOutcome {
        step_id: step.id.clone(),
        object: step.object(),
        statement: step.sql(),
        failure: Some(failure.clone()),
        learnt: None,
    };
    let (plan_id, failure) = (planned.plan.id.clone(), Some(failure.not_ready.clone()));
    Applied { plan_id, statements: vec![outcome], failure }
}

#[test]
fn a_step_runs_once_more_when_the_rows_are_gone_that_made_it_fail() {
    for (is_of_rows, has_no_rows_in_the_way) in [(true, true), (true, false), (false, true)] {
        let not_ready = NotReady::new(Reason::StatementFailed, "it failed");
        let failure = StatementFailure { not_ready, is_lasting: true, is_of_rows };
        let mut failed_before: Vec<FailedStep> = Vec::new();
        let mut runs = Vec::new();
        for has_failed in [true, false, true, false, false] {
            let (mut request, mut planned) = one_step();
            request.prior.failed_steps.clone_from(&failed_before);
            planned.steps[0].has_no_rows_in_the_way = has_no_rows_in_the_way;
            let after = has_failed.then(|| failed_change(&planned, &failure));
            let decision = decide(Measured::of_plan(request, planned, Report::begun()), after.as_ref());
            failed_before = decision.report.failed_steps;
            runs.push(matches!(decision.next, Next::Run(_)));
        }
        let again = is_of_rows && has_no_rows_in_the_way;
        assert_eq!(runs, [false, again, false, false, false], "{is_of_rows}, {has_no_rows_in_the_way}");
    }
}

#[test]
fn a_plan_that_rows_prevent_is_no_refused_one() {
    for is_blocked in [true, false] {
        let (mut request, mut planned) = one_step();
        request.prior.refused_plan = Some(planned.plan.id.clone());
        if is_blocked {
            planned.steps[0].state = StepState::Blocked;
        }
        let mut measured = Measured::of_plan(request, planned, Report::begun());
        let message = "a row is in the way".to_owned();
        measured.in_the_way = is_blocked.then_some(InTheWay { reason: Reason::RowsInTheWay, message });
        let reason = decide(measured, None).report.outcome.unwrap_err().reason;
        assert_eq!(reason, if is_blocked { Reason::RowsInTheWay } else { Reason::PlanRefused });
    }
}
