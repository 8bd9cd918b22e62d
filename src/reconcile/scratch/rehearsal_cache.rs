//! What rehearsals have proved, so that what is merely spelled differently is not rehearsed at every interval.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::rehearse::Rehearsal;
use crate::plan::Plan;
use crate::reconcile::request::Request;

/// More are forgotten at once: a rehearsal costs little.
const MAX_PROOFS: usize = 10_000;

/// Remembers rehearsals. Cheap to clone; all clones share them.
#[derive(Debug, Clone, Default)]
pub struct RehearsalCache(Arc<Mutex<HashMap<RehearsalKey, Rehearsal>>>);

/// What a rehearsal depends on: the server with its version, the database, the plan, and the tables as they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RehearsalKey([u8; 32]);

impl RehearsalKey {
    /// The key of rehearsing `plan` for `request`.
    pub fn new(request: &Request, plan: &Plan) -> Self {
        let mut hash = Sha256::new();
        hash.update(format!("{} {} {}", request.login.address, request.database, plan.id));
        for step in &plan.steps {
            hash.update(format!("{:?} {:?}", step.before, step.dialect));
        }
        Self(hash.finalize().into())
    }
}

impl RehearsalCache {
    /// What was found for `key`.
    pub fn get(&self, key: &RehearsalKey) -> Option<Rehearsal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Remembers what was found. That something could not be rehearsed or was refused is tried again: the reason may
    /// lie outside the tables.
    pub fn put(&self, key: RehearsalKey, rehearsal: &Rehearsal) {
        let mut proofs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if proofs.len() >= MAX_PROOFS {
            proofs.clear();
        }
        if rehearsal.skipped.is_none() && rehearsal.refused.is_empty() && rehearsal.not_understood.is_empty() {
            proofs.insert(key, rehearsal.clone());
        }
    }
}
