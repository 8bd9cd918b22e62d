//! Reads which revision of a resource a database has in full, for a client that knows the database alone.

use super::own_table::{ByLayout, RECORD};
use super::record_table::is_lock;
use crate::mysql::{Error, NOTHING, Session};
use crate::schema::{Identifier, quote_literal};

/// At most so many rows are read: each cluster may have a resource of that name.
const MAX_ROWS: usize = 100;

/// Returns the revisions that the resources of this name had in full when they were last measured. `resource` is
/// `namespace/name`, or a name in any namespace. There is none before the first measurement.
///
/// The operator writes the record, and so can any other account with that privilege.
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
    let rows = RECORD.rows(session, "reading the record", database, by_layout).await?;
    Ok(rows.iter().map(|row| row.text(0).to_owned()).collect())
}
