//! Runs `kubectl schema approve`, `reject` and `cancel`: a person decides on the plan of a resource in a cluster.

use std::io::IsTerminal;

use k8s_openapi::jiff::Timestamp;
use serde_json::{Map, Value};

use super::arguments::ConsentArguments;
use super::cluster::ResourceRef;
use super::outcome::{CliError, Outcome};
use super::output::{ask, one_line, print};
use super::plan_text::risks_text;
use crate::api::{
    APPROVED_AT, APPROVED_BY, APPROVED_PLAN, CANCELLED_BY, CANCELLED_PLAN, DatabaseSchemaStatus, PlanStatus,
    REJECTED_BY, REJECTED_PLAN, StepState,
};
use crate::reconcile::counted;

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
    let resource = ResourceRef::from_arguments(&arguments.resource).await?;
    let plan = pending_plan(&resource).await?;
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

/// Reads the plan that has something left to do.
async fn pending_plan(resource: &ResourceRef) -> Result<PlanStatus, CliError> {
    let plan = resource.get().await?.status.filter(has_pending_steps).and_then(|status| status.plan);
    plan.ok_or_else(|| {
        CliError::Consent(format!("{} has no pending plan; there is nothing to decide", resource.label()))
    })
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
