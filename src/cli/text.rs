//! A plan as a person reads it.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::output::one_line;
use super::view::{StepView, View};
use crate::api::{RiskSpec, StepState};
use crate::reconcile::counted;

/// The whole plan, ending in a line that sums it up.
pub fn plan(view: &View, verified: usize) -> String {
    let mut text = format!("{}\n\n", heading(view));
    for (at, step) in view.steps.iter().enumerate() {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{}. {}\n", at + 1, self::step(step));
    }
    if let Some(undeclared) = undeclared(view) {
        let _ = writeln!(text, "Not declared, and left alone: {undeclared}.");
    }
    let _ = writeln!(text, "{}", summary(view, verified));
    text
}

fn heading(view: &View) -> String {
    let server = view.server.as_ref().map(|server| format!(" on {} {}", server.flavor, server.version));
    format!("Database {}{}, revision {}", one_line(&view.database), server.unwrap_or_default(), view.revision)
}

fn step(step: &StepView) -> String {
    let statement = step.statement.replace('\n', "\n   ");
    format!("{}\n   {statement};\n   {}\n   {}", one_line(&step.object), cost(step), fate(step))
}

fn cost(step: &StepView) -> String {
    let mut parts = vec![match &step.algorithm {
        None => "a new table".to_owned(),
        Some(algorithm) => format!("algorithm {algorithm}, lock {}", step.lock.unwrap_or("NONE")),
    }];
    parts.extend(step.rows.map(|rows| format!("{rows} rows")));
    parts.extend(step.bytes.map(size));
    parts.extend(step.disk.map(|bytes| format!("takes {} of disk meanwhile", size(bytes))));
    parts.push(if step.risks.is_empty() { "no risk".to_owned() } else { format!("risks: {}", risks(&step.risks)) });
    parts.join(", ")
}

fn fate(step: &StepView) -> String {
    match step.state {
        StepState::AwaitingApproval if step.needs.is_empty() => "waits for an earlier statement".to_owned(),
        StepState::AwaitingApproval => format!("waits for consent: {}", allow(&step.needs)),
        StepState::AwaitingWindow | StepState::Waiting => step.message.clone().unwrap_or_default(),
        StepState::Blocked => format!("can't run: {}", one_line(step.message.as_deref().unwrap_or_default())),
        _ => "runs by itself".to_owned(),
    }
}

fn undeclared(view: &View) -> Option<String> {
    let counts = &view.undeclared;
    let counts = [(counts.tables, "table"), (counts.columns, "column"), (counts.indexes, "index")];
    let counts: Vec<String> =
        counts.iter().filter(|(number, _)| *number > 0).map(|(number, what)| counted(*number, what)).collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

fn summary(view: &View, verified: usize) -> String {
    if view.steps.is_empty() {
        let verified = match verified {
            0 => String::new(),
            number => format!("; {} as expected", counted(number, "verify query")),
        };
        return format!("Nothing to do: all that is declared is live{verified}.");
    }
    let total = counted(view.steps.len(), "statement");
    let to_run = view.steps.len() - view.waiting() - view.early() - view.halted() - view.blocked();
    let blocked = (view.blocked() > 0).then(|| format!("{} can't run", view.blocked()));
    let halted = (view.halted() > 0).then(|| format!("{} can't run now", view.halted()));
    let rest: Vec<String> = waiting(view).into_iter().chain(early(view)).chain(halted).chain(blocked).collect();
    if rest.is_empty() { format!("{total} to run.") } else { format!("{total}: {to_run} to run, {}.", rest.join(", ")) }
}

/// What waits for consent, and what would let it run; `None` where nothing waits.
pub fn waiting(view: &View) -> Option<String> {
    let number = view.waiting();
    (number > 0).then(|| {
        let verb = if number == 1 { "waits" } else { "wait" };
        format!("{number} {verb} for consent ({})", allow(&view.needs()))
    })
}

/// What waits for the maintenance window.
fn early(view: &View) -> Option<String> {
    let number = view.early();
    let verb = if number == 1 { "waits" } else { "wait" };
    (number > 0).then(|| format!("{number} {verb} for the maintenance window"))
}

/// The option that allows these risks.
fn allow(needs: &BTreeSet<RiskSpec>) -> String {
    format!("--allow {}", needs.iter().map(RiskSpec::to_string).collect::<Vec<_>>().join(","))
}

/// Risks as a list.
pub fn risks(risks: &BTreeSet<RiskSpec>) -> String {
    risks.iter().map(RiskSpec::to_string).collect::<Vec<_>>().join(", ")
}

/// `16 KiB`, `1.5 GiB`.
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
