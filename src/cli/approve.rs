//! `kubectl schema approve`, `reject` and `cancel`: what a person says to the plan of a resource in a cluster.

use std::io::{IsTerminal, Write};

use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use serde_json::{Value, json};

use super::arguments::ConsentArguments;
use super::outcome::{CliError, Outcome};
use super::output::{one_line, print};
use crate::api::{
    APPROVED_AT, APPROVED_BY, APPROVED_PLAN, CANCELLED_BY, CANCELLED_PLAN, DatabaseSchema, PlanStatus, REJECTED_BY,
    REJECTED_PLAN, StepState,
};

/// The field manager of the annotations.
const MANAGER: &str = "kubectl-schema";

/// Approves the plan in the status, once the person at the terminal says so, or where it is the one that was named.
///
/// # Errors
/// There is no such resource or plan, or the cluster does not let this user approve.
pub async fn approve(arguments: &ConsentArguments) -> Result<Outcome, CliError> {
    let place = ResourceRef::of(arguments).await?;
    let plan = place.plan().await?;
    let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let annotations = |user: &str| json!({ APPROVED_PLAN: plan.id, APPROVED_BY: user, APPROVED_AT: now, REJECTED_PLAN: null, REJECTED_BY: null, CANCELLED_PLAN: null, CANCELLED_BY: null });
    place.consent(arguments, &plan, ("approve", "approved"), annotations).await
}

/// Rejects the plan in the status.
///
/// # Errors
/// As [`approve`].
pub async fn reject(arguments: &ConsentArguments) -> Result<Outcome, CliError> {
    let place = ResourceRef::of(arguments).await?;
    let plan = place.plan().await?;
    let annotations = |user: &str| json!({ REJECTED_PLAN: plan.id, REJECTED_BY: user, CANCELLED_PLAN: null, CANCELLED_BY: null, APPROVED_PLAN: null, APPROVED_BY: null, APPROVED_AT: null });
    place.consent(arguments, &plan, ("reject", "rejected"), annotations).await
}

/// Has the operator end the statement of the plan in the status that runs, and refuses the rest of the plan.
///
/// # Errors
/// As [`approve`].
pub async fn cancel(arguments: &ConsentArguments) -> Result<Outcome, CliError> {
    let place = ResourceRef::of(arguments).await?;
    let plan = place.plan().await?;
    let annotations = |user: &str| json!({ CANCELLED_PLAN: plan.id, CANCELLED_BY: user, REJECTED_PLAN: null, REJECTED_BY: null, APPROVED_PLAN: null, APPROVED_BY: null, APPROVED_AT: null });
    place.consent(arguments, &plan, ("cancel", "cancelled"), annotations).await
}

/// A resource in a cluster.
struct ResourceRef {
    client: Client,
    namespace: String,
    name: String,
}

impl ResourceRef {
    async fn of(arguments: &ConsentArguments) -> Result<Self, CliError> {
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

    /// The plan that waits.
    async fn plan(&self) -> Result<PlanStatus, CliError> {
        let resource =
            self.resources().get(&self.name).await.map_err(of_cluster(format!("reading {}", self.label())))?;
        let plan = resource.status.and_then(|status| status.plan);
        let plan = plan.filter(|plan| plan.steps.iter().any(|step| step.state != StepState::Done));
        plan.ok_or_else(|| CliError::Consent(format!("{} has no plan to decide about", self.label())))
    }

    /// Sets the annotations, which name the user as the cluster knows him.
    async fn consent(
        &self,
        arguments: &ConsentArguments,
        plan: &PlanStatus,
        (verb, done): (&str, &str),
        annotations: impl Fn(&str) -> Value,
    ) -> Result<Outcome, CliError> {
        match &arguments.plan {
            Some(named) if *named != plan.id => {
                let message = format!("the plan is {} by now, and not {named}; look at it again", plan.id);
                return Err(CliError::Consent(message));
            }
            Some(_) => {}
            None => ask(plan, verb)?,
        }
        let user = self.user().await?;
        let patch = json!({ "metadata": { "annotations": annotations(&user) } });
        let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
        let patched = self.resources().patch_metadata(&self.name, &params, &Patch::Merge(&patch)).await;
        patched.map_err(of_cluster(format!("annotating {}", self.label())))?;
        print(&format!("plan {} of {} {done} by {}\n", plan.id, self.label(), one_line(&user)))?;
        Ok(Outcome::Done)
    }

    async fn user(&self) -> Result<String, CliError> {
        let reviews: Api<SelfSubjectReview> = Api::all(self.client.clone());
        let doing = "asking the cluster who you are";
        let review = reviews.create(&PostParams::default(), &SelfSubjectReview::default()).await;
        let user = review.map_err(of_cluster(doing))?.status.and_then(|status| status.user_info?.username);
        user.ok_or_else(|| CliError::Consent(format!("{doing}: it gives no name")))
    }
}

fn of_cluster(doing: impl Into<String>) -> impl FnOnce(kube::Error) -> CliError {
    let doing = doing.into();
    |error| CliError::Cluster { doing, error: Box::new(error) }
}

/// Shows the plan, and asks.
fn ask(plan: &PlanStatus, verb: &str) -> Result<(), CliError> {
    print(&shown(plan))?;
    if !std::io::stdin().is_terminal() {
        let message = format!("nobody can be asked here; to {verb} this plan, name it: --plan {}", plan.id);
        return Err(CliError::Consent(message));
    }
    eprint!("{verb} plan {}? [y/N] ", plan.id);
    std::io::stderr().flush().map_err(CliError::Output)?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(CliError::Output)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(CliError::Consent(format!("nothing was done: plan {} is left as it is", plan.id)))
}

/// The plan as the status has it.
fn shown(plan: &PlanStatus) -> String {
    let mut text = format!("Plan {}: {}\n\n", plan.id, plan.summary);
    for (at, step) in plan.steps.iter().enumerate() {
        let risks: Vec<String> = step.risks.iter().map(ToString::to_string).collect();
        let risks = if risks.is_empty() { "no risk".to_owned() } else { format!("risks: {}", risks.join(", ")) };
        let rows = step.rows.map(|rows| format!(", {rows} rows")).unwrap_or_default();
        let statement = step.statement.replace('\n', "\n   ");
        text += &[
            format!("{}. {} ({:?})\n", at + 1, one_line(&step.object), step.state),
            format!("   {statement};\n"),
            format!("   {}{rows}, {risks}\n", step.algorithm),
            step.message.as_deref().map(|message| format!("   {}\n", one_line(message))).unwrap_or_default(),
        ]
        .concat();
    }
    if let Some(omitted) = plan.omitted_steps {
        text += "\n";
        text += &omitted.to_string();
        text += " more steps do not fit into the status; kubectl schema plan shows them\n";
    }
    text + "\n"
}
