//! Measures how much a crowd of one namespace holds up the others: resources of a server that is silent, and resources
//! whose verify queries sleep. Measures as well how long many resources of one database take.

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::events::v1::Event;
use kube::api::{DeleteParams, ListParams, PostParams};
use kube::runtime::wait::{await_condition, conditions::is_deleted};
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use crate::environment::{BenchEnvironment, Tenant};
use crate::process::Operator;
use crate::stats::percentile;
use crate::support::SilentServer;
use crate::table::Row;
use crate::{Result, Scale};

/// How often the resource of the other namespace changes after each start.
const CHANGES: usize = 10;

/// The time between two changes. The crowd goes on meanwhile: with the first pass over it alone, nothing is full yet.
const PAUSE: Duration = Duration::from_secs(1);

/// The time for statements that run when the operator is asked to end; none does here.
const MOST_TO_END: f64 = 5.0;

pub async fn measure(environment: &BenchEnvironment, scale: Scale) -> Result<Vec<Row>> {
    let mut rows = beside_a_crowd(environment, scale).await?;
    rows.extend(of_one_database(environment, scale.of(100, 20)).await?);
    Ok(rows)
}

async fn beside_a_crowd(environment: &BenchEnvironment, scale: Scale) -> Result<Vec<Row>> {
    let (starts, crowd) = (scale.of(10, 2), scale.of(200, 40));
    let (busy, other) = (environment.tenant("crowd").await?, environment.tenant("other").await?);
    let (slow, quick) = (environment.database("slow"), environment.database("quick"));
    environment.server.run(&databases(&slow, &quick)).await;
    let silent = SilentServer::start();
    make_silent_secret(environment, &busy, silent.port).await?;
    for number in 0..crowd {
        busy.apply(&waiting(&busy, number, &slow)).await?;
        busy.apply(&sleeping(&busy, number, &slow)).await?;
    }
    let (mut observed, mut deleted, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    let (mut in_flight, mut oldest) = (Vec::new(), Vec::new());
    for start in 0..starts {
        let mut operator = Operator::start(None).await?;
        for change in 0..CHANGES {
            tokio::time::sleep(PAUSE).await;
            let counters = operator.counters()?;
            in_flight.push(counters.in_flight);
            oldest.push(counters.oldest);
            let spec = json!({ "revision": format!("r{start}-{change}"), "tables": tables("quick") });
            let resource = other.resource("changes", &quick, &spec);
            let began = Instant::now();
            other.apply(&resource).await?;
            observed.push((other.ready("changes").await? - began).as_secs_f64());
        }
        deleted.push(delete(&busy, &format!("silent-{start}")).await?.as_secs_f64());
        ended.push(operator.terminate().await?.as_secs_f64());
    }
    let of = format!(
        "{crowd} resources of a silent server and {crowd} whose queries sleep, {starts} starts; {} passes in flight and \
         the oldest due for {:.1} s at the median",
        percentile(&in_flight, 50),
        percentile(&oldest, 50)
    );
    let (server, worst) = (environment.server, |times: &[f64]| percentile(times, 100));
    Ok(vec![
        Row::at_most("a change beside a crowd, p99", server, percentile(&observed, 99), 5.0, " s")
            .with_detail(format!("{of}; half of {} changes within {:.2} s", observed.len(), percentile(&observed, 50))),
        Row::at_most("a deletion out of the crowd, the slowest", server, worst(&deleted), 1.0, " s"),
        Row::at_most("from SIGTERM to the end, the slowest", server, worst(&ended), MOST_TO_END, " s"),
    ])
}

async fn of_one_database(environment: &BenchEnvironment, resources: usize) -> Result<Vec<Row>> {
    let database = environment.database("shared");
    environment.server.run(&format!("CREATE DATABASE {database}")).await;
    let world = environment.world("shared").await?;
    let began = Instant::now();
    for number in 0..resources {
        let spec = json!({ "tables": tables(&format!("t{number}")) });
        let resource = world.tenant.resource(&format!("r{number}"), &database, &spec);
        world.tenant.apply(&resource).await?;
    }
    for number in 0..resources {
        world.tenant.ready(&format!("r{number}")).await?;
    }
    let took = began.elapsed().as_secs_f64();
    let events: Api<Event> = Api::namespaced(environment.client.clone(), &world.tenant.namespace);
    let events = events.list(&ListParams::default()).await?.items;
    let warnings = events.iter().filter(|event| event.type_.as_deref() == Some("Warning")).count();
    let (server, number) = (environment.server, f64::from(u32::try_from(events.len())?));
    Ok(vec![
        Row::at_most(format!("{resources} new resources of one database until Ready"), server, took, 15.0, " s")
            .with_detail("from the first apply on; each makes a table"),
        Row::at_most("Events of these", server, number, 250.0, "").with_detail(format!("{warnings} of them Warnings")),
    ])
}

/// Returns SQL that creates the two databases. The view in the first sleeps where the text of a query does not show it.
fn databases(slow: &str, quick: &str) -> String {
    format!(
        "CREATE DATABASE {slow}; CREATE DATABASE {quick}; CREATE TABLE {slow}.slow (id int); \
         CREATE VIEW {slow}.sleeps AS SELECT SLEEP(20) AS slept"
    )
}

async fn make_silent_secret(environment: &BenchEnvironment, tenant: &Tenant, port: u16) -> Result<()> {
    let login = json!({ "host": "127.0.0.1", "port": port.to_string(), "username": "any", "password": "any" });
    let secret = serde_json::from_value(json!({ "metadata": { "name": "silent" }, "stringData": login }))?;
    Api::<Secret>::namespaced(environment.client.clone(), &tenant.namespace)
        .create(&PostParams::default(), &secret)
        .await?;
    Ok(())
}

fn tables(name: &str) -> Value {
    json!([{ "name": name, "columns": [{ "name": "id", "type": "int" }] }])
}

fn waiting(tenant: &Tenant, number: usize, database: &str) -> Value {
    let connection = json!({ "secretRef": { "name": "silent" }, "tls": "Preferred", "connectTimeout": "60s" });
    let spec = json!({ "connection": connection, "tables": tables("slow") });
    tenant.resource(&format!("silent-{number}"), database, &spec)
}

fn sleeping(tenant: &Tenant, number: usize, database: &str) -> Value {
    let verify = json!([{ "name": "sleeps", "query": "SELECT slept FROM sleeps" }]);
    let spec = json!({ "verify": verify, "tables": tables("slow") });
    tenant.resource(&format!("sleeps-{number}"), database, &spec)
}

/// Deletes a resource. Returns the time until it is gone.
async fn delete(tenant: &Tenant, name: &str) -> Result<Duration> {
    let uid = tenant.resources.get(name).await?.uid().unwrap_or_default();
    let began = Instant::now();
    tenant.resources.delete(name, &DeleteParams::default()).await?;
    await_condition(tenant.resources.clone(), name, is_deleted(&uid)).await?;
    Ok(began.elapsed())
}
