//! Reads what SQL text adds to a schema and removes from it. It knows plain DDL: whatever else may change a schema is
//! noted as not read.

mod alter_table;
mod cursor;
mod key;
mod statement;

use super::file::Lines;
use super::schema_change::SchemaChanges;
use crate::schema::{TokenKind, tokenize};
use cursor::{Cursor, SqlLines};

/// Reads a text of statements. `first_line` is the line of its first character, and `certain` says whether all of it
/// runs each time.
pub fn read_sql(sql: &str, first_line: usize, certain: bool, into: &mut SchemaChanges) {
    let lines = &Lines::of(sql);
    let lines = SqlLines { lines, first: first_line };
    let tokens = match tokenize(sql) {
        Ok(tokens) => tokens,
        Err(error) => {
            into.cannot_read(lines.at(error.offset()), "SQL that is not MySQL's");
            return;
        }
    };
    let mut code = Vec::new();
    for token in tokens {
        match token.kind {
            TokenKind::Comment => {}
            TokenKind::ExecutableComment if may_hold_ddl(token.text) => {
                into.cannot_read(lines.at(token.offset), "a comment that the server runs");
            }
            TokenKind::ExecutableComment => {}
            _ => code.push(token),
        }
    }
    for tokens in code.split(|token| token.is_symbol(";")).filter(|tokens| !tokens.is_empty()) {
        let statement = Cursor::new(tokens, lines);
        if statement::holds_more_statements(statement) {
            into.cannot_read(statement.line(), "a stored program, and what follows it");
            return;
        }
        statement::read_statement(statement, certain, into);
    }
}

/// Returns whether all that a text whose end is not known does is to read or write rows: its first word says so.
pub fn begins_like_dml(sql: &str) -> bool {
    let first = sql.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    // Behind a semicolon, anything may come.
    !sql.contains(';') && statement::DML.iter().any(|word| first.eq_ignore_ascii_case(word))
}

fn may_hold_ddl(comment: &str) -> bool {
    let words = comment.split(|c: char| !c.is_ascii_alphabetic());
    let mut words = words.filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case("M"));
    words.next().is_some_and(|word| ["CREATE", "ALTER", "DROP", "RENAME"].iter().any(|d| word.eq_ignore_ascii_case(d)))
}

#[cfg(test)]
mod tests {
    use super::super::schema_change::{Action, ObjectKind, SchemaChange};
    use super::*;

    /// Returns what a text does, one line for each change.
    fn read(sql: &str) -> Vec<String> {
        let mut changes = SchemaChanges::default();
        read_sql(sql, 1, true, &mut changes);
        let text = |change: &SchemaChange| {
            let sign = match change.action {
                Action::Add => "+",
                Action::AddInPart => "~",
                Action::Remove => "-",
            };
            format!("{}{sign}{} {}", if change.certain { "" } else { "?" }, change.object, change.line)
        };
        let unread = changes.unread.iter().map(|unread| format!("unread {} {}", unread.what, unread.line));
        let is_named =
            |change: &&SchemaChange| change.object.kind == ObjectKind::Table || !change.object.name.is_empty();
        changes.changes.iter().filter(is_named).map(text).chain(unread).collect()
    }

    #[test]
    fn plain_ddl_is_read() {
        for (sql, expected) in [
            (
                "CREATE TABLE a (\n id int PRIMARY KEY, `B` int CHECK (b > (1)), c enum('x,y'),\n UNIQUE KEY u (b), KEY (c), \
                 CONSTRAINT f FOREIGN KEY (b) REFERENCES t (x), CONSTRAINT k CHECK (b > 0), PRIMARY KEY (id))",
                &[
                    "+table a 1",
                    "+column a.id 2",
                    "+column a.b 2",
                    "+column a.c 2",
                    "+index u of table a 3",
                    "+foreign key f of table a 3",
                    "+check k of table a 3",
                ][..],
            ),
            ("create table if not exists `my``db`.a (b int)", &["?+table my`db.a 1", "?+column my`db.a.b 1"]),
            ("CREATE TEMPORARY TABLE a (b int)", &[]),
            ("CREATE TABLE a LIKE b", &["~table a 1"]),
            ("CREATE TABLE a (b int) SELECT 1 AS c", &["~table a 1", "+column a.b 1"]),
            ("CREATE TABLE a AS SELECT 1", &["~table a 1"]),
            ("\n\nDROP TABLE a, b.c CASCADE; DROP TABLE IF EXISTS d", &["-table a 3", "-table b.c 3", "?-table d 3"]),
            ("RENAME TABLE a TO b, c TO d", &["-table a 1", "~table b 1", "-table c 1", "~table d 1"]),
            ("CREATE UNIQUE INDEX i USING BTREE ON t (a)", &["+index i of table t 1"]),
            ("CREATE OR REPLACE INDEX i ON t (a)", &["?+index i of table t 1"]),
            ("DROP INDEX i ON t ALGORITHM = INPLACE", &["-index i of table t 1"]),
            ("DROP INDEX IF EXISTS i ON t", &["?-index i of table t 1"]),
            (
                "ALTER TABLE t ADD a int AFTER b, ADD COLUMN (c int, d int)",
                &["+column t.a 1", "+column t.c 1", "+column t.d 1"],
            ),
            ("ALTER TABLE t ADD (a int, CONSTRAINT u UNIQUE (a))", &["+column t.a 1", "+index u of table t 1"]),
            ("ALTER TABLE t ADD COLUMN IF NOT EXISTS a int", &["?+column t.a 1"]),
            (
                "ALTER TABLE t ADD UNIQUE KEY u (a), ADD INDEX (b), ADD FULLTEXT f (c), ADD CONSTRAINT x UNIQUE (d)",
                &["+index u of table t 1", "+index f of table t 1", "+index x of table t 1"],
            ),
            (
                "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES b (c), ADD CONSTRAINT CHECK (a > 0)",
                &["+foreign key f of table t 1"],
            ),
            (
                "ALTER TABLE t DROP a, DROP COLUMN b, DROP KEY k, DROP FOREIGN KEY f, DROP CHECK c, DROP PRIMARY KEY",
                &[
                    "-column t.a 1",
                    "-column t.b 1",
                    "-index k of table t 1",
                    "-foreign key f of table t 1",
                    "-check c of table t 1",
                ],
            ),
            (
                "ALTER TABLE t DROP CONSTRAINT x",
                &["?-index x of table t 1", "?-foreign key x of table t 1", "?-check x of table t 1"],
            ),
            (
                "ALTER TABLE t CHANGE a b int, CHANGE COLUMN c c text, MODIFY d int, RENAME COLUMN e TO f",
                &["-column t.a 1", "+column t.b 1", "-column t.e 1", "+column t.f 1"],
            ),
            (
                "ALTER TABLE t RENAME INDEX a TO b, RENAME TO u, ADD c int",
                &["-index a of table t 1", "+index b of table t 1", "-table t 1", "~table u 1", "+column u.c 1"],
            ),
            ("ALTER TABLE t ENGINE=InnoDB, ADD PARTITION (PARTITION p VALUES LESS THAN (1)), DROP PARTITION q", &[]),
            ("ALTER TABLE t ALTER a SET DEFAULT 1, ALTER INDEX i INVISIBLE, COMMENT 'x', LOCK=NONE", &[]),
        ] {
            assert_eq!(read(sql), expected, "{sql}");
        }
    }

    #[test]
    fn what_changes_no_schema_is_passed_over() {
        for sql in [
            "INSERT INTO a VALUES (1); UPDATE a SET b = 'DROP TABLE a;'; DELETE FROM a; SELECT 1;",
            "-- DROP TABLE a\n/* DROP TABLE a */ /*!40101 SET NAMES utf8 */;",
            "SET @a = 1; START TRANSACTION; COMMIT; LOCK TABLES a WRITE; UNLOCK TABLES; BEGIN; ANALYZE TABLE a;",
            "CREATE VIEW v AS SELECT 1; DROP VIEW v; CREATE USER a; DROP TRIGGER t; ALTER DATABASE a CHARSET utf8mb4",
            "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.b = 1",
            "",
            ";;",
        ] {
            assert_eq!(read(sql), [""; 0], "{sql}");
        }
    }

    #[test]
    fn what_may_change_a_schema_and_is_not_known_is_said() {
        for (sql, expected) in [
            ("SELECT 1;\nCALL p()", "unread CALL 2"),
            ("PREPARE s FROM @sql; EXECUTE s", "unread PREPARE 1"),
            ("ALTER TABLE ONLY public.t ADD a int", "unread ALTER TABLE 1"),
            ("CREATE TABLE", "unread CREATE TABLE 1"),
            ("CREATE TABLE ${prefix}a (b int)", "unread CREATE TABLE 1"),
            ("ALTER TABLE a ADD {{ .Env.COLUMN }} int", "unread ALTER TABLE 1"),
            ("DROP TABLE 5", "unread DROP TABLE 1"),
            ("/*!50100 ALTER TABLE a ADD b int */", "unread a comment that the server runs 1"),
            ("DO $$ BEGIN \\d", "unread SQL that is not MySQL's 1"),
            ("CREATE PROCEDURE p() BEGIN DROP TABLE a; END", "unread a stored program, and what follows it 1"),
            ("DELIMITER //\nDROP TABLE a //", "unread a stored program, and what follows it 1"),
            ("FROBNICATE a", "unread FROBNICATE 1"),
        ] {
            assert_eq!(read(sql).first().map(String::as_str), Some(expected), "{sql}");
        }
    }

    #[test]
    fn only_a_text_of_rows_begins_like_dml() {
        assert!(begins_like_dml("\n update t set a = "));
        assert!(!begins_like_dml("ALTER TABLE t ADD "));
        assert!(!begins_like_dml("UPDATE t SET a = 1; "));
        assert!(!begins_like_dml(""));
    }
}
