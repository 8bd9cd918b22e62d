//! The command line, as a person runs it: the binary, its output, its exit code.

mod apply;
mod arguments;
mod chain;
mod export;
mod plan_is_apply;
mod printable;
mod sql_file;
mod verify;

/// Tables that use every attribute which can be declared on all servers.
const EVERYTHING: &str = r#"
CREATE TABLE `odd ``name` (
  id bigint unsigned NOT NULL AUTO_INCREMENT,
  small tinyint(1) NOT NULL DEFAULT 0,
  price decimal(10,2) NOT NULL DEFAULT '1.50',
  ratio double DEFAULT -0.5,
  flags bit(4) NOT NULL DEFAULT b'0101',
  name varchar(64) CHARACTER SET latin1 COLLATE latin1_german1_ci NOT NULL DEFAULT 'it''s "so": #1' COMMENT 'a ''comment''\n# with: yaml',
  yes varchar(8) DEFAULT 'yes', `empty` varchar(8) NOT NULL DEFAULT '', octal varchar(8) DEFAULT '0777',
  body text, raw blob, kind enum('a','it''s','c,d') NOT NULL DEFAULT 'a', `set` set('x','y') DEFAULT 'x,y',
  created datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
  day date DEFAULT '2026-01-02', at timestamp NULL DEFAULT NULL, place point NOT NULL,
  token varchar(36) DEFAULT (uuid()),
  twice int GENERATED ALWAYS AS (small * 2) VIRTUAL, label varchar(80) GENERATED ALWAYS AS (concat('n: ', name)) STORED,
  hidden int INVISIBLE DEFAULT 7,
  PRIMARY KEY (id), UNIQUE KEY `by name` (name, kind), KEY prefix (body(20), created DESC) COMMENT 'first 20',
  FULLTEXT KEY words (body), SPATIAL KEY places (place)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci COMMENT 'all of it';
CREATE TABLE plain (a int, b varchar(10), `n` int, `on` int, `~` int, `1e3` int, `- x: #` int, KEY (b));
CREATE TABLE by_range (id int, d date) PARTITION BY RANGE (to_days(d)) (
  PARTITION p0 VALUES LESS THAN (to_days('2020-01-01')), PARTITION `p 1` VALUES LESS THAN MAXVALUE);
CREATE TABLE by_lists (a int, b varchar(20)) DEFAULT CHARSET = utf8mb4 PARTITION BY LIST COLUMNS (a, b) (
  PARTITION p0 VALUES IN ((1, 'it''s ä'), (NULL, '😀')), PARTITION p1 VALUES IN ((2, NULL)));
CREATE TABLE by_hash (id int) PARTITION BY LINEAR HASH (id + 1) PARTITIONS 3;
CREATE TABLE by_key (id int PRIMARY KEY) PARTITION BY KEY () (PARTITION a, PARTITION b);
CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY);
"#;
