//! Reads which revision of a resource a database has in full, for a client that knows the database alone.

use super::own_table::{ByLayout, NOTHING, RECORD};
use super::record_table::is_lock;
use crate::mysql::{Error, Session};
use crate::schema::{Identifier, quote_literal};

/// The position of the rows among the results.
const ROWS: usize = 4;

/// At most so many rows are read: each cluster may have a resource of that name.
const MAX_ROWS: usize = 100;

/// Returns the revisions that the resources of this name had in full when they were last measured. `resource` is
/// `namespace/name`, or a name in any namespace. There is none before the first measurement.
///
/// The record is written by the operator, and by whoever else may write that table.
///
/// # Errors
/// As [`Session::batch`]; something else has the table's name.
pub async fn applied_revisions(
    session: &mut Session,
    database: &Identifier,
    resource: &str,
) -> Result<Vec<String>, Error> {
    let name = quote_literal(resource);
    let named = if resource.contains('/') { "resource" } else { "SUBSTRING_INDEX(resource, '/', -1)" };
    let select = format!(
        "SELECT revision FROM {} WHERE NOT ({}) AND {named} = {name} AND revision <> '' LIMIT {MAX_ROWS}",
        RECORD.guarded(database),
        is_lock()
    );
    let by_layout = ByLayout { without: NOTHING, earlier: &select, complete: &select };
    let layout = RECORD.layout(database);
    let sql = format!("SET @schema_operator_layout = {layout}; SELECT @schema_operator_layout; {}", by_layout.sql());
    let results = session.batch("reading the record", &sql).await?;
    RECORD.read_layout(results.get(1).and_then(|rows| rows.first()), 0)?;
    let rows = results.into_iter().nth(ROWS).unwrap_or_default();
    Ok(rows.iter().map(|row| row.text(0).to_owned()).collect())
}
