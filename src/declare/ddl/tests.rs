//! The gate: what it lets pass, and each thing that it refuses.

use proptest::prelude::*;

use super::script::{ColumnText, OptionsText};
use super::{Script, TableText, is_sql, without_dump};
use crate::schema::{Identifier, TokenKind, tokenize};

fn pass(text: &str) -> Script {
    Script::parse(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

fn sql(text: &str) -> String {
    pass(text).tables.iter().map(|table| table.sql.as_str()).collect::<Vec<_>>().join("\n")
}

fn error(text: &str) -> String {
    Script::parse(text).unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[test]
fn what_is_sent_is_written_anew() {
    for (text, expected) in [
        ("create table t (a int)", "CREATE TABLE `t` (a int)"),
        ("CREATE TABLE IF NOT EXISTS `a``b` (a int);", "CREATE TABLE `a``b` (a int)"),
        ("-- one\nCREATE /* two */ TABLE t # three\n (a /**/ int)", "CREATE TABLE `t` (a int)"),
        ("CREATE TABLE t (a int DEFAULT (1- -1))", "CREATE TABLE `t` (a int DEFAULT (1- -1))"),
        ("CREATE TABLE t (a int) AUTO_INCREMENT=7 COMMENT='x'", "CREATE TABLE `t` (a int) COMMENT='x'"),
        (
            "CREATE TABLE t (a int, b int) ENGINE = innodb, CHARSET latin1",
            "CREATE TABLE `t` (a int, b int) ENGINE = innodb CHARSET latin1",
        ),
        (
            "CREATE TABLE t (c varchar(9) DEFAULT '--' COMMENT ';/*!')",
            "CREATE TABLE `t` (c varchar(9) DEFAULT '--' COMMENT ';/*!')",
        ),
        ("CREATE TABLE t (a int) `ENCRYPTED`='NO'", "CREATE TABLE `t` (a int) `ENCRYPTED`='NO'"),
        ("CREATE TABLE t (a datetime DEFAULT now())", "CREATE TABLE `t` (a datetime DEFAULT now( ))"),
        (
            "CREATE TABLE t (a int) PARTITION BY RANGE (a) (PARTITION p VALUES LESS THAN (1) ENGINE = InnoDB)",
            "CREATE TABLE `t` (a int) PARTITION BY RANGE (a) (PARTITION p VALUES LESS THAN (1) ENGINE = InnoDB)",
        ),
    ] {
        assert_eq!(sql(text), expected);
    }
}

/// As MySQL 9.7 and MariaDB 11.8 print them.
#[test]
fn clauses_in_executable_comments_are_written_without() {
    for (text, expected) in [
        (
            "CREATE TABLE t (g geometry /*!80003 SRID 4326 */, h int /*!80023 INVISIBLE */, KEY k (h) /*!80000 INVISIBLE */)",
            "CREATE TABLE `t` (g geometry SRID 4326 , h int INVISIBLE , KEY k (h) INVISIBLE)",
        ),
        (
            "CREATE TABLE t (v text /*M!100301 COMPRESSED*/ NOT NULL, FULLTEXT KEY f (v) /*!50100 WITH PARSER `ngram` */ ,\n \
             CHECK (v) /*!80016 NOT ENFORCED */) ENGINE=InnoDB /*!80016 ENCRYPTION='Y' */",
            "CREATE TABLE `t` (v text COMPRESSED NOT NULL, FULLTEXT KEY f (v) WITH PARSER `ngram` , \
             CHECK (v) NOT ENFORCED) ENGINE=InnoDB ENCRYPTION='Y'",
        ),
        (
            "CREATE TABLE t (id int)\n/*!50100 PARTITION BY LINEAR KEY */ /*!50611 ALGORITHM = 1 */ /*!50100 (id)\n\
             PARTITIONS 3 */",
            "CREATE TABLE `t` (id int) PARTITION BY LINEAR KEY ALGORITHM = 1 (id) PARTITIONS 3",
        ),
        (
            "CREATE TABLE t (d date)\n/*!50500 PARTITION BY RANGE  COLUMNS(d)\n(PARTITION a VALUES LESS THAN ('2020-01-01') \
             ENGINE = InnoDB,\n PARTITION b VALUES LESS THAN (MAXVALUE) ENGINE = InnoDB) */",
            "CREATE TABLE `t` (d date) PARTITION BY RANGE COLUMNS(d) (PARTITION a VALUES LESS THAN ('2020-01-01') \
             ENGINE = InnoDB, PARTITION b VALUES LESS THAN (MAXVALUE) ENGINE = InnoDB)",
        ),
        (
            "CREATE TABLE /*!32312 IF NOT EXISTS*/ t (a int) /*!40100 DEFAULT CHARSET=utf8mb4 */",
            "CREATE TABLE `t` (a int) DEFAULT CHARSET=utf8mb4",
        ),
    ] {
        assert_eq!(sql(text), expected);
    }
}

#[test]
fn what_is_no_plain_create_table_is_refused() {
    for (text, expected) in [
        (
            "CREATE TABLE t(a int) /*!50000 SELECT user FROM mysql.user */",
            "the server would run what is in this comment",
        ),
        ("CREATE TABLE t(a int /*M! , b int */)", "the server would run"),
        ("CREATE TABLE t(a int /*!80023 INVISIBLE, b int */)", "the server would run"),
        ("CREATE TABLE t (a int) /*!50100 PARTITION BY HASH (a) AS TABLE u */", "TABLE has no place"),
        ("CREATE TABLE t (a int) /*!50100 PARTITION BY HASH (a) (PARTITION p ENGINE=SPIDER) */", "engine SPIDER"),
        ("CREATE TABLE t (a int) /*!50100 TABLESPACE `x` */", "TABLESPACE reaches outside"),
        ("CREATE TABLE t (a int /*!50606 STORAGE /*!50000 DISK */ */)", "the server would run"),
        ("/*!40101 SET NAMES utf8 */;", "the server would run"),
        ("CREATE TABLE mysql.user (a int)", "without what they are in"),
        ("CREATE TABLE `d` . `t` (a int)", "without what they are in"),
        ("CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES d.p (id))", "without what they are in"),
        ("CREATE TABLE t (a int CHECK (t.a > 0))", "without what they are in"),
        ("CREATE TABLE t LIKE u", "LIKE declares another table"),
        ("CREATE TABLE t (LIKE u)", "LIKE declares another table"),
        ("CREATE TABLE t AS SELECT 1", "not declared by a query"),
        ("CREATE TABLE t SELECT 1", "not declared by a query"),
        ("CREATE TABLE t TABLE u", "not declared by a query"),
        ("CREATE TABLE t (a int) AS SELECT 1", "SELECT has no place"),
        ("CREATE TABLE t (a int) SELECT 1", "SELECT has no place"),
        ("CREATE TABLE t (a int) IGNORE SELECT 1", "SELECT has no place"),
        ("CREATE TABLE t (a int) AS TABLE u", "TABLE has no place"),
        ("CREATE TABLE t (a int) VALUES ROW(1)", "VALUES has no place"),
        ("CREATE TABLE t (a int) WITH x AS (VALUES ROW(1)) TABLE x", "WITH has no place"),
        ("CREATE TABLE t (SELECT 1)", "SELECT has no place"),
        ("CREATE TABLE t (a int DEFAULT (select 1))", "SELECT has no place"),
        ("CREATE TABLE t ((SELECT 1))", "SELECT has no place"),
        ("CREATE TABLE t (a int) PARTITION BY HASH(a) PARTITIONS 2 (TABLE u)", "TABLE has no place"),
        ("CREATE TABLE t (a int) PARTITION BY HASH(a) AS", "no place in a PARTITION BY"),
        ("CREATE TABLE t (a int) WITH SYSTEM VERSIONING", "WITH has no place"),
        ("CREATE TEMPORARY TABLE t (a int)", "leave out TEMPORARY"),
        ("CREATE OR REPLACE TABLE t (a int)", "leave out OR REPLACE"),
        ("CREATE TABLE t (a int) DATA DIRECTORY='/x'", "DATA reaches outside"),
        ("CREATE TABLE t (a int) INDEX DIRECTORY='/x'", "INDEX reaches outside"),
        ("CREATE TABLE t (a int) UNION=(a, b)", "UNION has no place"),
        ("CREATE TABLE t (a int) CONNECTION='mysql://x'", "CONNECTION reaches outside"),
        ("CREATE TABLE t (a int) TABLESPACE x", "TABLESPACE reaches outside"),
        ("CREATE TABLE t (a int) ENGINE=FEDERATED", "engine FEDERATED can't"),
        ("CREATE TABLE t (a int) ENGINE='MERGE'", "engine MERGE can't"),
        ("CREATE TABLE t (a int) ENGINE `CONNECT`", "engine CONNECT can't"),
        ("CREATE TABLE t (a int) ENGINE CSV", "engine CSV can't"),
        ("CREATE TABLE t (a int) PARTITION BY HASH(a) (PARTITION p ENGINE=SPIDER)", "engine SPIDER can't"),
        ("CREATE TABLE t (a int) PARTITION BY HASH(a) (PARTITION p DATA DIRECTORY='/x')", "DIRECTORY reaches"),
        ("CREATE TABLE t (a int) `CONNECTION`='mysql://x'", "is not a table option"),
        ("CREATE TABLE t (a int) `UNION`=(a, b)", "is not a table option"),
        ("CREATE TABLE t (a int) NONSENSE=1", "NONSENSE is not a table option"),
        ("CREATE TABLE t (a int DEFAULT @x)", "a variable has no place"),
        ("CREATE TABLE $$ (a int)", "begins with $"),
        ("CREATE TABLE t (a date DEFAULT {d '2026-01-01'})", "no place in CREATE TABLE"),
        ("CREATE TABLE t (a int COMMENT '\u{1F600}')", "beyond U+FFFF"),
        ("CREATE TABLE t (a varbinary(9) DEFAULT 'A\u{FFFD}')", "U+FFFD"),
        ("CREATE TABLE t (a int)\0", "NUL"),
        ("CREATE TABLE t (a int", "never closed"),
        ("CREATE TABLE t (a int))", "is not a table option"),
        ("CREATE TABLE t (a int,)", "a definition is expected"),
        ("CREATE TABLE t ()", "a definition is expected"),
        ("CREATE TABLE (a int)", "the name of a table"),
        ("CREATE TABLE 'x' (a int)", "the name of a table"),
        ("CREATE TABLE t (a int COMMENT 'x", "no closing quote"),
        ("CREATE TABLE t (a int) /* x", "has no end"),
        ("CREATE TABLE t (a int, PERIOD FOR p (b, c))", "a period can't"),
        ("CREATE TABLE t (v vector(3), VECTOR INDEX (v))", "a vector index"),
        ("DROP TABLE t", "begins with DROP TABLE"),
        ("SET sql_mode = ANSI_QUOTES", "begins with SET sql_mode"),
        ("USE mysql", "begins with USE mysql"),
        ("INSERT INTO t VALUES (1)", "begins with INSERT INTO"),
        ("DELIMITER //", "begins with DELIMITER"),
        ("CREATE VIEW v AS SELECT 1", "begins with CREATE VIEW"),
        ("CREATE TABLE t (a int); CREATE TABLE t (b int)", "declared in line 1 already"),
        ("", "no CREATE TABLE"),
        (" ; -- nothing\n ;", "no CREATE TABLE"),
        ("a \\ b", "no meaning"),
    ] {
        let message = error(text);
        assert!(message.contains(expected), "{text}: {message}");
    }
}

#[test]
fn a_fault_names_its_line_and_each_statement_has_its_own() {
    let text = "-- head\nCREATE TABLE a (b int);\n\nUSE x;\nCREATE TABLE c (\n  d int\n) DATA DIRECTORY='/';\n";
    let lines: Vec<usize> = Script::parse(text).unwrap_err().iter().map(|error| error.line).collect();
    assert_eq!(lines, [4, 7]);
    assert_eq!(pass("\n\nCREATE TABLE a (b int)").tables[0].line, 3);
}

#[test]
fn what_is_written_of_a_column_is_seen() {
    let columns = |text: &str| pass(&format!("CREATE TABLE t ({text})")).tables.remove(0).columns;
    let plain =
        columns("`a b` int NOT NULL CHECK (`comment` > 0), b varchar(9) GENERATED ALWAYS AS (nullif(a, 'DEFAULT'))");
    for column in &plain {
        let ColumnText { default, on_update, charset, collation, comment, visibility, json, .. } = column;
        assert!(
            ![default, on_update, charset, collation, comment, visibility, json].into_iter().any(|is| *is),
            "{column:?}"
        );
    }
    let one = |text: &str| columns(text).remove(0);
    assert!(one("a int DEFAULT NULL").default);
    assert!(one("a timestamp DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP").on_update);
    assert!(!one("a int REFERENCES p (id) ON UPDATE CASCADE").on_update);
    assert!(one("a char(3) CHARACTER SET ascii").charset && one("a char(3) charset ascii").charset);
    assert!(one("a nchar(3)").charset && one("a text COLLATE utf8mb4_bin").collation);
    assert!(one("a char(3) BINARY").collation && !one("a binary(3)").collation);
    assert!(one("a int COMMENT ''").comment && one("a int INVISIBLE").visibility && one("a json").json);
}

#[test]
fn indexes_and_foreign_keys_are_told_apart() {
    let table = pass(
        "CREATE TABLE t (a int REFERENCES p (id), b int, KEY (a), INDEX `i` USING BTREE (b, a DESC), UNIQUE KEY u (b),
         CONSTRAINT f FOREIGN KEY (a, b) REFERENCES p (a, b) ON DELETE CASCADE, CHECK (b > 0))",
    )
    .tables
    .remove(0);
    assert_eq!(table.columns.len(), 2);
    assert_eq!(table.foreign_keys, 2);
    let named: Vec<_> =
        table.indexes.iter().map(|index| (index.name.as_ref().map(Identifier::as_str), index.columns.len())).collect();
    assert_eq!(named, [(None, 1), (Some("i"), 2)]);
    let options =
        pass("CREATE TABLE t (a int) DEFAULT CHARACTER SET = latin1 COLLATE latin1_bin").tables.remove(0).options;
    assert_eq!(options, OptionsText { engine: false, charset: true, collation: true, comment: false });
}

/// As `mysqldump --no-data` and `mariadb-dump` write it.
const DUMP: &str = "/*M!999999\\- enable the sandbox mode */ \n-- MySQL dump 10.13\n
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!50503 SET NAMES utf8mb4 */;
DROP TABLE IF EXISTS `user`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
CREATE TABLE `user` (
  `id` int NOT NULL AUTO_INCREMENT,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
SET character_set_client = @saved_cs_client;
LOCK TABLES `user` WRITE;
/*!40000 ALTER TABLE `user` DISABLE KEYS */;
set autocommit=0;
INSERT INTO `user` VALUES (1),(2);
/*!40000 ALTER TABLE `user` ENABLE KEYS */;
UNLOCK TABLES;
commit;
SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '5f743e2d-eb67-11f1-92c9-02fc00000001:1-5';
CHANGE REPLICATION SOURCE TO SOURCE_LOG_FILE='binlog.000002', SOURCE_LOG_POS=157;
/*M!100616 SET NOTE_VERBOSITY=@OLD_NOTE_VERBOSITY */;
";

#[test]
fn a_dump_is_taken_for_its_tables() {
    let (text, passed_over) = without_dump(DUMP);
    assert_eq!(passed_over, 15);
    assert_eq!(text.lines().count(), DUMP.lines().count());
    let script = pass(&text);
    assert_eq!(script.tables.len(), 1);
    assert_eq!(script.tables[0].line, 8);
    assert!(is_sql(DUMP) && is_sql("# x\ncreate table t (a int)") && is_sql("-- x\n"));
    assert!(!is_sql("---\nkind: DatabaseSchema") && !is_sql("apiVersion: v1") && !is_sql("set: x") && !is_sql(""));
}

#[test]
fn what_changes_something_is_not_passed_over() {
    for text in [
        "CREATE TABLE t (a int); DROP TABLE IF EXISTS other;",
        "CREATE TABLE t (a int); DROP TABLE t;",
        "CREATE TABLE t (a int); DROP TABLE IF EXISTS t;",
        "DROP TABLE IF EXISTS t, u; CREATE TABLE t (a int);",
        "/*!50001 CREATE VIEW v AS SELECT 1 */;",
        "/*!50003 CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET a = 1 */;",
        "ALTER TABLE t ADD b int;",
        "CREATE DATABASE x;",
        "USE x;",
        "CREATE TABLE t (a int) /*!50100 AS SELECT 1 */;",
        "BEGIN NOT ATOMIC DROP TABLE t; END;",
        "COMMIT AND CHAIN; CREATE TABLE t (a int)",
    ] {
        assert!(Script::parse(&without_dump(text).0).is_err(), "{text}");
    }
}

/// Pieces that make trouble next to each other.
fn noise() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "CREATE TABLE t (",
        "a int",
        ")",
        "(",
        ",",
        ";",
        " ",
        "\n",
        "'",
        "\"",
        "`",
        "\\",
        "--",
        "-- ",
        "#",
        "/*",
        "*/",
        "/*!",
        "/*M!",
        "SELECT",
        "TABLE u",
        "VALUES",
        "WITH",
        "LIKE u",
        "AS",
        ".",
        "d.t",
        "@",
        "$$",
        "x'",
        "_utf8mb4",
        "ENGINE=",
        "InnoDB",
        "CSV",
        "COMMENT",
        "PARTITION BY",
        "HASH(a)",
        "UNION=(x)",
        "é",
        "\u{2019}",
        "\0",
        "0x",
        "N'",
        "DATA DIRECTORY",
        "DELIMITER //",
        "{",
        ":=",
        "KEY",
        "CHECK",
        "REFERENCES",
        "DEFAULT",
        "1e5",
        "IF NOT EXISTS",
    ]);
    prop::collection::vec(pieces, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// What passes is sent as just one statement: without comments, without a semicolon, without a word that begins a
    /// query, and read again it is the same.
    #[test]
    fn what_passes_is_one_plain_create_table(noise in noise(), tail in noise()) {
        let texts = [noise.clone(), format!("CREATE TABLE t (a int {noise}) {tail}"), format!("CREATE TABLE t (a int) {tail}")];
        for text in texts {
            let _ = (without_dump(&text), is_sql(&text));
            let Ok(script) = Script::parse(&text) else { continue };
            for table in &script.tables {
                let tokens = tokenize(&table.sql).unwrap();
                prop_assert!(tokens[0].is_word("CREATE") && tokens[1].is_word("TABLE") && tokens[3].is_symbol("("));
                prop_assert!(tokens.iter().all(|token| !matches!(
                    token.kind,
                    TokenKind::Comment | TokenKind::ExecutableComment | TokenKind::Variable
                )));
                prop_assert!(!tokens.iter().any(|token| token.is_symbol(";") || token.is_symbol(".") || token.is_word("SELECT")));
                prop_assert!(!tokens.iter().skip(2).any(|token| token.is_word("TABLE")));
                let again = pass(&table.sql).tables.remove(0);
                prop_assert_eq!(TableText { line: table.line, ..again }, table.clone());
            }
        }
    }

    #[test]
    fn never_panics(text in ".{0,80}") {
        let _ = (Script::parse(&text), without_dump(&text), is_sql(&text));
    }
}
