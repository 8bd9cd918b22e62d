//! Runs `kubectl schema approve`, `reject` and `cancel`: a person decides on the plan of a resource in a cluster.

use std::io::IsTerminal;

use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use serde_json::{Map, Value, json};

use super::arguments::ConsentArguments;
use super::outcome::{CliError, Outcome};
use super::output::{ask, one_line, print};
use super::plan_text::risks_text;
use crate::api::{
    APPROVED_AT, APPROVED_BY, APPROVED_PLAN, CANCELLED_BY, CANCELLED_PLAN, DatabaseSchema, DatabaseSchemaStatus,
    PlanStatus, REJECTED_BY, REJECTED_PLAN, StepState,
};
use crate::reconcile::counted;

/// The field manager of the annotations.
const FIELD_MANAGER: &str = "kubectl-schema";

/// What a person decides on a plan.
#[derive(Debug, Clone, Copy)]
pub enum Decision {
    Approve,
    Reject,
    /// Ends the statement that runs, and rejects the rest.
    Cancel,
}

/// Records the decision on the plan in the status, once the person at the terminal confirms it, or where the plan is the
/// one that was named.
///
/// # Errors
/// There is no such resource or plan, or the cluster does not let this user decide.
pub async fn run(arguments: &ConsentArguments, decision: Decision) -> Result<Outcome, CliError> {
    let resource = ResourceRef::from_arguments(arguments).await?;
    let plan = resource.pending_plan().await?;
    let decided_at = Timestamp::now();
    match &arguments.plan {
        Some(named) if *named != plan.id => {
            let message = format!("the plan is now {}, not {named}; look at it again", plan.id);
            return Err(CliError::Consent(message));
        }
        Some(_) => {}
        None => confirm(&plan, decision)?,
    }
    let user = resource.user().await?;
    resource.annotate(&decision.annotations(&plan.id, &user, decided_at)).await?;
    print(&format!("plan {} of {} {} by {}\n", plan.id, resource.label(), decision.past(), one_line(&user)))?;
    Ok(Outcome::Done)
}

impl Decision {
    fn verb(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Cancel => "cancel",
        }
    }

    fn past(self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::Reject => "rejected",
            Self::Cancel => "cancelled",
        }
    }

    /// Returns the annotations of this decision, which name the user as the cluster does. All others are removed.
    fn annotations(self, plan_id: &str, user: &str, decided_at: Timestamp) -> Map<String, Value> {
        let others =
            [APPROVED_PLAN, APPROVED_BY, APPROVED_AT, REJECTED_PLAN, REJECTED_BY, CANCELLED_PLAN, CANCELLED_BY];
        let mut annotations: Map<String, Value> =
            others.into_iter().map(|name| (name.to_owned(), Value::Null)).collect();
        let mut set = |name: &str, value: &str| annotations.insert(name.to_owned(), value.into());
        match self {
            Self::Approve => {
                set(APPROVED_PLAN, plan_id);
                set(APPROVED_BY, user);
                set(APPROVED_AT, &decided_at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string());
            }
            Self::Reject => {
                set(REJECTED_PLAN, plan_id);
                set(REJECTED_BY, user);
            }
            Self::Cancel => {
                set(CANCELLED_PLAN, plan_id);
                set(CANCELLED_BY, user);
            }
        }
        annotations
    }
}

/// A resource in a cluster.
struct ResourceRef {
    client: Client,
    namespace: String,
    name: String,
}

impl ResourceRef {
    /// Finds the cluster in the kubeconfig.
    async fn from_arguments(arguments: &ConsentArguments) -> Result<Self, CliError> {
        let unreadable = |error: &dyn std::fmt::Display| CliError::Kubeconfig(error.to_string());
        let kubeconfig = Kubeconfig::read().map_err(|error| unreadable(&error))?;
        let options = KubeConfigOptions { context: arguments.context.clone(), ..KubeConfigOptions::default() };
        let config = Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| unreadable(&error))?;
        let namespace = arguments.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let client = Client::try_from(config).map_err(of_cluster("connecting to the cluster"))?;
        Ok(Self { client, namespace, name: arguments.name.clone() })
    }

    fn resources(&self) -> Api<DatabaseSchema> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    fn label(&self) -> String {
        format!("DatabaseSchema {} in namespace {}", self.name, self.namespace)
    }

    /// Reads the plan that has something left to do.
    async fn pending_plan(&self) -> Result<PlanStatus, CliError> {
        let resource =
            self.resources().get(&self.name).await.map_err(of_cluster(format!("reading {}", self.label())))?;
        let plan = resource.status.filter(has_pending_steps).and_then(|status| status.plan);
        plan.ok_or_else(|| {
            CliError::Consent(format!("{} has no pending plan; there is nothing to decide", self.label()))
        })
    }

    async fn annotate(&self, annotations: &Map<String, Value>) -> Result<(), CliError> {
        let patch = json!({ "metadata": { "annotations": annotations } });
        let params = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
        let patched = self.resources().patch_metadata(&self.name, &params, &Patch::Merge(&patch)).await;
        patched.map_err(of_cluster(format!("annotating {}", self.label())))?;
        Ok(())
    }

    /// Asks the cluster for the name of this user.
    async fn user(&self) -> Result<String, CliError> {
        let reviews: Api<SelfSubjectReview> = Api::all(self.client.clone());
        let doing = "asking the cluster who you are";
        let review = reviews.create(&PostParams::default(), &SelfSubjectReview::default()).await;
        let user = review.map_err(of_cluster(doing))?.status.and_then(|status| status.user_info?.username);
        user.ok_or_else(|| CliError::Consent(format!("{doing}: it returns no name")))
    }
}

/// Returns what makes an error of what was being done.
fn of_cluster(doing: impl Into<String>) -> impl FnOnce(kube::Error) -> CliError {
    let doing = doing.into();
    |error| CliError::Cluster { doing, error: Box::new(error) }
}

/// Shows the plan, and asks the person at the terminal.
fn confirm(plan: &PlanStatus, decision: Decision) -> Result<(), CliError> {
    print(&plan_text(plan))?;
    let verb = decision.verb();
    if !std::io::stdin().is_terminal() {
        let message = format!("standard input is no terminal; to {verb} this plan, name it: --plan {}", plan.id);
        return Err(CliError::Consent(message));
    }
    ask(&format!("{verb} plan {}? [y/N] ", plan.id))?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(CliError::Output)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(CliError::Consent(format!("nothing was done: plan {} is unchanged", plan.id)))
}

/// Returns whether the plan of a status has something left to do. The steps that did not fit are done once the database
/// is in sync.
fn has_pending_steps(status: &DatabaseSchemaStatus) -> bool {
    let is_in_sync = || status.conditions.iter().any(|found| found.type_ == "InSync" && found.status == "True");
    status.plan.as_ref().is_some_and(|plan| {
        plan.steps.iter().any(|step| step.state != StepState::Done) || plan.omitted_steps.is_some() && !is_in_sync()
    })
}

/// Renders the plan as the status has it.
fn plan_text(plan: &PlanStatus) -> String {
    let mut text = format!("Plan {}: {}\n\n", plan.id, plan.summary);
    for (at, step) in plan.steps.iter().enumerate() {
        let risks = risks_text(&step.risks);
        let rows = step.rows.map(|rows| format!(", {rows} rows")).unwrap_or_default();
        let statement = step.statement.replace('\n', "\n   ");
        text += &[
            format!("{}. {} ({})\n", at + 1, one_line(&step.object), step.state),
            format!("   {statement};\n"),
            format!("   {}{rows}, {risks}\n", step.algorithm),
            step.message.as_deref().map(|message| format!("   {}\n", one_line(message))).unwrap_or_default(),
        ]
        .concat();
    }
    if let Some(omitted) = plan.omitted_steps {
        let number = usize::try_from(omitted).unwrap_or_default();
        let verb = if number == 1 { "does" } else { "do" };
        text += &[
            "\n",
            &counted(number, "more step"),
            " ",
            verb,
            " not fit into the status; kubectl schema plan shows all\n",
        ]
        .concat();
    }
    text + "\n"
}
