//! A closer look at single tables: what the bulk queries can't show.

use super::error::{Error, ErrorKind};
use super::introspect::{Observation, observe};
use super::queries::Scope;
use super::session::Session;
use crate::schema::{Identifier, ShownTable, quote_literal};

/// How many tables are looked at with one message.
const AT_ONCE: usize = 100;

/// Reads one table in full.
///
/// # Errors
/// As [`observe`] and [`read_in_full`].
pub async fn observe_table(
    session: &mut Session,
    database: &Identifier,
    table: &Identifier,
) -> Result<Observation, Error> {
    let mut observation = observe(session, Scope { database, table: Some(table) }).await?;
    read_in_full(session, &mut observation, std::slice::from_ref(table)).await?;
    Ok(observation)
}

/// Completes those of `tables` that were observed. What turns out to be no table that we can alter goes to the others.
///
/// # Errors
/// As [`Session::batch`], among them that a table is gone by now.
pub async fn read_in_full(
    session: &mut Session,
    observation: &mut Observation,
    tables: &[Identifier],
) -> Result<(), Error> {
    let doing = format!("reading tables of database {} in full", observation.schema.name);
    let live: Vec<&Identifier> = tables.iter().filter(|name| observation.schema.table(name).is_some()).collect();
    for names in live.chunks(AT_ONCE) {
        let database = &observation.schema.name;
        let queries: Vec<String> = names.iter().map(|name| queries(database, name)).collect();
        let results = session.batch(&doing, &queries.join(";\n")).await?;
        for (name, results) in names.iter().zip(results.chunks(2)) {
            let [format, definition] = results else { continue };
            let format = format.first().map(|row| row.text(0).to_ascii_uppercase());
            let definition = definition.first().map(|row| row.text(1)).unwrap_or_default();
            let shown = ShownTable::read(definition);
            let shown = shown.map_err(|error| Error::new(&doing, ErrorKind::Protocol, error.to_string()))?;
            complete(observation, name, &shown, format);
        }
    }
    Ok(())
}

/// The row format needs no statistics, but on MariaDB an open table; so it is not among the bulk queries.
fn queries(database: &Identifier, table: &Identifier) -> String {
    format!(
        "SELECT CAST(ROW_FORMAT AS CHAR) FROM information_schema.TABLES WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {};\n\
         SHOW CREATE TABLE {}.{}",
        quote_literal(database.as_str()),
        quote_literal(table.as_str()),
        database.quoted(),
        table.quoted()
    )
}

fn complete(observation: &mut Observation, name: &Identifier, shown: &ShownTable, row_format: Option<String>) {
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
