//! What of a plan may run now, and what holds the rest: a person's consent first, then a time.

use std::collections::BTreeSet;

use k8s_openapi::jiff::Timestamp;

use super::report::{PlannedSteps, counted};
use super::request::Request;
use crate::api::{Reason, Risk, StepState};
use crate::plan::{Decision, Step, gate, moment};

/// What holds the steps that do not run now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The weightiest of what holds them.
    pub reason: Reason,
    pub message: String,
    /// When a step may run that a time alone holds.
    pub opens: Option<Timestamp>,
}

/// Marks the steps that may not run now, and says why; `None` where nothing holds any.
pub fn hold(request: &Request, planned: &mut PlannedSteps, now: Timestamp) -> Option<Held> {
    let mut holding = Holding::default();
    for at in 0..planned.steps.len() {
        let Some(planned) = planned.steps.get_mut(at).filter(|step| step.state == StepState::Pending) else { continue };
        let step = &planned.step;
        if let Decision::NeedsApproval(risks) = gate(step, &request.declaration.consent) {
            let words: Vec<String> = risks.iter().map(Risk::to_string).collect();
            let message = format!("{} is {}", step.object(), words.join(" and "));
            holding.unapproved.insert(step.id.clone());
            holding.needs.push(message.clone());
            planned.needs = risks;
            planned.note(&format!("{message}; allow it in policy.allow, or in allow of the table or object"));
            planned.state = StepState::AwaitingApproval;
        } else if !holding.unapproved.is_disjoint(&step.waits_for) {
            holding.unapproved.insert(step.id.clone());
            planned.note("it waits for an earlier step");
            planned.state = StepState::AwaitingApproval;
        } else if let Some(opens) = opens(request, step, now) {
            holding.early.insert(step.id.clone());
            planned.note(&format!("it waits for the maintenance window, which opens at {}", moment(&opens)));
            planned.state = StepState::AwaitingWindow;
        } else if !holding.early.is_disjoint(&step.waits_for) {
            holding.early.insert(step.id.clone());
            planned.note("it waits for an earlier step");
            planned.state = StepState::AwaitingWindow;
        }
    }
    holding.held(request, planned, now)
}

/// When the window opens for this step; `None` where it may begin now. What nobody notices needs no window.
fn opens(request: &Request, step: &Step, now: Timestamp) -> Option<jiff::Zoned> {
    request.window.as_ref().filter(|_| !step.risks.is_empty())?.opens(now)
}

/// Whether a step may begin now, as far as the window goes: one that was open when the plan was made may have closed.
pub fn is_in_time(request: &Request, step: &Step, now: Timestamp) -> bool {
    opens(request, step, now).is_none()
}

/// The steps that are held, by what holds them.
#[derive(Default)]
struct Holding {
    unapproved: BTreeSet<String>,
    /// Which risks somebody has to allow, in words.
    needs: Vec<String>,
    early: BTreeSet<String>,
}

impl Holding {
    fn held(self, request: &Request, planned: &PlannedSteps, now: Timestamp) -> Option<Held> {
        let window = request.window.as_ref().filter(|_| !self.early.is_empty()).and_then(|window| window.opens(now));
        let early = window.as_ref().map(|opens| {
            let (number, verb) = (self.early.len(), if self.early.len() == 1 { "waits" } else { "wait" });
            let steps = counted(number, "step");
            format!("{steps} {verb} for the maintenance window, which opens at {}", moment(opens))
        });
        let opens = window.map(|opens| opens.timestamp());
        let held = |reason, message| Some(Held { reason, message, opens });
        match (self.needs.is_empty(), early) {
            (true, None) => None,
            (true, Some(early)) => held(Reason::AwaitingWindow, early),
            (false, early) => {
                let early = early.map(|early| format!("; {early}")).unwrap_or_default();
                let message = format!(
                    "{}; approve plan {} (kubectl schema approve), or allow it in policy.allow, or in allow of the \
                     table or object{}{early}",
                    self.needs.join("; "),
                    planned.plan.id,
                    remark(request)
                );
                held(Reason::AwaitingApproval, message)
            }
        }
    }
}

fn remark(request: &Request) -> String {
    request.approval.as_ref().map(|approval| approval.remark(&request.declaration.consent)).unwrap_or_default()
}
