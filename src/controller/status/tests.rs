//! Statuses of reports, without a cluster.

use std::time::Duration;

use super::bounds::MAX_MESSAGE;
use super::*;
use crate::api::Reason;
use crate::mysql::ServerIdentity;
use crate::reconcile::{NotReady, Recorded, StatementFailure, StatementOutcome, Verification};
use crate::schema::Dialect;

const SUBJECT: Subject<'_> = Subject {
    generation: Some(3),
    revision: "r1",
    progress_deadline: Duration::from_mins(10),
    is_exhausted: false,
    weakness: None,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn not_reached(reason: Reason) -> Report {
    Report::not_reached(NotReady::new(reason, format!("because of {reason}")))
}

fn in_sync() -> Report {
    let dialect = Dialect::parse("9.7.4").unwrap();
    Report {
        outcome: Ok(()),
        server: Some(ServerIdentity { dialect, id: Some("uuid".into()), read_only: false }),
        in_sync: Some(true),
        verification: Verification::Held(1),
        plan: None,
        drifted: false,
        left_drift: Vec::new(),
        undeclared: None,
        kept: Vec::new(),
        approval: None,
        rejected_by: None,
        rejection: None,
        failed_steps: Vec::new(),
        if_applied: None,
        recorded: Recorded::Whole,
        unreadable: Vec::new(),
        revision: None,
        distrusted: None,
        opens: None,
        is_contract: false,
        fingerprint: None,
    }
}

fn values(status: &DatabaseSchemaStatus) -> Vec<(&str, &str, &str)> {
    status.conditions.iter().map(|c| (c.type_.as_str(), c.status.as_str(), c.reason.as_str())).collect()
}

fn is_true(status: &DatabaseSchemaStatus, kind: &str) -> bool {
    status.conditions.iter().any(|condition| condition.type_ == kind && condition.status == "True")
}

#[test]
fn a_measurement_that_holds_is_ready() {
    let status = status(None, SUBJECT, &in_sync(), None, at(0));
    assert_eq!(
        values(&status),
        [
            ("Ready", "True", "InSync"),
            ("Reconciling", "False", "InSync"),
            ("Stalled", "False", "InSync"),
            ("Reachable", "True", "Connected"),
            ("InSync", "True", "InSync"),
            ("Verified", "True", "Held"),
        ]
    );
    assert_eq!(status.revision.unwrap().applied.as_deref(), Some("r1"));
}

#[test]
fn what_was_not_measured_is_unknown_and_not_what_it_was() {
    let before = status(None, SUBJECT, &in_sync(), None, at(0));
    let after = status(Some(&before), SUBJECT, &not_reached(Reason::ConnectionRefused), None, at(10));
    assert_eq!(
        values(&after),
        [
            ("Ready", "False", "ConnectionRefused"),
            ("Reconciling", "True", "ConnectionRefused"),
            ("Stalled", "False", "ConnectionRefused"),
            ("Reachable", "False", "ConnectionRefused"),
            ("InSync", "Unknown", "ConnectionRefused"),
            ("Verified", "Unknown", "ConnectionRefused"),
        ]
    );
    assert_eq!(after.revision, before.revision, "the revision that was applied stays so");
}

#[test]
fn the_same_report_gives_the_same_status() {
    for reason in Reason::ALL {
        let report = if *reason == Reason::InSync { in_sync() } else { not_reached(*reason) };
        let before = status(None, SUBJECT, &report, None, at(0));
        assert_eq!(status(Some(&before), SUBJECT, &report, None, at(60)), before, "{reason}");
    }
}

#[test]
fn reconciling_and_stalled_are_never_both_true_and_all_is_observed() {
    for first in Reason::ALL {
        let before = status(None, SUBJECT, &not_reached(*first), None, at(0));
        for second in Reason::ALL {
            for later in [1, 100_000] {
                let after = status(Some(&before), SUBJECT, &not_reached(*second), None, at(later));
                assert!(!(is_true(&after, "Reconciling") && is_true(&after, "Stalled")), "{first} {second}");
                assert!(after.conditions.iter().all(|c| c.observed_generation == Some(3) && !c.reason.is_empty()));
            }
        }
    }
}

#[test]
fn an_unreachable_server_stalls_after_the_deadline_and_until_it_is_back() {
    let report = not_reached(Reason::ConnectionRefused);
    let first = status(None, SUBJECT, &report, None, at(0));
    let later = status(Some(&first), SUBJECT, &report, None, at(599));
    assert!(is_true(&later, "Reconciling"));
    let stalled = status(Some(&later), SUBJECT, &report, None, at(601));
    assert!(is_true(&stalled, "Stalled") && !is_true(&stalled, "Reconciling"));
    let still = status(Some(&stalled), SUBJECT, &not_reached(Reason::Timeout), None, at(700));
    assert!(is_true(&still, "Stalled"), "another way of being unreachable is no progress");
    let new_spec = Subject { generation: Some(4), ..SUBJECT };
    let renewed = status(Some(&still), new_spec, &report, None, at(800));
    assert!(is_true(&renewed, "Reconciling"), "a new spec has its own deadline");
    assert!(is_true(&status(Some(&still), SUBJECT, &in_sync(), None, at(800)), "Ready"));
}

#[test]
fn tries_that_are_used_up_stall_before_the_deadline() {
    let before = status(None, SUBJECT, &not_reached(Reason::Applying), None, at(0));
    let exhausted = Subject { is_exhausted: true, ..SUBJECT };
    let after = status(Some(&before), exhausted, &not_reached(Reason::LockWaitTimeout), None, at(10));
    assert!(is_true(&after, "Stalled") && !is_true(&after, "Reconciling"));
    let sooner = status(Some(&before), SUBJECT, &not_reached(Reason::LockWaitTimeout), None, at(10));
    assert!(!is_true(&sooner, "Stalled") && is_true(&sooner, "Reconciling"));
}

#[test]
fn times_move_only_with_the_status_of_their_condition() {
    let before = status(None, SUBJECT, &not_reached(Reason::ConnectionRefused), None, at(0));
    let after = status(Some(&before), SUBJECT, &not_reached(Reason::Timeout), None, at(50));
    let time = |status: &DatabaseSchemaStatus| status.conditions[0].last_transition_time.clone();
    assert_eq!(time(&before), time(&after));
    let ready = status(Some(&after), SUBJECT, &in_sync(), None, at(60));
    assert_ne!(time(&ready), time(&after));
}

#[test]
fn history_keeps_ten_and_a_failure_that_repeats_is_one() {
    let applied = |plan: &str, failed: bool| Applied {
        plan_id: plan.to_owned(),
        statements: vec![StatementOutcome {
            step_id: "s".into(),
            object: "table t".into(),
            statement: "ALTER TABLE".into(),
            failure: failed.then(|| StatementFailure::passing(NotReady::new(Reason::StatementFailed, "no"))),
            learnt: None,
        }],
        failure: failed.then(|| NotReady::new(Reason::StatementFailed, "no")),
    };
    let mut now = status(None, SUBJECT, &in_sync(), Some(&applied("p0", false)), at(0));
    for second in 1..5 {
        let report = not_reached(Reason::StatementFailed);
        now = status(Some(&now), SUBJECT, &report, Some(&applied("broken", true)), at(second));
    }
    assert_eq!(now.history.len(), 2);
    for number in 1..20 {
        now = status(Some(&now), SUBJECT, &in_sync(), Some(&applied(&format!("p{number}"), false)), at(100 + number));
    }
    assert_eq!(now.history.len(), 10);
    assert_eq!(now.history[0].plan_id, "p19");
}

#[test]
fn long_texts_are_cut_between_characters() {
    assert_eq!(cut("ä", 10), "ä");
    let long = cut(&"ä".repeat(100), 20);
    assert!(long.len() <= 20 && long.ends_with('…'), "{long}");
    let report = Report::not_reached(NotReady::new(Reason::InvalidSpec, "ü".repeat(100_000)));
    let status = status(None, SUBJECT, &report, None, at(0));
    assert!(status.conditions.iter().all(|condition| condition.message.len() <= MAX_MESSAGE));
}
