//! Runs `kubectl schema wait`: returns once a database has what a resource declares.

use std::time::{Duration, Instant};

use super::arguments::{ResourceArguments, ServerArguments, WaitArguments};
use super::cluster::ResourceRef;
use super::database_target::DatabaseTarget;
use super::outcome::{CliError, Outcome};
use super::output::{print, report};
use crate::api::{DatabaseSchema, Health, Reason};
use crate::mysql::{Purpose, Secret};
use crate::record::applied_revisions;

/// The time between two looks.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// What has not changed is said again after this time.
const SAID_AGAIN: Duration = Duration::from_secs(10);

/// The word for the URL that the environment has.
const FROM_ENVIRONMENT: &str = "env";

/// How far a resource is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Progress {
    Ready(String),
    /// It proceeds by itself, or nothing is known of it yet.
    Working(String),
    /// A person or a time is waited for.
    Waiting(String),
    /// It does not proceed without a person.
    Stalled(String),
}

/// What is asked.
enum Source {
    Cluster(ResourceRef),
    Database { target: Box<DatabaseTarget>, resource: String },
}

/// Looks until it is ready, Stalled, or the time is over, and says every few seconds what it waits for.
///
/// # Errors
/// The cluster or the server can't be read. A server that can't be reached is waited for.
pub async fn run(arguments: &WaitArguments) -> Result<Outcome, CliError> {
    let source = Source::from_arguments(arguments).await?;
    let began = Instant::now();
    let mut said: Option<(String, Instant)> = None;
    loop {
        let progress = source.look(arguments.revision.as_deref()).await?;
        let is_over = began.elapsed() >= arguments.timeout;
        let (message, outcome) = match progress {
            Progress::Ready(message) => {
                print(&format!("{message}\n"))?;
                return Ok(Outcome::Done);
            }
            Progress::Stalled(message) => (message, Some(Outcome::Stalled)),
            Progress::Waiting(message) => (message, is_over.then_some(Outcome::ToDo)),
            Progress::Working(message) => (message, is_over.then_some(Outcome::TimedOut)),
        };
        let is_new = said.as_ref().is_none_or(|(last, at)| *last != message || at.elapsed() >= SAID_AGAIN);
        if is_new || outcome.is_some() {
            report(&message);
            said = Some((message, Instant::now()));
        }
        if let Some(outcome) = outcome {
            return Ok(outcome);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

impl Source {
    async fn from_arguments(arguments: &WaitArguments) -> Result<Self, CliError> {
        let Some(url) = &arguments.url else {
            return Ok(Self::Cluster(ResourceRef::from_arguments(&arguments.resource).await?));
        };
        let url = match url.reveal() {
            FROM_ENVIRONMENT => {
                let missing = |_| CliError::Usage("--url env: the environment has no DATABASE_URL".to_owned());
                Secret::new(std::env::var("DATABASE_URL").map_err(missing)?)
            }
            _ => url.clone(),
        };
        let server = ServerArguments { url, tls: arguments.tls, ca: arguments.ca.clone() };
        let ResourceArguments { name, namespace, context: _ } = &arguments.resource;
        let resource = match namespace {
            Some(namespace) => format!("{namespace}/{name}"),
            None => name.clone(),
        };
        Ok(Self::Database { target: Box::new(DatabaseTarget::from_arguments(&server)?), resource })
    }

    async fn look(&self, revision: Option<&str>) -> Result<Progress, CliError> {
        match self {
            Self::Cluster(resource) => Ok(match resource.find().await? {
                None => Progress::Working(format!("there is no {} yet", resource.label())),
                Some(found) => progress(&found, revision),
            }),
            Self::Database { target, resource } => {
                let read = async {
                    let mut session = target.pipeline.servers.session(&target.login, Purpose::Read).await?;
                    applied_revisions(&mut session, &target.database, resource).await
                };
                match read.await {
                    Ok(applied) => Ok(progress_of_record(resource, &applied, revision.unwrap_or_default())),
                    Err(error) if error.is_transient() => Ok(Progress::Working(error.to_string())),
                    Err(error) => Err(error.into()),
                }
            }
        }
    }
}

/// Returns how far a resource is, by its status.
fn progress(resource: &DatabaseSchema, revision: Option<&str>) -> Progress {
    let declared = resource.spec.revision.as_str();
    if let Some(awaited) = revision.filter(|awaited| *awaited != declared) {
        return Progress::Working(format!("it declares revision {declared}, not {awaited} yet"));
    }
    let Some(status) = &resource.status else { return Progress::Working("it was not looked at yet".to_owned()) };
    let generation = resource.metadata.generation;
    let condition = |kind: &str| {
        let found = status.conditions.iter().find(|found| found.type_ == kind);
        found.filter(|found| found.observed_generation == generation)
    };
    let Some(ready) = condition("Ready") else {
        return Progress::Working("its present generation was not looked at yet".to_owned());
    };
    let message = format!("{}: {}", ready.reason, ready.message);
    if ready.status == "True" {
        return Progress::Ready(format!("revision {declared} is live; {message}"));
    }
    if condition("Stalled").is_some_and(|stalled| stalled.status == "True") {
        return Progress::Stalled(message);
    }
    let is_suspended = Reason::of_word(&ready.reason).is_some_and(|reason| reason.row().health == Health::Suspended);
    if is_suspended { Progress::Waiting(message) } else { Progress::Working(message) }
}

/// Returns how far a resource is, by the revisions that the record of a database has of it.
fn progress_of_record(resource: &str, applied: &[String], awaited: &str) -> Progress {
    if applied.iter().any(|revision| revision == awaited) {
        return Progress::Ready(format!("the database has revision {awaited} of {resource}"));
    }
    Progress::Working(match applied {
        [] => format!("the operator has noted no revision of {resource} in this database yet"),
        applied => format!("the database has revision {} of {resource}, not {awaited} yet", applied.join(" and ")),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resource(generation: i64, conditions: &serde_json::Value) -> DatabaseSchema {
        serde_json::from_value(json!({
            "apiVersion": "schema-operator.dev/v1alpha1",
            "kind": "DatabaseSchema",
            "metadata": { "name": "todobox", "generation": generation },
            "spec": { "revision": "r2", "database": "todobox", "connection": { "secretRef": { "name": "s" } }, "tables": [] },
            "status": { "conditions": conditions },
        }))
        .unwrap()
    }

    fn condition(kind: &str, status: &str, reason: &str) -> serde_json::Value {
        json!({
            "type": kind, "status": status, "reason": reason, "message": "so it is", "observedGeneration": 7,
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        })
    }

    #[test]
    fn a_status_tells_how_far_it_is() {
        let conditions = |ready: &str, reason: &str, stalled: &str| {
            json!([condition("Ready", ready, reason), condition("Stalled", stalled, reason)])
        };
        let ready = conditions("True", "InSync", "False");
        let is_working = |progress: &Progress| matches!(progress, Progress::Working(_));
        for (name, generation, conditions, revision, expected) in [
            ("ready", 7, &ready, None, Progress::Ready("revision r2 is live; InSync: so it is".into())),
            ("ready", 7, &ready, Some("r2"), Progress::Ready("revision r2 is live; InSync: so it is".into())),
            (
                "stalled",
                7,
                &conditions("False", "PlanRefused", "True"),
                None,
                Progress::Stalled("PlanRefused: so it is".into()),
            ),
            (
                "waiting",
                7,
                &conditions("False", "AwaitingApproval", "False"),
                None,
                Progress::Waiting("AwaitingApproval: so it is".into()),
            ),
            (
                "of a later version",
                7,
                &conditions("False", "Hitherto", "False"),
                None,
                Progress::Working("Hitherto: so it is".into()),
            ),
        ] {
            assert_eq!(progress(&resource(generation, conditions), revision), expected, "{name}");
        }
        assert!(is_working(&progress(&resource(8, &ready), None)), "of an earlier generation");
        assert!(is_working(&progress(&resource(7, &ready), Some("r3"))), "of another revision");
        assert!(is_working(&progress(&resource(7, &json!([])), None)), "without conditions");
    }

    #[test]
    fn a_record_tells_which_revision_is_live() {
        let progress = |applied: &[&str]| {
            let applied: Vec<String> = applied.iter().map(|revision| (*revision).to_owned()).collect();
            progress_of_record("shop/todobox", &applied, "r2")
        };
        assert_eq!(progress(&["r1", "r2"]), Progress::Ready("the database has revision r2 of shop/todobox".into()));
        assert!(matches!(progress(&["r1"]), Progress::Working(said) if said.contains("has revision r1")));
        assert!(matches!(progress(&[]), Progress::Working(said) if said.contains("no revision")));
    }
}
