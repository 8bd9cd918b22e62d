//! What a pass gives, whether it reaches its end or leaves early.

use crate::reconcile::job::Job;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::report::Report;

/// The measurement, and the change that follows from it.
#[derive(Debug)]
pub struct Pass {
    pub report: Report,
    /// The change that may begin once the report is published.
    pub change: Option<Job>,
}

impl From<Report> for Pass {
    fn from(report: Report) -> Self {
        Self { report, change: None }
    }
}

/// A pass that a stage ends early, with the report so far.
#[derive(Debug)]
pub struct Stop(Box<Pass>);

impl Stop {
    /// Ends the pass for this reason.
    pub fn because(report: &Report, not_ready: NotReady) -> Self {
        Self::with(report.clone().ending(not_ready))
    }

    /// Ends the pass with this.
    pub fn with(pass: impl Into<Pass>) -> Self {
        Self(Box::new(pass.into()))
    }
}

impl From<Stop> for Pass {
    fn from(stop: Stop) -> Self {
        *stop.0
    }
}
