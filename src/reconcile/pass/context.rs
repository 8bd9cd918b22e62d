//! What the stages of a pass share.

use super::learnt_costs::LearntCosts;
use crate::mysql::Servers;
use crate::reconcile::applied::Applied;
use crate::reconcile::claims::{ClaimsSeen, WriteTurns};
use crate::reconcile::scratch::{DdlCache, RehearsalCache};

/// What all passes share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pipeline {
    pub servers: Servers,
    pub(crate) rehearsals: RehearsalCache,
    pub(crate) ddl: DdlCache,
    pub(crate) claims: ClaimsSeen,
    pub(crate) write_turns: WriteTurns,
    pub(crate) costs: LearntCosts,
}

impl Pipeline {
    /// Returns a pipeline whose caches are empty.
    pub fn new(servers: Servers) -> Self {
        Self {
            servers,
            rehearsals: RehearsalCache::default(),
            ddl: DdlCache::default(),
            claims: ClaimsSeen::default(),
            write_turns: WriteTurns::default(),
            costs: LearntCosts::default(),
        }
    }

    /// Returns the same pipeline, whose connections are for resources of this namespace.
    #[must_use]
    pub fn of_tenant(&self, namespace: &str) -> Self {
        Self { servers: self.servers.of_tenant(namespace), ..self.clone() }
    }
}

/// What the stages of one pass share.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub pipeline: &'a Pipeline,
    /// The change that has just ended for this resource.
    pub after: Option<&'a Applied>,
    /// Whether another pass took the look at the database, some time ago.
    pub is_shared: bool,
}

impl Context<'_> {
    pub fn servers(&self) -> &Servers {
        &self.pipeline.servers
    }
}
