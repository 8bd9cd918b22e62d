//! Measures the time from `kubectl apply` to the first statement on the declared table.
//!
//! When that statement begins is read from the operator's history, whose row the server stamps with its own clock
//! right before the statement. One object after the other, each with a database of its own: the history table has to
//! be made in each, and that is part of the time.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use schema_operator::mysql::Session;
use serde_json::{Value, json};

use crate::environment::{BenchEnvironment, World};
use crate::stats::{median, millis, percentile};
use crate::support::{Server, variable};
use crate::table::Row;
use crate::{Result, Scale};

pub async fn measure(environment: &BenchEnvironment, scale: Scale) -> Result<Vec<Row>> {
    let (objects, by_kubectl) = (scale.of(50, 5), scale.of(10, 2));
    for number in 0..objects + by_kubectl {
        let database = environment.database(number);
        environment
            .server
            .run(&format!("CREATE DATABASE {database}; CREATE TABLE {database}.item (id int PRIMARY KEY)"))
            .await;
    }
    let world = environment.world("latency").await?;
    let mut session = environment.server.session().await;
    let ahead = clock_ahead(&mut session).await?;
    let mut times = Vec::new();
    for number in 0..objects {
        let (name, database) = (format!("item-{number}"), environment.database(number));
        let resource = declared(&world, &name, &database);
        let applied = now();
        world.tenant.apply(&resource).await?;
        times.push(first_statement(&world, &mut session, &name, &database).await? - ahead - applied);
    }
    let (mut kubectl_times, mut whole_times) = (Vec::new(), Vec::new());
    for number in objects..objects + by_kubectl {
        let (name, database) = (format!("item-{number}"), environment.database(number));
        let resource = declared(&world, &name, &database);
        let applied = now();
        kubectl_times.push(millis(kubectl_apply(&resource)?));
        whole_times.push(first_statement(&world, &mut session, &name, &database).await? - ahead - applied);
    }
    Ok(rows(environment.server, &times, &kubectl_times, &whole_times))
}

fn rows(server: Server, times: &[f64], kubectl_times: &[f64], whole_times: &[f64]) -> Vec<Row> {
    let (p50, p99) = (percentile(times, 50), percentile(times, 99));
    let (kubectl, whole) = (median(kubectl_times), median(whole_times));
    let first = times.first().copied().unwrap_or_default();
    vec![
        Row::at_most("apply to first DDL, p50", server, p50, 50.0, " ms")
            .with_detail(format!("{} objects, from the API call on, a database each", times.len())),
        Row::without_aim("apply to first DDL, p99", server, p99, " ms")
            .with_detail(format!("the first, which connects: {first:.1} ms")),
        Row::without_aim("the same from the start of kubectl", server, whole, " ms")
            .with_detail(format!("kubectl itself runs for {kubectl:.1} ms; medians of {}", whole_times.len())),
    ]
}

/// Returns a resource with a column that the table lacks.
fn declared(world: &World, name: &str, database: &str) -> Value {
    let columns = json!([{ "name": "note", "type": "varchar(40)" }]);
    // The interval is long, so that the objects before do not disturb this one.
    world.tenant.resource(
        name,
        database,
        &json!({ "interval": "1h", "tables": [{ "name": "item", "columns": columns }] }),
    )
}

/// Returns when the server began the first statement, in milliseconds since 1970 by its clock.
async fn first_statement(world: &World, session: &mut Session, name: &str, database: &str) -> Result<f64> {
    // By now it has begun, so asking disturbs it no more.
    tokio::time::sleep(Duration::from_millis(100)).await;
    world.tenant.ready(name).await?;
    let sql = format!(
        "SELECT CAST(UNIX_TIMESTAMP(started_at) AS CHAR) FROM {database}.schema_operator_history ORDER BY id LIMIT 1"
    );
    milliseconds(session, &sql).await
}

/// Returns by how many milliseconds the server's clock is ahead of ours, from the query that was answered fastest.
async fn clock_ahead(session: &mut Session) -> Result<f64> {
    let mut best = (f64::INFINITY, 0.0);
    for _ in 0..20 {
        let before = now();
        let there = milliseconds(session, "SELECT CAST(UNIX_TIMESTAMP(UTC_TIMESTAMP(6)) AS CHAR)").await?;
        let after = now();
        if after - before < best.0 {
            best = (after - before, there - f64::midpoint(before, after));
        }
    }
    Ok(best.1)
}

async fn milliseconds(session: &mut Session, sql: &str) -> Result<f64> {
    let rows = session.batch("reading a time", sql).await?.concat();
    let seconds: Option<f64> = rows.first().and_then(|row| row.number(0));
    Ok(seconds.ok_or("no statement is in the history")? * 1000.0)
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map(millis).unwrap_or_default()
}

/// Runs `kubectl apply --server-side`. Returns the time until it has ended.
fn kubectl_apply(resource: &Value) -> Result<Duration> {
    let began = Instant::now();
    let mut kubectl = Command::new("kubectl")
        .args(["apply", "--server-side", "-f", "-"])
        .env("KUBECONFIG", variable("KUBECONFIG"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    // The pipe is closed at the end of this statement, which ends what kubectl reads.
    kubectl.stdin.take().ok_or("kubectl has no stdin")?.write_all(resource.to_string().as_bytes())?;
    if kubectl.wait()?.success() { Ok(began.elapsed()) } else { Err("kubectl apply failed".into()) }
}
