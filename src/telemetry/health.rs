//! Tells whether the operator is ready.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The operator is ready once it has listed the resources: before that, the CRD or the permission to watch may be missing.
/// A replica that stands by is ready as well, since it can take over.
#[derive(Debug, Clone, Default)]
pub struct Health {
    watching: Arc<AtomicBool>,
    standing_by: Arc<AtomicBool>,
}

impl Health {
    /// Notes whether the resources were listed.
    pub fn watching(&self, watching: bool) {
        self.watching.store(watching, Ordering::Relaxed);
    }

    /// Notes whether another replica is known to lead.
    pub fn standing_by(&self, standing_by: bool) {
        self.standing_by.store(standing_by, Ordering::Relaxed);
    }

    /// Returns whether the operator works, or could take over.
    pub fn is_ready(&self) -> bool {
        self.watching.load(Ordering::Relaxed) || self.standing_by.load(Ordering::Relaxed)
    }
}
