//! Measures the tables that a plan changes: how many rows they have, how much space they take, and what else uses them.

use std::collections::{BTreeMap, BTreeSet};

use crate::mysql::{Error, ErrorKind, Grants, Purpose, Row, SHOW_GRANTS, Servers, read_dependents};
use crate::plan::{Plan, may_break_others, with_dependents};
use crate::reconcile::planned_steps::PlannedSteps;
use crate::reconcile::request::Request;
use crate::schema::{Dependents, Identifier, Schema, quote_literal};

/// What one message tells before a plan runs.
#[derive(Debug, Default)]
pub struct Sizes {
    /// The tables that have at most `policy.smallTableRows` rows. They are counted up to there, since the server's own
    /// estimate may be far off.
    pub small_tables: BTreeSet<Identifier>,
    /// What the account may do.
    pub grants: Grants,
}

/// A table with more bytes is not small, however few rows it has. A server copies 16 MiB within a moment.
const SMALL_TABLE_BYTES: u64 = 16 * 1024 * 1024;

/// Fills in rows and bytes of each step that alters a table, and reads what the account may do.
///
/// # Errors
/// As [`Session::batch`](crate::mysql::Session::batch); among them that the account may not read a table.
pub async fn read_sizes(servers: &Servers, request: &Request, planned: &mut PlannedSteps) -> Result<Sizes, Error> {
    let (database, limit) = (&request.spec.database, request.spec.small_table_rows);
    let altered: BTreeSet<Identifier> =
        planned.steps.iter().filter(|step| step.step.before.is_some()).map(|step| step.step.table.clone()).collect();
    let tables: Vec<Identifier> = altered.into_iter().collect();
    let mut session = servers.session(&request.asker.login, Purpose::Read).await?;
    let doing = "reading the sizes of the tables";
    let sql = queries(database, &tables, limit);
    let (mut results, grants) = match session.batch(doing, &format!("{sql}; {SHOW_GRANTS}")).await {
        Ok(mut results) => {
            let grants = results.pop().map(|rows| Grants::read(session.user(), &rows)).unwrap_or_default();
            (results.into_iter(), grants)
        }
        // A server without accounts shows no grants.
        Err(error) if error.is_unavailable() && session.is_usable() => {
            (session.batch(doing, &sql).await?.into_iter(), Grants::default())
        }
        Err(error) => return Err(error),
    };
    let estimates = results.next().unwrap_or_default();
    let estimates: BTreeMap<&str, &Row> = estimates.iter().map(|row| (row.text(0), row)).collect();
    let (mut sizes, mut small) = (BTreeMap::new(), BTreeSet::new());
    for (table, count) in tables.into_iter().zip(results) {
        let counted: Option<u64> = count.first().and_then(|row| row.number(0));
        let has_few_rows = counted.is_some_and(|rows| rows <= limit);
        let estimate = estimates.get(table.as_str());
        let estimated: Option<u64> = estimate.and_then(|row| row.number(1));
        // Beyond the limit only an estimate is known, which is at least what was counted.
        let rows = if has_few_rows { counted } else { estimated.max(counted) };
        let bytes: Option<u64> = estimate.and_then(|row| row.number(2));
        if has_few_rows && has_few_bytes(bytes) {
            small.insert(table.clone());
        }
        sizes.insert(table, (rows, bytes));
    }
    for step in planned.steps.iter_mut().filter(|step| step.step.before.is_some()) {
        (step.rows, step.bytes) = sizes.get(&step.step.table).copied().unwrap_or_default();
    }
    Ok(Sizes { small_tables: small, grants })
}

/// Few rows may be large, and a copy of them blocks as long. A server that does not tell has its rows alone.
fn has_few_bytes(bytes: Option<u64>) -> bool {
    bytes.is_none_or(|bytes| bytes <= SMALL_TABLE_BYTES)
}

/// Adds to the steps of `plan` what would break outside of their tables. A plan that removes nothing costs no round trip.
///
/// # Errors
/// The server can't be reached. Where it can't tell in time, or refuses to, that is a risk of the steps.
pub async fn with_live_dependents(
    servers: &Servers,
    request: &Request,
    live: &Schema,
    plan: Plan,
) -> Result<Plan, Error> {
    if !may_break_others(&plan) {
        return Ok(plan);
    }
    let mut session = servers.session(&request.asker.login, Purpose::Read).await?;
    let dependents = match read_dependents(&mut session, &request.spec.database).await {
        Ok(dependents) => dependents,
        Err(error) if session.is_usable() || error.kind == ErrorKind::Timeout => {
            Dependents { hidden: vec![format!("anything else ({error})")], ..Dependents::default() }
        }
        Err(error) => return Err(error),
    };
    Ok(with_dependents(plan, &dependents, live))
}

fn queries(database: &Identifier, tables: &[Identifier], limit: u64) -> String {
    // A plan that only creates tables has none.
    let names = tables.iter().map(|table| quote_literal(table.as_str()));
    let names: Vec<String> = names.chain(tables.is_empty().then(|| "NULL".to_owned())).collect();
    let estimates = format!(
        "SELECT CAST(TABLE_NAME AS CHAR), CAST(TABLE_ROWS AS CHAR), CAST(DATA_LENGTH + INDEX_LENGTH AS CHAR) \
         FROM information_schema.TABLES WHERE TABLE_SCHEMA = {} AND TABLE_NAME IN ({})",
        quote_literal(database.as_str()),
        names.join(", ")
    );
    let counts = tables.iter().map(|table| {
        let table = format!("{}.{}", database.quoted(), table.quoted());
        format!("SELECT COUNT(*) FROM (SELECT 1 FROM {table} LIMIT {}) AS counted", limit.saturating_add(1))
    });
    std::iter::once(estimates).chain(counts).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rows_of_many_bytes_are_not_small() {
        let most = 16 << 20;
        for (bytes, expected) in [(None, true), (Some(0), true), (Some(most), true), (Some(most + 1), false)] {
            assert_eq!(has_few_bytes(bytes), expected, "{bytes:?}");
        }
    }
}
