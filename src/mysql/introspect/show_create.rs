//! Shows single tables with `SHOW CREATE TABLE`, and completes with it what the bulk queries can't read.

use std::collections::HashMap;

use super::observation::Observation;
use crate::mysql::session::{Position, select_list};
use crate::mysql::{Error, Row, Session};
use crate::schema::{Dialect, Flavor, Identifier, ShowCreate, quote_literal};

/// The number of tables that one message shows.
const AT_ONCE: usize = 100;

select_list! {
    enum FormatField() {
        Table = "CAST(TABLE_NAME AS CHAR)",
        RowFormat = "CAST(ROW_FORMAT AS CHAR)",
    }
}

select_list! {
    enum GeometryField(dialect: Dialect) {
        Table = match dialect.flavor {
            Flavor::MySql => "NULL",
            Flavor::MariaDb => "CAST(G_TABLE_NAME AS CHAR)",
        },
        Column = match dialect.flavor {
            Flavor::MySql => "NULL",
            Flavor::MariaDb => "CAST(G_GEOMETRY_COLUMN AS CHAR)",
        },
        Srid = match dialect.flavor {
            Flavor::MySql => "NULL",
            Flavor::MariaDb => "CAST(SRID AS CHAR)",
        },
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
#[derive(Debug, Clone, Hash)]
pub(super) struct ShownTable {
    /// The statement that creates it, as the server prints it.
    pub definition: String,
    /// The format in which its rows are really stored, in upper case.
    row_format: Option<String>,
    /// MariaDB's `REF_SYSTEM_ID`, which the statement does not show (tried on 10.11 and 11.8).
    reference_systems: Vec<ReferenceSystem>,
}

/// The spatial reference system of a column.
#[derive(Debug, Clone, Hash)]
struct ReferenceSystem {
    column: String,
    srid: u32,
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
    let results = session.batch(doing, &queries(database, tables, session.dialect)).await?;
    let [formats, geometries, definitions @ ..] = results.as_slice() else { return Ok(HashMap::new()) };
    let format = |table: &str| {
        let row = formats.iter().find(|row| row.text(FormatField::Table) == table);
        row.map(|row| row.text(FormatField::RowFormat).to_ascii_uppercase())
    };
    let systems = |table: &str| {
        let rows = geometries.iter().filter(|row| row.text(GeometryField::Table) == table);
        let system = |row: &Row| {
            let srid = row.number(GeometryField::Srid).filter(|srid| *srid != 0)?;
            Some(ReferenceSystem { column: row.text(GeometryField::Column).to_owned(), srid })
        };
        rows.filter_map(system).collect()
    };
    let shown = |row: &Row| {
        let name = row.text(ShowField::Table);
        let definition = row.text(ShowField::Definition).to_owned();
        (name.to_owned(), ShownTable { definition, row_format: format(name), reference_systems: systems(name) })
    };
    Ok(definitions.iter().filter_map(|rows| rows.first()).map(shown).collect())
}

/// Returns the statements. The row format needs no statistics, but on MariaDB an open table; so it is not among the
/// bulk queries.
fn queries(database: &Identifier, tables: &[Identifier], dialect: Dialect) -> String {
    let names: Vec<String> = tables.iter().map(|table| quote_literal(table.as_str())).collect();
    let formats = format!(
        "SELECT {} FROM information_schema.TABLES WHERE TABLE_SCHEMA = {} AND TABLE_NAME IN ({})",
        FormatField::select(),
        quote_literal(database.as_str()),
        names.join(", ")
    );
    let geometries = match dialect.flavor {
        Flavor::MySql => format!("SELECT {} FROM DUAL WHERE FALSE", GeometryField::select(dialect)),
        Flavor::MariaDb => format!(
            "SELECT {} FROM information_schema.GEOMETRY_COLUMNS WHERE G_TABLE_SCHEMA = {} AND G_TABLE_NAME IN ({})",
            GeometryField::select(dialect),
            quote_literal(database.as_str()),
            names.join(", ")
        ),
    };
    let definitions = tables.iter().map(|table| format!("SHOW CREATE TABLE {}.{}", database.quoted(), table.quoted()));
    [formats, geometries].into_iter().chain(definitions).collect::<Vec<_>>().join(";\n")
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
            complete_one(observation, &name, &statement, table);
        }
    }
    Ok(())
}

fn complete_one(observation: &mut Observation, name: &Identifier, statement: &ShowCreate, shown: &ShownTable) {
    let Observation { schema, others, .. } = observation;
    let Some(table) = schema.tables.get_mut(name) else { return };
    for ReferenceSystem { column, srid } in &shown.reference_systems {
        if let Some(column) = table.columns.iter_mut().find(|own| own.name.as_str() == column) {
            column.srid = Some(*srid);
        }
    }
    match statement.complete(table, schema.dialect) {
        Ok(mut detail) => {
            // Of partitions that were changed in place MySQL tells the format that the table was made with (9.7). A
            // table that states none gets DYNAMIC.
            let may_be_outdated = !schema.dialect.is_mariadb() && table.partitioning.is_some();
            let row_format = shown.row_format.clone();
            detail.row_format = row_format.filter(|format| !may_be_outdated || format == "DYNAMIC");
            schema.details.insert(name.clone(), detail);
        }
        Err(reason) => {
            others.insert(name.to_string(), reason.to_owned());
            schema.tables.remove(name);
        }
    }
}
