//! Renders a plan as SQL that a person may run by other means.

use std::fmt::Write;

use super::outcome::CliError;
use super::output::one_line;
use super::plan_text::risk_list;
use super::plan_view::PlanView;
use crate::api::StepState;
use crate::telemetry::is_obeyed;

/// Renders the statements with their risks in comments; an empty text where there is nothing to do.
///
/// # Errors
/// A statement holds a character that a terminal obeys: shown as something else, it would be another statement.
pub fn render(view: &PlanView) -> Result<String, CliError> {
    if view.steps.is_empty() {
        return Ok(String::new());
    }
    if let Some(step) = view.steps.iter().find(|step| step.statement.contains(is_obeyed)) {
        return Err(CliError::NotPrintable(step.object.clone()));
    }
    // A MODIFY without strict mode truncates, a backslash is read by the SQL mode, TIMESTAMP converts by the time zone.
    let session = format!("{};\n", view.session.join(";\n"));
    let mut sql = format!("-- Database {}, revision {}\n{session}", one_line(&view.database), view.revision);
    for step in &view.steps {
        let risks = if step.risks.is_empty() { "none".to_owned() } else { risk_list(&step.risks) };
        let waits = if step.needs.is_empty() {
            String::new()
        } else {
            format!("; would wait for consent to {}", risk_list(&step.needs))
        };
        let outlook = match step.state {
            StepState::Pending if view.runs() => String::new(),
            StepState::Pending => outlook_line(view.reason, view.message.as_deref()),
            state => outlook_line(Some(&state.to_string()), step.message.as_deref()),
        };
        // Writing to a String does not fail.
        let _ =
            write!(sql, "\n-- {}\n-- risks: {risks}{waits}\n{outlook}{};\n", one_line(&step.object), step.statement);
    }
    Ok(sql)
}

/// Returns a comment that says why a statement would not run by itself.
fn outlook_line(state: Option<&str>, message: Option<&str>) -> String {
    format!("-- {}: {}\n", state.unwrap_or_default(), one_line(message.unwrap_or_default()))
}
