//! Counts the messages to the database server in a reconcile that finds nothing to do, by the operator's own counters.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::environment::{BenchEnvironment, World};
use crate::process::Counters;
use crate::table::Row;
use crate::{Result, Scale};

/// Round trips that an unchanged reconcile may take beside the verify queries.
const AIM: usize = 2;

pub async fn measure(environment: &BenchEnvironment, scale: Scale) -> Result<Vec<Row>> {
    let intervals = scale.of(10, 2);
    let mut rows = Vec::new();
    for queries in [0, 2] {
        let per_reconcile = round_trips(environment, queries, intervals).await?;
        let what = format!("round trips unchanged, {queries} verify queries");
        let aim = f64::from(u32::try_from(AIM + queries)?);
        let row = Row::at_most(what, environment.server, per_reconcile, aim, "");
        rows.push(row.with_detail(format!("for each reconcile, over {intervals} intervals")));
    }
    Ok(rows)
}

async fn round_trips(environment: &BenchEnvironment, queries: usize, intervals: usize) -> Result<f64> {
    let database = environment.database(queries);
    environment
        .server
        .run(&format!("CREATE DATABASE {database}; CREATE TABLE {database}.item (id int PRIMARY KEY)"))
        .await;
    // An operator for each, since its counters are those of all its resources.
    let world = environment.world(&format!("rounds-{queries}")).await?;
    let verify: Vec<_> = (0..queries)
        .map(|number| json!({ "name": format!("query {number}"), "query": "SELECT id FROM item LIMIT 1" }))
        .collect();
    let tables = json!([{ "name": "item", "columns": [{ "name": "id", "type": "int" }], "primaryKey": ["id"] }]);
    let resource =
        world.tenant.resource("item", &database, &json!({ "interval": "1s", "tables": tables, "verify": verify }));
    world.tenant.apply(&resource).await?;
    world.tenant.ready("item").await?;
    let first = after_next_reconcile(&world).await?;
    let mut last = first;
    for _ in 0..intervals {
        last = after_next_reconcile(&world).await?;
    }
    Ok((last.round_trips - first.round_trips) / (last.reconciles - first.reconciles))
}

/// Reads the counters right after a reconcile, when none is under way.
async fn after_next_reconcile(world: &World) -> Result<Counters> {
    let deadline = Instant::now() + Duration::from_secs(30);
    let before = world.operator.counters()?;
    loop {
        let now = world.operator.counters()?;
        if now.reconciles > before.reconciles {
            return Ok(now);
        }
        if Instant::now() > deadline {
            return Err("an interval of one second brought no reconcile within 30 s".into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
