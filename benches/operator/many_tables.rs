//! Creates a database with many tables, and declares all of it.

use schema_operator::api::DatabaseSchemaSpec;
use schema_operator::declare::declare;
use schema_operator::schema::{DeclaredSchema, Identifier};
use serde_json::json;

use crate::Result;
use crate::environment::BenchEnvironment;

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

fn table_name(number: usize) -> String {
    format!("table_{number:05}")
}

/// Creates the database with so many tables.
pub async fn create(environment: &BenchEnvironment, database: &Identifier, tables: usize) {
    let columns: Vec<String> = COLUMNS.map(|(name, data_type)| format!("{name} {data_type}")).to_vec();
    let columns = columns.join(", ");
    environment.server.run(&format!("CREATE DATABASE {database}")).await;
    let numbers: Vec<usize> = (0..tables).collect();
    for some in numbers.chunks(50) {
        let statements = some.iter().map(|number| {
            let table = table_name(*number);
            format!("CREATE TABLE {database}.{table} ({columns}, PRIMARY KEY (id), KEY by_owner (owner, name))")
        });
        environment.server.run(&statements.collect::<Vec<_>>().join("; ")).await;
    }
}

/// Declares all that was created, and where `changed`, one more column in the first table.
pub fn declaration(database: &Identifier, tables: usize, changed: bool) -> Result<DeclaredSchema> {
    let table = |number| {
        let mut columns = COLUMNS
            .map(|(name, data_type)| json!({ "name": name, "type": data_type, "nullable": name != "id" }))
            .to_vec();
        if changed && number == 0 {
            columns.push(json!({ "name": "api_token", "type": "varchar(255)" }));
        }
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
