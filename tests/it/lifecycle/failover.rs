//! Another server takes the place of the one that was measured, long before the next interval.

use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use schema_operator::api::DatabaseSchema;

use crate::support::{OwnServer, Server, World, is_ready, reason, server_id};

/// Checks for a failover each second; the interval is too long for a measurement.
const CHECKED: [&str; 2] = ["--failover-check-seconds", "1"];
const UNCHECKED: [&str; 2] = ["--failover-check-seconds", "0"];
const SPEC: &str = "interval: 1h\ntables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";

/// Restarts the server with the same data and another id.
fn replace(server: &OwnServer) {
    server.act("stop");
    server.forget_id();
    server.act("start");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_is_measured_at_once() {
    let (world, server) = OwnServer::with_world(Server::MySql, &CHECKED).await;
    let before = server_id(&world.apply_ready(SPEC).await);
    replace(&server);
    let is_other = |resource: &DatabaseSchema| is_ready(resource) && server_id(resource) != before;
    world.wait("Ready on another server", is_other).await;
    let claim = format!("SELECT server FROM {}.schema_operator_record WHERE resource_uid <> ''", world.database);
    assert_eq!(
        Some(server.run(&claim).await[0].text(0).to_owned()),
        server_id(&world.resource().await),
        "the claim names the new server"
    );
}

/// Shows that the test before this one passes because of the check.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_check_the_interval_is_waited_for() {
    let (world, server) = OwnServer::with_world(Server::MySql, &UNCHECKED).await;
    let before = server_id(&world.apply_ready(SPEC).await);
    let often = SPEC.replace("1h", "1s").replace("name: t", "name: other");
    world.apply(&world.schema_named("often", &often)).unwrap();
    world.wait_named("often", "Ready", is_ready).await;
    replace(&server);
    world.wait_named("often", "another server", |resource| is_ready(resource) && server_id(resource) != before).await;
    assert_eq!(server_id(&world.resource().await), before);
}

async fn turns_read_only(kind: Server) {
    let (world, server) = OwnServer::with_world(kind, &CHECKED).await;
    world.apply_ready(SPEC).await;
    server.run("SET GLOBAL read_only = 1").await;
    world.wait_reason("NotPrimary").await;
    server.run("SET GLOBAL read_only = 0").await;
    world.wait_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mysql_that_became_read_only_is_noticed_at_once() {
    turns_read_only(Server::MySql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mariadb_that_became_read_only_is_noticed_at_once() {
    turns_read_only(Server::MariaDbNewest).await;
}

/// If the login that the check uses is gone, the check uses another one.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_gone_is_replaced_by_another() {
    let (world, server) = OwnServer::with_world(Server::MySql, &CHECKED).await;
    let name = &world.database;
    server.run(&format!("CREATE USER short IDENTIFIED BY 'word'; GRANT ALL ON {name}.* TO short")).await;
    let (host, port) = (server.value("HOST"), server.value("PORT"));
    let login = [("host", host.as_str()), ("port", port.as_str()), ("username", "short"), ("password", "word")];
    world.apply(&world.secret("short", &login)).unwrap();
    let first = SPEC.replace("name: t", "name: other");
    world.apply(&world.schema_named("first", &first).replace("name: db}", "name: short}")).unwrap();
    world.wait_named("first", "Ready", is_ready).await;
    world.apply_ready(SPEC).await;
    server.run("DROP USER short").await;
    let of_short = "SELECT PROCESSLIST_ID FROM performance_schema.threads WHERE PROCESSLIST_USER = 'short'";
    for connection in server.run(of_short).await {
        // It may have been closed in between.
        let _ = server.session().await.batch("a test's statement", &format!("KILL {}", connection.text(0))).await;
    }
    let refused = |resource: &DatabaseSchema| reason(resource) == "AuthenticationFailed";
    world.wait_named("first", "AuthenticationFailed", refused).await;
    server.run("SET GLOBAL read_only = 1").await;
    world.wait_reason("NotPrimary").await;
}

/// The old primary lives on, and the open connections lead to it.
#[tokio::test(flavor = "multi_thread")]
async fn sessions_to_a_former_primary_are_not_used() {
    let (world, [old, new], forwarder) = behind_an_address().await;
    forwarder.lead_to(&new);
    old.run("SET GLOBAL read_only = 1").await;
    is_measured_on(&world, &new).await;
}

/// The open connections show nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_leads_elsewhere_is_noticed() {
    let (world, [_old, new], forwarder) = behind_an_address().await;
    forwarder.lead_to(&new);
    is_measured_on(&world, &new).await;
}

/// Makes a resource that is Ready on the first of two servers behind an address.
async fn behind_an_address() -> (World, [OwnServer; 2], Forwarder) {
    let world = World::with(Server::MySql, &CHECKED).await;
    let servers = [OwnServer::start(Server::MySql), OwnServer::start(Server::MySql)];
    for server in &servers {
        let (name, all) = (&world.database, "GRANT ALL ON *.* TO 'same'@'%'");
        server.run(&format!("CREATE DATABASE {name}; CREATE USER 'same'@'%' IDENTIFIED BY 'word'; {all}")).await;
    }
    let forwarder = Forwarder::to(&servers[0]);
    let port = forwarder.port.to_string();
    let login = [("host", "127.0.0.1"), ("port", port.as_str()), ("username", "same"), ("password", "word")];
    world.apply(&world.secret("db", &login)).unwrap();
    world.apply_ready(SPEC).await;
    is_measured_on(&world, &servers[0]).await;
    (world, servers, forwarder)
}

async fn is_measured_on(world: &World, server: &OwnServer) {
    let uuid = server.run("SELECT @@server_uuid").await[0].text(0).to_owned();
    let holds = |resource: &DatabaseSchema| is_ready(resource) && server_id(resource).as_deref() == Some(uuid.as_str());
    world.wait("Ready on that server", holds).await;
}

/// An address in front of servers. A connection stays with the server that it was made to.
struct Forwarder {
    port: u16,
    target: Arc<Mutex<String>>,
}

impl Forwarder {
    fn to(server: &OwnServer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let target = Arc::new(Mutex::new(address(server)));
        let shared = target.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let target = shared.lock().unwrap().clone();
                // The server is gone once the test ends.
                let Ok(server) = TcpStream::connect(target) else { continue };
                let clones = (client.try_clone().expect("a clone"), server.try_clone().expect("a clone"));
                std::thread::spawn(move || pass_on(client, server));
                std::thread::spawn(move || pass_on(clones.1, clones.0));
            }
        });
        Self { port, target }
    }

    fn lead_to(&self, server: &OwnServer) {
        *self.target.lock().unwrap() = address(server);
    }
}

fn address(server: &OwnServer) -> String {
    format!("{}:{}", server.value("HOST"), server.value("PORT"))
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.flush();
    let _ = to.shutdown(Shutdown::Both);
}
