//! Whether the operator is ready.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Ready once the resources have been listed: before, the CRD may be missing, or the permission to watch.
#[derive(Debug, Clone, Default)]
pub struct Health {
    watching: Arc<AtomicBool>,
}

impl Health {
    /// Notes that the resources were listed.
    pub fn watching(&self, watching: bool) {
        self.watching.store(watching, Ordering::Relaxed);
    }

    /// Whether the operator does its work.
    pub fn is_ready(&self) -> bool {
        self.watching.load(Ordering::Relaxed)
    }
}
