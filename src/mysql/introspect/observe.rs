//! Reads a live schema: the answers of [`super::queries`] made into the model.

use std::collections::{BTreeMap, HashMap};

use super::expression::{mariadb_default, without_escapes};
use super::indexes::indexes;
use super::partitions::partitioned_tables;
use super::queries::{Scope, bulk, server};
use super::show_create::complete;
use crate::mysql::Session;
use crate::mysql::{Error, ErrorKind};
use crate::mysql::{Row, Rows};
use crate::schema::{
    Check, Column, ColumnDefault, DataType, Dialect, Expression, Fill, Flavor, ForeignKey, Generation, Identifier,
    Partitioning, ReferentialAction, Schema, Storage, Table, TableOptions, without_remarks,
};

/// How many queries [`bulk`] asks.
const QUERIES: usize = 8;

/// What was read of a server in one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    pub server: ServerIdentity,
    pub schema: Schema,
    /// What stands in the database and is no table that we can alter, by name, with the reason: views, sequences,
    /// system-versioned tables, tables with something that the model does not hold.
    pub others: BTreeMap<String, String>,
}

/// Which server it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerIdentity {
    pub dialect: Dialect,
    /// `server_uuid`, or MariaDB's `server_uid`; `None` where it has none (MariaDB before 10.11). Of a Galera cluster the
    /// cluster's own, `wsrep_cluster_state_uuid`: a database is the same on each of its nodes.
    pub id: Option<String>,
    /// Whether it refuses writes. Privileged accounts can write all the same, so this is checked, not tried.
    pub read_only: bool,
}

impl Observation {
    /// Why `name` is not among the tables, where something else stands under that name.
    pub fn obstacle(&self, name: &Identifier) -> Option<&str> {
        self.others.get(name.as_str()).map(String::as_str)
    }
}

/// Reads `scope` in one round trip, and in a second one what has partitions.
///
/// # Errors
/// [`ErrorKind::UnknownDatabase`] where the database is absent or hidden from this account, and as
/// [`Session::batch`].
pub async fn observe(session: &mut Session, scope: Scope<'_>) -> Result<Observation, Error> {
    observe_with(session, scope, "").await.map(|(observation, _)| observation)
}

/// Reads `scope` in one round trip, and gives with it what the statements in `rest` give.
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
    let mut sql = bulk(scope, dialect);
    if !rest.is_empty() {
        sql.push_str(";\n");
        sql.push_str(rest);
    }
    let mut results = session.batch(&doing, &sql).await?;
    let rest = results.split_off(results.len().min(QUERIES));
    let partitioned = results.pop().unwrap_or_default();
    let partitioned = partitioned_tables(session, scope.database, &partitioned).await?;
    let mut observation = interpret(&doing, (scope, dialect), results, partitioned.partitionings())?;
    complete(&mut observation, &doing, &partitioned.looks)?;
    Ok((observation, rest))
}

fn interpret(
    doing: &str,
    (scope, dialect): (Scope<'_>, Dialect),
    results: Vec<Rows>,
    partitionings: HashMap<String, Partitioning>,
) -> Result<Observation, Error> {
    let [server, database, tables, columns, indexes, foreign_keys, checks] =
        results.try_into().map_err(|got: Vec<Rows>| {
            let message = format!("{QUERIES} results were expected, {} came", got.len() + 1);
            Error::new(doing, ErrorKind::Protocol, message)
        })?;
    let Some(database) = database.first() else {
        let message = format!("there is no database {}, or this account may not see it", scope.database);
        return Err(Error::new(doing, ErrorKind::UnknownDatabase, message));
    };
    let parts = Parts {
        dialect,
        partitionings,
        database: scope.database,
        columns: by_table(columns),
        indexes: by_table(indexes),
        foreign_keys: by_table(foreign_keys),
        checks: by_table(checks),
    };
    let mut observed = Vec::new();
    let mut others = BTreeMap::new();
    for row in &tables {
        match parts.table(row) {
            Ok(table) => observed.push(table),
            Err(reason) => {
                others.insert(row.text(0).to_owned(), reason);
            }
        }
    }
    let schema = Schema {
        name: scope.database.clone(),
        dialect,
        charset: database.text(0).to_owned(),
        collation: database.text(1).to_owned(),
        tables: observed.into_iter().collect(),
        details: BTreeMap::new(),
    };
    Ok(Observation { server: identity(dialect, server.first()), schema, others })
}

/// Asks a server which one it is. A node answers though it has not caught up with its cluster.
///
/// # Errors
/// As [`Session::batch`].
pub async fn identify(session: &mut Session) -> Result<ServerIdentity, Error> {
    let doing = "asking a server which one it is";
    let sql = server(session.dialect);
    let results = if session.dialect.clustered {
        session.without_waiting(async |session| session.batch(doing, &sql).await).await?
    } else {
        session.batch(doing, &sql).await?
    };
    Ok(identity(session.dialect, results.first().and_then(|rows| rows.first())))
}

fn identity(dialect: Dialect, row: Option<&Row>) -> ServerIdentity {
    let text = |index| row.map(|row| row.text(index)).unwrap_or_default();
    let is_on = |index: usize| !matches!(text(index), "" | "0" | "OFF");
    let id = Some(text(0).to_owned()).filter(|id| !id.is_empty());
    ServerIdentity { dialect, id, read_only: is_on(1) || is_on(2) }
}

/// The rows of a result by the table that their first column names, in their order.
fn by_table(rows: Rows) -> HashMap<String, Rows> {
    let mut tables: HashMap<String, Rows> = HashMap::new();
    for row in rows {
        match tables.get_mut(row.text(0)) {
            Some(rows) => rows.push(row),
            None => {
                tables.insert(row.text(0).to_owned(), vec![row]);
            }
        }
    }
    tables
}

fn rows_of<'a>(part: &'a HashMap<String, Rows>, table: &Identifier) -> &'a [Row] {
    part.get(table.as_str()).map_or(&[], Vec::as_slice)
}

struct Parts<'a> {
    dialect: Dialect,
    partitionings: HashMap<String, Partitioning>,
    database: &'a Identifier,
    columns: HashMap<String, Rows>,
    indexes: HashMap<String, Rows>,
    foreign_keys: HashMap<String, Rows>,
    checks: HashMap<String, Rows>,
}

impl Parts<'_> {
    /// The table that a row of TABLES names, or why it is none that the model holds.
    fn table(&self, row: &Row) -> Result<Table, String> {
        match row.text(1) {
            "BASE TABLE" => {}
            kind => return Err(format!("it is no base table but a {}", kind.to_ascii_lowercase())),
        }
        let name = identifier(row.text(0))?;
        let (column_checks, checks): (Vec<&Row>, Vec<&Row>) =
            rows_of(&self.checks, &name).iter().partition(|check| check.text(4) == "Column");
        let columns = rows_of(&self.columns, &name)
            .iter()
            .map(|row| self.column(row, &column_checks))
            .collect::<Result<Vec<_>, _>>()?;
        if columns.is_empty() {
            return Err("its columns are hidden from this account".to_owned());
        }
        let (primary_key, indexes) = indexes(rows_of(&self.indexes, &name), row.text(2))?;
        Ok(Table {
            columns,
            primary_key,
            indexes,
            foreign_keys: self.foreign_keys(rows_of(&self.foreign_keys, &name))?,
            checks: checks.into_iter().map(|row| self.check(row)).collect::<Result<Vec<_>, _>>()?,
            options: options(row),
            partitioning: self.partitionings.get(name.as_str()).cloned(),
            name,
        })
    }

    fn column(&self, row: &Row, checks: &[&Row]) -> Result<Column, String> {
        let name = identifier(row.text(1))?;
        let of_column = |error: &dyn std::fmt::Display| format!("column {name}: {error}");
        let (type_text, compressed) = split_compressed(row.text(2));
        let data_type = DataType::parse(type_text).map_err(|error| of_column(&error))?;
        let extra = row.text(5).to_ascii_lowercase();
        let nullable = row.text(3) == "YES";
        let check = checks.iter().find(|check| check.text(1) == name.as_str());
        let check = check.map(|row| self.expression(row.text(2))).transpose().map_err(|error| of_column(&error))?;
        Ok(Column {
            data_type,
            nullable,
            fill: self.fill(row, &extra).map_err(|error| of_column(&error))?,
            on_update_now: extra.contains("on update"),
            charset: row.optional(6).map(str::to_owned),
            collation: row.optional(7).map(str::to_owned),
            comment: row.text(8).to_owned(),
            visible: !extra.split([' ', ',']).any(|word| word == "invisible"),
            srid: row.number(10),
            compressed,
            check,
            name,
        })
    }

    fn fill(&self, row: &Row, extra: &str) -> Result<Fill, String> {
        if extra.contains("auto_increment") {
            return Ok(Fill::AutoIncrement);
        }
        if extra.contains("virtual generated") || extra.contains("stored generated") {
            let storage = if extra.contains("stored") { Storage::Stored } else { Storage::Virtual };
            let expression = self.expression(row.text(9))?;
            return Ok(Fill::Generated(Generation { expression, storage }));
        }
        if extra.contains("row start") || extra.contains("row end") {
            return Err("it belongs to system versioning, which is not supported".to_owned());
        }
        let default = match (row.optional(4), self.dialect.flavor) {
            // Only of text, and only where ALTER COLUMN set it (tried on 9.7): what can't be read can't be restated.
            (None, Flavor::MySql) if extra.contains("default_generated") && !extra.contains("on update") => {
                let advice = "state it by MODIFY COLUMN once, and it will";
                return Err(format!("the server does not show the expression of its default: {advice}"));
            }
            (None, _) => ColumnDefault::None,
            (Some(text), Flavor::MySql) if extra.contains("default_generated") => {
                ColumnDefault::Expression(self.expression(text)?)
            }
            (Some(text), Flavor::MySql) => ColumnDefault::Value(text.to_owned()),
            (Some(text), Flavor::MariaDb) => mariadb_default(text)?,
        };
        Ok(Fill::Default(default))
    }

    /// An expression as this server stores it. MySQL's `information_schema` escapes the quotes in it once more.
    fn expression(&self, text: &str) -> Result<Expression, String> {
        let text = match self.dialect.flavor {
            Flavor::MySql => without_escapes(text),
            Flavor::MariaDb => without_remarks(text),
        };
        Expression::new(&text).map_err(|error| format!("its expression can't be read: {error}"))
    }

    fn check(&self, row: &Row) -> Result<Check, String> {
        let name = identifier(row.text(1))?;
        let expression = self.expression(row.text(2)).map_err(|error| format!("check {name}: {error}"))?;
        Ok(Check { expression, enforced: row.text(3) != "NO", name })
    }

    fn foreign_keys(&self, rows: &[Row]) -> Result<Vec<ForeignKey>, String> {
        let mut keys: Vec<ForeignKey> = Vec::new();
        for row in rows {
            let name = identifier(row.text(1))?;
            let (column, referenced) = (identifier(row.text(2))?, identifier(row.text(5))?);
            if let Some(key) = keys.last_mut().filter(|key| key.name == name) {
                key.columns.push(column);
                key.referenced_columns.push(referenced);
                continue;
            }
            let elsewhere = row.text(3) != self.database.as_str();
            keys.push(ForeignKey {
                name,
                columns: vec![column],
                referenced_database: elsewhere.then(|| identifier(row.text(3))).transpose()?,
                referenced_table: identifier(row.text(4))?,
                referenced_columns: vec![referenced],
                on_delete: action(row.text(6)),
                on_update: action(row.text(7)),
            });
        }
        Ok(keys)
    }
}

pub(super) fn identifier(text: &str) -> Result<Identifier, String> {
    Identifier::new(text).map_err(|error| error.to_string())
}

/// MariaDB appends `/*M!100301 COMPRESSED*/` to the type.
fn split_compressed(column_type: &str) -> (&str, bool) {
    match column_type.split_once("/*") {
        Some((before, comment)) if comment.contains("COMPRESSED") => (before.trim_end(), true),
        _ => (column_type, false),
    }
}

fn options(row: &Row) -> TableOptions {
    let collation = row.optional(3).map(str::to_owned);
    let mut options = TableOptions {
        engine: row.optional(2).map(str::to_owned),
        // A collation's name begins with its character set's.
        charset: collation.as_deref().and_then(|name| name.split('_').next()).map(str::to_owned),
        collation,
        comment: row.text(5).to_owned(),
        ..TableOptions::default()
    };
    options.read_create_options(row.text(4));
    options
}

fn action(rule: &str) -> ReferentialAction {
    match rule {
        "CASCADE" => ReferentialAction::Cascade,
        "SET NULL" => ReferentialAction::SetNull,
        "SET DEFAULT" => ReferentialAction::SetDefault,
        _ => ReferentialAction::Restrict,
    }
}
