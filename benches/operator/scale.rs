//! Measures an operator with very many resources of one server, all in sync: how long until each was looked at once, and
//! what it costs from then on. `SCALE_RESOURCES`, `SCALE_DATABASES` and `SCALE_INTERVAL` have other numbers than 10,000
//! over 200, and 300 seconds.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use axum::http::Request;
use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::events::v1::Event;
use kube::Api;
use kube::api::ListParams;
use serde_json::{Value, json};

use crate::environment::{BenchEnvironment, World, is_ready};
use crate::process::{Operator, sum_of_metric};
use crate::table::Row;
use crate::{Result, Scale};

const COLUMNS: usize = 20;

/// The default interval of a resource, in seconds.
const INTERVAL: usize = 300;

pub async fn measure(environment: &BenchEnvironment, scale: Scale) -> Result<Vec<Row>> {
    let resources = variable("SCALE_RESOURCES").unwrap_or(scale.of(10_000, 1_000));
    let databases = variable("SCALE_DATABASES").unwrap_or(scale.of(200, 20));
    let tables = resources / databases;
    let seconds = variable("SCALE_INTERVAL").unwrap_or(INTERVAL);
    let interval = Duration::from_secs(u64::try_from(seconds)?);
    for number in 0..databases {
        make_database(environment, &environment.database(number), tables).await?;
    }
    let mut world = environment.world("scale").await?;
    // The resources are there before the operator is: a cold start is measured.
    world.operator.end();
    futures::stream::iter(0..resources)
        .map(|number| {
            let (database, table) = (environment.database(number % databases), number / databases);
            let resource = world.tenant.resource(&format!("r{number}"), &database, &spec(table, seconds));
            let world = &world;
            async move { world.tenant.apply(&resource).await }
        })
        .buffer_unordered(16)
        .try_collect::<()>()
        .await?;
    let began = Instant::now();
    world.operator = Operator::start(Some(&world.tenant.namespace)).await?;
    wait_until_ready(&world, resources).await?;
    let cold = began.elapsed().as_secs_f64();
    let events: Api<Event> = Api::namespaced(environment.client.clone(), &world.tenant.namespace);
    let events = events.list_metadata(&ListParams::default()).await?.items.len();
    // Each is measured once more, since the claims of its neighbours are new to it.
    tokio::time::sleep(interval).await;
    let (cpu, before, began) = (world.operator.cpu()?, world.operator.counters()?, Instant::now());
    let requests = api_requests(environment).await?;
    tokio::time::sleep(interval).await;
    let requests = api_requests(environment).await? - requests;
    let (after, seconds) = (world.operator.counters()?, began.elapsed().as_secs_f64());
    let share = (world.operator.cpu()? - cpu) / seconds * 100.0;
    let (server, memory) = (environment.server, world.operator.memory()?);
    let connections = connections(environment).await;
    let per_second = |figure: f64| format!("{:.2} a second", figure / seconds);
    let most_events = f64::from(u32::try_from(events)?);
    Ok(vec![
        Row::at_most(
            format!("cold start of {resources} resources over {databases} databases"),
            server,
            cold,
            60.0,
            " s",
        ),
        Row::at_most("memory with them", server, memory, 100.0, " MB"),
        Row::at_most("share of a core at the default interval", server, share, 2.0, " %").with_detail(format!(
            "reconciles: {}, messages to the server: {}, API requests: {}, connections: {connections}",
            per_second(after.reconciles - before.reconciles),
            per_second(after.round_trips - before.round_trips),
            per_second(requests)
        )),
        Row::at_most("Events", server, most_events, 0.0, ""),
    ])
}

fn variable(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

async fn make_database(environment: &BenchEnvironment, database: &str, tables: usize) -> Result<()> {
    let columns: Vec<String> = (1..COLUMNS).map(|number| format!("column_{number} varchar(40)")).collect();
    let columns = columns.join(", ");
    let mut sql = format!("CREATE DATABASE {database}");
    for table in 0..tables {
        write!(sql, "; CREATE TABLE {database}.t{table} (id int NOT NULL PRIMARY KEY, {columns})")?;
    }
    environment.server.run(&sql).await;
    Ok(())
}

fn spec(table: usize, interval: usize) -> Value {
    let column = |number| json!({ "name": format!("column_{number}"), "type": "varchar(40)", "nullable": true });
    let id = json!({ "name": "id", "type": "int", "nullable": false });
    let columns: Vec<Value> = std::iter::once(id).chain((1..COLUMNS).map(column)).collect();
    json!({ "interval": format!("{interval}s"), "tables": [{ "name": format!("t{table}"), "columns": columns, "primaryKey": ["id"] }] })
}

/// Returns how many requests the API server has answered, of all clients. While nothing but the operator runs, they are
/// the operator's and the API server's own.
async fn api_requests(environment: &BenchEnvironment) -> Result<f64> {
    let metrics = environment.client.request_text(Request::get("/metrics").body(Vec::new())?).await?;
    Ok(sum_of_metric(&metrics, "apiserver_request_total"))
}

/// Returns how many sessions the server has beside the one that asks.
async fn connections(environment: &BenchEnvironment) -> usize {
    let sql = "SELECT COUNT(*) - 1 FROM information_schema.PROCESSLIST WHERE USER = SUBSTRING_INDEX(USER(), '@', 1)";
    environment.server.run(sql).await.first().and_then(|row| row.text(0).parse().ok()).unwrap_or_default()
}

async fn wait_until_ready(world: &World, resources: usize) -> Result<()> {
    let deadline = Instant::now() + Duration::from_mins(15);
    loop {
        // The metrics cost less than a list of all resources, which ends the wait.
        if world.operator.counters()?.reconciles >= f64::from(u32::try_from(resources)?) {
            let all = world.tenant.resources.list(&ListParams::default()).await?;
            if all.iter().filter(|one| is_ready(one)).count() == resources {
                return Ok(());
            }
        }
        if Instant::now() > deadline {
            return Err("not all resources are Ready after fifteen minutes".into());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
