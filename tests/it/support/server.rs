//! The database servers of the testbed.

use std::time::Duration;

use schema_operator::mysql::{Address, Login, Purpose, Row, Secret, Session, Tls, Traffic};

use super::variable;

/// Which server of the testbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    MySql,
    MariaDb,
    MariaDbNewest,
}

impl Server {
    fn prefix(self) -> &'static str {
        match self {
            Self::MySql => "MYSQL",
            Self::MariaDb => "MARIADB",
            Self::MariaDbNewest => "MARIADB_NEWEST",
        }
    }

    /// One of the testbed's values: HOST, PORT, USER, PASSWORD or CA.
    pub fn value(self, name: &str) -> String {
        variable(&format!("{}_{name}", self.prefix()))
    }

    /// The administrator's login.
    pub fn login(self) -> Login {
        login(self.value("HOST"), &self.value("PORT"), self.value("USER"), self.value("PASSWORD"))
    }

    /// The table of all sessions, and what its columns' names begin with. MySQL's `information_schema.processlist`
    /// converts every session's statement to utf8mb3, and fails (3854) while another test's holds a 4-byte character.
    pub fn sessions(self) -> (&'static str, &'static str) {
        match self {
            Self::MySql => ("performance_schema.threads", "processlist_"),
            Self::MariaDb | Self::MariaDbNewest => ("information_schema.processlist", ""),
        }
    }

    /// A session of the administrator.
    pub async fn session(self) -> Session {
        open(&self.login()).await
    }

    /// Runs statements, and gives the rows of the last one.
    pub async fn run(self, sql: &str) -> Vec<Row> {
        self.session().await.batch("a test's statement", sql).await.expect(sql).pop().unwrap_or_default()
    }
}

/// A login with these values.
pub fn login(host: String, port: &str, username: String, password: String) -> Login {
    Login {
        address: Address { host, port: port.parse().expect("a port") },
        username,
        password: Secret::new(password),
        tls: Tls::Preferred,
        ca: None,
        client: None,
        connect_timeout: Duration::from_secs(20),
    }
}

/// A session with this login.
pub async fn open(login: &Login) -> Session {
    Session::open(login, &Purpose::Work, Traffic::default()).await.expect("the administrator's login works")
}
