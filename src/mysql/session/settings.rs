//! Sets up a session, so that a statement means the same for every account, and asks the server what it is.

use std::time::Duration;

use super::cluster::SET_ON_NODE;
use super::error::{Error, ErrorKind};
use super::fence::{SERVER_TIME, ServerClock};
use super::row::Row;
use super::select_list::Position;
use crate::schema::{Dialect, Flavor, Identifier};

/// The settings by which a statement means what was planned, for every account and on every server. Each changes data
/// or definitions if left to chance:
/// - `sql_mode` whole: strict, so that a MODIFY truncates nothing; NO_AUTO_VALUE_ON_ZERO, so that one which adds
///   AUTO_INCREMENT keeps an id 0; no NO_ZERO_*, since another column's zero default would fail every ALTER (1067);
///   no ANSI_QUOTES, which changes what the server prints.
/// - `time_zone`: TIMESTAMP to DATETIME converts by it.
/// - `explicit_defaults_for_timestamp`: OFF, a new `timestamp NOT NULL` gets a DEFAULT and ON UPDATE.
/// - `default_storage_engine`: that of a new table without a declared engine.
/// - `foreign_key_checks`, `unique_checks`: without them, keys over rows that break them are made.
const MEANING: &str = "sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION', \
     time_zone = '+00:00', explicit_defaults_for_timestamp = ON, default_storage_engine = InnoDB, \
     foreign_key_checks = 1, unique_checks = 1";

/// The same of MariaDB alone:
/// - `check_constraint_checks`: OFF, a check over rows that break it is made.
/// - `sql_if_exists`: ON, each statement has an unwritten IF EXISTS, and does nothing in silence.
/// - `old_mode`: ZERO_DATE_TIME_CAST converts TIME to DATETIME in another way. What `utf8` means stays as the server has
///   it.
/// - `system_versioning_alter_history`: KEEP rewrites the history of a table.
/// - `innodb_strict_mode`: OFF, options that do not fit are replaced, and rows that do not fit are taken, in silence.
const MARIADB_MEANING: &str = "check_constraint_checks = 1, sql_if_exists = OFF, \
     old_mode = IF(FIND_IN_SET('UTF8_IS_UTF8MB3', @@GLOBAL.old_mode), 'UTF8_IS_UTF8MB3', ''), \
     system_versioning_alter_history = ERROR, innodb_strict_mode = ON";

/// Further settings of every session: an account's `init_connect` or the server's defaults may differ. What expressions
/// evaluate to, how counters step, and which collation a character set has without one, is as for any other session of the
/// server. `sql_auto_is_null` gives `IS NULL` a second
/// meaning; a chain of transactions would reach beyond a statement; a server's limits are for its applications, and
/// MariaDB's would end an ALTER. `insert_id` is not among them: MySQL takes 0 for the next number of a counter, so each second
/// session's first row was refused (1062, tried on 9.7; MariaDB ignores it).
const SETTINGS: &str = "autocommit = 1, completion_type = NO_CHAIN, sql_quote_show_create = 1, sql_safe_updates = 0, \
     sql_select_limit = 18446744073709551615, sql_big_selects = 1, sql_warnings = 0, sql_auto_is_null = 0, \
     auto_increment_increment = DEFAULT, auto_increment_offset = DEFAULT, div_precision_increment = DEFAULT, \
     default_week_format = DEFAULT, lc_time_names = DEFAULT /*!80000 , max_execution_time = 0 */ \
     /*!80011 , default_collation_for_utf8mb4 = DEFAULT */ /*M!100100 , max_statement_time = 0 */ \
     /*M!110201 , character_set_collations = DEFAULT */";

/// MySQL's own: a hidden generated primary key would be added a second time (1068), cached statistics lie, and
/// `SHOW CREATE TABLE` says all that was written, and no more.
const MYSQL_SETTINGS: &str = "SET SESSION show_gipk_in_create_table_and_information_schema = ON, \
     information_schema_stats_expiry = 0, show_create_table_verbosity = OFF, \
     show_create_table_skip_secondary_engine = OFF";

/// MariaDB's own: `alter_algorithm` (to 11.4) would refuse a copy, and `system_versioning_asof` have a SELECT read the past.
const MARIADB_SETTINGS: &str = "default_regex_flags = DEFAULT, alter_algorithm = 'DEFAULT', \
     system_versioning_asof = DEFAULT";

/// MySQL's `innodb_strict_mode`, which takes a privilege (1227 without `SESSION_VARIABLES_ADMIN`, tried on 9.7).
pub(super) const SET_STRICT_INNODB: &str = "SET SESSION innodb_strict_mode = ON";

/// Has each statement of the session read, until something says otherwise.
const READ_ONLY: &str = "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// Lets the session write, on a server whose sessions only read by default. A SELECT locks no row.
const READ_WRITE: &str = "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE";

/// Further columns of the first SELECT: the name of the Galera node, and whether the session's writes go to the others.
/// NULL on any other MariaDB, and a comment to MySQL.
const NODE: &str = "/*M!100100 , (SELECT MAX(IF(VARIABLE_NAME = 'WSREP_NODE_NAME', VARIABLE_VALUE, NULL)) \
     FROM information_schema.GLOBAL_VARIABLES \
     WHERE VARIABLE_NAME IN ('WSREP_ON', 'WSREP_PROVIDER', 'WSREP_NODE_NAME') \
     HAVING SUM(VARIABLE_NAME = 'WSREP_ON' AND VARIABLE_VALUE = 'ON') \
     AND SUM(VARIABLE_NAME = 'WSREP_PROVIDER' AND VARIABLE_VALUE NOT IN ('', 'none'))), \
     (SELECT VARIABLE_VALUE FROM information_schema.SESSION_VARIABLES WHERE VARIABLE_NAME = 'WSREP_ON') */";

/// Further columns of the first SELECT: whether `innodb_strict_mode` is ON, and whether the server is configured for Group
/// Replication. A comment to MariaDB. Every account may ask this.
const OF_MYSQL: &str = "/*!80022 , @@innodb_strict_mode, (SELECT COUNT(*) FROM performance_schema.global_variables \
     WHERE VARIABLE_NAME = 'group_replication_group_name' AND VARIABLE_VALUE <> '') */";

/// How long the server lets a query run that holds a person's text.
const EVALUATION_TIME: Duration = Duration::from_secs(30);

/// Returns the statement after which the server ends each query of the session that takes longer than `limit`.
pub(super) fn limit_statement(flavor: Flavor, limit: Duration) -> String {
    match flavor {
        Flavor::MySql => format!("SET SESSION max_execution_time = {}", limit.as_millis()),
        Flavor::MariaDb => format!("SET SESSION max_statement_time = {:.3}", limit.as_secs_f64()),
    }
}

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
    /// Whether a session sends more than what reads.
    pub(super) fn writes(&self) -> bool {
        match self {
            Self::Work | Self::Watch => true,
            Self::Read | Self::Evaluate(_) => false,
        }
    }

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
    /// The session refuses what does not fit into an InnoDB table.
    pub strict_innodb: bool,
    pub clock: ServerClock,
}

/// The columns of the first SELECT. What comes third depends on the server.
#[derive(Debug, Clone, Copy)]
enum Field {
    Version,
    ConnectionId,
    Time,
    Node,
    WritesReplicate,
    StrictInnodb,
    InGroup,
}

impl Position for Field {
    fn index(self) -> usize {
        match self {
            Self::Version => 0,
            Self::ConnectionId => 1,
            Self::Time => 2,
            Self::Node | Self::StrictInnodb => 3,
            Self::WritesReplicate | Self::InGroup => 4,
        }
    }
}

/// Returns the first message of each session: it sets what any server knows, and asks for [`ServerFacts`].
pub(super) fn first_message() -> String {
    format!(
        "SET SESSION {MEANING}, {SETTINGS}; SET NAMES utf8mb4; \
         SELECT @@version, CONNECTION_ID(), {SERVER_TIME} {NODE} {OF_MYSQL}"
    )
}

/// Returns the statements that give a session of a client the meaning that a plan's statements have.
pub fn meaning(flavor: Flavor) -> Vec<String> {
    let of_mariadb = match flavor {
        Flavor::MySql => None,
        Flavor::MariaDb => Some(format!("SET SESSION {MARIADB_MEANING}")),
    };
    ["SET NAMES utf8mb4".to_owned(), format!("SET SESSION {MEANING}")].into_iter().chain(of_mariadb).collect()
}

impl ServerFacts {
    /// Reads the answer to [`first_message`].
    ///
    /// # Errors
    /// The version can't be read, or what the session writes would stay on its node.
    pub fn read(doing: &str, row: Option<&Row>) -> Result<Self, Error> {
        let version = row.map(|row| row.text(Field::Version)).unwrap_or_default();
        let mut dialect = Dialect::parse(version).map_err(|error| Error::protocol(doing, &error))?;
        let is = |field| row.is_some_and(|row| row.number(field) == Some(1));
        let (node, in_group, strict_innodb) = match dialect.flavor {
            Flavor::MySql => (None, is(Field::InGroup), is(Field::StrictInnodb)),
            // Each account may set it.
            Flavor::MariaDb => (row.and_then(|row| row.optional(Field::Node)).map(str::to_owned), false, true),
        };
        dialect.clustered = node.is_some();
        if node.is_some() && row.is_some_and(|row| row.text(Field::WritesReplicate) == "OFF") {
            let message = "this session's wsrep_on is OFF, so its changes would stay on this node of the cluster; look into \
                           init_connect";
            return Err(Error::new(doing, ErrorKind::Protocol, message));
        }
        let connection_id = row.and_then(|row| row.number(Field::ConnectionId)).unwrap_or_default();
        let clock = ServerClock::read_now(row, Field::Time);
        Ok(Self { connection_id, dialect, node, in_group, strict_innodb, clock })
    }

    /// Returns the statements that set what this kind of server knows, and what the purpose takes.
    pub fn own_settings(&self, purpose: &Purpose) -> Vec<String> {
        let mut statements = Vec::new();
        if self.node.is_some() && *purpose != Purpose::Watch {
            statements.push(SET_ON_NODE.to_owned());
        }
        match self.dialect.flavor {
            Flavor::MySql if self.dialect.at_least(8, 0, 30) => statements.push(MYSQL_SETTINGS.to_owned()),
            Flavor::MySql => {}
            Flavor::MariaDb => statements.push(format!("SET SESSION {MARIADB_MEANING}, {MARIADB_SETTINGS}")),
        }
        match purpose {
            Purpose::Work | Purpose::Watch => statements.push(READ_WRITE.to_owned()),
            Purpose::Read => statements.push(READ_ONLY.to_owned()),
            Purpose::Evaluate(_) => {
                let limit = limit_statement(self.dialect.flavor, EVALUATION_TIME);
                statements.extend([READ_ONLY.to_owned(), limit, "SET SESSION sql_select_limit = 1".to_owned()]);
            }
        }
        statements
    }
}
