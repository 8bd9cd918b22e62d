//! The pipeline: a pass measures a database and decides what to do, and a change does it. It knows neither Kubernetes nor
//! a terminal. It gives its caller a [`Report`], and a [`Job`] for a change that may begin.

mod applied;
mod apply;
mod approval;
mod cache;
mod circumstances;
mod claims;
mod database_lock;
mod detail;
mod failed_step;
mod fault;
mod job;
mod not_ready;
mod part_digests;
mod pass;
mod pending_record;
mod planned_steps;
mod report;
mod request;
mod scratch;
mod statement_mark;
mod witness;

pub use applied::{Applied, LearntCost, StatementFailure, StatementOutcome};
pub use apply::{ChangeProgress, ChangeRegistry, ChangeState, Notice, Turn, Wake};
pub use approval::{Approval, Rejection};
pub use failed_step::{FailedStep, reason_of_failure};
pub use fault::{OperatorFault, caught};
pub use job::Job;
pub use not_ready::NotReady;
pub use pass::{
    Before, Decision, KeysLeft, Look, Measured, Next, Pass, Pipeline, Readings, SharedPass, Snapshot, Verifier, decide,
    keys_left_away, reconcile, reconcile_sharing, reconcile_snapshot,
};
pub use planned_steps::{PlannedStep, PlannedSteps, counted};
pub use report::{DriftedObject, Recorded, Report, Verification};
pub use request::{Asker, Intent, PriorState, Request, RequestSpec, TargetMode};
pub use scratch::scratch_grant;
pub use witness::{EntryNotes, Witness};
