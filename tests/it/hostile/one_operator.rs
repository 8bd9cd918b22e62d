//! Every harm of a server, every change of a genuine packet and the attacks of tenants, against one operator that
//! serves other resources meanwhile.

use schema_operator::api::DatabaseSchema;
use schema_operator::telemetry::is_obeyed;

use super::fake_server::{FakeServer, Harm};
use super::one_of;
use super::packet_changer::{Damage, PacketChange, PacketChanger};
use super::tenant_attacks::{self, Attack};
use crate::support::{ControlPlane, Server, World, condition, is_ready, reason};

const SPEC: &str = "interval: 1s\ntables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";

/// A resource whose pass tries expressions and queries.
const RICH_SPEC: &str = "interval: 1h
tables:
- name: t
  columns: [{name: id, type: int}, {name: note, type: varchar(20), nullable: true, default: {value: x}}]
  primaryKey: [id]
  checks: [{name: positive, expression: id > 0}]
verify: [{name: q, query: SELECT id FROM t, expect: {rows: {max: 0}}}]
";

/// The memory that the operator may take at most, in KiB.
const MOST_MEMORY: u64 = 256 << 10;

/// Servers that send large rows, beside the one among all.
const FURTHER_FLOODS: usize = 8;

/// Of so many changed packets one is tried, unless all are asked for.
const SOME: usize = 67;

/// Resources that wait for their servers at a time.
const BATCH: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn no_server_takes_the_memory_and_no_tenant_ends_the_operator() {
    let control_plane = ControlPlane::start();
    let world = World::in_cluster(&control_plane, Server::MySql).await;
    world.apply(&world.schema(SPEC)).unwrap();
    world.wait_ready().await;
    let floods = play_all_harms(&world).await;
    // The flood goes on, and the resource of the genuine server is measured all the same.
    world.operator.wait_for_measurements(3).await;
    let memory = world.operator.most_memory();
    assert!(memory < MOST_MEMORY, "{memory} KiB");
    let databases = change_packets(&world).await;
    attack_as_tenant(&world).await;
    serve_another_namespace(&world, &control_plane);
    world.operator.wait_for_measurements(3).await;
    drop(floods);
    // The test starts no second operator: the first one answers.
    assert_eq!(world.operator.get("/livez").0, 200);
    assert!(world.operator.metric("schema_operator_reconcile_panics_total").abs() < 0.5, "no pass panicked");
    for database in databases {
        world.server.run(&format!("DROP DATABASE IF EXISTS {database}")).await;
    }
}

/// Returns the servers, which go on.
async fn play_all_harms(world: &World) -> Vec<FakeServer> {
    let mut attackers = Vec::new();
    let floods = [Harm::EndlessLargeRows; FURTHER_FLOODS];
    for (number, harm) in Harm::ALL.into_iter().chain(floods).enumerate() {
        // Each has a host of its own: what is bounded for a host is so for none of these together.
        let (host, name) = (format!("127.0.1.{}", number + 1), format!("{}-{number}", harm.name()));
        let server = FakeServer::start_at(&host, harm).await;
        world.apply(&world.secret(&name, &[("host", &host), ("port", &server.port)])).unwrap();
        let connection = format!("name: {name}}}, connectTimeout: 2s");
        world.apply(&world.schema_named(&name, SPEC).replace("name: db}", &connection)).unwrap();
        attackers.push((harm, name, server));
    }
    for (harm, name, _) in &attackers {
        let resource =
            world.wait_named(name, "its reason", |resource| harm.reasons().contains(&reason(resource))).await;
        check_message(name, &resource);
    }
    attackers.into_iter().map(|(_, _, server)| server).collect()
}

fn check_message(name: &str, resource: &DatabaseSchema) {
    let message = condition(resource, "Ready").message;
    assert!(!message.is_empty() && !message.contains(is_obeyed), "{name}: {message:?}");
}

/// A resource whose genuine server is behind a network that changes a packet, or none.
struct Passage {
    name: String,
    database: String,
    manifest: String,
    change: Option<PacketChange>,
    network: PacketChanger,
}

impl Passage {
    /// Starts the network, and creates a database of the resource's own.
    async fn open(world: &World, number: usize, change: Option<PacketChange>) -> Self {
        let host = format!("127.0.{}.{}", 2 + number / 250, 1 + number % 250);
        let server = format!("{}:{}", world.server.value("HOST"), world.server.value("PORT"));
        let network = PacketChanger::start_at(&host, server, change).await;
        let (name, database) = (format!("passage-{number}"), format!("{}_{number}", world.database));
        world.server.run(&format!("CREATE DATABASE {database}")).await;
        let secret = world.secret(&name, &[("host", &host), ("port", &network.port)]);
        let connection = format!("name: {name}}}, connectTimeout: 5s, tls: Disabled");
        let resource = world.schema_named(&name, RICH_SPEC).replace("name: db}, tls: Preferred", &connection);
        let manifest = format!("{secret}\n---\n{}", resource.replace(&world.database, &database));
        Self { name, database, manifest, change, network }
    }

    /// Says whether the change was made.
    fn has_struck(&self) -> bool {
        self.change.is_some_and(|change| self.network.most_packets() > change.packet)
    }
}

/// Changes a packet of each connection: another one, or in another way, for each resource. Returns their databases.
async fn change_packets(world: &World) -> Vec<String> {
    let unchanged = Passage::open(world, 0, None).await;
    world.apply(&unchanged.manifest).unwrap();
    world.wait_named(&unchanged.name, "Ready", is_ready).await;
    let packets = unchanged.network.most_packets();
    let all = (0..packets).flat_map(|packet| Damage::ALL.map(|damage| PacketChange { packet, damage }));
    let changes: Vec<PacketChange> = all.step_by(one_of(SOME)).collect();
    let mut databases = vec![unchanged.database];
    let mut struck = 0;
    for batch in changes.chunks(BATCH) {
        let mut passages = Vec::new();
        for change in batch {
            passages.push(Passage::open(world, databases.len() + passages.len(), Some(*change)).await);
        }
        let manifests: Vec<&str> = passages.iter().map(|passage| passage.manifest.as_str()).collect();
        world.apply(&manifests.join("\n---\n")).unwrap();
        for passage in &passages {
            let what = format!("{:?}", passage.change);
            let resource = world.wait_named(&passage.name, &what, is_settled).await;
            check_message(&what, &resource);
        }
        struck += passages.iter().filter(|passage| passage.has_struck()).count();
        databases.extend(passages.into_iter().map(|passage| passage.database));
    }
    // A pass may need fewer packets than the one that was counted.
    assert!(struck > changes.len() * 3 / 4, "{struck} of {} changes were made", changes.len());
    databases
}

/// Says whether a pass has ended, well or not.
fn is_settled(resource: &DatabaseSchema) -> bool {
    !matches!(reason(resource), "" | "Applying" | "LockHeld" | "ChangedConcurrently")
}

async fn attack_as_tenant(world: &World) {
    tenant_attacks::create_functions(world).await;
    let attacks = tenant_attacks::all();
    for attack in &attacks {
        attack.apply(world);
    }
    let mut others = Vec::new();
    for Attack { name, reason: expected, .. } in &attacks {
        let resource = world.wait_named(name, expected, is_settled).await;
        check_message(name, &resource);
        if reason(&resource) != *expected {
            others.push((name, reason(&resource).to_owned(), condition(&resource, "Ready").message.to_owned()));
        }
    }
    assert!(others.is_empty(), "{others:#?}");
}

/// Applies a resource in a namespace where nobody attacks.
fn serve_another_namespace(world: &World, control_plane: &ControlPlane) {
    let namespace = "neighbour";
    control_plane.kubectl(&["create", "namespace", namespace], "");
    let resource = world.schema_named("good", &SPEC.replace("name: t", "name: good"));
    let manifest = format!("{}\n---\n{resource}", world.secret("db", &[]));
    control_plane.kubectl(&["apply", "--server-side", "--namespace", namespace, "-f", "-"], &manifest);
    let ready = ["wait", "--for=condition=Ready", "dbs/good", "--timeout=60s", "--namespace", namespace];
    control_plane.kubectl(&ready, "");
}
