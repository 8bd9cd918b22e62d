//! The database servers of the testbed.

use std::time::Duration;

use schema_operator::mysql::{Address, AddressRule, Login, Purpose, Row, Secret, Session, Tls, Traffic, User};

use super::variable;

/// A kind of server that the testbed starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    MySql,
    /// MySQL with `lower_case_table_names=1`. The tests of names run on it, and the random pairs.
    MySqlLower,
    MariaDb,
    MariaDbNewest,
}

/// The table that lists all sessions of a server.
pub struct SessionTable {
    pub name: &'static str,
    /// The beginning of its columns' names.
    pub prefix: &'static str,
}

impl Server {
    /// The servers of most tests.
    pub const ALL: [Self; 3] = [Self::MySql, Self::MariaDb, Self::MariaDbNewest];

    /// Returns the name by which the testbed's scripts know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::MySql => "mysql",
            Self::MySqlLower => "mysql-lower",
            Self::MariaDb => "mariadb",
            Self::MariaDbNewest => "mariadb-newest",
        }
    }

    /// Returns a value of the testbed: HOST, PORT, USER, PASSWORD or CA.
    pub fn value(self, name: &str) -> String {
        variable(&format!("{}_{name}", self.name().to_uppercase().replace('-', "_")))
    }

    /// Returns the administrator's login.
    pub fn login(self) -> Login {
        login(self.value("HOST"), &self.value("PORT"), self.value("USER"), self.value("PASSWORD"))
    }

    /// Returns the URL of a database, with the administrator's login.
    pub fn url(self, database: &str) -> String {
        let [user, password, host, port] = ["USER", "PASSWORD", "HOST", "PORT"].map(|name| self.value(name));
        format!("mysql://{user}:{password}@{host}:{port}/{database}")
    }

    /// Returns the table of all sessions. MySQL's `information_schema.processlist` converts each session's statement to
    /// utf8mb3, and fails (3854) while another test's statement has a 4-byte character.
    pub fn sessions(self) -> SessionTable {
        match self {
            Self::MySql | Self::MySqlLower => {
                SessionTable { name: "performance_schema.threads", prefix: "processlist_" }
            }
            Self::MariaDb | Self::MariaDbNewest => SessionTable { name: "information_schema.processlist", prefix: "" },
        }
    }

    /// Opens a session of the administrator.
    pub async fn session(self) -> Session {
        open(&self.login()).await
    }

    /// Runs statements, and returns the rows of the last one.
    pub async fn run(self, sql: &str) -> Vec<Row> {
        self.session().await.batch("a test's statement", sql).await.expect(sql).pop().unwrap_or_default()
    }

    /// Runs statements from `drop`, which may be called inside a runtime.
    pub fn run_in_drop(self, sql: String) {
        let running = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(self.run(&sql));
        });
        let _ = running.join();
    }
}

/// Returns a login with these values.
pub fn login(host: String, port: &str, username: String, password: String) -> Login {
    Login {
        address: Address::new(host, port.parse().expect("a port")),
        user: User::public(username),
        password: Secret::new(password),
        tls: Tls::Preferred,
        ca: None,
        client: None,
        connect_timeout: Duration::from_secs(20),
    }
}

/// Opens a session with this login.
pub async fn open(login: &Login) -> Session {
    Session::open(login, &Purpose::Work, &AddressRule::all(), Traffic::default())
        .await
        .expect("the administrator's login works")
}
