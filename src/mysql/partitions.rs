//! Reads the partitions of tables from `SHOW CREATE TABLE`, the only place that shows them whole, in one more message
//! where there are any.

use std::collections::HashMap;

use super::error::{Error, ErrorKind};
use super::session::{Row, Session};
use crate::schema::{Identifier, Partitioning};

/// The partitions of the tables that these rows name, by table.
///
/// # Errors
/// As [`Session::batch`]; that one table can't be shown is none.
pub async fn partitionings(
    session: &mut Session,
    database: &Identifier,
    rows: &[Row],
) -> Result<HashMap<String, Partitioning>, Error> {
    let tables: Vec<Identifier> = rows.iter().filter_map(|row| Identifier::new(row.text(0)).ok()).collect();
    let Some(sql) = show_create(database, &tables) else { return Ok(HashMap::new()) };
    let doing = format!("reading the partitions of database {database}");
    match session.batch(&doing, &sql).await {
        Ok(statements) => Ok(statements.iter().filter_map(|rows| shown(rows)).collect()),
        Err(error) if matches!(error.kind, ErrorKind::Privilege | ErrorKind::Refusal(_)) => {
            one_by_one(session, database, &tables).await
        }
        Err(error) => Err(error),
    }
}

/// Where one table can't be shown, the others are shown all the same.
async fn one_by_one(
    session: &mut Session,
    database: &Identifier,
    tables: &[Identifier],
) -> Result<HashMap<String, Partitioning>, Error> {
    let mut partitionings = HashMap::new();
    for table in tables {
        let Some(sql) = show_create(database, std::slice::from_ref(table)) else { continue };
        match session.batch(&format!("reading the partitions of table {table}"), &sql).await {
            Ok(statements) => partitionings.extend(statements.first().and_then(|rows| shown(rows))),
            Err(error) if error.kind == ErrorKind::Privilege => {
                let reason = "partitions that this account may not see".to_owned();
                partitionings.insert(table.to_string(), Partitioning::Other { text: String::new(), reason });
            }
            // It has just gone.
            Err(error) if matches!(error.kind, ErrorKind::Refusal(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(partitionings)
}

/// One message that shows these tables whole; `None` where there are none.
fn show_create(database: &Identifier, tables: &[Identifier]) -> Option<String> {
    let show = |table: &Identifier| format!("SHOW CREATE TABLE {}.{}", database.quoted(), table.quoted());
    (!tables.is_empty()).then(|| tables.iter().map(show).collect::<Vec<_>>().join(";\n"))
}

fn shown(rows: &[Row]) -> Option<(String, Partitioning)> {
    let row = rows.first()?;
    Some((row.text(0).to_owned(), Partitioning::of_statement(row.text(1))?))
}
