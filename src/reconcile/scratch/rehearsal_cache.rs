//! Remembers what rehearsals have proved, so that another spelling alone is not rehearsed at each interval.

use sha2::{Digest, Sha256};

use super::rehearsal::Rehearsal;
use super::rehearse::rehearse;
use crate::mysql::Servers;
use crate::plan::Plan;
use crate::reconcile::cache::Cache;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::request::Request;
use crate::schema::Schema;

/// How many rehearsals are remembered. One that is forgotten is done again, which costs little.
const MAX_REHEARSALS: usize = 10_000;

/// Remembers rehearsals. Cheap to clone; all clones share them.
#[derive(Debug, Clone)]
pub struct RehearsalCache(Cache<RehearsalKey, Rehearsal>);

impl Default for RehearsalCache {
    fn default() -> Self {
        Self(Cache::new(MAX_REHEARSALS))
    }
}

/// What a rehearsal depends on: the server with its version, the database, the plan, and the live tables.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct RehearsalKey([u8; 32]);

impl RehearsalKey {
    /// Returns the key of rehearsing `plan` for `request`.
    fn new(request: &Request, plan: &Plan) -> Self {
        let mut hash = Sha256::new();
        hash.update(format!("{} {} {}", request.asker.login.address, request.spec.database, plan.id));
        for step in &plan.steps {
            hash.update(format!("{:?} {:?}", step.before, step.dialect));
        }
        Self(hash.finalize().into())
    }
}

impl RehearsalCache {
    /// Rehearses a plan, unless the outcome is known, and returns the plan without what changes nothing.
    ///
    /// # Errors
    /// As [`rehearse`].
    pub async fn rehearse(
        &self,
        servers: &Servers,
        request: &Request,
        live: &Schema,
        plan: Plan,
    ) -> Result<(Plan, Rehearsal), NotReady> {
        if plan.is_empty() {
            return Ok((plan, Rehearsal::default()));
        }
        let key = RehearsalKey::new(request, &plan);
        let rehearsal = if let Some(known) = self.0.get(&key) {
            known
        } else {
            let found = rehearse(servers, request, live, &plan).await;
            let rehearsal = found.map_err(|error| NotReady::connecting(&error))?;
            self.put(key, &rehearsal);
            rehearsal
        };
        Ok((plan.without(&rehearsal.unchanged), rehearsal))
    }

    /// Remembers what was found. A rehearsal that was skipped or refused is tried again, since the reason may lie outside
    /// the tables.
    fn put(&self, key: RehearsalKey, rehearsal: &Rehearsal) {
        let is_whole = rehearsal.skipped.is_none() && rehearsal.differing.is_empty();
        if is_whole && !rehearsal.is_refused() {
            self.0.put(key, rehearsal.clone());
        }
    }
}
