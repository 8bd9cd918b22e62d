//! Renders a plan as a person reads it.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::output::one_line;
use super::plan_view::{PlanView, StepView, UndeclaredView};
use crate::api::{RiskSpec, StepState};
use crate::reconcile::{Verification, counted};

/// Renders the whole plan, ending in a line that sums it up.
pub fn render(view: &PlanView, verification: &Verification) -> String {
    let mut text = format!("{}\n\n", heading(view));
    for (at, step) in view.steps.iter().enumerate() {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{}. {}\n", at + 1, step_text(step, view.runs()));
    }
    if let Some(undeclared) = undeclared(view) {
        let _ = writeln!(text, "Not declared, and left alone: {undeclared}.");
    }
    let _ = writeln!(text, "{}", summary(view, verification));
    if let Some(remark) = &view.remark {
        let _ = writeln!(text, "Note: {}.", one_line(remark));
    }
    text
}

fn heading(view: &PlanView) -> String {
    let server = view.server.as_ref().map(|server| format!(" on {} {}", server.flavor, server.version));
    format!("Database {}{}, revision {}", one_line(&view.database), server.unwrap_or_default(), view.revision)
}

fn step_text(step: &StepView, runs: bool) -> String {
    let statement = step.statement.replace('\n', "\n   ");
    let remarks = remarks(step).map(|remarks| format!("\n   {remarks}")).unwrap_or_default();
    format!("{}\n   {statement};\n   {}\n   {}{remarks}", one_line(&step.object), cost(step), outlook(step, runs))
}

/// Returns what may go wrong with a step, where its outlook does not say that.
fn remarks(step: &StepView) -> Option<String> {
    match step.state {
        StepState::AwaitingWindow | StepState::Waiting | StepState::Blocked => None,
        StepState::AwaitingApproval | StepState::Pending | StepState::Running | StepState::Done | StepState::Failed => {
            step.message.as_deref().map(one_line)
        }
    }
}

fn cost(step: &StepView) -> String {
    let mut parts = vec![match &step.algorithm {
        None => "a new table".to_owned(),
        Some(algorithm) => format!("algorithm {algorithm}, lock {}", step.lock.unwrap_or("NONE")),
    }];
    parts.extend(step.rows.map(|rows| format!("{rows} rows")));
    parts.extend(step.bytes.map(size));
    parts.extend(step.disk.map(|bytes| format!("uses {} more disk space while it runs", size(bytes))));
    parts.push(risks_text(&step.risks));
    parts.join(", ")
}

/// Tells whether a step runs, or what it waits for.
fn outlook(step: &StepView, runs: bool) -> String {
    let message = || step.message.clone().unwrap_or_default();
    match step.state {
        StepState::AwaitingApproval if step.needs.is_empty() => "waits for another statement".to_owned(),
        StepState::AwaitingApproval => format!("waits for consent: {}", allow_option(&step.needs)),
        StepState::AwaitingWindow | StepState::Waiting => message(),
        StepState::Blocked => format!("can't run: {}", one_line(&message())),
        StepState::Failed => "failed before, and is not tried again by itself".to_owned(),
        StepState::Pending | StepState::Running | StepState::Done if runs => "runs by itself".to_owned(),
        StepState::Pending | StepState::Running | StepState::Done => "would run, but nothing does now".to_owned(),
    }
}

fn undeclared(view: &PlanView) -> Option<String> {
    let UndeclaredView { tables, columns, indexes } = view.undeclared;
    let counts = [(tables, "table"), (columns, "column"), (indexes, "index")];
    let counts: Vec<String> =
        counts.iter().filter(|(number, _)| *number > 0).map(|(number, what)| counted(*number, what)).collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

fn summary(view: &PlanView, verification: &Verification) -> String {
    if view.steps.is_empty() {
        return format!("Nothing to do: all that is declared is live{}.", verified(verification));
    }
    let total = counted(view.steps.len(), "statement");
    let rest = [
        waiting_for_consent(view),
        waiting_for_window(view),
        count_of(view.waiting(), "can't run now"),
        count_of(view.blocked(), "can't run"),
    ];
    let rest: Vec<String> = rest.into_iter().flatten().collect();
    let is_held =
        view.awaiting_approval() + view.awaiting_window() + view.waiting() + view.blocked() == view.steps.len();
    if !view.runs() && !is_held {
        return format!("{total}, none to run: {}.", view.message.as_deref().unwrap_or_default());
    }
    if rest.is_empty() {
        return format!("{total} to run.");
    }
    let held = view.awaiting_approval() + view.awaiting_window() + view.waiting() + view.blocked();
    format!("{total}: {} to run, {}.", view.steps.len() - held, rest.join(", "))
}

/// Tells how many verify queries held; empty where none did.
pub fn verified(verification: &Verification) -> String {
    match verification {
        Verification::Held(0) | Verification::Unknown | Verification::Failed(_) => String::new(),
        Verification::Held(number) => format!("; {} as expected", counted(*number, "verify query")),
    }
}

/// Tells how many steps wait for consent, and which option lets them run; `None` where none waits.
pub fn waiting_for_consent(view: &PlanView) -> Option<String> {
    let number = view.awaiting_approval();
    count_of(number, &format!("{} for consent ({})", waits(number), allow_option(&view.needs())))
}

fn waiting_for_window(view: &PlanView) -> Option<String> {
    let number = view.awaiting_window();
    count_of(number, &format!("{} for the maintenance window", waits(number)))
}

fn waits(number: usize) -> &'static str {
    if number == 1 { "waits" } else { "wait" }
}

fn count_of(number: usize, what: &str) -> Option<String> {
    (number > 0).then(|| format!("{number} {what}"))
}

/// Returns the option that allows these risks.
fn allow_option(needs: &BTreeSet<RiskSpec>) -> String {
    format!("--allow {}", needs.iter().map(RiskSpec::to_string).collect::<Vec<_>>().join(","))
}

/// Names the risks of a step.
pub fn risks_text<'a>(risks: impl IntoIterator<Item = &'a RiskSpec>) -> String {
    let list = risk_list(risks);
    if list.is_empty() { "no risk".to_owned() } else { format!("risks: {list}") }
}

/// Returns risks as a list.
pub fn risk_list<'a>(risks: impl IntoIterator<Item = &'a RiskSpec>) -> String {
    risks.into_iter().map(RiskSpec::to_string).collect::<Vec<_>>().join(", ")
}

/// Returns a size as `16 KiB` or `1.5 GiB`.
fn size(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    let mut tenths = bytes.saturating_mul(10) / 1024;
    let mut at = 0;
    while tenths >= 10_240 && at + 1 < units.len() {
        tenths /= 1024;
        at += 1;
    }
    let unit = units.get(at).copied().unwrap_or_default();
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} {unit}"),
        (whole, tenth) => format!("{whole}.{tenth} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        assert_eq!(size(16_384), "16 KiB");
        assert_eq!(size(1_610_612_736), "1.5 GiB");
        assert_eq!(size(u64::MAX / 10), "1677721.5 TiB");
    }
}
