//! Servers that never answer hold up nobody else, and neither a deletion nor the operator's end.

use k8s_openapi::api::events::v1::Event;
use kube::Api;
use kube::api::ListParams;
use schema_operator::api::DatabaseSchema;

use crate::support::{Server, SilentServer, World, condition, is_ready, on_each_server, reason};

on_each_server!(
    resources_of_one_database_take_turns_in_few_words,
    resources_of_one_database_claim_at_their_first_look,
    resources_of_one_database_share_its_readings,
);

const SPEC: &str = "tables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";

/// More than may be in flight at a time, of one namespace or in all.
const SILENT: usize = 40;

/// Applies resources whose server is silent, and waits until some of them wait for it.
async fn crowd(world: &World, server: &SilentServer) {
    let port = server.port.to_string();
    world.apply(&world.secret("silent", &[("host", "127.0.0.1"), ("port", &port)])).unwrap();
    let names = (0..SILENT).map(|number| silent(world, number));
    world.apply(&names.collect::<Vec<_>>().join("\n---\n")).unwrap();
    until(|| server.connections() > 0).await;
}

fn silent(world: &World, number: usize) -> String {
    let schema = world.schema_named(&format!("silent{number}"), SPEC);
    schema.replace("{name: db}, tls: Preferred", "{name: silent}, tls: Preferred, connectTimeout: 60s")
}

async fn list(world: &World) -> Vec<DatabaseSchema> {
    world.resources().list(&ListParams::default()).await.unwrap().items
}

async fn until(is_done: impl Fn() -> bool) {
    while !is_done() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

fn in_flight(world: &World) -> f64 {
    world.operator.metric("schema_operator_reconciles_in_flight")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_resource_is_ready_while_silent_servers_are_waited_for() {
    // The check of a silent server waits for it as well, and would tell nothing here.
    let world = World::with(Server::MySql, &["--failover-check-seconds", "0", "--concurrency", "4"]).await;
    let server = SilentServer::start();
    crowd(&world, &server).await;
    world.apply_ready(SPEC).await;
    assert!(in_flight(&world) >= 1.0, "others wait still");
    assert!(world.operator.metric("schema_operator_queue_depth") >= 1.0);
    for resource in list(&world).await {
        let name = resource.metadata.name.clone().unwrap_or_default();
        assert!(name == "todobox" || condition(&resource, "Ready").reason.is_empty(), "{name} was answered");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_ends_the_wait_for_a_silent_server() {
    let world = World::with(Server::MySql, &["--failover-check-seconds", "0"]).await;
    let server = SilentServer::start();
    crowd(&world, &server).await;
    world.kubectl(&["delete", "dbs", "--all"], "").unwrap();
    until(|| in_flight(&world) == 0.0).await;
    assert!(world.operator.metric("schema_operator_queue_depth") == 0.0);
    assert_eq!(world.operator.logged("Timeout"), 0, "no wait has ended by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_spec_ends_the_wait_for_a_silent_server() {
    let world = World::with(Server::MySql, &["--failover-check-seconds", "0"]).await;
    let server = SilentServer::start();
    let port = server.port.to_string();
    world.apply(&world.secret("silent", &[("host", "127.0.0.1"), ("port", &port)])).unwrap();
    let waits = world.schema(SPEC).replace("{name: db}, tls", "{name: silent}, connectTimeout: 60s, tls");
    world.apply(&waits).unwrap();
    until(|| server.connections() > 0).await;
    world.apply_ready(SPEC).await;
    assert_eq!(world.operator.logged("Timeout"), 0, "the wait has not ended by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_ends_while_silent_servers_are_waited_for() {
    let mut world = World::with(Server::MySql, &["--failover-check-seconds", "0"]).await;
    let server = SilentServer::start();
    crowd(&world, &server).await;
    world.operator.signal("TERM");
    assert_eq!(world.operator.wait().await.code(), Some(0));
    assert_eq!(world.operator.logged("are given up"), 0, "each wait was cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_try_tells_all_that_a_server_is_silent() {
    let world = World::with(Server::MySql, &["--failover-check-seconds", "0"]).await;
    let server = SilentServer::start();
    let port = server.port.to_string();
    world.apply(&world.secret("silent", &[("host", "127.0.0.1"), ("port", &port)])).unwrap();
    let all = (0..SILENT).map(|number| silent(&world, number).replace("connectTimeout: 60s", "connectTimeout: 1s"));
    world.apply(&all.collect::<Vec<_>>().join("\n---\n")).unwrap();
    loop {
        let resources = list(&world).await;
        if resources.len() == SILENT && resources.iter().all(|resource| reason(resource) == "Timeout") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let connections = server.connections();
    assert!(connections < SILENT / 2, "{connections} connections for {SILENT} resources");
}

/// Resources of one database, each with a table of its own.
const NEIGHBOURS: usize = 20;

async fn resources_of_one_database_take_turns_in_few_words(world: World) {
    let schema = |number: usize| {
        let spec = SPEC.replace("name: t", &format!("name: t{number}"));
        world.schema_named(&format!("r{number}"), &spec)
    };
    world.apply(&(0..NEIGHBOURS).map(schema).collect::<Vec<_>>().join("\n---\n")).unwrap();
    for number in 0..NEIGHBOURS {
        world.wait_named(&format!("r{number}"), "Ready", is_ready).await;
    }
    let events: Api<Event> = Api::namespaced(world.client.clone(), &world.namespace);
    let events = events.list(&ListParams::default()).await.unwrap().items;
    let warnings: Vec<_> = events.iter().filter(|event| event.type_.as_deref() == Some("Warning")).collect();
    assert!(warnings.is_empty(), "{warnings:#?}");
    // Its turn, its statement, its result. Whether a turn was waited for long enough to say so depends on the machine;
    // `make bench` counts Events where it has nothing else to do.
    assert!(events.len() <= NEIGHBOURS * 3, "{} Events", events.len());
}

/// Applies them, on tables that are there, and waits until each has claimed its own. No later interval does that.
async fn apply_neighbours(world: &World, interval: &str) {
    let schema = |number: usize| {
        let spec = SPEC.replace("name: t", &format!("name: t{number}"));
        world.schema_named(&format!("r{number}"), &format!("interval: {interval}\n{spec}"))
    };
    let tables: Vec<String> = (0..NEIGHBOURS).map(|number| format!("CREATE TABLE t{number} (id int)")).collect();
    world.sql(&tables.join("; ")).await;
    world.apply(&(0..NEIGHBOURS).map(schema).collect::<Vec<_>>().join("\n---\n")).unwrap();
    // The first of them makes the table.
    world.wait_named("r0", "Ready", is_ready).await;
    let claims = "SELECT COUNT(*) FROM schema_operator_record WHERE claims IS NOT NULL";
    world.wait_sql("the claims of all", claims, |number| number == NEIGHBOURS.to_string()).await;
}

async fn resources_of_one_database_claim_at_their_first_look(world: World) {
    apply_neighbours(&world, "1h").await;
    // One that contradicts them is told so, whenever it comes.
    let contradiction = SPEC.replace("name: t", "name: t7").replace("type: int", "type: bigint");
    world.apply(&world.schema_named("other", &contradiction)).unwrap();
    world.wait_named("other", "in conflict", |found| reason(found) == "OwnershipConflict").await;
}

async fn resources_of_one_database_share_its_readings(world: World) {
    apply_neighbours(&world, "2s").await;
    let figures = || {
        let reconciles = world.operator.metric("schema_operator_reconcile_duration_seconds_count");
        (reconciles, world.operator.metric("schema_operator_sql_round_trips_total"))
    };
    let mut ratios = Vec::new();
    // Each is measured in full once more when the claims of all others are there.
    for _ in 0..4 {
        let (reconciles, messages) = figures();
        until(|| figures().0 >= reconciles + 40.0).await;
        let (more_reconciles, more_messages) = figures();
        ratios.push((more_messages - messages) / (more_reconciles - reconciles));
    }
    assert!(ratios.last().is_some_and(|last| *last <= 0.25), "messages a reconcile, in the order of time: {ratios:?}");
}
