//! The pipeline without an operator around it, for tests that look or change something between its stages.

use std::sync::Arc;
use std::time::{Duration, Instant};

use schema_operator::api::DatabaseSchemaSpec;
use schema_operator::declare::Source;
use schema_operator::mysql::{Login, Servers, Traffic};
use schema_operator::reconcile::{
    Applied, Asker, ChangeRegistry, ChangeState, Intent, Job, NotReady, Pass, Pipeline, Request, Witness, reconcile,
};
use schema_operator::record::{LiveResources, NO_CLUSTER, Owner};

use super::World;

/// A pipeline, the changes that it starts, and a counter of its messages.
pub struct DirectPipeline {
    pub pipeline: Pipeline,
    pub traffic: Traffic,
    changes: ChangeRegistry,
}

impl DirectPipeline {
    pub fn new() -> Self {
        let servers = Servers::new(4);
        // As a replica that leads: its statements have the server look at its clock.
        servers.fence().open_until(Instant::now() + Duration::from_hours(24));
        let traffic = servers.traffic().clone();
        let changes = ChangeRegistry::new(servers.clone(), 1, Arc::new(|_uid| ()));
        Self { pipeline: Pipeline::new(servers), traffic, changes }
    }

    /// Plans, and returns the change that may begin at once.
    pub async fn job(&self, request: &Request<Source>) -> Job {
        let Pass { report, change } = reconcile(&self.pipeline, request, None).await;
        change.unwrap_or_else(|| panic!("{report:?}"))
    }

    /// Runs a change, and waits for its end.
    pub async fn run(&self, job: Job) -> Applied {
        run_change(&self.changes, job).await
    }
}

/// Runs a change, and waits for its end.
pub async fn run_change(changes: &ChangeRegistry, job: Job) -> Applied {
    let uid = job.request.asker.uid.clone();
    changes.start(job);
    loop {
        changes.wait(&uid, Duration::from_mins(1)).await;
        if let ChangeState::Ended(applied) = changes.state(&uid) {
            return applied;
        }
    }
}

/// Returns what a spec asks of a world's database. `spec` is its YAML, without revision, database and connection.
pub fn request(world: &World, spec: &str) -> Request<Source> {
    try_request(world, spec).unwrap()
}

/// Returns what a spec asks of a world's database, or why it asks for nothing that can be done.
pub fn try_request(world: &World, spec: &str) -> Result<Request<Source>, NotReady> {
    let common = format!("revision: '1'\ndatabase: {}\nconnection: {{secretRef: {{name: s}}}}\n", world.database);
    let spec: DatabaseSchemaSpec = serde_saphyr::from_str(&format!("{common}{spec}")).unwrap();
    Ok(Intent::from_spec(&spec, None)?.request(asker(&world.database, world.server.login())))
}

/// Returns a resource of no cluster that asks for a change, with this UID and login.
pub fn asker(uid: &str, login: Login) -> Asker {
    let owner = Owner { cluster: NO_CLUSTER.to_owned(), resource: "test/test".to_owned(), uid: String::new() };
    let (replicas, live_resources) = (Vec::new(), LiveResources::Unknown);
    Asker { uid: uid.to_owned(), owner, login, replicas, live_resources, witness: Witness::Person }
}
