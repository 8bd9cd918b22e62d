//! A Galera cluster of three nodes for the tests of this module.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use schema_operator::mysql::{Purpose, Row, Session, Traffic};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::support::{World, login, temporary_folder, testbed, value_in, wait_for_answer};

/// The tests share one cluster, which takes some seconds to start: it ends with the last that uses it.
static SHARED: Mutex<Weak<Nodes>> = Mutex::new(Weak::new());

/// Whoever stops a node, or holds up all writes, has the cluster to himself.
static IN_USE: RwLock<()> = RwLock::const_new(());

/// The nodes' folders.
struct Nodes(PathBuf);

/// The cluster, for one test.
pub struct Cluster {
    nodes: Arc<Nodes>,
    _shared: Option<RwLockReadGuard<'static, ()>>,
    _alone: Option<RwLockWriteGuard<'static, ()>>,
}

impl Cluster {
    /// The cluster, beside others who let its nodes be.
    pub async fn shared() -> Self {
        let guard = IN_USE.read().await;
        Self { nodes: Nodes::get(), _shared: Some(guard), _alone: None }
    }

    /// The cluster, for one who stops nodes or holds them up.
    pub async fn alone() -> Self {
        let guard = IN_USE.write().await;
        Self { nodes: Nodes::get(), _shared: None, _alone: Some(guard) }
    }

    /// Brings back the nodes that don't run, and waits until all are in step.
    pub fn start(&self) {
        self.nodes.act("start", None);
    }

    /// `kill -9` of a node: 1, 2 or 3.
    pub fn kill(&self, node: usize) {
        self.nodes.act("kill", Some(node));
    }

    /// HOST, PORT, USER or PASSWORD of a node.
    pub fn value(&self, node: usize, name: &str) -> String {
        value_in(&self.nodes.0.join(format!("node{node}")), name)
    }

    /// A session of the administrator on a node, as the operator has it.
    pub async fn session(&self, node: usize) -> Session {
        self.session_of(node, &self.value(node, "USER"), &self.value(node, "PASSWORD")).await
    }

    /// The same of another account.
    pub async fn session_of(&self, node: usize, user: &str, password: &str) -> Session {
        let (host, port) = (self.value(node, "HOST"), self.value(node, "PORT"));
        let login = login(host, &port, user.to_owned(), password.to_owned());
        Session::open(&login, &Purpose::Work, Traffic::default()).await.expect("the login works")
    }

    /// Runs statements on a node as the administrator, and gives the rows of the last one.
    pub async fn run(&self, node: usize, sql: &str) -> Vec<Row> {
        let mut session = self.session(node).await;
        session.batch("a test's statement", sql).await.expect(sql).pop().unwrap_or_default()
    }

    /// The first field of the first row that a query gives on a node.
    pub async fn ask(&self, node: usize, sql: &str) -> String {
        self.run(node, sql).await.first().map(|row| row.text(0).to_owned()).unwrap_or_default()
    }

    /// Waits until the first field of a query's first row on a node `holds`; the node waits for nobody.
    pub async fn wait(&self, node: usize, what: &str, sql: &str, holds: impl Fn(&str) -> bool) {
        let mut session = self.session(node).await;
        session.batch("a test's setting", "SET SESSION wsrep_sync_wait = 0").await.unwrap();
        wait_for_answer(&mut session, what, sql, Duration::from_secs(90), holds).await;
    }

    /// Makes the database of a world in the cluster, and has its Secret name a node.
    pub async fn home_of(&self, world: &World, node: usize) {
        self.run(node, &format!("CREATE DATABASE IF NOT EXISTS {}", world.database)).await;
        self.visit(world, node);
    }

    /// Has the Secret of a world name a node, with the administrator's login.
    pub fn visit(&self, world: &World, node: usize) {
        let [user, password] = ["USER", "PASSWORD"].map(|name| self.value(node, name));
        self.visit_as(world, node, &user, &password);
    }

    /// The same with another login.
    pub fn visit_as(&self, world: &World, node: usize, user: &str, password: &str) {
        let [host, port] = ["HOST", "PORT"].map(|name| self.value(node, name));
        let secret =
            world.secret("db", &[("host", &host), ("port", &port), ("username", user), ("password", password)]);
        world.apply(&secret).expect("the Secret is accepted");
    }
}

impl Nodes {
    fn get() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(nodes) = shared.upgrade() {
            return nodes;
        }
        let nodes = Arc::new(Self(temporary_folder("galera")));
        nodes.act("start", None);
        *shared = Arc::downgrade(&nodes);
        nodes
    }

    fn act(&self, action: &str, node: Option<usize>) {
        let node = node.map(|node| node.to_string());
        let mut arguments = vec![action, self.0.to_str().expect("UTF-8")];
        arguments.extend(node.as_deref());
        testbed("galera", &arguments);
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        self.act("kill", None);
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
