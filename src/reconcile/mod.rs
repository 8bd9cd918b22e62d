//! The pipeline: observe, plan, examine, gate, apply, verify. It knows neither Kubernetes nor the terminal; what it
//! gives is a [`Report`], which the caller puts where it belongs.

mod apply;
mod approval;
mod changes;
mod circumstances;
mod contract;
mod control;
mod decide;
mod due;
mod examine;
mod found;
mod hold;
mod learnt_costs;
mod look;
mod not_ready;
mod ownership;
mod pipeline;
mod preflight;
mod proofs;
mod realize;
mod rehearse;
mod remember;
mod report;
mod request;
mod spelling;
mod turn;
mod verify;
mod watcher;

pub use apply::{Applied, Job, StatementOutcome};
pub use approval::{Approval, Rejection};
pub use changes::{ChangeState, Changes, Wake};
pub use circumstances::HostGuard;
pub use control::{Course, News};
pub use learnt_costs::LearntCost;
pub use look::{Sight, look};
pub use not_ready::NotReady;
pub use pipeline::{Pass, Pipeline, reconcile, reconcile_seen};
pub use report::{PlannedStep, PlannedSteps, Report, Verification, counted};
pub use request::{Asker, Intent, Request, TargetMode};
