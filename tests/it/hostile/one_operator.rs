//! Every harm at once, against one operator that serves another resource meanwhile.

use super::fake_server::{FakeServer, Harm};
use crate::support::{Server, World, condition, reason};

const SPEC: &str = "interval: 1s\ntables:\n- name: t\n  columns:\n  - {name: id, type: int}\n";

/// The memory that the operator may take at most, in KiB.
const MOST_MEMORY: u64 = 256 << 10;

/// Servers that send large rows, beside the one among all.
const FURTHER_FLOODS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn no_server_ends_the_operator_or_takes_its_memory() {
    let world = World::new(Server::MySql).await;
    world.apply(&world.schema(SPEC)).unwrap();
    world.wait_ready().await;
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
        let message = condition(&resource, "Ready").message;
        assert!(!message.is_empty() && !message.contains(char::is_control), "{harm:?}: {message}");
    }
    // The flood goes on, and the resource of the genuine server is measured all the same.
    world.operator.wait_for_measurements(3).await;
    assert_eq!(world.operator.get("/livez").0, 200);
    assert!(world.operator.metric("schema_operator_reconcile_panics_total").abs() < 0.5, "no pass panicked");
    let memory = world.operator.most_memory();
    assert!(memory < MOST_MEMORY, "{memory} KiB");
}
