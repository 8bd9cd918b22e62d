//! Runs `kubectl schema history`: prints the history table, to which each change of the schema adds a row.

use std::fmt::Write;
use std::time::Duration;

use serde::Serialize;

use super::arguments::{HistoryArguments, HistoryFormat};
use super::database_target::DatabaseTarget;
use super::outcome::{CliError, Outcome};
use super::output::{one_line, print};
use crate::mysql::{Error, NOTHING, Row, Session};
use crate::record::{ByLayout, HISTORY};
use crate::schema::Identifier;

/// The message without a history: the database alone does not tell which of the two it is.
const NO_HISTORY: &str =
    "No history is kept in this database: its schema was not changed yet, or policy.history is StatusOnly.";

/// Reading waits for no lock.
const LOCK_WAIT: Duration = Duration::from_secs(1);

/// A statement that was begun.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryRow {
    pub started_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    pub outcome: String,
    pub resource: String,
    pub revision: String,
    pub plan_id: String,
    pub step_id: String,
    pub statement: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    pub operator_version: String,
    /// Who approved it, where no policy allowed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<String>,
}

/// Prints the history, oldest first.
///
/// # Errors
/// The server can't be read.
pub async fn run(arguments: &HistoryArguments) -> Result<Outcome, CliError> {
    let target = DatabaseTarget::from_arguments(&arguments.server)?;
    let mut session = target.session().await?;
    // Otherwise a missing database would look like one without a history.
    session.enter(&target.database, LOCK_WAIT).await?;
    let rows = read(&mut session, &target.database).await?;
    print(&match arguments.output {
        HistoryFormat::Json => format!("{}\n", serde_json::to_string_pretty(&rows)?),
        HistoryFormat::Text if rows.is_empty() => format!("{NO_HISTORY}\n"),
        HistoryFormat::Text => history_text(&rows),
    })?;
    Ok(Outcome::Done)
}

/// So many characters of a statement or message are read.
const LONGEST_TEXT: u32 = 60_000;

/// Reads the rows of a database's history; none where it has no history.
///
/// # Errors
/// As [`Session::batch`]; something else has the table's name.
async fn read(session: &mut Session, database: &Identifier) -> Result<Vec<HistoryRow>, Error> {
    let select = |approvals: &str| {
        format!(
            "SELECT CAST(started_at AS CHAR), CAST(finished_at AS CHAR), outcome, resource, revision, plan_id, step_id, \
             LEFT(statement, {LONGEST_TEXT}), LEFT(message, {LONGEST_TEXT}), operator_version, {approvals} FROM {} \
             ORDER BY id",
            HISTORY.guarded(database)
        )
    };
    let by_layout = ByLayout {
        without: NOTHING,
        earlier: &select("NULL, NULL"),
        complete: &select("approved_by, CAST(approved_at AS CHAR)"),
    };
    let rows = HISTORY.rows(session, "reading the history", database, by_layout).await?;
    Ok(rows.into_iter().map(|row| HistoryRow::of(&row)).collect())
}

impl HistoryRow {
    fn of(row: &Row) -> Self {
        let text = |index| row.text(index).to_owned();
        // The server returns UTC as a local time.
        let time = |text: &str| format!("{}Z", text.replacen(' ', "T", 1));
        Self {
            started_at: time(row.text(0)),
            finished_at: row.optional(1).map(time),
            outcome: text(2),
            resource: text(3),
            revision: text(4),
            plan_id: text(5),
            step_id: text(6),
            statement: text(7),
            message: row.optional(8).filter(|message| !message.is_empty()).map(str::to_owned),
            operator_version: text(9),
            approved_by: row.optional(10).map(str::to_owned),
            approved_at: row.optional(11).map(time),
        }
    }
}

/// Renders the history as a person reads it.
fn history_text(rows: &[HistoryRow]) -> String {
    let mut text = String::new();
    for row in rows {
        let statement = row.statement.replace('\n', "\n    ");
        // Writing to a String does not fail.
        let _ = writeln!(text, "{}  {:7}  {}  {}", row.started_at, row.outcome, row.revision, row.resource);
        let _ = writeln!(text, "    {statement};");
        if let Some(by) = &row.approved_by {
            let _ = writeln!(text, "    approved by {}", one_line(by));
        }
        if let Some(message) = &row.message {
            let _ = writeln!(text, "    {}", one_line(message));
        }
    }
    text
}
