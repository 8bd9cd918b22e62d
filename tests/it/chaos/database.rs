//! The database of one round: the live schema, the declaration, and what must hold in the end.

use schema_operator::mysql::Row;

use crate::support::{OwnServer, manifest};

/// The number of statements that run without consent. One more has no consent, and must not run.
pub const STATEMENTS: usize = 6;

/// Two tables with so many rows that copying them takes a moment.
const LIVE: &str = "
CREATE TABLE user (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(40) NOT NULL, legacy varchar(20));
INSERT INTO user (name, legacy) VALUES ('a', 'kept'), ('b', 'kept'), ('c', NULL), ('d', 'kept');
INSERT INTO user (name, legacy) SELECT CONCAT(name, id), legacy FROM user;
INSERT INTO user (name, legacy) SELECT CONCAT(name, id), legacy FROM user;
INSERT INTO user (name, legacy) SELECT CONCAT(name, id), legacy FROM user;
INSERT INTO user (name, legacy) SELECT CONCAT(name, id), legacy FROM user;
INSERT INTO user (name, legacy) SELECT CONCAT(name, id), legacy FROM user;
INSERT INTO user (name, legacy) SELECT CONCAT(name, id), legacy FROM user;
INSERT INTO user (name, legacy) SELECT CONCAT(name, id), legacy FROM user;
INSERT INTO user (name, legacy) SELECT LEFT(CONCAT(name, id), 40), legacy FROM user;
INSERT INTO user (name, legacy) SELECT LEFT(CONCAT(name, id), 40), legacy FROM user;
INSERT INTO user (name, legacy) SELECT LEFT(CONCAT(name, id), 40), legacy FROM user;
INSERT INTO user (name, legacy) SELECT LEFT(CONCAT(name, id), 40), legacy FROM user;
CREATE TABLE entry (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id int NOT NULL, amount int, note varchar(40));
INSERT INTO entry (user_id, amount, note) SELECT id, id, name FROM user;
";

/// A new column, a wider type, two indexes, a new table, a column of another table; and a removal without consent.
const DECLARED: &str = "
policy: {allow: [Blocking], smallTableRows: 0, lockWait: 20s}
tables:
- name: user
  columns:
  - {name: email, type: varchar(80)}
  - {name: legacy, state: Absent}
  indexes:
  - {name: by_name, columns: [name]}
- name: entry
  columns:
  - {name: amount, type: bigint}
  - {name: paid, type: int, default: {value: \"0\"}}
  indexes:
  - {name: by_user, columns: [user_id]}
- name: account
  columns:
  - {name: id, type: int, nullable: false, autoIncrement: true}
  - {name: owner, type: varchar(40)}
  primaryKey: [id]
";

/// What is in the database in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndState {
    definitions: Vec<String>,
    rows: Vec<Row>,
}

/// Creates the database.
pub async fn make(server: &OwnServer, name: &str) {
    server.run(&format!("CREATE DATABASE {name}; USE {name}; {LIVE}")).await;
}

/// Writes the resource, whose Secret `db` names the server.
pub fn resource(name: &str) -> String {
    manifest(&name.replace('_', "-"), name, DECLARED)
}

/// Reads what is live now.
pub async fn end_state(server: &OwnServer, name: &str) -> EndState {
    let mut definitions = Vec::new();
    for table in ["user", "entry", "account"] {
        let shown = server.run(&format!("SHOW CREATE TABLE {name}.{table}")).await;
        definitions.push(without_counter(shown[0].text(1)));
    }
    let rows = format!(
        "SELECT (SELECT COUNT(*) FROM {name}.user), (SELECT SUM(CRC32(CONCAT_WS('|', id, name, legacy))) FROM {name}.user), \
         (SELECT COUNT(*) FROM {name}.entry), (SELECT SUM(CRC32(CONCAT_WS('|', id, user_id, amount, note))) FROM {name}.entry)"
    );
    EndState { definitions, rows: server.run(&rows).await }
}

/// Removes the counter: a restarted server counts on from the highest number in the table.
fn without_counter(definition: &str) -> String {
    match definition.split_once(" AUTO_INCREMENT=") {
        Some((before, after)) => format!("{before}{}", after.trim_start_matches(|c: char| c.is_ascii_digit())),
        None => definition.to_owned(),
    }
}

impl EndState {
    /// Decides whether the column that is declared absent, and whose removal has no consent, is still there.
    pub fn keeps_the_column_without_consent(&self) -> bool {
        self.definitions.iter().any(|definition| definition.contains("`legacy` varchar(20)"))
    }
}
