//! Computes the conditions of a status from a report, by the table of reasons.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use k8s_openapi::jiff::{SignedDuration, Timestamp};

use super::bounds::{MAX_MESSAGE, cut, whole_seconds};
use crate::api::Reason;
use crate::reconcile::{Recorded, Report, Verification};
use crate::revision::RevisionState;
use crate::telemetry::printable;

/// The part of a resource that its status depends on.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub generation: Option<i64>,
    pub revision: &'a str,
    pub progress_deadline: Duration,
    /// Whether it has been tried as often as it may be, and a person has to act.
    pub is_exhausted: bool,
    /// What the way of connecting leaves open to others on the network.
    pub weakness: Option<&'static str>,
}

/// The types of the conditions that a resource has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionType {
    Ready,
    Reconciling,
    Stalled,
    Reachable,
    InSync,
    Verified,
}

impl ConditionType {
    /// Returns the type as a condition names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::Reconciling => "Reconciling",
            Self::Stalled => "Stalled",
            Self::Reachable => "Reachable",
            Self::InSync => "InSync",
            Self::Verified => "Verified",
        }
    }

    /// Returns whether a condition is of this type.
    pub fn is_of(self, condition: &Condition) -> bool {
        condition.type_ == self.as_str()
    }

    /// Finds the condition of this type.
    pub fn find(self, conditions: &[Condition]) -> Option<&Condition> {
        conditions.iter().find(|condition| self.is_of(condition))
    }
}

/// Returns the reason of a condition, where it is one of the table.
pub fn reason_of(condition: &Condition) -> Option<Reason> {
    Reason::of_word(&condition.reason)
}

/// The conditions before a report.
pub struct Conditions<'a> {
    pub previous: Vec<Condition>,
    pub subject: Subject<'a>,
    pub now: Timestamp,
}

impl Conditions<'_> {
    /// Computes the conditions after a report.
    pub fn all(&self, report: &Report) -> Vec<Condition> {
        let (reason, message) = match &report.outcome {
            Ok(()) => (ready_reason(report), ready_message(report)),
            Err(not_ready) => (not_ready.reason, not_ready.message.clone()),
        };
        let row = reason.row();
        let stuck_for = report.outcome.as_ref().err().and_then(|failure| failure.stuck_for);
        let is_stuck = stuck_for.is_some_and(|time| time > self.subject.progress_deadline);
        let is_late = row.stalls_after_deadline && (self.subject.is_exhausted || self.is_overdue());
        let stalled = row.stalled || is_stuck || is_late;
        let reconciling = row.reconciling && !stalled;
        let reason_text = reason.as_str();
        vec![
            self.condition(ConditionType::Ready, Some(row.ready), reason_text, &message),
            self.condition(
                ConditionType::Reconciling,
                Some(reconciling),
                reason_text,
                if reconciling { &message } else { "" },
            ),
            self.condition(ConditionType::Stalled, Some(stalled), reason_text, if stalled { &message } else { "" }),
            self.reachable(report, reason, &message),
            self.in_sync(report, reason),
            self.verified(report, reason),
        ]
    }

    /// Returns whether it has been tried again for longer than the deadline allows. It stays overdue until it works.
    fn is_overdue(&self) -> bool {
        let was = |kind| self.before(kind).filter(|condition| condition.status == "True");
        if let Some(stalled) = was(ConditionType::Stalled) {
            let same_spec = stalled.observed_generation == self.subject.generation;
            return same_spec && reason_of(stalled).is_some_and(|reason| reason.row().stalls_after_deadline);
        }
        let deadline = SignedDuration::try_from(self.subject.progress_deadline).unwrap_or(SignedDuration::MAX);
        was(ConditionType::Reconciling).is_some_and(|condition| {
            condition.observed_generation == self.subject.generation
                && self.now.duration_since(condition.last_transition_time.0) > deadline
        })
    }

    fn reachable(&self, report: &Report, reason: Reason, message: &str) -> Condition {
        if reason.row().reachable == Some(false) {
            return self.condition(ConditionType::Reachable, Some(false), reason.as_str(), message);
        }
        match (&report.server, self.before(ConditionType::Reachable)) {
            (Some(server), _) => {
                let weakness = self.subject.weakness.map(|weakness| format!("; {weakness}")).unwrap_or_default();
                let message = format!("{}{weakness}", server.dialect);
                self.condition(ConditionType::Reachable, Some(true), "Connected", &message)
            }
            (None, Some(before)) => before.clone(),
            (None, None) => {
                self.condition(ConditionType::Reachable, None, reason.as_str(), "no connection was tried yet")
            }
        }
    }

    fn in_sync(&self, report: &Report, reason: Reason) -> Condition {
        match (report.in_sync, &report.plan) {
            (Some(true), _) => {
                self.condition(ConditionType::InSync, Some(true), "InSync", "live holds all that is declared")
            }
            (Some(false), Some(planned)) => {
                let reason_text = if report.drifted { Reason::Drifted.as_str() } else { "OutOfSync" };
                self.condition(
                    ConditionType::InSync,
                    Some(false),
                    reason_text,
                    &format!("differs: {}", planned.objects(10)),
                )
            }
            (Some(false), None) => {
                self.condition(ConditionType::InSync, Some(false), "OutOfSync", "live differs from what is declared")
            }
            (None, _) => self.condition(ConditionType::InSync, None, reason.as_str(), "it could not be measured"),
        }
    }

    fn verified(&self, report: &Report, reason: Reason) -> Condition {
        match &report.verification {
            Verification::Held(0) => {
                self.condition(ConditionType::Verified, Some(true), "NoQueries", "no verify query is declared")
            }
            Verification::Held(1) => {
                self.condition(ConditionType::Verified, Some(true), "Held", "the verify query held")
            }
            Verification::Held(count) => {
                self.condition(ConditionType::Verified, Some(true), "Held", &format!("all {count} verify queries held"))
            }
            Verification::Failed(message) => {
                self.condition(ConditionType::Verified, Some(false), Reason::VerifyFailed.as_str(), message)
            }
            Verification::Unknown => {
                self.condition(ConditionType::Verified, None, reason.as_str(), "the queries were not run")
            }
        }
    }

    fn before(&self, kind: ConditionType) -> Option<&Condition> {
        kind.find(&self.previous)
    }

    fn condition(&self, kind: ConditionType, value: Option<bool>, reason: &str, message: &str) -> Condition {
        let status = match value {
            Some(true) => "True",
            Some(false) => "False",
            None => "Unknown",
        };
        let unmoved = self.before(kind).filter(|before| before.status == status);
        Condition {
            type_: kind.as_str().to_owned(),
            status: status.to_owned(),
            reason: reason.to_owned(),
            message: cut(&printable(message), MAX_MESSAGE),
            observed_generation: self.subject.generation,
            last_transition_time: unmoved
                .map_or_else(|| whole_seconds(self.now), |before| before.last_transition_time.clone()),
        }
    }
}

/// Returns the reason of a resource that is Ready: the migration tool may not be where the schema is.
fn ready_reason(report: &Report) -> Reason {
    let remark = report.revision.as_ref().and_then(RevisionState::remark);
    remark.filter(|finding| finding.is_reason_of_ready()).map_or(Reason::InSync, |finding| finding.reason)
}

fn ready_message(report: &Report) -> String {
    let holds =
        if report.is_contract { "live satisfies all that is required" } else { "live holds all that is declared" };
    let verified = match &report.verification {
        Verification::Held(count) if *count > 0 => ", and the verify queries held",
        Verification::Held(_) | Verification::Failed(_) | Verification::Unknown => "",
    };
    let lack = if report.is_contract {
        "it doesn't protect, since its claim can't be kept"
    } else {
        "no record of it can be kept"
    };
    let unrecorded = match &report.recorded {
        Recorded::Whole | Recorded::WithoutClaim => String::new(),
        Recorded::Nothing(why) => format!("; {lack}: {why}"),
    };
    let remark = report.revision.as_ref().and_then(RevisionState::remark);
    let remark = remark.map(|finding| format!("; {}", finding.message)).unwrap_or_default();
    format!("{holds}{verified}{unrecorded}{}{remark}", unreadable_rows(&report.unreadable))
}

/// Says that rows of others in the record count for nothing.
fn unreadable_rows(rows: &[u64]) -> String {
    const SHOWN: usize = 5;
    let Some(number) = rows.len().checked_sub(1) else { return String::new() };
    let shown: Vec<String> = rows.iter().take(SHOWN).map(|row| format!("id = {row}")).collect();
    let more = rows.len().checked_sub(SHOWN).filter(|more| *more > 0);
    let more = more.map(|more| format!(" and {more} more")).unwrap_or_default();
    let (row, it) = if number == 0 { ("a row", "it is") } else { ("rows", "they are") };
    format!(
        "; {row} of another resource in schema_operator_record can't be read ({}{more}), so {it} passed over: repair \
         or delete what was not written by an operator",
        shown.join(", ")
    )
}
