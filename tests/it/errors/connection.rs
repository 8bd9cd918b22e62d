//! Servers that can't be reached, or that refuse the operator's login.

use tokio::net::TcpListener;

use crate::support::{ConditionView, Server, World, condition, on_each_server, reason, variable};

const SPEC: &str = "tables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";

on_each_server!(
    a_wrong_password_is_noticed_and_its_correction_too,
    an_unknown_database_is_awaited,
    a_certificate_of_another_authority_is_refused,
);

async fn a_wrong_password_is_noticed_and_its_correction_too(world: World) {
    let wrong = world.secret("db", &[("password", "not-the-password")]);
    world.apply(&wrong).unwrap();
    world.apply(&world.schema(SPEC)).unwrap();
    let resource = world.wait_reason("AuthenticationFailed").await;
    let ConditionView { status, reason: word, message } = condition(&resource, "Reachable");
    assert_eq!((status, word), ("False", "AuthenticationFailed"));
    assert!(message.contains("the host of Secret db") && message.contains("user and password"), "{message}");
    assert_eq!(condition(&resource, "Reconciling").status, "True");
    assert_eq!(condition(&resource, "InSync").status, "Unknown");
    world.apply(&world.secret("db", &[])).unwrap();
    let ready = world.wait_ready().await;
    assert_eq!(ready.metadata.generation, Some(1), "the resource did not change");
    let reachable = condition(&ready, "Reachable");
    assert_eq!(reachable.reason, "Connected");
    assert!(reachable.message.contains("tls: Preferred"), "{reachable:?}");
}

async fn an_unknown_database_is_awaited(world: World) {
    world.server.run(&format!("DROP DATABASE {}", world.database)).await;
    world.apply(&world.schema(SPEC)).unwrap();
    let resource = world.wait_reason("UnknownDatabase").await;
    let ConditionView { status, reason: word, message } = condition(&resource, "Reachable");
    assert_eq!((status, word), ("False", "UnknownDatabase"));
    assert!(message.contains(&world.database), "{message}");
    world.server.run(&format!("CREATE DATABASE {}", world.database)).await;
    world.wait_ready().await;
}

async fn a_certificate_of_another_authority_is_refused(world: World) {
    let authority = |variable_name: &str| std::fs::read_to_string(variable(variable_name)).unwrap();
    let by_authority = world.schema_named("without", SPEC).replace("tls: Preferred", "tls: VerifyCA");
    world.apply(&by_authority).unwrap();
    let resource = world.wait_named("without", "TLSFailed", |resource| reason(resource) == "TLSFailed").await;
    assert!(condition(&resource, "Ready").message.contains("takes the certificate of an authority"), "{resource:?}");
    world.delete("without");
    world.apply(&world.secret("db", &[("ca.crt", &authority("TESTBED_OTHER_CA"))])).unwrap();
    world.apply(&world.schema(SPEC).replace("tls: Preferred", "tls: VerifyCA")).unwrap();
    let resource = world.wait_reason("TLSFailed").await;
    let ConditionView { status, reason: word, message } = condition(&resource, "Reachable");
    assert_eq!((status, word), ("False", "TLSFailed"));
    assert!(message.contains("the host of Secret db") && message.contains("certificate"), "{message}");
    world.apply(&world.secret("db", &[("ca.crt", &authority("TESTBED_CA"))])).unwrap();
    world.wait_ready().await;
    world.apply(&world.schema(SPEC).replace("tls: Preferred", "tls: VerifyIdentity")).unwrap();
    assert_eq!(world.wait_ready().await.metadata.generation, Some(2));
}

/// Makes a world whose Secret names port 1, where no server listens.
async fn without_a_listener() -> World {
    let world = World::new(Server::MySql).await;
    world.apply(&world.secret("db", &[("port", "1")])).unwrap();
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_connection_names_the_address() {
    let world = without_a_listener().await;
    world.apply(&world.schema(SPEC)).unwrap();
    let resource = world.wait_reason("ConnectionRefused").await;
    let ConditionView { status, reason: word, message } = condition(&resource, "Reachable");
    assert_eq!((status, word), ("False", "ConnectionRefused"));
    assert!(message.contains("the host of Secret db"), "{message}");
    assert_eq!((condition(&resource, "Reconciling").status, condition(&resource, "Stalled").status), ("True", "False"));
    world.wait_event("ConnectionRefused", "").await;
    world.apply(&world.secret("db", &[])).unwrap();
    world.wait_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_progress_deadline_it_is_stalled_and_still_tried() {
    let world = without_a_listener().await;
    world.apply(&world.schema(&format!("progressDeadline: 1s\n{SPEC}"))).unwrap();
    let stalled = world.wait("Stalled", |resource| condition(resource, "Stalled").status == "True").await;
    assert_eq!(reason(&stalled), "ConnectionRefused");
    assert_eq!(condition(&stalled, "Stalled").reason, "ConnectionRefused");
    assert!(condition(&stalled, "Stalled").message.contains("the host of Secret db"));
    assert_eq!(condition(&stalled, "Reconciling").status, "False");
    world.apply(&world.secret("db", &[])).unwrap();
    world.wait_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_answers_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    let world = World::new(Server::MySql).await;
    world.apply(&world.secret("db", &[("port", &port)])).unwrap();
    world.apply(&world.schema(SPEC).replace("tls: Preferred", "tls: Preferred, connectTimeout: 1s")).unwrap();
    let resource = world.wait_reason("Timeout").await;
    let ConditionView { status, reason: word, message } = condition(&resource, "Reachable");
    assert_eq!((status, word), ("False", "Timeout"));
    assert!(message.contains("the host of Secret db") && message.contains("1 s"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_not_allowed_is_never_connected_to() {
    let world = World::with(Server::MySql, &["--allowed-hosts", "*.db.example.com,10.0.0.0/8"]).await;
    // A listener would see a connection, and then a login.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    world.apply(&world.secret("db", &[("port", &port)])).unwrap();
    world.apply(&world.schema(SPEC)).unwrap();
    let resource = world.wait_reason("HostNotAllowed").await;
    assert_eq!(condition(&resource, "Stalled").status, "True");
    assert_eq!(condition(&resource, "Reachable").status, "False");
    assert!(condition(&resource, "Ready").message.contains("the host of Secret db is not among"), "{resource:?}");
    tokio::select! {
        biased;
        _ = listener.accept() => panic!("it was connected to"),
        () = std::future::ready(()) => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_metadata_services_nor_the_api_server_are_databases() {
    let world = World::new(Server::MySql).await;
    let config = crate::support::run("kubectl", &["config", "view", "--minify", "-o", "jsonpath={..server}"]);
    let (_, port) = config.rsplit_once(':').unwrap();
    let cases = [
        ("link-local", "169.254.169.254", "80", "link-local"),
        ("mapped", "::ffff:169.254.169.254", "80", "link-local"),
        ("mapped-hex", "::ffff:a9fe:a9fe", "80", "link-local"),
        // A resolver takes these for addresses.
        ("decimal", "2852039166", "80", "link-local"),
        ("hex", "0xa9fea9fe", "80", "link-local"),
        ("octal", "0251.0376.0251.0376", "80", "link-local"),
        ("in-two-parts", "169.16689662", "80", "link-local"),
        ("unspecified", "0.0.0.0", port, "link-local"),
        ("nat64", "64:ff9b::a9fe:a9fe", "80", "metadata"),
        ("alibaba", "100.100.100.200", "80", "metadata"),
        ("aws-ipv6", "fd00:ec2::254", "80", "metadata"),
        ("api-server", "127.0.0.1", port, "Kubernetes API server"),
        ("api-server-by-name", "localhost", port, "Kubernetes API server"),
    ];
    for (name, host, port, _) in cases {
        world.apply(&world.secret(name, &[("host", host), ("port", port)])).unwrap();
        world.apply(&world.schema_named(name, SPEC).replace("name: db", &format!("name: {name}"))).unwrap();
    }
    for (name, _, _, words) in cases {
        let resource = world.wait_named(name, "a refusal", |resource| reason(resource) == "HostNotAllowed").await;
        assert!(condition(&resource, "Ready").message.contains(words), "{name}: {resource:?}");
    }
}
