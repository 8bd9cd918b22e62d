//! The pipeline: observe, plan, examine, gate, apply, verify. It knows neither Kubernetes nor the terminal; what it
//! gives is a [`Report`], which the caller puts where it belongs.

mod apply;
mod approval;
mod claims;
mod not_ready;
mod pass;
mod report;
mod request;
mod scratch;

pub use apply::{Applied, ChangeProgress, ChangeState, Changes, Job, Notice, StatementOutcome, Wake};
pub use approval::{Approval, Rejection};
pub use not_ready::NotReady;
pub use pass::{HostGuard, LearntCost, Pass, Pipeline, Snapshot, look, reconcile, reconcile_seen};
pub use report::{PlannedStep, PlannedSteps, Report, Verification, counted};
pub use request::{Asker, Intent, Request, TargetMode};
