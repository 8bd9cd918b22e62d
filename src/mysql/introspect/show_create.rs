//! Shows single tables with `SHOW CREATE TABLE`, and completes with it what the bulk queries can't read.

use std::collections::HashMap;

use super::observation::Observation;
use crate::mysql::session::{Position, select_list};
use crate::mysql::{Error, Row, Session};
use crate::schema::{Identifier, ShowCreate, quote_literal};

/// The number of tables that one message shows.
const AT_ONCE: usize = 100;

select_list! {
    enum FormatField() {
        Table = "CAST(TABLE_NAME AS CHAR)",
        RowFormat = "CAST(ROW_FORMAT AS CHAR)",
    }
}

/// The columns of `SHOW CREATE TABLE`, in the server's order.
#[derive(Debug, Clone, Copy)]
enum ShowField {
    Table,
    Definition,
}

impl Position for ShowField {
    fn index(self) -> usize {
        self as usize
    }
}

/// One table as the server shows it.
#[derive(Debug, Clone)]
pub(super) struct ShownTable {
    /// The statement that creates it, as the server prints it.
    pub definition: String,
    /// The format in which its rows are really stored, in upper case.
    row_format: Option<String>,
}

/// Completes those of `tables` that were observed, and not read in full yet: those with partitions were. One that turns
/// out to be no table that we can alter goes to the others.
///
/// # Errors
/// As [`Session::batch`], among them that a table has been dropped meanwhile.
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
        let shown = show_tables(session, &doing, &database, names).await?;
        complete(observation, &doing, &shown)?;
    }
    Ok(())
}

/// Shows tables with one message.
///
/// # Errors
/// As [`Session::batch`]: one that can't be shown fails all.
pub(super) async fn show_tables(
    session: &mut Session,
    doing: &str,
    database: &Identifier,
    tables: &[Identifier],
) -> Result<HashMap<String, ShownTable>, Error> {
    let results = session.batch(doing, &queries(database, tables)).await?;
    let Some((formats, definitions)) = results.split_first() else { return Ok(HashMap::new()) };
    let format = |table: &str| {
        let row = formats.iter().find(|row| row.text(FormatField::Table) == table);
        row.map(|row| row.text(FormatField::RowFormat).to_ascii_uppercase())
    };
    let shown = |row: &Row| {
        let name = row.text(ShowField::Table);
        let definition = row.text(ShowField::Definition).to_owned();
        (name.to_owned(), ShownTable { definition, row_format: format(name) })
    };
    Ok(definitions.iter().filter_map(|rows| rows.first()).map(shown).collect())
}

/// Returns the statements. The row format needs no statistics, but on MariaDB an open table; so it is not among the
/// bulk queries.
fn queries(database: &Identifier, tables: &[Identifier]) -> String {
    let names: Vec<String> = tables.iter().map(|table| quote_literal(table.as_str())).collect();
    let formats = format!(
        "SELECT {} FROM information_schema.TABLES WHERE TABLE_SCHEMA = {} AND TABLE_NAME IN ({})",
        FormatField::select(),
        quote_literal(database.as_str()),
        names.join(", ")
    );
    let definitions = tables.iter().map(|table| format!("SHOW CREATE TABLE {}.{}", database.quoted(), table.quoted()));
    [formats].into_iter().chain(definitions).collect::<Vec<_>>().join(";\n")
}

/// Completes the tables of an observation with what the server shows of them.
///
/// # Errors
/// A definition can't be read.
pub(super) fn complete(
    observation: &mut Observation,
    doing: &str,
    shown: &HashMap<String, ShownTable>,
) -> Result<(), Error> {
    for (name, table) in shown {
        let statement = ShowCreate::read(&table.definition).map_err(|error| Error::protocol(doing, &error))?;
        if let Ok(name) = Identifier::new(name.as_str()) {
            complete_one(observation, &name, &statement, table.row_format.clone());
        }
    }
    Ok(())
}

fn complete_one(observation: &mut Observation, name: &Identifier, statement: &ShowCreate, row_format: Option<String>) {
    let Observation { schema, others, .. } = observation;
    let Some(table) = schema.tables.get_mut(name) else { return };
    match statement.complete(table, schema.dialect) {
        Ok(mut detail) => {
            // Of partitions that were changed in place MySQL tells the format that the table was made with (9.7). A
            // table that states none gets DYNAMIC.
            let may_be_outdated = !schema.dialect.is_mariadb() && table.partitioning.is_some();
            detail.row_format = row_format.filter(|format| !may_be_outdated || format == "DYNAMIC");
            schema.details.insert(name.clone(), detail);
        }
        Err(reason) => {
            others.insert(name.to_string(), reason.to_owned());
            schema.tables.remove(name);
        }
    }
}
