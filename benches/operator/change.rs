//! Measures the time until a changed resource is Ready, against the same statements through the server's own client.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::environment::{BenchEnvironment, World};
use crate::stats::{median, millis};
use crate::support::Server;
use crate::table::Row;
use crate::{Result, Scale};

pub async fn measure(environment: &BenchEnvironment, scale: Scale) -> Result<Vec<Row>> {
    let (rows, rounds) = (scale.of(200_000, 20_000), scale.of(5, 2));
    let source = environment.database("source");
    fill(environment.server, &source, rows).await;
    let world = Arc::new(environment.world("change").await?);
    // The first round is not counted: it shows which statements the operator runs.
    let (mut operator_times, mut call_times, mut client_times) = (Vec::new(), Vec::new(), Vec::new());
    let mut statements = Vec::new();
    for round in 0..=rounds {
        let (by_operator, by_client) =
            (environment.database(format!("o{round}")), environment.database(format!("c{round}")));
        copy(environment.server, &source, &by_operator).await;
        copy(environment.server, &source, &by_client).await;
        // Each is first in every other round, since what runs second finds the disk busier, or the cache warmer.
        if round % 2 == 1 {
            client_times.push(run_client(environment.server, &by_client, &statements)?);
        }
        let OperatorRun { until_ready, api_call } = run_operator(&world, round, &by_operator).await?;
        if round == 0 {
            statements = history(environment.server, &by_operator).await;
        } else {
            operator_times.push(until_ready);
            call_times.push(api_call);
        }
        if round % 2 == 0 && round > 0 {
            client_times.push(run_client(environment.server, &by_client, &statements)?);
        }
        environment.server.run(&format!("DROP DATABASE {by_operator}; DROP DATABASE {by_client}")).await;
        world.tenant.resources.delete(&name(round), &kube::api::DeleteParams::default()).await?;
    }
    let client = client_of(environment.server);
    let (operator_time, client_time) = (median(&operator_times), median(&client_times));
    let row =
        Row::at_most("apply to Ready against the same DDL", environment.server, operator_time / client_time, 1.15, "");
    let (more, call) = (operator_time - client_time, median(&call_times));
    Ok(vec![row.with_detail(format!(
        "{operator_time:.0} ms to {client_time:.0} ms with the {client} client; {more:.0} ms more, {call:.0} ms of them \
         for the API call; {rows} rows, medians of {rounds}"
    ))])
}

/// Creates the table whose copies are changed.
async fn fill(server: Server, database: &str, rows: usize) {
    let digits = "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 \
                  UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
    let many: Vec<String> = ('a'..='f').map(|alias| format!("{digits} AS {alias}")).collect();
    let sql = format!(
        "CREATE DATABASE {database}; \
         CREATE TABLE {database}.customer (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(64) NOT NULL, \
           note varchar(120), KEY by_name (name)); \
         INSERT INTO {database}.customer (name, note) \
           SELECT CONCAT(f.n, a.n, b.n, c.n, d.n, e.n), REPEAT('x', 60) FROM {} LIMIT {rows}",
        many.join(", ")
    );
    server.run(&sql).await;
}

/// Copies the table for each change: an earlier change of the same table would influence the next.
async fn copy(server: Server, source: &str, database: &str) {
    let sql = format!(
        "CREATE DATABASE {database}; CREATE TABLE {database}.customer LIKE {source}.customer; \
         INSERT INTO {database}.customer SELECT * FROM {source}.customer"
    );
    server.run(&sql).await;
}

fn client_of(server: Server) -> &'static str {
    if server == Server::MySql { "mysql" } else { "mariadb" }
}

fn name(round: usize) -> String {
    format!("customer-{round}")
}

/// The times of one change by the operator, in milliseconds.
struct OperatorRun {
    /// From the start of the API call.
    until_ready: f64,
    api_call: f64,
}

async fn run_operator(world: &Arc<World>, round: usize, database: &str) -> Result<OperatorRun> {
    let name = name(round);
    let spec = json!({
        "interval": "1h",
        "policy": { "allow": ["Blocking"] },
        "tables": [{
            "name": "customer",
            "columns": [{ "name": "api_token", "type": "varchar(255)", "nullable": true }],
            "indexes": [{ "name": "by_api_token", "columns": ["api_token"], "unique": true }],
        }],
    });
    let resource = world.tenant.resource(&name, database, &spec);
    let watching = tokio::spawn({
        let world = world.clone();
        let name = name.clone();
        async move { world.tenant.ready(&name).await }
    });
    // The watch is there before the resource, or the time to begin it would be counted.
    tokio::time::sleep(Duration::from_millis(500)).await;
    // The watch occupies the connection that was open; this opens another, which is our cost and not the operator's.
    world.tenant.resources.get_opt(&name).await?;
    let began = Instant::now();
    world.tenant.apply(&resource).await?;
    let call = began.elapsed();
    Ok(OperatorRun { until_ready: millis(watching.await??.duration_since(began)), api_call: millis(call) })
}

/// Returns the statements that the operator ran, in order.
async fn history(server: Server, database: &str) -> Vec<String> {
    let rows = server.run(&format!("SELECT statement FROM {database}.schema_operator_history ORDER BY id")).await;
    rows.iter().map(|row| row.text(0).to_owned()).collect()
}

/// Runs the statements as a person would. Returns the time until the client has ended, in milliseconds.
fn run_client(server: Server, database: &str, statements: &[String]) -> Result<f64> {
    if statements.is_empty() {
        return Err("the operator's history holds no statement".into());
    }
    let began = Instant::now();
    let status = Command::new(client_of(server))
        .args(["--host", &server.value("HOST"), "--port", &server.value("PORT"), "--user", &server.value("USER")])
        .args(["--execute", &statements.join("; "), database])
        .env("MYSQL_PWD", server.value("PASSWORD"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()?;
    if status.success() { Ok(millis(began.elapsed())) } else { Err("the server's client failed".into()) }
}
