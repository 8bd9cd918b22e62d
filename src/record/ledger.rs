//! The history of what was done: one row per statement, in a table of the database itself, so that it goes with the
//! database.

use std::collections::BTreeSet;

use super::own_table::{HISTORY, HISTORY_TABLE};
use crate::mysql::{Error, Session, last_row};
use crate::schema::quote_literal;

/// The column that names who approved the step.
pub const APPROVED_BY: &str = "approved_by";

/// The operation, as errors name it.
const WRITING: &str = "writing to schema_operator_history";

/// Messages and statements are cut here; the column holds more.
const MAX_TEXT: usize = 60_000;

/// The change whose statements are written down: whose it is, and which plan it follows.
#[derive(Debug, Clone)]
pub struct HistoryEntry {
    /// Namespace and name of the resource.
    pub resource: String,
    pub resource_uid: String,
    pub revision: String,
    pub plan_id: String,
    pub approval: Option<HistoryApproval>,
}

/// An approval: who approved which steps, and when.
#[derive(Debug, Clone)]
pub struct HistoryApproval {
    pub by: String,
    /// As the server writes a time, in UTC.
    pub at: String,
    pub steps: BTreeSet<String>,
}

/// The form of the history table in a database, or that none is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryTable {
    /// No history is kept, whether there is a table or not.
    NotKept,
    Missing,
    /// An earlier version made it.
    WithoutApprovals,
    Complete,
}

/// Writes the history in the session that makes the changes, which has entered the database. Where none is kept it
/// writes nothing.
#[derive(Debug, Clone, Copy)]
pub struct Ledger<'a> {
    entry: Option<&'a HistoryEntry>,
}

impl<'a> Ledger<'a> {
    /// Creates the table where it is missing, and the columns that it lacks.
    ///
    /// # Errors
    /// The account may lack the privilege to create the table or to write to it.
    pub async fn open(session: &mut Session, entry: &'a HistoryEntry, table: HistoryTable) -> Result<Self, Error> {
        let sql = match table {
            HistoryTable::NotKept => return Ok(Self { entry: None }),
            HistoryTable::Complete => return Ok(Self { entry: Some(entry) }),
            HistoryTable::Missing => create_statement(),
            HistoryTable::WithoutApprovals => format!(
                "ALTER TABLE `{HISTORY_TABLE}` ADD COLUMN {APPROVED_BY} {TYPE_OF_BY}, \
                 ADD COLUMN approved_at {TYPE_OF_AT}"
            ),
        };
        session.batch("making the table schema_operator_history", &sql).await?;
        Ok(Self { entry: Some(entry) })
    }

    /// Writes that a statement is about to run, and returns the row's number; `None` where no history is kept.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub async fn begin(self, session: &mut Session, step_id: &str, statement: &str) -> Result<Option<u64>, Error> {
        let Some(entry) = self.entry else { return Ok(None) };
        let texts = [
            &entry.resource,
            &entry.resource_uid,
            &entry.revision,
            &entry.plan_id,
            step_id,
            cut(statement),
            env!("CARGO_PKG_VERSION"),
        ];
        let values = texts.map(quote_literal).join(", ");
        let approval = entry.approval.as_ref().filter(|approval| approval.steps.contains(step_id));
        let quote_or_null = |text: Option<&String>| text.map_or_else(|| "NULL".to_owned(), |text| quote_literal(text));
        let by = quote_or_null(approval.map(|approval| &approval.by));
        let at = quote_or_null(approval.map(|approval| &approval.at));
        let sql = format!(
            "{}; INSERT INTO `{HISTORY_TABLE}` \
             (resource, resource_uid, revision, plan_id, step_id, statement, operator_version, \
             {APPROVED_BY}, approved_at, outcome, started_at) \
             VALUES ({values}, {by}, {at}, 'running', UTC_TIMESTAMP(6)); COMMIT; SELECT LAST_INSERT_ID()",
            HISTORY.begin_insert(None)
        );
        let results = session.transaction(WRITING, &sql).await?;
        Ok(last_row(&results).and_then(|row| row.number(0)))
    }

    /// Writes how the statement of this row ended.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub async fn end(self, session: &mut Session, row: Option<u64>, failure: Option<&Error>) -> Result<(), Error> {
        let Some(id) = row else { return Ok(()) };
        let outcome = if failure.is_some() { "failed" } else { "done" };
        let message = quote_literal(cut(&failure.map(ToString::to_string).unwrap_or_default()));
        let sql = format!(
            "UPDATE {} SET outcome = '{outcome}', message = {message}, finished_at = UTC_TIMESTAMP(6) WHERE id = {id}",
            HISTORY.guarded(None)
        );
        session.batch(WRITING, &sql).await.map(|_| ())
    }
}

const TYPE_OF_BY: &str = "varchar(512) NULL COMMENT 'who approved the step; NULL where a policy allowed it'";
const TYPE_OF_AT: &str = "datetime(6) NULL COMMENT 'UTC'";

fn create_statement() -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS `{HISTORY_TABLE}` (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  resource varchar(512) NOT NULL COMMENT 'namespace/name of the DatabaseSchema',
  resource_uid varchar(64) NOT NULL,
  revision varchar(128) NOT NULL,
  plan_id varchar(64) NOT NULL,
  step_id varchar(64) NOT NULL,
  statement mediumtext NOT NULL,
  operator_version varchar(32) NOT NULL,
  outcome varchar(16) NOT NULL COMMENT 'running, done or failed',
  message mediumtext NULL,
  started_at datetime(6) NOT NULL COMMENT 'UTC',
  finished_at datetime(6) NULL COMMENT 'UTC',
  {APPROVED_BY} {TYPE_OF_BY},
  approved_at {TYPE_OF_AT}
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COMMENT = 'Schema changes made by schema-operator'"
    )
}

/// Cuts a text to [`MAX_TEXT`] bytes.
fn cut(text: &str) -> &str {
    let end = (0..=MAX_TEXT.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    text.get(..end).unwrap_or_default()
}
