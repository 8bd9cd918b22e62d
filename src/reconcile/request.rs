//! What one reconcile is asked to do.

use std::time::Duration;

use crate::declare::{Declaration, VerifyCheck};
use crate::mysql::Login;
use crate::record::Entry;
use crate::schema::Identifier;

/// Everything that the pipeline needs to know, read and checked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The resource's UID: what is under way for it is found by this.
    pub uid: String,
    pub login: Login,
    pub database: Identifier,
    pub declaration: Declaration,
    pub verify: Vec<VerifyCheck>,
    pub mode: TargetMode,
    /// Tables with at most so many rows may be copied without consent.
    pub small_table_rows: u64,
    /// How long a statement may wait for a lock.
    pub lock_wait: Duration,
    /// Whether just this declaration was in sync when it was last measured: what differs now has drifted.
    pub was_in_sync: bool,
    /// The plan whose statements ran without making live what is declared: it is not run a second time.
    pub refused_plan: Option<String>,
    /// Namespace and name, for the history.
    pub resource: String,
    pub revision: String,
}

/// What may be done about a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetMode {
    /// Make it so.
    Apply,
    /// Make it so, but only report what was in sync and has drifted.
    ApplyButReportDrift,
    /// Say what would be done, and write nothing.
    Plan,
}

impl Request {
    /// The entry in the history for a plan.
    pub fn entry(&self, plan_id: &str) -> Entry {
        Entry {
            resource: self.resource.clone(),
            resource_uid: self.uid.clone(),
            revision: self.revision.clone(),
            plan_id: plan_id.to_owned(),
        }
    }
}
