//! A database server for one test alone, which may stop it.

use std::path::{Path, PathBuf};

use schema_operator::mysql::{Row, Session};

use super::server::{login, open};
use super::{Server, World, temporary_folder, testbed};

/// A server in a folder of its own, which ends with the test.
pub struct OwnServer {
    kind: Server,
    folder: PathBuf,
}

impl OwnServer {
    /// Starts a server.
    pub fn start(kind: Server) -> Self {
        Self::start_with(kind, &[])
    }

    /// Starts a server with further options of its own, such as `--server-id=2`.
    pub fn start_with(kind: Server, options: &[&str]) -> Self {
        let server = Self { kind, folder: temporary_folder(kind.name()) };
        let options: String = options.iter().map(|option| format!("{option}\n")).collect();
        std::fs::write(server.folder.join("settings"), options).expect("the temporary folder can be written");
        server.act("start");
        server
    }

    /// Starts a server, and a world whose database is on it and whose Secret names it. The world's operator gets these
    /// arguments.
    pub async fn with_world(kind: Server, arguments: &[&str]) -> (World, Self) {
        let (world, server) = (World::with(Server::MySql, arguments).await, Self::start(kind));
        server.run(&format!("CREATE DATABASE {}", world.database)).await;
        world.apply(&server.secret(&world)).expect("the Secret is accepted");
        (world, server)
    }

    /// Does `start`, `stop` or `kill`. A new start takes the same port.
    pub fn act(&self, action: &str) {
        testbed("server", &[action, self.kind.name(), self.folder.to_str().expect("UTF-8")]);
    }

    /// Makes a stopped MySQL take another `server_uuid` at its next start, like a server that replaces another.
    pub fn forget_id(&self) {
        std::fs::remove_file(self.folder.join("data/auto.cnf")).expect("a MySQL that was started once has one");
    }

    /// Returns HOST, PORT, USER or PASSWORD.
    pub fn value(&self, name: &str) -> String {
        value_in(&self.folder, name)
    }

    /// Returns the Secret `db` of a world, with this server's login.
    pub fn secret(&self, world: &World) -> String {
        let [host, port, user, password] = ["HOST", "PORT", "USER", "PASSWORD"].map(|name| self.value(name));
        world.secret("db", &[("host", &host), ("port", &port), ("username", &user), ("password", &password)])
    }

    /// Opens a session of the administrator.
    pub async fn session(&self) -> Session {
        let login = login(self.value("HOST"), &self.value("PORT"), self.value("USER"), self.value("PASSWORD"));
        open(&login).await
    }

    /// Runs statements as the administrator, and returns the rows of the last one.
    pub async fn run(&self, sql: &str) -> Vec<Row> {
        self.session().await.batch("a test's statement", sql).await.expect(sql).pop().unwrap_or_default()
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        self.act("kill");
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Returns HOST, PORT, USER or PASSWORD of the server in a folder.
pub fn value_in(folder: &Path, name: &str) -> String {
    let values = std::fs::read_to_string(folder.join("env")).expect("the server has started");
    let value = values.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    value.expect("the server has this value").to_owned()
}
