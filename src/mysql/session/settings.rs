//! Sets up a session, so that a statement means the same for every account, and asks the server what it is.

use super::cluster::SET_ON_NODE;
use super::error::{Error, ErrorKind};
use super::row::Row;
use super::select_list::Position;
use crate::schema::{Dialect, Flavor, Identifier};

/// The settings by which a statement means what was planned, for every account. Each changes data if left to chance:
/// - `sql_mode` whole: strict, so that a MODIFY truncates nothing; NO_AUTO_VALUE_ON_ZERO, so that one which adds
///   AUTO_INCREMENT keeps an id 0; no NO_ZERO_*, since another column's zero default would fail every ALTER (1067);
///   no ANSI_QUOTES, which changes what the server prints.
/// - `time_zone`: TIMESTAMP to DATETIME converts by it.
pub const MEANING: &str =
    "sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00'";

/// Further settings of every session: an account's `init_connect` or the server's defaults may differ.
const SETTINGS: &str = "foreign_key_checks = 1, unique_checks = 1, autocommit = 1, sql_quote_show_create = 1, \
     sql_safe_updates = 0, sql_select_limit = DEFAULT, sql_warnings = 0";

/// MySQL's own: a hidden generated primary key would be added a second time (1068), and cached statistics lie.
const MYSQL_SETTINGS: &str = "SET SESSION show_gipk_in_create_table_and_information_schema = ON, \
     information_schema_stats_expiry = 0";

/// Has each statement of the session read, until something says otherwise.
const READ_ONLY: &str = "SET SESSION TRANSACTION READ ONLY";

/// Further columns of the first SELECT: the name of the Galera node, and whether the session's writes go to the others.
/// NULL on any other MariaDB, and a comment to MySQL.
const NODE: &str = "/*M!100100 , (SELECT MAX(IF(VARIABLE_NAME = 'WSREP_NODE_NAME', VARIABLE_VALUE, NULL)) \
     FROM information_schema.GLOBAL_VARIABLES \
     WHERE VARIABLE_NAME IN ('WSREP_ON', 'WSREP_PROVIDER', 'WSREP_NODE_NAME') \
     HAVING SUM(VARIABLE_NAME = 'WSREP_ON' AND VARIABLE_VALUE = 'ON') \
     AND SUM(VARIABLE_NAME = 'WSREP_PROVIDER' AND VARIABLE_VALUE NOT IN ('', 'none'))), \
     (SELECT VARIABLE_VALUE FROM information_schema.SESSION_VARIABLES WHERE VARIABLE_NAME = 'WSREP_ON') */";

/// A further column of the first SELECT: whether the server is configured for Group Replication. A comment to MariaDB.
/// Every account may ask this.
const IN_GROUP: &str = "/*!80022 , (SELECT COUNT(*) FROM performance_schema.global_variables \
     WHERE VARIABLE_NAME = 'group_replication_group_name' AND VARIABLE_VALUE <> '') */";

/// The purpose of a session; sessions of different purposes are never mixed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Reading schemas and records, read-only. No database is selected.
    Read,
    /// Changing schemas and records, and all that is done in scratch databases. No database is selected.
    Work,
    /// Looking at what other sessions do, and ending their statements, for a moment each time.
    Watch,
    /// Evaluating what a person wrote, read-only, in this database: verify queries, and the questions about rows. A
    /// function may leave locks and settings behind, so the session ends with its loan.
    Evaluate(Identifier),
}

impl Purpose {
    /// Whether a session goes back to the pool.
    pub(super) fn is_kept(&self) -> bool {
        match self {
            Self::Read | Self::Work | Self::Watch => true,
            Self::Evaluate(_) => false,
        }
    }
}

/// The facts that a server tells of itself, and of this session.
#[derive(Debug, Clone)]
pub(super) struct ServerFacts {
    /// The server's number of this connection.
    pub connection_id: u64,
    pub dialect: Dialect,
    /// The name of the Galera node.
    pub node: Option<String>,
    /// The server is configured to be in a group of MySQL's Group Replication.
    pub in_group: bool,
}

/// The columns of the first SELECT. What comes third depends on the server.
#[derive(Debug, Clone, Copy)]
enum Field {
    Version,
    ConnectionId,
    Node,
    WritesReplicate,
    InGroup,
}

impl Position for Field {
    fn index(self) -> usize {
        match self {
            Self::Version => 0,
            Self::ConnectionId => 1,
            Self::Node | Self::InGroup => 2,
            Self::WritesReplicate => 3,
        }
    }
}

/// Returns the first message of each session: it sets what any server knows, and asks for [`ServerFacts`].
pub(super) fn first_message() -> String {
    format!("SET NAMES utf8mb4; SET SESSION {MEANING}, {SETTINGS}; SELECT @@version, CONNECTION_ID() {NODE} {IN_GROUP}")
}

impl ServerFacts {
    /// Reads the answer to [`first_message`].
    ///
    /// # Errors
    /// The version can't be read, or what the session writes would stay on its node.
    pub fn read(doing: &str, row: Option<&Row>) -> Result<Self, Error> {
        let version = row.map(|row| row.text(Field::Version)).unwrap_or_default();
        let mut dialect = Dialect::parse(version).map_err(|error| Error::protocol(doing, &error))?;
        let (node, in_group) = match dialect.flavor {
            Flavor::MySql => (None, row.is_some_and(|row| row.number(Field::InGroup) == Some(1))),
            Flavor::MariaDb => (row.and_then(|row| row.optional(Field::Node)).map(str::to_owned), false),
        };
        dialect.clustered = node.is_some();
        if node.is_some() && row.is_some_and(|row| row.text(Field::WritesReplicate) == "OFF") {
            let message = "this session's wsrep_on is OFF, so its changes would stay on this node of the cluster; look into \
                           init_connect";
            return Err(Error::new(doing, ErrorKind::Protocol, message));
        }
        let connection_id = row.and_then(|row| row.number(Field::ConnectionId)).unwrap_or_default();
        Ok(Self { connection_id, dialect, node, in_group })
    }

    /// Returns the statements that set what this kind of server knows, and what the purpose takes.
    pub fn own_settings(&self, purpose: &Purpose) -> Vec<&'static str> {
        let mut statements = Vec::new();
        if self.node.is_some() && *purpose != Purpose::Watch {
            statements.push(SET_ON_NODE);
        }
        if self.dialect.flavor == Flavor::MySql && self.dialect.at_least(8, 0, 30) {
            statements.push(MYSQL_SETTINGS);
        }
        match purpose {
            Purpose::Work | Purpose::Watch => {}
            Purpose::Read => statements.push(READ_ONLY),
            Purpose::Evaluate(_) => {
                let limits = match self.dialect.flavor {
                    Flavor::MySql => "SET SESSION max_execution_time = 30000, sql_select_limit = 1",
                    Flavor::MariaDb => "SET SESSION max_statement_time = 30, sql_select_limit = 1",
                };
                statements.extend([READ_ONLY, limits]);
            }
        }
        statements
    }
}
