//! Reads tables that have partitions in full: only `SHOW CREATE TABLE` shows those whole. It takes one more message where
//! there are any.

use std::collections::HashMap;

use super::show_create::{CloserLook, look_closer};
use crate::mysql::Row;
use crate::mysql::Session;
use crate::mysql::{Error, ErrorKind};
use crate::schema::{Identifier, Partitioning};

/// What was seen of tables with partitions, by table.
#[derive(Debug, Default)]
pub(super) struct PartitionedTables {
    pub looks: HashMap<String, CloserLook>,
    /// Those that this account may not see.
    hidden: Vec<String>,
}

impl PartitionedTables {
    /// The partitions of the tables.
    pub fn partitionings(&self) -> HashMap<String, Partitioning> {
        let reason = "partitions that this account may not see".to_owned();
        let hidden = Partitioning::Other { text: String::new(), reason };
        let hidden = self.hidden.iter().map(|table| (table.clone(), hidden.clone()));
        let shown = self
            .looks
            .iter()
            .filter_map(|(table, look)| Some((table.clone(), Partitioning::of_statement(&look.definition)?)));
        shown.chain(hidden).collect()
    }
}

/// Looks at the tables that these rows name.
///
/// # Errors
/// As [`Session::batch`]; that one table can't be shown is none.
pub(super) async fn partitioned_tables(
    session: &mut Session,
    database: &Identifier,
    rows: &[Row],
) -> Result<PartitionedTables, Error> {
    let tables: Vec<Identifier> = rows.iter().filter_map(|row| Identifier::new(row.text(0)).ok()).collect();
    if tables.is_empty() {
        return Ok(PartitionedTables::default());
    }
    let doing = format!("reading the partitions of database {database}");
    match look_closer(session, &doing, database, &tables).await {
        Ok(looks) => Ok(PartitionedTables { looks, hidden: Vec::new() }),
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
) -> Result<PartitionedTables, Error> {
    let mut seen = PartitionedTables::default();
    for table in tables {
        let doing = format!("reading the partitions of table {table}");
        match look_closer(session, &doing, database, std::slice::from_ref(table)).await {
            Ok(looks) => seen.looks.extend(looks),
            Err(error) if error.kind == ErrorKind::Privilege => seen.hidden.push(table.to_string()),
            // It has just gone.
            Err(error) if matches!(error.kind, ErrorKind::Refusal(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(seen)
}
