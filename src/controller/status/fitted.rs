//! Makes a status fit into the room that a resource leaves for it in etcd. What others rely on stays: conditions, the
//! digests of the record, the steps of an approval or rejection, and which steps failed.

use std::io;

use serde::Serialize;

use super::bounds::{bounded, cut};
use crate::api::{DatabaseSchemaStatus, DriftStatus, StepStatus};

/// A status takes at most so many bytes in etcd.
pub const MAX_STATUS: usize = 384 * 1024;

/// A status fits into so many bytes, whatever it reports.
pub const LEAST_ROOM: usize = 192 * 1024;

/// Messages are cut to this many bytes where nothing else can be left out.
const SHORT_MESSAGE: usize = 256;

/// The same for the steps that failed, which may be 100.
const SHORT_FAILURE: usize = 48;

/// Returns the status without what does not fit into `room`. What is left out of a list is counted beside it, and
/// `kubectl schema plan` shows all of it.
pub fn fitted(mut status: DatabaseSchemaStatus, room: usize) -> DatabaseSchemaStatus {
    let mut excess = stored_bytes(&status).saturating_sub(room.min(MAX_STATUS));
    if excess == 0 {
        return status;
    }
    excess += OF_COUNTS;
    if let Some(plan) = &mut status.plan {
        let omitted = cut_list::<StepStatus>(&mut plan.steps, &mut excess);
        add_omitted(&mut plan.omitted_steps, omitted);
    }
    let omitted = cut_list::<DriftStatus>(&mut status.drift, &mut excess);
    add_omitted(&mut status.omitted_drift, omitted);
    if let Some(undeclared) = &mut status.undeclared {
        let omitted = cut_list::<String>(&mut undeclared.kept, &mut excess);
        add_omitted(&mut undeclared.omitted_kept, omitted);
    }
    cut_list(&mut status.history, &mut excess);
    if excess > 0 {
        shorten_messages(&mut status);
    }
    status
}

/// The bytes that the counts of what is left out take at most.
const OF_COUNTS: usize = 128;

fn shorten_messages(status: &mut DatabaseSchemaStatus) {
    for failed in &mut status.failed_steps {
        failed.message = cut(&failed.message, SHORT_FAILURE);
    }
    for condition in &mut status.conditions {
        condition.message = cut(&condition.message, SHORT_MESSAGE);
    }
    if let Some(distrusted) = status.record.as_mut().and_then(|record| record.distrusted.as_mut()) {
        distrusted.message = cut(&distrusted.message, SHORT_MESSAGE);
    }
}

/// Removes the last items of a list until `excess` bytes are gone, and returns how many.
fn cut_list<T: Serialize>(items: &mut Vec<T>, excess: &mut usize) -> usize {
    let before = items.len();
    while *excess > 0
        && let Some(item) = items.pop()
    {
        *excess = excess.saturating_sub(stored_bytes(&item));
    }
    before - items.len()
}

fn add_omitted(count: &mut Option<i64>, omitted: usize) {
    if omitted > 0 {
        *count = Some(count.unwrap_or_default().saturating_add(bounded(omitted)));
    }
}

/// Returns the bytes that a value takes in etcd, as JSON that Kubernetes wrote: it writes `<`, `>`, `&` and some other
/// characters in six.
pub fn stored_bytes<T: Serialize>(value: &T) -> usize {
    let mut counter = Counter(0);
    // What the status is made of can be written, and a count does not fail.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

/// Counts the bytes that are written to it.
struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let more = |byte: &u8| match byte {
            b'<' | b'>' | b'&' => 5,
            // The first byte of U+2028 and U+2029, among others.
            0xE2 => 3,
            _ => 0,
        };
        self.0 += bytes.len() + bytes.iter().map(more).sum::<usize>();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
    use k8s_openapi::jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::api::{
        ApprovalStatus, DistrustStatus, FailedStepStatus, HistoryStatus, Outcome, PlanStatus, RecordStatus,
        RefusalStatus, RevisionStatus, ServerStatus, UndeclaredStatus,
    };

    const NOW: Time = Time(Timestamp::UNIX_EPOCH);

    /// A text as long as this, of characters that take most in JSON, or least.
    fn text(most: usize) -> impl Strategy<Value = String> {
        let of = |character: char| move |length: usize| character.to_string().repeat(length / character.len_utf8());
        prop_oneof![
            (0..=most).prop_map(of('x')),
            Just(of('\u{1}')(most)),
            Just(of('<')(most)),
            Just(of('"')(most)),
            Just(of('\u{2028}')(most)),
            Just(of('ä')(most)),
        ]
    }

    fn ids(most: usize) -> impl Strategy<Value = Vec<String>> {
        (0..=most).prop_map(|number| (0..number).map(|at| format!("{at:012x}")).collect())
    }

    fn steps() -> impl Strategy<Value = Vec<StepStatus>> {
        let step = (text(1024), text(8192), text(1024)).prop_map(|(object, statement, message)| StepStatus {
            id: "0123456789ab".into(),
            object,
            undo: Some(statement.clone()),
            statement,
            algorithm: "INPLACE".into(),
            message: Some(message),
            ..StepStatus::default()
        });
        (step, 0..=100_usize).prop_map(|(step, number)| vec![step; number])
    }

    prop_compose! {
        fn protecting()(
            [plan_id, by, mark] in [text(512), text(512), text(512)],
            [steps, spent, refused] in [ids(2000), ids(2000), ids(2000)],
            failure in text(1024),
            failed in 0..=100_usize,
            distrusted in text(1024),
        ) -> DatabaseSchemaStatus {
            let digest = "0".repeat(64);
            DatabaseSchemaStatus {
                approval: Some(ApprovalStatus {
                    plan_id: plan_id.clone(), by: by.clone(), at: NOW, mark: Some(mark), steps, spent,
                }),
                refusal: Some(RefusalStatus { plan_id, by, at: NOW, steps: refused }),
                failed_steps: vec![FailedStepStatus {
                    id: "0123456789ab".into(), reason: "StatementFailed".into(), message: failure, runs_again: true,
                }; failed],
                record: Some(RecordStatus {
                    written: Some(digest.clone()),
                    announced: vec![digest; 4],
                    distrusted: Some(DistrustStatus { at: NOW, message: distrusted }),
                }),
                ..DatabaseSchemaStatus::default()
            }
        }
    }

    prop_compose! {
        fn statuses()(
            status in protecting(),
            steps in steps(),
            [object, message, rejected_by] in [text(1024), text(1024), text(512)],
            [revision, id] in [text(128), text(64)],
            [drifted, kept, omitted] in [0..=100_usize, 0..=10, 0..=1],
        ) -> DatabaseSchemaStatus {
            let condition = |kind: &str| Condition {
                type_: kind.into(), status: "Unknown".into(), reason: "KubernetesUnavailable".into(),
                message: message.clone(), observed_generation: Some(i64::MAX), last_transition_time: NOW,
            };
            let drift = DriftStatus { object: object.clone(), declared: object.clone(), live: object.clone() };
            let history = HistoryStatus {
                revision: revision.clone(), plan_id: "0123456789ab".into(), applied_at: NOW, statements: i64::MAX,
                outcome: Outcome::Applied,
            };
            DatabaseSchemaStatus {
                observed_generation: Some(i64::MAX),
                conditions: ["Ready", "Reconciling", "Stalled", "Reachable", "InSync", "Verified"].map(condition).into(),
                revision: Some(RevisionStatus {
                    applied: Some(revision.clone()), applied_at: Some(NOW), live: vec![revision; 10],
                }),
                server: Some(ServerStatus { flavor: "MariaDB".into(), version: "11.8.999999".into(), id: Some(id) }),
                plan: Some(PlanStatus {
                    id: "0123456789ab".into(), risks: "Blocking,Breaking,Destructive,Unknown".into(),
                    summary: "18446744073709551615 statements to run".into(), rejected_by: Some(rejected_by), steps,
                    omitted_steps: (omitted > 0).then_some(i64::MAX / 2),
                }),
                drift: vec![drift; drifted],
                undeclared: Some(UndeclaredStatus {
                    tables: i64::MAX, columns: i64::MAX, indexes: i64::MAX, kept: vec![object; kept],
                    omitted_kept: (omitted > 0).then_some(i64::MAX / 2),
                }),
                history: vec![history; 10],
                ..status
            }
        }
    }

    fn protects(status: &DatabaseSchemaStatus) -> impl PartialEq + std::fmt::Debug {
        let record = status.record.clone().map(|record| RecordStatus { distrusted: None, ..record });
        let failed: Vec<String> = status.failed_steps.iter().map(|failed| failed.id.clone()).collect();
        let plan = status.plan.as_ref().map(|plan| plan.id.clone());
        let conditions: Vec<[String; 3]> = status
            .conditions
            .iter()
            .map(|condition| [&condition.type_, &condition.status, &condition.reason].map(Clone::clone))
            .collect();
        (status.approval.clone(), status.refusal.clone(), record, failed, plan, conditions)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn any_status_fits_and_keeps_what_protects(status in statuses(), room in LEAST_ROOM..=2 * MAX_STATUS) {
            let fitted_status = fitted(status.clone(), room);
            prop_assert!(stored_bytes(&fitted_status) <= room.min(MAX_STATUS), "{}", stored_bytes(&fitted_status));
            prop_assert_eq!(protects(&fitted_status), protects(&status));
            let number = |status: &DatabaseSchemaStatus| {
                let plan = status.plan.as_ref().unwrap();
                let steps = i64::try_from(plan.steps.len()).unwrap() + plan.omitted_steps.unwrap_or_default();
                let drift = i64::try_from(status.drift.len()).unwrap() + status.omitted_drift.unwrap_or_default();
                let undeclared = status.undeclared.as_ref().unwrap();
                let kept = i64::try_from(undeclared.kept.len()).unwrap() + undeclared.omitted_kept.unwrap_or_default();
                (steps, drift, kept)
            };
            prop_assert_eq!(number(&fitted_status), number(&status), "what is left out is counted");
            prop_assert_eq!(fitted(fitted_status.clone(), room), fitted_status, "it fits once it was made to");
        }
    }

    #[test]
    fn a_status_that_fits_stays_as_it_is() {
        let status = DatabaseSchemaStatus {
            drift: vec![DriftStatus { object: "column a.b".into(), ..DriftStatus::default() }; 100],
            ..DatabaseSchemaStatus::default()
        };
        assert_eq!(fitted(status.clone(), LEAST_ROOM), status);
    }

    #[test]
    fn what_kubernetes_writes_in_six_bytes_counts_as_six() {
        assert_eq!(stored_bytes(&"a<b"), 3 + 2 + 5);
        assert_eq!(stored_bytes(&"\u{2028}"), 2 + 6);
    }
}
