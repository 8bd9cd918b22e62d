//! A Galera cluster of three nodes for the tests of this module.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use schema_operator::mysql::{AddressRule, Purpose, Row, Session, Traffic};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::support::{World, login, temporary_folder, testbed, value_in, wait_for_answer};

/// The tests share one cluster, which takes some seconds to start and ends with the last of them.
static SHARED: Mutex<Weak<Nodes>> = Mutex::new(Weak::new());

/// A test that stops a node, or holds up all writes, has the cluster to itself.
static IN_USE: RwLock<()> = RwLock::const_new(());

/// The folder of the nodes.
struct Nodes(PathBuf);

/// The cluster, for one test.
pub struct Cluster {
    nodes: Arc<Nodes>,
    _shared: Option<RwLockReadGuard<'static, ()>>,
    _alone: Option<RwLockWriteGuard<'static, ()>>,
}

impl Cluster {
    /// Returns the cluster, beside other tests that leave its nodes alone.
    pub async fn shared() -> Self {
        let guard = IN_USE.read().await;
        Self { nodes: Nodes::get(), _shared: Some(guard), _alone: None }
    }

    /// Returns the cluster for one test alone, which stops nodes or holds them up.
    pub async fn alone() -> Self {
        let guard = IN_USE.write().await;
        Self { nodes: Nodes::get(), _shared: None, _alone: Some(guard) }
    }

    /// Starts the nodes that don't run, and waits until all are in step.
    pub fn start(&self) {
        self.nodes.act("start", None);
    }

    /// Kills a node (`kill -9`): 1, 2 or 3.
    pub fn kill(&self, node: usize) {
        self.nodes.act("kill", Some(node));
    }

    /// Returns HOST, PORT, USER or PASSWORD of a node.
    pub fn value(&self, node: usize, name: &str) -> String {
        value_in(&self.nodes.0.join(format!("node{node}")), name)
    }

    /// Opens a session of the administrator on a node, as the operator would.
    pub async fn session(&self, node: usize) -> Session {
        self.session_of(node, &self.value(node, "USER"), &self.value(node, "PASSWORD")).await
    }

    /// Opens a session of another account.
    pub async fn session_of(&self, node: usize, user: &str, password: &str) -> Session {
        let (host, port) = (self.value(node, "HOST"), self.value(node, "PORT"));
        let login = login(host, &port, user.to_owned(), password.to_owned());
        Session::open(&login, &Purpose::Work, &AddressRule::all(), Traffic::default()).await.expect("the login works")
    }

    /// Runs statements on a node as the administrator, and returns the rows of the last one.
    pub async fn run(&self, node: usize, sql: &str) -> Vec<Row> {
        let mut session = self.session(node).await;
        session.batch("a test's statement", sql).await.expect(sql).pop().unwrap_or_default()
    }

    /// Returns the first field of the first row that a query gives on a node.
    pub async fn ask(&self, node: usize, sql: &str) -> String {
        self.run(node, sql).await.first().map(|row| row.text(0).to_owned()).unwrap_or_default()
    }

    /// Waits until the first field of a query's first row on a node `holds`; the node does not wait for others.
    pub async fn wait(&self, node: usize, what: &str, sql: &str, holds: impl Fn(&str) -> bool) {
        let mut session = self.session(node).await;
        session.batch("a test's setting", "SET SESSION wsrep_sync_wait = 0").await.unwrap();
        wait_for_answer(&mut session, what, sql, Duration::from_secs(90), holds).await;
    }

    /// Creates the database of a world in the cluster, and makes its Secret name a node.
    pub async fn home_of(&self, world: &World, node: usize) {
        self.run(node, &format!("CREATE DATABASE IF NOT EXISTS {}", world.database)).await;
        self.visit(world, node);
    }

    /// Makes the Secret of a world name a node, with the administrator's login.
    pub fn visit(&self, world: &World, node: usize) {
        let [user, password] = ["USER", "PASSWORD"].map(|name| self.value(node, name));
        self.visit_as(world, node, &user, &password);
    }

    /// Makes the Secret of a world name a node, with another login.
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
