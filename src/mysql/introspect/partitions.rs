//! Reads tables that have partitions in full: only `SHOW CREATE TABLE` shows those whole. It takes one more message
//! where there are any.

use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};

use super::scope::Scope;
use super::show_create::{ShownTable, show_tables};
use crate::mysql::session::select_list;
use crate::mysql::{Error, ErrorKind, Row, Session};
use crate::schema::{Dialect, Flavor, Identifier, Partitioning};

select_list! {
    enum Field() {
        Table = "CAST(TABLE_NAME AS CHAR)",
    }
}

/// The tables with partitions, as far as the account may see them.
#[derive(Debug, Default)]
pub(super) struct PartitionedTables {
    pub shown: HashMap<String, ShownTable>,
    /// The tables that this account may not see.
    hidden: Vec<String>,
}

impl Hash for PartitionedTables {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let shown: BTreeMap<&String, &ShownTable> = self.shown.iter().collect();
        (shown, &self.hidden).hash(state);
    }
}

impl PartitionedTables {
    /// Reads the partitions of the tables.
    pub fn partitionings(&self) -> HashMap<String, Partitioning> {
        let reason = "partitions that this account may not see".to_owned();
        let hidden = Partitioning::Other { text: String::new(), reason };
        let hidden = self.hidden.iter().map(|table| (table.clone(), hidden.clone()));
        let shown = self
            .shown
            .iter()
            .filter_map(|(name, table)| Some((name.clone(), Partitioning::of_statement(&table.definition)?)));
        shown.chain(hidden).collect()
    }
}

/// Returns the SELECT of the tables that have partitions, each once. `CREATE_OPTIONS` says so on MariaDB; MySQL leaves it
/// out for `KEY ()` (tried on 9.7). `DISTINCT` would take names that a collation takes for one, such as `p` and `P`, for one
/// table.
pub(super) fn query(scope: Scope<'_>, dialect: Dialect) -> String {
    let table = Field::select();
    let filter = scope.filter("TABLE_SCHEMA", "TABLE_NAME");
    match dialect.flavor {
        Flavor::MySql => format!(
            "SELECT {table} FROM information_schema.PARTITIONS WHERE {filter} AND PARTITION_ORDINAL_POSITION = 1 \
             AND IFNULL(SUBPARTITION_ORDINAL_POSITION, 1) = 1"
        ),
        Flavor::MariaDb => format!(
            "SELECT {table} FROM information_schema.TABLES \
             WHERE {filter} AND TABLE_TYPE = 'BASE TABLE' AND CREATE_OPTIONS LIKE '%partitioned%'"
        ),
    }
}

/// Shows the tables that the rows of [`query`] name.
///
/// # Errors
/// As [`Session::batch`]; one table that can't be shown is no error.
pub(super) async fn read_partitioned(
    session: &mut Session,
    database: &Identifier,
    rows: &[Row],
) -> Result<PartitionedTables, Error> {
    let tables: Vec<Identifier> = rows.iter().filter_map(|row| Identifier::new(row.text(Field::Table)).ok()).collect();
    if tables.is_empty() {
        return Ok(PartitionedTables::default());
    }
    let doing = format!("reading the partitions of database {database}");
    match show_tables(session, &doing, database, &tables).await {
        Ok(shown) => Ok(PartitionedTables { shown, hidden: Vec::new() }),
        Err(error) if error.is_unavailable() => read_one_by_one(session, database, &tables).await,
        Err(error) => Err(error),
    }
}

/// Shows each table by itself: where one can't be shown, the others still can.
async fn read_one_by_one(
    session: &mut Session,
    database: &Identifier,
    tables: &[Identifier],
) -> Result<PartitionedTables, Error> {
    let mut partitioned = PartitionedTables::default();
    for table in tables {
        let doing = format!("reading the partitions of table {table}");
        match show_tables(session, &doing, database, std::slice::from_ref(table)).await {
            Ok(shown) => partitioned.shown.extend(shown),
            Err(error) if error.kind == ErrorKind::Privilege => partitioned.hidden.push(table.to_string()),
            // It has just been dropped.
            Err(error) if matches!(error.kind, ErrorKind::Refusal(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(partitioned)
}
