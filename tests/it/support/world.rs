//! What one test has for itself: a namespace, a database and an operator.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::runtime::wait::await_condition;
use kube::{Api, Client, Config};
use schema_operator::api::DatabaseSchema;
use schema_operator::mysql::{Row, Session, last_row, scratch_pattern};
use schema_operator::record::find_lock_name;
use schema_operator::schema::{Identifier, quote_literal};

use super::chart::run;
use super::kubectl::kubectl;
use super::resource::{check_invariants, is_ready, manifest, reason};
use super::server::SessionTable;
use super::{ControlPlane, OpenTransaction, Operator, Server, unique, variable};

/// The name of the resource that most tests apply.
const NAME: &str = "todobox";

/// A namespace, a database of the same name, a Secret `db` with the administrator's login, and an operator.
pub struct World {
    pub server: Server,
    pub client: Client,
    pub namespace: String,
    pub database: String,
    pub operator: Operator,
    kubeconfig: PathBuf,
}

impl World {
    /// Makes a world on `server`, and starts its operator.
    pub async fn new(server: Server) -> Self {
        Self::with(server, &[]).await
    }

    /// Makes a world whose operator gets further arguments.
    pub async fn with(server: Server, arguments: &[&str]) -> Self {
        let namespace = unique("test");
        let database = namespace.replace('-', "_");
        let kubeconfig = PathBuf::from(variable("KUBECONFIG"));
        let client = client_of(&kubeconfig).await;
        server.run(&format!("CREATE DATABASE {database}")).await;
        let operator = Operator::start(&namespace, arguments).await;
        run("kubectl", &["create", "namespace", &namespace]);
        let world = Self { server, client, namespace, database, operator, kubeconfig };
        world.apply(&world.secret("db", &[])).expect("the Secret is accepted");
        world
    }

    /// Makes a world in a cluster of the test's own, with the CRD. Its operator watches all namespaces.
    pub async fn in_cluster(control_plane: &ControlPlane, server: Server) -> Self {
        let namespace = unique("test");
        let database = namespace.replace('-', "_");
        control_plane.install(&schema_operator::api::crd_yaml().expect("the CRD can be written"));
        control_plane.kubectl(&["create", "namespace", &namespace], "");
        let kubeconfig = control_plane.kubeconfig();
        let client = client_of(&kubeconfig).await;
        server.run(&format!("CREATE DATABASE {database}")).await;
        let operator = Operator::start_everywhere(&kubeconfig, &[]).await;
        let world = Self { server, client, namespace, database, operator, kubeconfig };
        world.apply(&world.secret("db", &[])).expect("the Secret is accepted");
        world
    }

    /// Makes another namespace with an operator of its own, whose resources declare the same database.
    pub async fn neighbour(&self) -> Self {
        let namespace = unique("test");
        let operator = Operator::start(&namespace, &[]).await;
        run("kubectl", &["create", "namespace", &namespace]);
        let (server, client, database) = (self.server, self.client.clone(), self.database.clone());
        let kubeconfig = self.kubeconfig.clone();
        let world = Self { server, client, namespace, database, operator, kubeconfig };
        world.apply(&world.secret("db", &[])).expect("the Secret is accepted");
        world
    }

    /// Kills the operator, and waits until it has ended.
    pub async fn kill_operator(&mut self) {
        self.operator.signal("KILL");
        self.operator.wait().await;
    }

    /// Starts another operator in place of the one before.
    pub async fn start_operator(&mut self) {
        self.operator = Operator::start(&self.namespace, &[]).await;
    }

    /// Makes the operator look at a resource again, as if it had changed.
    pub fn nudge(&self, name: &str) {
        let mark = format!("nudge={}", unique("mark"));
        self.kubectl(&["annotate", "--overwrite", "dbs", name, &mark], "").expect("it can be annotated");
    }

    /// Changes the status of a resource by a JSON patch, as an operator would have left it that ended at another time.
    pub fn patch_status(&self, name: &str, patch: &serde_json::Value) {
        let patch = patch.to_string();
        let arguments = ["patch", "dbs", name, "--subresource", "status", "--type", "json", "-p", &patch];
        self.kubectl(&arguments, "").expect("the status can be patched");
    }

    /// Deletes a resource.
    pub fn delete(&self, name: &str) {
        self.kubectl(&["delete", "dbs", name], "").expect("it can be deleted");
    }

    /// Returns a Secret with the administrator's login, in which `others` replace or add values.
    pub fn secret(&self, name: &str, others: &[(&str, &str)]) -> String {
        let server = self.server;
        let values = ["host", "port", "username", "password"].map(|key| {
            let variable = if key == "username" { "USER".to_owned() } else { key.to_uppercase() };
            (key, server.value(&variable))
        });
        let mut data: serde_json::Map<String, serde_json::Value> =
            values.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
        for (key, value) in others {
            data.insert((*key).to_owned(), (*value).into());
        }
        serde_json::json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name }, "stringData": data,
        })
        .to_string()
    }

    /// Returns a DatabaseSchema `todobox` with this YAML in its spec, beside revision, database and connection.
    pub fn schema(&self, spec: &str) -> String {
        self.schema_named(NAME, spec)
    }

    /// Returns the same under another name.
    pub fn schema_named(&self, name: &str, spec: &str) -> String {
        manifest(name, &self.database, spec)
    }

    /// Runs `kubectl apply --server-side`, as a person would. Returns what the API server refuses.
    pub fn apply(&self, manifest: &str) -> Result<String, String> {
        self.kubectl(&["apply", "--server-side", "--force-conflicts", "-f", "-"], manifest)
    }

    /// Runs `kubectl` in the test's namespace.
    pub fn kubectl(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        let arguments = [&["--namespace", &self.namespace], arguments].concat();
        kubectl(&self.kubeconfig, &arguments, input)
    }

    /// Returns the API of the namespace's resources.
    pub fn resources(&self) -> Api<DatabaseSchema> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Reads the resource `todobox`.
    pub async fn resource(&self) -> DatabaseSchema {
        self.resources().get(NAME).await.expect("the resource exists")
    }

    /// Waits until the operator has observed the newest generation of `todobox`, and it `holds`.
    pub async fn wait(&self, what: &str, holds: impl Fn(&DatabaseSchema) -> bool + Send) -> DatabaseSchema {
        self.wait_named(NAME, what, holds).await
    }

    /// Waits for a resource of another name.
    pub async fn wait_named(
        &self,
        name: &str,
        what: &str,
        holds: impl Fn(&DatabaseSchema) -> bool + Send,
    ) -> DatabaseSchema {
        let observed = |resource: &DatabaseSchema| {
            check_invariants(resource);
            let status = resource.status.as_ref();
            status.is_some_and(|status| status.observed_generation == resource.metadata.generation) && holds(resource)
        };
        let condition = |resource: Option<&DatabaseSchema>| resource.is_some_and(&observed);
        let waiting = await_condition(self.resources(), name, condition);
        tokio::select! {
            found = waiting => found.expect("the watch works").expect("the resource exists"),
            () = tokio::time::sleep(Duration::from_secs(90)) => {
                let now = self.resources().get_opt(name).await.expect("the API server answers");
                panic!("not within 90 s: {what}; the status is {:#?}", now.and_then(|now| now.status));
            }
        }
    }

    /// Waits until `todobox` is Ready.
    pub async fn wait_ready(&self) -> DatabaseSchema {
        self.wait("Ready", is_ready).await
    }

    /// Waits until the reason of Ready is this one.
    pub async fn wait_reason(&self, word: &str) -> DatabaseSchema {
        self.wait(word, |resource| reason(resource) == word).await
    }

    /// Applies a schema and waits until it is Ready.
    pub async fn apply_ready(&self, spec: &str) -> DatabaseSchema {
        self.apply(&self.schema(spec)).expect("the resource is accepted");
        self.wait_ready().await
    }

    /// Runs statements in the test's database, and returns the rows of the last one.
    pub async fn sql(&self, sql: &str) -> Vec<Row> {
        self.server.run(&format!("USE {}; {sql}", self.database)).await
    }

    /// Opens a session of the administrator in the test's database.
    pub async fn session(&self) -> Session {
        let mut session = self.server.session().await;
        session.batch("entering the test's database", &format!("USE {}", self.database)).await.expect("it exists");
        session
    }

    /// Reads a table in a transaction that stays open, so that a change of the table waits.
    pub async fn open_transaction(&self, query: &str) -> OpenTransaction {
        OpenTransaction::begin(self.session().await, query).await
    }

    /// Waits until the first field of a query's first row `holds`.
    pub async fn wait_sql(&self, what: &str, sql: &str, holds: impl Fn(&str) -> bool + Send) {
        let mut session = self.session().await;
        wait_for_answer(&mut session, what, sql, Duration::from_mins(1), holds).await;
    }

    /// Waits until a statement of the operator waits for a metadata lock in the server.
    pub async fn wait_for_a_blocked_statement(&self) {
        let SessionTable { name, prefix } = self.server.sessions();
        let sql = format!(
            "SELECT COUNT(*) FROM {name} WHERE {prefix}db = '{}' AND {prefix}state LIKE 'Waiting for table%'",
            self.database
        );
        self.wait_sql("a blocked statement", &sql, |count| count == "1").await;
    }

    /// Checks that the operator has never run a statement in the database.
    pub async fn check_that_nothing_was_run(&self) {
        assert!(self.sql("SHOW TABLES LIKE 'schema_operator_history'").await.is_empty(), "a statement was run");
    }

    /// Creates an account of the test's own with these privileges on its database, and returns its Secret `db`.
    pub async fn account(&self, password: &str, privileges: &str) -> String {
        let name = &self.database;
        self.sql(&format!("CREATE USER {name}@'%' IDENTIFIED BY {}", quote_literal(password))).await;
        self.grant(privileges).await;
        self.secret("db", &[("username", name), ("password", password)])
    }

    /// Grants privileges on the test's database to the test's account.
    pub async fn grant(&self, privileges: &str) {
        let name = &self.database;
        self.sql(&format!("GRANT {privileges} ON {name}.* TO {name}@'%'")).await;
    }

    /// Returns the pattern of the scratch databases of the test's database, as a `GRANT` takes it.
    pub fn scratch_pattern(&self) -> String {
        scratch_pattern(&Identifier::new(self.database.as_str()).expect("a name"))
    }

    /// Takes the lock of the test's database by hand. A change has named it.
    pub async fn hold_lock(&self) -> Session {
        let mut session = self.session().await;
        let find = find_lock_name(&Identifier::new(self.database.as_str()).expect("a name"));
        let sql = format!("{find}; SELECT GET_LOCK(@schema_operator_lock, 0)");
        let results = session.batch("a test's lock", &sql).await.expect("it has a name");
        assert_eq!(last_row(&results).expect("a row").text(0), "1");
        session
    }

    /// Ends all connections of the test's account, as a restart of the server does.
    pub async fn kill_connections(&self) {
        let SessionTable { name, prefix } = self.server.sessions();
        let sql = format!("SELECT {prefix}id FROM {name} WHERE {prefix}user = '{}'", self.database);
        let mut session = self.session().await;
        let connections = session.batch("a test's statement", &sql).await.expect("the list").pop().unwrap_or_default();
        for connection in connections {
            // It may have ended by itself.
            let _ = session.batch("a test's statement", &format!("KILL {}", connection.text(0))).await;
        }
    }

    /// Returns the names of all tables and views in the test's database.
    pub async fn tables(&self) -> Vec<String> {
        self.sql("SHOW TABLES").await.iter().map(|row| row.text(0).to_owned()).collect()
    }

    /// Returns what `SHOW CREATE TABLE` prints.
    pub async fn show_create(&self, table: &str) -> String {
        self.sql(&format!("SHOW CREATE TABLE `{table}`")).await[0].text(1).to_owned()
    }

    /// Returns the type of a column.
    pub async fn column_type(&self, table: &str, column: &str) -> String {
        self.sql(&format!("SHOW COLUMNS FROM {table} LIKE '{column}'")).await[0].text(1).to_owned()
    }

    /// Returns all Events of the namespace as JSON.
    pub fn events_json(&self) -> String {
        let path = format!("/apis/events.k8s.io/v1/namespaces/{}/events", self.namespace);
        self.kubectl(&["get", "--raw", &path], "").expect("Events can be listed")
    }

    /// Waits until an Event with this reason says so: the operator publishes it after the status.
    pub async fn wait_event(&self, reason: &str, says: &str) {
        let watched = async {
            while !self.events(reason).iter().any(|note| note.contains(says)) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::select! {
            () = watched => {}
            () = tokio::time::sleep(Duration::from_secs(30)) => {
                panic!("no Event {reason} says {says:?} within 30 s: {:?}", self.events(reason));
            }
        }
    }

    /// Returns the notes of the Events with this reason, newest last.
    pub fn events(&self, reason: &str) -> Vec<String> {
        let list: serde_json::Value = serde_json::from_str(&self.events_json()).expect("JSON");
        let items = list["items"].as_array().cloned().unwrap_or_default();
        let of_reason = items.iter().filter(|event| event["reason"] == reason);
        of_reason.map(|event| event["note"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// Returns a client with this kubeconfig.
pub async fn client_of(kubeconfig: &Path) -> Client {
    let config = Kubeconfig::read_from(kubeconfig).expect("the kubeconfig can be read");
    let config = Config::from_custom_kubeconfig(config, &KubeConfigOptions::default()).await.expect("it is valid");
    Client::try_from(config).expect("a client")
}

impl Drop for World {
    /// Drops the database and the account, unless the test failed: then they stay for inspection.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("namespace {}, database {}", self.namespace, self.database);
            return;
        }
        let database = &self.database;
        self.server.run_in_drop(format!("DROP DATABASE IF EXISTS {database}; DROP USER IF EXISTS {database}@'%'"));
    }
}

/// Waits until the first field of a query's first row `holds`, and fails after `limit`.
pub async fn wait_for_answer(
    session: &mut Session,
    what: &str,
    sql: &str,
    limit: Duration,
    holds: impl Fn(&str) -> bool,
) {
    let deadline = Instant::now() + limit;
    loop {
        let results = session.batch("a test's statement", sql).await.expect(sql);
        let text = results.last().and_then(|rows| rows.first()).map(|row| row.text(0).to_owned());
        if holds(text.as_deref().unwrap_or_default()) {
            return;
        }
        assert!(Instant::now() < deadline, "not within {limit:?}: {what}; the last answer is {text:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
