//! A closer look at single tables: what the bulk queries can't show.

use std::collections::HashMap;

use super::observe::{Observation, observe_with};
use super::queries::Scope;
use crate::mysql::Rows;
use crate::mysql::Session;
use crate::mysql::{Error, ErrorKind};
use crate::schema::{Identifier, ShowCreate, quote_literal};

/// How many tables are looked at with one message.
const AT_ONCE: usize = 100;

/// What a closer look shows of one table.
#[derive(Debug, Clone)]
pub(super) struct CloserLook {
    /// The statement that creates it, as the server prints it.
    pub definition: String,
    /// How its rows are really stored, in upper case.
    row_format: Option<String>,
}

/// Reads one table in full.
///
/// # Errors
/// As [`observe`] and [`read_in_full`].
pub async fn observe_table(
    session: &mut Session,
    database: &Identifier,
    table: &Identifier,
) -> Result<Observation, Error> {
    observe_table_with(session, database, table, "").await.map(|(observation, _)| observation)
}

/// Reads one table in full, and gives with it what the statements in `rest` give, without a round trip more.
///
/// # Errors
/// As [`observe_table`].
pub async fn observe_table_with(
    session: &mut Session,
    database: &Identifier,
    table: &Identifier,
    rest: &str,
) -> Result<(Observation, Vec<Rows>), Error> {
    let scope = Scope { database, table: Some(table) };
    let (mut observation, rest) = observe_with(session, scope, rest).await?;
    read_in_full(session, &mut observation, std::slice::from_ref(table)).await?;
    Ok((observation, rest))
}

/// Completes those of `tables` that were observed, and not read in full yet: those with partitions were. What turns out
/// to be no table that we can alter goes to the others.
///
/// # Errors
/// As [`Session::batch`], among them that a table is gone by now.
pub async fn read_in_full(
    session: &mut Session,
    observation: &mut Observation,
    tables: &[Identifier],
) -> Result<(), Error> {
    let database = observation.schema.name.clone();
    let doing = format!("reading tables of database {database} in full");
    let is_missing = |name: &&Identifier| {
        observation.schema.table(name).is_some() && !observation.schema.details.contains_key(*name)
    };
    let missing: Vec<Identifier> = tables.iter().filter(is_missing).cloned().collect();
    for names in missing.chunks(AT_ONCE) {
        let looks = look_closer(session, &doing, &database, names).await?;
        complete(observation, &doing, &looks)?;
    }
    Ok(())
}

/// Looks at tables with one message.
///
/// # Errors
/// As [`Session::batch`]: one that can't be shown fails all.
pub(super) async fn look_closer(
    session: &mut Session,
    doing: &str,
    database: &Identifier,
    tables: &[Identifier],
) -> Result<HashMap<String, CloserLook>, Error> {
    let results = session.batch(doing, &queries(database, tables)).await?;
    let Some((formats, definitions)) = results.split_first() else { return Ok(HashMap::new()) };
    let format = |table: &str| {
        let row = formats.iter().find(|row| row.text(0) == table);
        row.map(|row| row.text(1).to_ascii_uppercase())
    };
    let look =
        |name: &str, definition: &str| CloserLook { definition: definition.to_owned(), row_format: format(name) };
    let rows = definitions.iter().filter_map(|rows| rows.first());
    Ok(rows.map(|row| (row.text(0).to_owned(), look(row.text(0), row.text(1)))).collect())
}

/// The row format needs no statistics, but on MariaDB an open table; so it is not among the bulk queries.
fn queries(database: &Identifier, tables: &[Identifier]) -> String {
    let names: Vec<String> = tables.iter().map(|table| quote_literal(table.as_str())).collect();
    let formats = format!(
        "SELECT CAST(TABLE_NAME AS CHAR), CAST(ROW_FORMAT AS CHAR) FROM information_schema.TABLES \
         WHERE TABLE_SCHEMA = {} AND TABLE_NAME IN ({})",
        quote_literal(database.as_str()),
        names.join(", ")
    );
    let definitions = tables.iter().map(|table| format!("SHOW CREATE TABLE {}.{}", database.quoted(), table.quoted()));
    [formats].into_iter().chain(definitions).collect::<Vec<_>>().join(";\n")
}

/// Lays what was shown over what was observed.
///
/// # Errors
/// A definition can't be read.
pub(super) fn complete(
    observation: &mut Observation,
    doing: &str,
    looks: &HashMap<String, CloserLook>,
) -> Result<(), Error> {
    for (name, look) in looks {
        let shown = ShowCreate::read(&look.definition);
        let shown = shown.map_err(|error| Error::new(doing, ErrorKind::Protocol, error.to_string()))?;
        if let Ok(name) = Identifier::new(name.as_str()) {
            complete_one(observation, &name, &shown, look.row_format.clone());
        }
    }
    Ok(())
}

fn complete_one(observation: &mut Observation, name: &Identifier, shown: &ShowCreate, row_format: Option<String>) {
    let Observation { schema, others, .. } = observation;
    let Some(table) = schema.tables.get_mut(name) else { return };
    match shown.complete(table, schema.dialect) {
        Ok(mut detail) => {
            // Of partitions that were changed in place MySQL tells the format that the table was made with (9.7); what
            // a table that states none gets is DYNAMIC.
            let is_old = !schema.dialect.is_mariadb() && table.partitioning.is_some();
            detail.row_format = row_format.filter(|format| !is_old || format == "DYNAMIC");
            schema.details.insert(name.clone(), detail);
        }
        Err(reason) => {
            others.insert(name.to_string(), reason.to_owned());
            schema.tables.remove(name);
        }
    }
}
