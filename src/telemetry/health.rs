//! Whether the operator is ready.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Ready once the resources have been listed: before, the CRD may be missing, or the permission to watch. One that
/// stands by for another is ready too, for then it can take over.
#[derive(Debug, Clone, Default)]
pub struct Health {
    watching: Arc<AtomicBool>,
    standing_by: Arc<AtomicBool>,
}

impl Health {
    /// Notes that the resources were listed.
    pub fn watching(&self, watching: bool) {
        self.watching.store(watching, Ordering::Relaxed);
    }

    /// Notes whether another one is known to lead.
    pub fn standing_by(&self, standing_by: bool) {
        self.standing_by.store(standing_by, Ordering::Relaxed);
    }

    /// Whether the operator does its work, or could.
    pub fn is_ready(&self) -> bool {
        self.watching.load(Ordering::Relaxed) || self.standing_by.load(Ordering::Relaxed)
    }
}
