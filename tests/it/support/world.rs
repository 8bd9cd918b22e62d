//! What one test has for itself: a namespace, a database and an operator.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::runtime::wait::await_condition;
use kube::{Api, Client, Config};
use schema_operator::api::DatabaseSchema;
use schema_operator::mysql::{Row, Session};
use schema_operator::schema::quote_literal;

use super::chart::run;
use super::resource::{check_invariants, condition, reason};
use super::{Operator, Server, unique, variable};

/// The name of the resource that most tests apply.
const NAME: &str = "todobox";

/// A namespace, a database of the same name, a Secret `db` with the administrator's login, and an operator.
pub struct World {
    pub server: Server,
    pub client: Client,
    pub namespace: String,
    pub database: String,
    pub operator: Operator,
}

impl World {
    /// A world on `server` with an operator that runs.
    pub async fn new(server: Server) -> Self {
        Self::with(server, &[]).await
    }

    /// The same, with an operator that is started with further arguments.
    pub async fn with(server: Server, arguments: &[&str]) -> Self {
        let namespace = unique("test");
        let database = namespace.replace('-', "_");
        let client = client_of(Path::new(&variable("KUBECONFIG"))).await;
        server.run(&format!("CREATE DATABASE {database}")).await;
        let operator = Operator::start(&namespace, arguments).await;
        run("kubectl", &["create", "namespace", &namespace]);
        let world = Self { server, client, namespace, database, operator };
        world.apply(&world.secret("db", &[])).expect("the Secret is accepted");
        world
    }

    /// Another namespace with an operator of its own, whose resources declare of the same database.
    pub async fn neighbour(&self) -> Self {
        let namespace = unique("test");
        let operator = Operator::start(&namespace, &[]).await;
        run("kubectl", &["create", "namespace", &namespace]);
        let (server, client, database) = (self.server, self.client.clone(), self.database.clone());
        let world = Self { server, client, namespace, database, operator };
        world.apply(&world.secret("db", &[])).expect("the Secret is accepted");
        world
    }

    /// Has a resource looked at again, as if it had been changed.
    pub fn nudge(&self, name: &str) {
        let mark = format!("nudge={}", unique("mark"));
        self.kubectl(&["annotate", "--overwrite", "dbs", name, &mark], "").expect("it can be annotated");
    }

    /// A Secret with the administrator's login, some values of which are others.
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

    /// A DatabaseSchema `todobox` with this YAML in its spec, beside revision, database and connection.
    pub fn schema(&self, spec: &str) -> String {
        self.schema_named(NAME, spec)
    }

    /// The same under another name.
    pub fn schema_named(&self, name: &str, spec: &str) -> String {
        let spec: String = spec.lines().map(|line| format!("  {line}\n")).collect();
        format!(
            "apiVersion: schema-operator.dev/v1alpha1\nkind: DatabaseSchema\nmetadata: {{name: {name}}}\nspec:\n  \
             revision: r1\n  database: {}\n  connection: {{secretRef: {{name: db}}, tls: Preferred}}\n{spec}",
            self.database
        )
    }

    /// `kubectl apply --server-side`, as a person would; gives what the API server refuses.
    pub fn apply(&self, manifest: &str) -> Result<String, String> {
        self.kubectl(&["apply", "--server-side", "--force-conflicts", "-f", "-"], manifest)
    }

    /// `kubectl` in the test's namespace.
    pub fn kubectl(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        let mut kubectl = Command::new("kubectl")
            .args(["--namespace", &self.namespace])
            .args(arguments)
            .env("KUBECONFIG", variable("KUBECONFIG"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("kubectl runs");
        kubectl.stdin.take().expect("stdin is piped").write_all(input.as_bytes()).expect("kubectl reads");
        let output = kubectl.wait_with_output().expect("kubectl ends");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// The resources of the namespace.
    pub fn resources(&self) -> Api<DatabaseSchema> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// The resource `todobox` as it is now.
    pub async fn resource(&self) -> DatabaseSchema {
        self.resources().get(NAME).await.expect("the resource exists")
    }

    /// Waits until `todobox` has been looked at in its newest generation, and `holds`.
    pub async fn wait(&self, what: &str, holds: impl Fn(&DatabaseSchema) -> bool + Send) -> DatabaseSchema {
        self.wait_named(NAME, what, holds).await
    }

    /// The same for another name.
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
                panic!("{what} did not come about; the status is {:#?}", now.and_then(|now| now.status));
            }
        }
    }

    /// Waits until `todobox` is Ready.
    pub async fn wait_ready(&self) -> DatabaseSchema {
        self.wait("Ready", |resource| condition(resource, "Ready").0 == "True").await
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

    /// Runs statements in the test's database, and gives the rows of the last.
    pub async fn sql(&self, sql: &str) -> Vec<Row> {
        self.server.run(&format!("USE {}; {sql}", self.database)).await
    }

    /// A session of the administrator in the test's database.
    pub async fn session(&self) -> Session {
        let mut session = self.server.session().await;
        session.batch("entering the test's database", &format!("USE {}", self.database)).await.expect("it exists");
        session
    }

    /// Waits until the first field of a query's first row `holds`.
    pub async fn wait_sql(&self, what: &str, sql: &str, holds: impl Fn(&str) -> bool + Send) {
        let mut session = self.session().await;
        wait_for_answer(&mut session, (what, sql), Duration::from_mins(1), holds).await;
    }

    /// Waits until a statement of this operator's waits for a metadata lock in the server.
    pub async fn wait_for_a_blocked_statement(&self) {
        let (sessions, prefix) = self.server.sessions();
        let sql = format!(
            "SELECT COUNT(*) FROM {sessions} WHERE {prefix}db = '{}' AND {prefix}state LIKE 'Waiting for table%'",
            self.database
        );
        self.wait_sql("a blocked statement", &sql, |count| count == "1").await;
    }

    /// Creates an account of the test's own with these privileges on its database; gives its Secret `db`.
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

    /// Ends all connections of the test's account, as a server does that restarts.
    pub async fn kill_connections(&self) {
        let (sessions, prefix) = self.server.sessions();
        let sql = format!("SELECT {prefix}id FROM {sessions} WHERE {prefix}user = '{}'", self.database);
        let mut session = self.session().await;
        let connections = session.batch("a test's statement", &sql).await.expect("the list").pop().unwrap_or_default();
        for connection in connections {
            // It may have ended by itself.
            let _ = session.batch("a test's statement", &format!("KILL {}", connection.text(0))).await;
        }
    }

    /// The names of all tables and views in the test's database.
    pub async fn tables(&self) -> Vec<String> {
        self.sql("SHOW TABLES").await.iter().map(|row| row.text(0).to_owned()).collect()
    }

    /// What `SHOW CREATE TABLE` prints.
    pub async fn show_create(&self, table: &str) -> String {
        self.sql(&format!("SHOW CREATE TABLE `{table}`")).await[0].text(1).to_owned()
    }

    /// A digest of all rows of a query, to compare before and after.
    pub async fn rows(&self, query: &str) -> Vec<Row> {
        self.sql(query).await
    }

    /// All Events of the namespace, as JSON.
    pub fn events_json(&self) -> String {
        let path = format!("/apis/events.k8s.io/v1/namespaces/{}/events", self.namespace);
        self.kubectl(&["get", "--raw", &path], "").expect("Events can be listed")
    }

    /// The Events that tell of this reason, newest last, as their notes.
    pub fn events(&self, reason: &str) -> Vec<String> {
        let list: serde_json::Value = serde_json::from_str(&self.events_json()).expect("JSON");
        let items = list["items"].as_array().cloned().unwrap_or_default();
        let of_reason = items.iter().filter(|event| event["reason"] == reason);
        of_reason.map(|event| event["note"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// A client with this kubeconfig.
pub async fn client_of(kubeconfig: &Path) -> Client {
    let config = Kubeconfig::read_from(kubeconfig).expect("the kubeconfig can be read");
    let config = Config::from_custom_kubeconfig(config, &KubeConfigOptions::default()).await.expect("it is valid");
    Client::try_from(config).expect("a client")
}

impl Drop for World {
    /// Drops the database and the account, unless the test failed: then it stays to be looked at.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("namespace {}, database {}", self.namespace, self.database);
            return;
        }
        let (server, database) = (self.server, self.database.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let sql = format!("DROP DATABASE IF EXISTS {database}; DROP USER IF EXISTS {database}@'%'");
            runtime.block_on(server.run(&sql));
        });
        let _ = dropping.join();
    }
}

/// Waits, but no longer than `limit`, until the first field of a query's first row `holds`.
pub async fn wait_for_answer(
    session: &mut Session,
    (what, sql): (&str, &str),
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
        assert!(Instant::now() < deadline, "{what} did not come about; the last answer is {text:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
