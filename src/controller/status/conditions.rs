//! The conditions of a status, by the table of reasons.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use k8s_openapi::jiff::{SignedDuration, Timestamp};

use super::bounds::{MAX_MESSAGE, cut, whole_seconds};
use crate::api::Reason;
use crate::reconcile::{Report, Verification};

/// What of the resource goes into its status.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub generation: Option<i64>,
    pub revision: &'a str,
    pub progress_deadline: Duration,
    /// Whether it has been tried as often as may be, and somebody has to act.
    pub is_exhausted: bool,
}

pub struct Conditions<'a> {
    pub previous: Vec<Condition>,
    pub subject: Subject<'a>,
    pub now: Timestamp,
}

impl Conditions<'_> {
    pub fn all(&self, report: &Report) -> Vec<Condition> {
        let (reason, message) = match &report.outcome {
            Ok(()) => (Reason::InSync, ready_message(report)),
            Err(not_ready) => (not_ready.reason, not_ready.message.clone()),
        };
        let row = reason.row();
        let stalled = row.stalled || row.stalls_after_deadline && (self.subject.is_exhausted || self.is_overdue());
        let reconciling = row.reconciling && !stalled;
        let word = reason.as_str();
        vec![
            self.condition("Ready", Some(row.ready), word, &message),
            self.condition("Reconciling", Some(reconciling), word, if reconciling { &message } else { "" }),
            self.condition("Stalled", Some(stalled), word, if stalled { &message } else { "" }),
            self.reachable(report, reason, &message),
            self.in_sync(report, reason),
            self.verified(report, reason),
        ]
    }

    /// Whether it has been tried again for as long as the deadline allows; what is overdue stays so until it works.
    fn is_overdue(&self) -> bool {
        let was = |kind: &str| {
            let of_kind = |condition: &&Condition| condition.type_ == kind && condition.status == "True";
            self.previous.iter().find(of_kind)
        };
        if let Some(stalled) = was("Stalled") {
            let same_spec = stalled.observed_generation == self.subject.generation;
            return same_spec && reason_of(stalled).is_some_and(|reason| reason.row().stalls_after_deadline);
        }
        let deadline = SignedDuration::try_from(self.subject.progress_deadline).unwrap_or(SignedDuration::MAX);
        was("Reconciling").is_some_and(|condition| {
            condition.observed_generation == self.subject.generation
                && self.now.duration_since(condition.last_transition_time.0) > deadline
        })
    }

    fn reachable(&self, report: &Report, reason: Reason, message: &str) -> Condition {
        if reason.row().reachable == Some(false) {
            return self.condition("Reachable", Some(false), reason.as_str(), message);
        }
        match (&report.server, self.before("Reachable")) {
            (Some(server), _) => self.condition("Reachable", Some(true), "Connected", &server.dialect.to_string()),
            (None, Some(before)) => before.clone(),
            (None, None) => self.condition("Reachable", None, reason.as_str(), "no connection was tried yet"),
        }
    }

    fn in_sync(&self, report: &Report, reason: Reason) -> Condition {
        match (report.in_sync, &report.plan) {
            (Some(true), _) => self.condition("InSync", Some(true), "InSync", "live holds all that is declared"),
            (Some(false), Some(planned)) => {
                let word = if report.drifted { Reason::Drifted.as_str() } else { "OutOfSync" };
                self.condition("InSync", Some(false), word, &format!("differs: {}", planned.objects(10)))
            }
            (Some(false), None) => {
                self.condition("InSync", Some(false), "OutOfSync", "live differs from what is declared")
            }
            (None, _) => self.condition("InSync", None, reason.as_str(), "it could not be measured"),
        }
    }

    fn verified(&self, report: &Report, reason: Reason) -> Condition {
        match &report.verification {
            Verification::Held(0) => self.condition("Verified", Some(true), "NoQueries", "no verify query is declared"),
            Verification::Held(1) => self.condition("Verified", Some(true), "Held", "the verify query held"),
            Verification::Held(count) => {
                self.condition("Verified", Some(true), "Held", &format!("all {count} verify queries held"))
            }
            Verification::Failed(message) => {
                self.condition("Verified", Some(false), Reason::VerifyFailed.as_str(), message)
            }
            Verification::Unknown => self.condition("Verified", None, reason.as_str(), "the queries were not run"),
        }
    }

    fn before(&self, kind: &str) -> Option<&Condition> {
        self.previous.iter().find(|condition| condition.type_ == kind)
    }

    fn condition(&self, kind: &str, value: Option<bool>, reason: &str, message: &str) -> Condition {
        let status = match value {
            Some(true) => "True",
            Some(false) => "False",
            None => "Unknown",
        };
        let unmoved = self.before(kind).filter(|before| before.status == status);
        Condition {
            type_: kind.to_owned(),
            status: status.to_owned(),
            reason: reason.to_owned(),
            message: cut(message, MAX_MESSAGE),
            observed_generation: self.subject.generation,
            last_transition_time: unmoved
                .map_or_else(|| whole_seconds(self.now), |before| before.last_transition_time.clone()),
        }
    }
}

fn reason_of(condition: &Condition) -> Option<Reason> {
    Reason::ALL.iter().copied().find(|reason| reason.as_str() == condition.reason)
}

fn ready_message(report: &Report) -> String {
    let verified = match &report.verification {
        Verification::Held(count) if *count > 0 => ", and the verify queries held",
        _ => "",
    };
    let unrecorded = report.unrecorded.as_ref();
    let lacks = if report.is_contract {
        "it doesn't protect, since its claim can't be kept"
    } else {
        "no record of it can be kept"
    };
    let unrecorded = unrecorded.map(|why| format!("; {lacks}: {why}")).unwrap_or_default();
    let holds =
        if report.is_contract { "live satisfies all that is required" } else { "live holds all that is declared" };
    format!("{holds}{verified}{unrecorded}")
}
