//! Measures the memory and processor time of an operator with many resources that are in sync.

use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use kube::api::ListParams;
use serde_json::{Value, json};

use crate::environment::{BenchEnvironment, World, is_ready};
use crate::table::Row;
use crate::{Result, Scale};

const COLUMNS: usize = 20;

pub async fn measure(environment: &BenchEnvironment, scale: Scale) -> Result<Vec<Row>> {
    let (resources, interval) = (scale.of(1000, 50), scale.of(30, 5));
    let database = environment.database("wide");
    let columns: Vec<String> = (0..COLUMNS).map(|number| format!("{} varchar(40)", column(number))).collect();
    let sql = format!("CREATE DATABASE {database}; CREATE TABLE {database}.wide ({})", columns.join(", "));
    environment.server.run(&sql).await;
    let world = environment.world("memory").await?;
    let empty = world.operator.memory()?;
    let spec = spec(interval);
    // All declare one table: a database with a table for each would measure how long the server takes to describe it.
    futures::stream::iter(0..resources)
        .map(|number| {
            let resource = world.tenant.resource(&format!("wide-{number}"), &database, &spec);
            let world = &world;
            async move { world.tenant.apply(&resource).await }
        })
        .buffer_unordered(8)
        .try_collect::<()>()
        .await?;
    wait_until_ready(&world, resources).await?;
    // One interval to come to rest, one to measure.
    let interval = Duration::from_secs(u64::try_from(interval)?);
    tokio::time::sleep(interval).await;
    let (cpu, reconciles, began) = (world.operator.cpu()?, world.operator.counters()?.reconciles, Instant::now());
    tokio::time::sleep(interval).await;
    let cpu = world.operator.cpu()? - cpu;
    let reconciles = world.operator.counters()?.reconciles - reconciles;
    let memory = world.operator.memory()?;
    let share = cpu / began.elapsed().as_secs_f64() * 100.0;
    let server = environment.server;
    Ok(vec![
        Row::without_aim(format!("memory with {resources} resources"), server, memory, " MB")
            .with_detail(format!("{COLUMNS} columns each; {empty:.1} MB without any")),
        Row::without_aim(format!("CPU over one interval of {} s", interval.as_secs()), server, cpu, " s").with_detail(
            format!(
                "{share:.1} % of one core, {:.2} ms for each of {reconciles} reconciles",
                cpu / reconciles * 1000.0
            ),
        ),
    ])
}

fn column(number: usize) -> String {
    format!("column_{number}")
}

fn spec(interval: usize) -> Value {
    let columns: Vec<Value> =
        (0..COLUMNS).map(|number| json!({ "name": column(number), "type": "varchar(40)", "nullable": true })).collect();
    json!({
        "mode": "Plan", "interval": format!("{interval}s"),
        "tables": [{ "name": "wide", "columns": columns }],
    })
}

async fn wait_until_ready(world: &World, resources: usize) -> Result<()> {
    let deadline = Instant::now() + Duration::from_mins(5);
    loop {
        let ready =
            world.tenant.resources.list(&ListParams::default()).await?.iter().filter(|one| is_ready(one)).count();
        if ready == resources {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(format!("{ready} of {resources} resources are Ready after five minutes").into());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
