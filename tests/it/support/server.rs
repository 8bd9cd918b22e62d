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

    pub fn is_mysql(self) -> bool {
        self == Self::MySql
    }

    /// The administrator's login.
    pub fn login(self) -> Login {
        let port = self.value("PORT").parse().expect("a port");
        Login {
            address: Address { host: self.value("HOST"), port },
            username: self.value("USER"),
            password: Secret::new(self.value("PASSWORD")),
            tls: Tls::Preferred,
            ca: None,
            client: None,
            connect_timeout: Duration::from_secs(20),
        }
    }

    /// A session of the administrator.
    pub async fn session(self) -> Session {
        Session::open(&self.login(), &Purpose::Work, Traffic::default()).await.expect("the administrator's login works")
    }

    /// Runs statements, and gives the rows of the last one.
    pub async fn run(self, sql: &str) -> Vec<Row> {
        self.session().await.batch("a test's statement", sql).await.expect(sql).pop().unwrap_or_default()
    }
}
