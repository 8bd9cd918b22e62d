//! No step begins while a replica lags behind, or can't be asked. On servers of the tests' own.

use std::time::{Duration, Instant};

use schema_operator::api::StepState;
use schema_operator::mysql::{AddressRule, Lag, Purpose, Session, Traffic, read_lag};

use crate::support::{ConditionView, OwnServer, Server, World, condition, login, variable};

/// A source, its replica, and a world whose Secret has the operator's account on both.
struct Replicated {
    world: World,
    source: OwnServer,
    replica: OwnServer,
}

/// How a server names the privilege to ask a replica, and the statements that stop and start one.
struct ReplicationDialect {
    may_ask: &'static str,
    stop: &'static str,
    start: &'static str,
}

fn spec(columns: &[&str]) -> String {
    let columns: String = columns.iter().map(|name| format!("  - {{name: {name}, type: int}}\n")).collect();
    format!(
        "policy: {{maxReplicaLag: 3s, replicas: [{{secretRef: {{name: replica}}}}]}}\ntables:\n- name: t\n  columns:\n{columns}"
    )
}

impl Replicated {
    async fn start(kind: Server, options: &[&str]) -> Self {
        let world = World::new(Server::MySql).await;
        let source = OwnServer::start_with(kind, &["--server-id=1", "--log-bin=log"]);
        let options = [&["--server-id=2", "--log-bin=log"], options].concat();
        let replica = OwnServer::start_with(kind, &options);
        let (port, password) = (source.value("PORT"), source.value("PASSWORD"));
        let from = format!(
            "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = {port}, SOURCE_USER = 'root', \
             SOURCE_PASSWORD = '{password}', SOURCE_SSL = 1; START REPLICA"
        );
        let replicate = match kind {
            Server::MySql | Server::MySqlLower => from,
            Server::MariaDb | Server::MariaDbNewest => {
                from.replace("REPLICATION SOURCE", "MASTER").replace("SOURCE", "MASTER").replace("REPLICA", "SLAVE")
            }
        };
        replica.run(&replicate).await;
        let database = &world.database;
        let account = format!("'app'@'%' IDENTIFIED BY '{password}'");
        source
            .run(&format!(
                "CREATE DATABASE {database}; CREATE TABLE {database}.t (id int); CREATE USER {account}; \
                 GRANT ALL ON {database}.* TO 'app'@'%'"
            ))
            .await;
        let replicated = Self { world, source, replica };
        // The account has reached the replica once it can log in there.
        replicated.wait_for_account(&password).await;
        let (host, port) = (replicated.source.value("HOST"), replicated.source.value("PORT"));
        let others = [("host", host.as_str()), ("port", &port), ("username", "app"), ("password", &password)];
        replicated.world.apply(&replicated.world.secret("db", &others)).unwrap();
        let (host, port) = (replicated.replica.value("HOST"), replicated.replica.value("PORT"));
        let authority = std::fs::read_to_string(variable("TESTBED_CA")).unwrap();
        let of_replica = [
            ("host", host.as_str()),
            ("port", &port),
            ("username", "app"),
            ("password", &password),
            ("ca.crt", &authority),
        ];
        replicated.world.apply(&replicated.world.secret("replica", &of_replica)).unwrap();
        replicated
    }

    async fn wait_for_account(&self, password: &str) {
        let login = login(self.replica.value("HOST"), &self.replica.value("PORT"), "app".into(), password.into());
        let deadline = Instant::now() + Duration::from_mins(1);
        while let Err(error) = Session::open(&login, &Purpose::Work, &AddressRule::all(), Traffic::default()).await {
            assert!(Instant::now() < deadline, "{error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the new column is held up for this reason, and checks that it is not there.
    async fn held(&self, column: &str, words: &str) {
        let resource = self
            .world
            .wait(words, |resource| {
                let ConditionView { reason, message, .. } = condition(resource, "Ready");
                reason == "ReplicaLag" && message.contains(words)
            })
            .await;
        assert_eq!(condition(&resource, "Reconciling").status, "True");
        let steps = resource.status.unwrap().plan.unwrap().steps;
        assert!(steps.iter().all(|step| step.state == StepState::Waiting), "{steps:?}");
        assert!(
            self.source.run(&format!("SHOW COLUMNS FROM {}.t LIKE '{column}'", self.world.database)).await.is_empty()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_waits_for_a_replica_of_mysql() {
    let replicated = Replicated::start(Server::MySql, &["--report-host=127.0.0.1"]).await;
    let dialect = ReplicationDialect {
        may_ask: "REPLICATION CLIENT",
        stop: "STOP REPLICA SQL_THREAD",
        start: "START REPLICA SQL_THREAD",
    };
    waits(&replicated, &dialect).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_waits_for_a_replica_of_mariadb() {
    let replicated = Replicated::start(Server::MariaDb, &["--report-host=127.0.0.1"]).await;
    let dialect = ReplicationDialect {
        may_ask: "REPLICA MONITOR",
        stop: "STOP SLAVE SQL_THREAD",
        start: "START SLAVE SQL_THREAD",
    };
    waits(&replicated, &dialect).await;
}

async fn waits(replicated: &Replicated, dialect: &ReplicationDialect) {
    let Replicated { world, source, replica } = replicated;
    let grant = async |what| source.run(&format!("GRANT {what} ON *.* TO 'app'@'%'")).await;
    let apply = |columns: &[&str]| world.apply(&world.schema(&spec(columns))).unwrap();
    apply(&["added"]);
    replicated.held("added", "can't be asked how far it lags behind").await;
    grant(dialect.may_ask).await;
    world.wait_ready().await;

    // A reader on the replica holds up the source's changes.
    let mut reader = replica.session().await;
    let table = format!("{}.t", world.database);
    reader.batch("a test's lock", &format!("LOCK TABLES {table} READ")).await.unwrap();
    source.run(&format!("INSERT INTO {table} (id) VALUES (1)")).await;
    let mut watcher = replica.session().await;
    let deadline = Instant::now() + Duration::from_mins(1);
    while !matches!(read_lag(&mut watcher).await.unwrap(), Lag::Seconds(4..)) {
        assert!(Instant::now() < deadline, "the replica does not lag behind");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    apply(&["added", "second"]);
    replicated.held("second", "lags behind by more than 3 s").await;
    reader.batch("a test's lock", "UNLOCK TABLES").await.unwrap();
    world.wait_ready().await;

    replica.run(dialect.stop).await;
    apply(&["added", "second", "third"]);
    replicated.held("third", "does not replicate").await;
    replica.run(dialect.start).await;
    world.wait_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_named_replicas_are_asked() {
    let replicated = Replicated::start(Server::MySql, &["--report-host=127.0.0.1"]).await;
    replicated.source.run("GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'app'@'%'").await;
    let world = &replicated.world;
    let unnamed = spec(&["added"]).replace(", replicas: [{secretRef: {name: replica}}]", "");
    world.apply(&world.schema(&unnamed)).unwrap();
    replicated.held("added", "spec.policy.replicas names them").await;
    let others = [("port", "1"), ("username", "app")];
    world.apply(&world.secret("replica", &others)).unwrap();
    world.apply(&world.schema(&spec(&["added"]))).unwrap();
    replicated.held("added", "the replica at the host of Secret replica can't be asked").await;
    world.apply(&world.schema(&unnamed.replace("maxReplicaLag: 3s", ""))).unwrap();
    world.wait_ready().await;
}
