//! Which steps may run now, and what holds the rest: a person's consent first, then the circumstances.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, Zoned};

use crate::api::{Reason, StepState};
use crate::plan::{Decision, OnlineChange, Risk, Step, format_time, gate};
use crate::reconcile::circumstances::{Circumstances, opens};
use crate::reconcile::failed_step::FailedStep;
use crate::reconcile::planned_steps::{PlannedStep, PlannedSteps, Wait, counted, joined};
use crate::reconcile::request::Request;

/// What holds the steps that do not run now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The reason that a person should know first.
    pub reason: Reason,
    pub message: String,
    /// When the first step may run that only the window holds.
    pub opens: Option<Timestamp>,
}

/// Marks the steps that may not run now, and returns why; `None` where nothing holds any.
pub fn hold(
    request: &Request,
    failed: &[FailedStep],
    planned: &mut PlannedSteps,
    around: &Circumstances,
) -> Option<Held> {
    let mut holds: BTreeMap<String, Hold> = BTreeMap::new();
    for step in planned.steps.iter().filter(|step| step.state == StepState::Pending) {
        let is_of_step = |failed: &&FailedStep| failed.step_id == step.step.id && !failed.runs_again;
        let failure = failed.iter().find(is_of_step).cloned().map(Hold::Failed);
        if let Some(hold) = failure.or_else(|| Hold::of(request, &step.step, around)) {
            holds.insert(step.step.id.clone(), hold);
        }
    }
    hold_behind(planned, &mut holds);
    for step in &mut planned.steps {
        if let Some(hold) = holds.get(&step.step.id) {
            hold.mark(step);
        }
    }
    let opens = holds.values().find_map(Hold::opens);
    let weightiest = holds.values().map(Hold::reason).min_by_key(|reason| weight(*reason))?;
    // In the order of the plan. A step that waits for an earlier one adds nothing.
    let of = |reason: Reason| {
        let held = planned.steps.iter().filter_map(|step| Some((&step.step, holds.get(&step.step.id)?)));
        held.filter(move |(_, hold)| hold.reason() == reason)
    };
    let mut words: Vec<String> = of(weightiest).filter_map(|(step, hold)| hold.words(step)).collect();
    words.dedup();
    let early = of(Reason::AwaitingWindow).count();
    let early = format!("{} for the maintenance window", waiting(early));
    let message = if weightiest == Reason::AwaitingWindow {
        format!("{early}, which {}", words.join("; "))
    } else {
        let approve = (weightiest == Reason::AwaitingApproval).then(|| how_to_approve(request, &planned.plan.id));
        let after: Vec<String> = approve.into_iter().chain(opens.map(|_| early)).collect();
        joined(&words, &after)
    };
    Some(Held { reason: weightiest, message, opens })
}

/// Holds what waits for a held step, and the other steps of its unit.
fn hold_behind(planned: &PlannedSteps, holds: &mut BTreeMap<String, Hold>) {
    let steps: Vec<&Step> = planned.steps.iter().map(|step| &step.step).collect();
    let pending = || planned.steps.iter().filter(|step| step.state == StepState::Pending);
    loop {
        let before = holds.len();
        for step in pending().map(|step| &step.step) {
            if holds.contains_key(&step.id) {
                continue;
            }
            if let Some(wait) = Wait::of(step, &steps, |other| holds.contains_key(&other.id))
                && let Some(reason) = holds.get(&wait.id).map(Hold::reason)
            {
                holds.insert(step.id.clone(), Hold::Behind { reason, wait });
            }
        }
        if holds.len() == before {
            return;
        }
    }
}

/// Orders reasons: what a person has to do comes first, then what may take long.
fn weight(reason: Reason) -> usize {
    let order = [
        Reason::StatementFailed,
        Reason::DuplicateRows,
        Reason::AwaitingApproval,
        Reason::OnlineChange,
        Reason::ReplicaLag,
        Reason::AwaitingWindow,
    ];
    order.iter().position(|other| *other == reason).unwrap_or(order.len())
}

fn waiting(steps: usize) -> String {
    format!("{} {}", counted(steps, "step"), if steps == 1 { "waits" } else { "wait" })
}

fn how_to_approve(request: &Request, plan_id: &str) -> String {
    let consent = &request.declaration.consent;
    let remark = request.prior.approval.as_ref().map(|approval| approval.remark(consent)).unwrap_or_default();
    format!(
        "approve plan {plan_id} (kubectl schema approve), or allow it in policy.allow, or in allow of the table or \
         object{remark}"
    )
}

/// What holds one step.
#[derive(Debug, Clone)]
enum Hold {
    /// It failed before, and is not tried again by itself.
    Failed(FailedStep),
    Unapproved(BTreeSet<Risk>),
    OnlineChange(OnlineChange),
    Lag(String),
    Window(Zoned),
    /// An earlier step, or another of the same unit, is held for this reason.
    Behind {
        reason: Reason,
        wait: Wait,
    },
}

impl Hold {
    fn of(request: &Request, step: &Step, around: &Circumstances) -> Option<Self> {
        if let Decision::NeedsApproval(risks) = gate(step, &request.declaration.consent) {
            return Some(Self::Unapproved(risks));
        }
        if let Some(change) = around.online_changes.get(&step.table).filter(|_| step.before.is_some()) {
            return Some(Self::OnlineChange(change.clone()));
        }
        if let Some(lagging) = &around.lagging {
            return Some(Self::Lag(lagging.clone()));
        }
        opens(request, step, around.now).map(Self::Window)
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Failed(failed) => failed.failure.reason,
            Self::Unapproved(_) => Reason::AwaitingApproval,
            Self::OnlineChange(_) => Reason::OnlineChange,
            Self::Lag(_) => Reason::ReplicaLag,
            Self::Window(_) => Reason::AwaitingWindow,
            Self::Behind { reason, .. } => *reason,
        }
    }

    fn opens(&self) -> Option<Timestamp> {
        match self {
            Self::Window(opens) => Some(opens.timestamp()),
            Self::Failed(_) | Self::Unapproved(_) | Self::OnlineChange(_) | Self::Lag(_) | Self::Behind { .. } => None,
        }
    }

    /// Returns what the conditions say of it.
    fn words(&self, step: &Step) -> Option<String> {
        match self {
            Self::Failed(failed) => Some(failed.words()),
            Self::Unapproved(risks) => {
                let risks: Vec<String> = risks.iter().map(Risk::to_string).collect();
                let verb = if step.changes_one_object() { "is" } else { "are" };
                Some(format!("{} {verb} {}", step.object(), risks.join(" and ")))
            }
            Self::OnlineChange(OnlineChange { tool, seen }) => {
                Some(format!("{tool} works on table {}: it keeps table {seen}", step.table))
            }
            Self::Lag(lagging) => Some(lagging.clone()),
            Self::Window(opens) => Some(format!("opens at {}", format_time(opens))),
            Self::Behind { .. } => None,
        }
    }

    fn mark(&self, planned: &mut PlannedStep) {
        let words = self.words(&planned.step).unwrap_or_default();
        let message = match self {
            Self::Unapproved(_) => format!("{words}; allow it in policy.allow, or in allow of the table or object"),
            Self::Failed(_) | Self::OnlineChange(_) | Self::Lag(_) => words,
            Self::Window(_) => format!("it waits for the maintenance window, which {words}"),
            Self::Behind { wait, reason } => format!("{} ({})", wait.words(), cause(*reason)),
        };
        planned.note(&message);
        if let Self::Unapproved(risks) = self {
            planned.needs.clone_from(risks);
        }
        planned.state = match (self, self.reason()) {
            (Self::Failed(_), _) => StepState::Failed,
            (_, Reason::AwaitingApproval) => StepState::AwaitingApproval,
            (_, Reason::AwaitingWindow) => StepState::AwaitingWindow,
            _ => StepState::Waiting,
        };
    }
}

/// Returns why the step does not run for which another waits.
fn cause(reason: Reason) -> &'static str {
    match reason {
        Reason::AwaitingApproval => "not approved",
        Reason::AwaitingWindow => "the maintenance window is closed",
        Reason::OnlineChange => "a tool works on its table",
        Reason::ReplicaLag => "a replica lags behind",
        _ => "failed",
    }
}
