//! A plan in which objects make way: a foreign key whose columns change their type on both sides, a changed check, a
//! replaced index and another primary key. Rows may be in the way of its return.

use std::collections::BTreeMap;

use schema_operator::mysql::{Row, Session};

use crate::support::{OwnServer, manifest};

/// The fewest statements that the plan has.
pub const STATEMENTS: usize = 3;

const LIVE: &str = "
CREATE TABLE parent (id int NOT NULL PRIMARY KEY, label varchar(20));
CREATE TABLE child (id int NOT NULL AUTO_INCREMENT, parent_id int NOT NULL, amount int NOT NULL, PRIMARY KEY (id),
 KEY by_parent (parent_id), KEY by_amount (amount),
 CONSTRAINT child_parent FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE,
 CONSTRAINT amount_fits CHECK (amount > 0));
INSERT INTO parent VALUES (1, 'a'), (2, 'b'), (3, 'c');
INSERT INTO child (parent_id, amount) VALUES (1, 5), (2, 6), (3, 7), (1, 8);
INSERT INTO child (parent_id, amount) SELECT parent_id, amount + 1 FROM child;
INSERT INTO child (parent_id, amount) SELECT parent_id, amount + 1 FROM child;
INSERT INTO child (parent_id, amount) SELECT parent_id, amount + 1 FROM child;
INSERT INTO child (parent_id, amount) SELECT parent_id, amount + 1 FROM child;
INSERT INTO child (parent_id, amount) SELECT parent_id, amount + 1 FROM child;
INSERT INTO child (parent_id, amount) SELECT parent_id, amount + 1 FROM child;
INSERT INTO child (parent_id, amount) SELECT parent_id, amount + 1 FROM child;
INSERT INTO child (parent_id, amount) SELECT parent_id, amount + 1 FROM child;
";

const DECLARED: &str = "
interval: 1s
policy: {allow: [Blocking, Breaking, Destructive, Unknown], smallTableRows: 0, lockWait: 20s}
tables:
- name: parent
  columns:
  - {name: id, type: bigint}
- name: child
  columns:
  - {name: parent_id, type: bigint}
  primaryKey: [id, parent_id]
  indexes:
  - {name: by_amount, columns: [amount, parent_id]}
  foreignKeys:
  - {name: child_parent, columns: [parent_id], references: {table: parent, columns: [id]}, onDelete: Cascade}
  checks:
  - {name: amount_fits, expression: amount > 1}
";

/// A row that no key would let in, and that is in the way of the key's return.
const ORPHAN: &str = "INSERT INTO child (id, parent_id, amount) VALUES (999999, 999, 9)";

/// When a row is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowInTheWay {
    Never,
    /// Before the plan.
    FromTheStart,
    /// As soon as the foreign key has made way.
    InBetween,
}

/// Creates the database.
pub async fn make(server: &OwnServer, name: &str, row: RowInTheWay) {
    server.run(&format!("CREATE DATABASE {name}; USE {name}; {LIVE}")).await;
    if row == RowInTheWay::FromTheStart {
        server.run(&format!("USE {name}; SET foreign_key_checks = 0; {ORPHAN}")).await;
    }
}

/// Writes the resource, whose Secret `db` names the server.
pub fn resource(name: &str) -> String {
    manifest(&name.replace('_', "-"), name, DECLARED)
}

/// Tries to insert the row once, and returns whether it is in.
pub async fn intrude(session: &mut Session, name: &str) -> bool {
    session.batch("chaos", &format!("USE {name}; {ORPHAN}")).await.is_ok()
}

/// Deletes what is in the way.
pub async fn clear(server: &OwnServer, name: &str) {
    server.run(&format!("DELETE FROM {name}.child WHERE parent_id = 999")).await;
}

/// The rows that were there from the start.
pub async fn rows(server: &OwnServer, name: &str) -> Vec<Row> {
    let sql = format!(
        "SELECT (SELECT SUM(CRC32(CONCAT_WS('|', id, label))) FROM {name}.parent), COUNT(*), \
         SUM(CRC32(CONCAT_WS('|', id, parent_id, amount))) FROM {name}.child WHERE parent_id <> 999"
    );
    server.run(&sql).await
}

/// Names each object that is neither as before nor as declared.
pub async fn neither(server: &OwnServer, name: &str) -> Vec<String> {
    let mut lines = BTreeMap::new();
    for table in ["parent", "child"] {
        let shown = server.run(&format!("SHOW CREATE TABLE {name}.{table}")).await;
        let text = shown.first().map(|row| row.text(1).to_owned()).unwrap_or_default();
        // MySQL and MariaDB differ in widths and parentheses.
        let text = ["(11)", "(20)"].iter().fold(text, |text, width| text.replace(width, ""));
        let text = text.replace("((`amount` > 0))", "(`amount` > 0)").replace("((`amount` > 1))", "(`amount` > 1)");
        lines.insert(table, text);
    }
    let has = |table: &str, piece: &str| lines.get(table).is_some_and(|text: &String| text.contains(piece));
    // An object, and its pieces as before and as declared.
    let pieces = [
        ("parent", "column id", ["`id` int NOT NULL", "`id` bigint NOT NULL"]),
        ("child", "column parent_id", ["`parent_id` int NOT NULL", "`parent_id` bigint NOT NULL"]),
        ("child", "the primary key", ["PRIMARY KEY (`id`)", "PRIMARY KEY (`id`,`parent_id`)"]),
        ("child", "index by_amount", ["`by_amount` (`amount`)", "`by_amount` (`amount`,`parent_id`)"]),
        (
            "child",
            "foreign key child_parent",
            ["FOREIGN KEY (`parent_id`) REFERENCES `parent` (`id`) ON DELETE CASCADE"; 2],
        ),
        ("child", "check amount_fits", ["CHECK (`amount` > 0)", "CHECK (`amount` > 1)"]),
    ];
    let wrong = pieces.iter().filter(|(table, _, pieces)| !pieces.iter().any(|piece| has(table, piece)));
    wrong.map(|(table, object, _)| format!("{object} of {table}: {:?}", lines.get(table))).collect()
}
