//! MySQL's Group Replication: the operator does not change a primary whose group has no quorum. The statement would
//! wait, and hold its locks, until a person has fixed the group.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::support::{ConditionView, OwnServer, Server, World, condition};

const GROUP: &str = "7a8b2e56-0a51-4d0c-8a40-5a9d0f6f4b11";

/// Returns a port on which no server listens now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Starts a member that has not joined.
fn member(id: u8, own: u16, all: [u16; 2]) -> OwnServer {
    let seeds = all.map(|port| format!("127.0.0.1:{port}")).join(",");
    let options = [
        format!("--server-id={id}"),
        "--report-host=127.0.0.1".to_owned(),
        "--gtid-mode=ON".to_owned(),
        "--enforce-gtid-consistency=ON".to_owned(),
        "--plugin-load-add=group_replication.so".to_owned(),
        format!("--loose-group-replication-group-name={GROUP}"),
        format!("--loose-group-replication-local-address=127.0.0.1:{own}"),
        format!("--loose-group-replication-group-seeds={seeds}"),
        "--loose-group-replication-ip-allowlist=127.0.0.1/8".to_owned(),
        "--loose-group-replication-start-on-boot=OFF".to_owned(),
        "--loose-group-replication-recovery-get-public-key=ON".to_owned(),
    ];
    OwnServer::start_with(Server::MySql, &options.each_ref().map(String::as_str))
}

async fn join(server: &OwnServer, is_first: bool) {
    let bootstrap = |word: &str| {
        if is_first { format!("SET GLOBAL group_replication_bootstrap_group = {word};") } else { String::new() }
    };
    server
        .run(&format!(
            "SET SESSION sql_log_bin = 0; RESET BINARY LOGS AND GTIDS; CREATE USER 'replica'@'%' IDENTIFIED BY 'replica'; \
             GRANT REPLICATION SLAVE, CONNECTION_ADMIN, BACKUP_ADMIN, GROUP_REPLICATION_STREAM ON *.* TO 'replica'@'%'; \
             SET SESSION sql_log_bin = 1; CHANGE REPLICATION SOURCE TO SOURCE_USER = 'replica', \
             SOURCE_PASSWORD = 'replica' FOR CHANNEL 'group_replication_recovery'; \
             {} START GROUP_REPLICATION; {}",
            bootstrap("ON"),
            bootstrap("OFF").trim_end_matches(';')
        ))
        .await;
}

/// Waits until the server sees this many members in this state.
async fn wait_for_members(server: &OwnServer, state: &str, number: &str) {
    let sql = format!(
        "SELECT CAST(COUNT(*) AS CHAR) FROM performance_schema.replication_group_members WHERE MEMBER_STATE = '{state}'"
    );
    let deadline = Instant::now() + Duration::from_mins(1);
    while server.run(&sql).await[0].text(0) != number {
        assert!(Instant::now() < deadline, "not within a minute: {number} {state} members");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn spec(columns: &[&str]) -> String {
    let columns: String = columns.iter().map(|name| format!("  - {{name: {name}, type: int}}\n")).collect();
    format!(
        "tables:\n- name: t\n  columns:\n  - {{name: id, type: int, nullable: false}}\n{columns}  primaryKey: [id]\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_without_a_quorum_is_not_changed() {
    let world = World::new(Server::MySql).await;
    let ports = [free_port(), free_port()];
    let (primary, secondary) = (member(1, ports[0], ports), member(2, ports[1], ports));
    join(&primary, true).await;
    wait_for_members(&primary, "ONLINE", "1").await;
    join(&secondary, false).await;
    wait_for_members(&primary, "ONLINE", "2").await;
    primary.run(&format!("CREATE DATABASE {}", world.database)).await;

    world.apply(&primary.secret(&world)).unwrap();
    world.apply_ready(&spec(&["a"])).await;

    secondary.act("kill");
    wait_for_members(&primary, "UNREACHABLE", "1").await;
    world.apply(&world.schema(&spec(&["a", "b"]))).unwrap();
    let resource = world.wait_reason("NotPrimary").await;
    let ConditionView { message, .. } = condition(&resource, "Ready");
    assert!(message.contains("no quorum: it reaches 1 of 2 members"), "{message}");
    assert_eq!(condition(&resource, "Reconciling").status, "True");
    let waits = "SELECT CAST(COUNT(*) AS CHAR) FROM performance_schema.processlist WHERE STATE LIKE '%commit%'";
    assert_eq!(primary.run(waits).await[0].text(0), "0", "no statement was begun that can't end");

    primary.run(&format!("SET GLOBAL group_replication_force_members = '127.0.0.1:{}'", ports[0])).await;
    let ready = world.wait_ready().await;
    assert_eq!(ready.status.unwrap().observed_generation, Some(2));
    let definition = primary.run(&format!("SHOW CREATE TABLE {}.t", world.database)).await;
    assert!(definition[0].text(1).contains("`b`"), "{definition:?}");
}
