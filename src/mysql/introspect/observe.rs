//! Reads a live schema: a handful of bulk queries for a whole database, never one per table (1,000 tables take about
//! 0.1 s this way). Every column of a row is cast, since its type differs between servers. No query asks for
//! statistics, which would make the server open each table.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::checks::{self, CheckRows};
use super::observation::Observation;
use super::partitions::{self, read_partitioned};
use super::scope::{RowsByTable, Scope};
use super::server::{self, read_identity, read_settings};
use super::show_create::{complete, read_in_full};
use super::{columns, foreign_keys, indexes, tables};
use crate::mysql::session::expect_results;
use crate::mysql::{Error, ErrorKind, Row, Rows, Session};
use crate::schema::{Dialect, Identifier, Partitioning, Schema, StoredNames, Table};

/// The number of queries in [`bulk_queries`].
const QUERIES: usize = 8;

/// Reads `scope` in one round trip, and what has partitions in a second one.
///
/// # Errors
/// [`ErrorKind::UnknownDatabase`] where the database is absent or hidden from this account, and as
/// [`Session::batch`].
pub async fn observe(session: &mut Session, scope: Scope<'_>) -> Result<Observation, Error> {
    observe_with(session, scope, "").await.map(|(observation, _)| observation)
}

/// Reads `scope` as [`observe`] does, and returns the results of the statements in `rest` with it.
///
/// # Errors
/// As [`observe`].
pub async fn observe_with(
    session: &mut Session,
    scope: Scope<'_>,
    rest: &str,
) -> Result<(Observation, Vec<Rows>), Error> {
    let doing = format!("reading the schema of database {}", scope.database);
    let dialect = session.dialect;
    let mut sql = bulk_queries(scope, dialect);
    if !rest.is_empty() {
        sql.push_str(";\n");
        sql.push_str(rest);
    }
    let mut results = session.batch(&doing, &sql).await?;
    let rest = results.split_off(results.len().min(QUERIES));
    let mut fingerprint = DefaultHasher::new();
    results.hash(&mut fingerprint);
    let [server, database, tables, columns, indexes, foreign_keys, checks, partitioned] =
        expect_results::<QUERIES>(&doing, results)?;
    let Some(database) = database.first() else {
        let message = format!("there is no database {}, or this account may not see it", scope.database);
        return Err(Error::new(&doing, ErrorKind::UnknownDatabase, message));
    };
    let defaults = tables::read_defaults(database).map_err(|error| Error::protocol(&doing, &error))?;
    let partitioned = read_partitioned(session, scope.database, &partitioned).await?;
    partitioned.hash(&mut fingerprint);
    let details = TableDetails {
        dialect,
        database: &defaults.name,
        columns: RowsByTable::new(columns, columns::Field::Table),
        indexes: RowsByTable::new(indexes, indexes::Field::Table),
        foreign_keys: RowsByTable::new(foreign_keys, foreign_keys::Field::Table),
        checks: RowsByTable::new(checks, checks::Field::Table),
        partitionings: partitioned.partitionings(),
    };
    let mut others = BTreeMap::new();
    let mut read = Vec::new();
    for row in &tables {
        match details.read_table(row) {
            Ok(table) => read.push(table),
            Err(reason) => {
                others.insert(tables::name(row).to_owned(), reason);
            }
        }
    }
    let settings = read_settings(server.first());
    // Where a server keeps the spelling of names, its foreign keys may have another one.
    let names = StoredNames::new(settings.table_names, &read);
    for key in read.iter_mut().flat_map(|table| &mut table.foreign_keys).filter(|_| !names.is_exact()) {
        names.in_foreign_key(key, &defaults.name);
    }
    let schema = Schema {
        name: defaults.name,
        dialect,
        charset: defaults.charset,
        collation: defaults.collation,
        tables: read.into_iter().collect(),
        details: BTreeMap::new(),
        settings,
    };
    let mut observation = Observation {
        server: read_identity(dialect, server.first()),
        schema,
        others,
        fingerprint: fingerprint.finish(),
    };
    complete(&mut observation, &doing, &partitioned.shown)?;
    Ok((observation, rest))
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

/// Reads one table in full, and returns the results of the statements in `rest` with it, without a further round trip.
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

/// Returns one message with all queries, whose results [`observe`] takes apart in this order.
pub fn bulk_queries(scope: Scope<'_>, dialect: Dialect) -> String {
    let queries: [String; QUERIES] = [
        server::query(dialect),
        tables::database_query(scope),
        tables::query(scope),
        columns::query(scope, dialect),
        indexes::query(scope, dialect),
        foreign_keys::query(scope),
        checks::query(scope, dialect),
        partitions::query(scope, dialect),
    ];
    queries.join(";\n")
}

/// The rows about the parts of all tables.
struct TableDetails<'a> {
    dialect: Dialect,
    database: &'a Identifier,
    columns: RowsByTable,
    indexes: RowsByTable,
    foreign_keys: RowsByTable,
    checks: RowsByTable,
    partitionings: HashMap<String, Partitioning>,
}

impl TableDetails<'_> {
    /// Reads the table that a row of TABLES names, or says why the model does not hold it.
    fn read_table(&self, row: &Row) -> Result<Table, String> {
        let name = tables::read_name(row)?;
        let options = tables::read_options(row);
        let checks = CheckRows::new(self.checks.of(&name));
        let columns = columns::read(self.columns.of(&name), &checks, self.dialect)?;
        let keys = indexes::read(self.indexes.of(&name), options.engine.as_deref())?;
        Ok(Table {
            columns,
            primary_key: keys.primary_key,
            indexes: keys.indexes,
            foreign_keys: foreign_keys::read(self.foreign_keys.of(&name), self.database)?,
            checks: checks.of_table(self.dialect)?,
            options,
            partitioning: self.partitionings.get(name.as_str()).cloned(),
            name,
        })
    }
}
