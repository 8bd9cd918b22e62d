//! Reading and comparing a large database that holds all that is declared, against the bare queries.

use std::time::Instant;

use futures::TryStreamExt;
use schema_operator::api::DatabaseSchemaSpec;
use schema_operator::declare::declare;
use schema_operator::mysql::{Login, Scope, Session, observe};
use schema_operator::plan::{plan, undeclared};
use schema_operator::schema::{DeclaredSchema, Identifier};
use serde_json::json;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions};

use crate::place::Place;
use crate::stats::{median, millis};
use crate::table::Row;
use crate::{Result, Scale};

/// The operator's own file, so that the bare queries are always those that it sends.
#[path = "../../src/mysql/queries.rs"]
mod queries;

/// The columns of each table, as `CREATE TABLE` and a declaration have them.
const COLUMNS: [(&str, &str); 8] = [
    ("id", "int"),
    ("name", "varchar(64)"),
    ("email", "varchar(120)"),
    ("amount", "decimal(10,2)"),
    ("created", "datetime"),
    ("state", "enum('open','closed')"),
    ("note", "text"),
    ("owner", "bigint unsigned"),
];

pub async fn measure(place: &Place, scale: Scale) -> Result<Vec<Row>> {
    let (tables, rounds) = (scale.of(1000, 100), scale.of(15, 5));
    let database = Identifier::new(place.database("many"))?;
    create(place, &database, tables).await;
    let declared = declaration(&database, tables)?;
    let login = place.server.login();
    let mut session = place.server.session().await;
    let bare_text = queries::bulk(queries::Scope { database: &database, table: None }, session.dialect);
    let mut bare = connect(&login).await?;

    // Once each beforehand: the server's caches are filled by whoever comes first.
    run_bare(&mut bare, &bare_text).await?;
    pass(&mut session, &database, &declared).await?;
    let (mut bare_times, mut read_times, mut compare_times, mut whole_times) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rounds {
        bare_times.push(run_bare(&mut bare, &bare_text).await?);
        let (read, compare) = pass(&mut session, &database, &declared).await?;
        read_times.push(read);
        compare_times.push(compare);
        whole_times.push(read + compare);
    }
    let (bare, read, compare) = (median(&bare_times), median(&read_times), median(&compare_times));
    let row = Row::at_most("read and compare against bare queries", place.server, median(&whole_times) / bare, 2.0, "");
    Ok(vec![row.made_of(format!(
        "{tables} tables x 8 columns: {read:.0} + {compare:.1} ms to {bare:.0} ms, medians of {rounds}"
    ))])
}

fn table_name(number: usize) -> String {
    format!("table_{number:04}")
}

async fn create(place: &Place, database: &Identifier, tables: usize) {
    let columns: Vec<String> = COLUMNS.map(|(name, data_type)| format!("{name} {data_type}")).to_vec();
    let columns = columns.join(", ");
    place.server.run(&format!("CREATE DATABASE {database}")).await;
    let numbers: Vec<usize> = (0..tables).collect();
    for some in numbers.chunks(50) {
        let statements = some.iter().map(|number| {
            let table = table_name(*number);
            format!("CREATE TABLE {database}.{table} ({columns}, PRIMARY KEY (id), KEY by_owner (owner, name))")
        });
        place.server.run(&statements.collect::<Vec<_>>().join("; ")).await;
    }
}

/// All that was created, declared.
fn declaration(database: &Identifier, tables: usize) -> Result<DeclaredSchema> {
    let columns = COLUMNS.map(|(name, data_type)| json!({ "name": name, "type": data_type, "nullable": name != "id" }));
    let table = |number| {
        json!({
            "name": table_name(number), "columns": columns, "primaryKey": ["id"],
            "indexes": [{ "name": "by_owner", "columns": ["owner", "name"] }],
        })
    };
    let spec: DatabaseSchemaSpec = serde_json::from_value(json!({
        "revision": "r1", "database": database.as_str(), "connection": { "secretRef": { "name": "db" } },
        "tables": (0..tables).map(table).collect::<Vec<_>>(),
    }))?;
    Ok(declare(&spec).map_err(|refusals| format!("{refusals:?}"))?.schema)
}

/// What the operator does at each interval: reads, compares, counts. Gives the milliseconds of reading and comparing.
async fn pass(session: &mut Session, database: &Identifier, declared: &DeclaredSchema) -> Result<(f64, f64)> {
    let began = Instant::now();
    let live = observe(session, Scope { database, table: None }).await?.schema;
    let read = began.elapsed();
    let began = Instant::now();
    let planned = plan(declared, &live).map_err(|refusals| format!("{refusals:?}"))?;
    let beside = undeclared(declared, &live);
    let compared = began.elapsed();
    if !planned.is_empty() || beside.tables + beside.columns + beside.indexes > 0 {
        return Err(format!("{} steps are planned, and {beside:?} undeclared", planned.steps.len()).into());
    }
    Ok((millis(read), millis(compared)))
}

async fn connect(login: &Login) -> sqlx::Result<MySqlConnection> {
    let options = MySqlConnectOptions::new()
        .host(&login.address.host)
        .port(login.address.port)
        .username(&login.username)
        .password(login.password.reveal())
        // As the operator's own connection in this measurement.
        .ssl_mode(MySqlSslMode::Preferred)
        .disable_statement_logging();
    options.connect().await
}

/// Sends the queries, and lets all rows of the answer pass by.
async fn run_bare(connection: &mut MySqlConnection, text: &str) -> Result<f64> {
    let began = Instant::now();
    let mut answers = sqlx::raw_sql(AssertSqlSafe(text.to_owned())).fetch_many(connection);
    while answers.try_next().await?.is_some() {}
    Ok(millis(began.elapsed()))
}
