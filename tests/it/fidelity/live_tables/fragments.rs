//! Each clause of `CREATE TABLE` in the manuals of MySQL 9.7 and MariaDB 11.8, at least once, for composition.
//!
//! A table has the columns `id int NOT NULL, n int, s varchar(60), d date NOT NULL` beside those that it is composed of.
//! Left out is what no build of these servers takes (`ENGINE_ATTRIBUTE`, 3981 on InnoDB; attributes of an engine that it
//! does not know, 1911), engines that no new table is given, and `USING HASH` of a short unique key: MariaDB makes a tree of it at the next `ALTER TABLE` of
//! the table, whatever that changes (tried on 10.11 and 11.8).
//!
//! `{c}` is the name of the fragment's own column, `{k}` that of its key or constraint. `p (id int PRIMARY KEY)` exists.

use crate::support::Server;

/// The servers that accept a fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    All,
    MySql,
    MariaDb,
    Newest,
}

/// Where a fragment stands in a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Column,
    Key,
    Options,
    Partitions,
    /// Statements that stand for themselves, beside a plain table.
    Beside,
}

/// A clause.
#[derive(Debug, Clone, Copy)]
pub struct Fragment {
    pub place: Place,
    pub on: On,
    pub sql: &'static str,
}

impl On {
    pub fn includes(self, server: Server) -> bool {
        match self {
            Self::All => true,
            Self::MySql => server == Server::MySql,
            Self::MariaDb => server != Server::MySql,
            Self::Newest => server == Server::MariaDbNewest,
        }
    }
}

/// Returns all fragments of a server.
pub fn all(server: Server) -> Vec<Fragment> {
    let of = |place: Place, list: &'static [(On, &'static str)]| {
        list.iter().map(move |(on, sql)| Fragment { place, on: *on, sql })
    };
    let all = of(Place::Column, COLUMNS)
        .chain(of(Place::Column, ATTRIBUTES))
        .chain(of(Place::Key, KEYS))
        .chain(of(Place::Options, OPTIONS))
        .chain(of(Place::Partitions, PARTITIONS))
        .chain(of(Place::Beside, BESIDE));
    all.filter(|fragment| fragment.on.includes(server)).collect()
}

/// Clauses that the model does not hold so far: they are neither named by the export, nor composed with others. A clause
/// leaves this list when the model, or a refusal, has it.
pub const NOT_HELD: [&str; 12] = [
    "CREATE TABLE beside (a int NOT NULL, PRIMARY KEY USING BTREE (a)) ENGINE=MEMORY",
    "{c} varbinary(9) DEFAULT 0x4100FF",
    "{c} int COLUMN_FORMAT FIXED",
    "{c} varchar(9) COLUMN_FORMAT DYNAMIC DEFAULT 'x'",
    "{c} int STORAGE DISK",
    "{c} int STORAGE MEMORY NOT NULL",
    "{c} int NOT SECONDARY",
    r#"{c} int SECONDARY_ENGINE_ATTRIBUTE '{"a": 1}'"#,
    r#"KEY {k} (n) SECONDARY_ENGINE_ATTRIBUTE='{"a": 1}'"#,
    "TABLESPACE=innodb_file_per_table",
    "AUTOEXTEND_SIZE=4M",
    r#"SECONDARY_ENGINE_ATTRIBUTE='{"a": 1}'"#,
];

/// Types.
const COLUMNS: &[(On, &str)] = &[
    (On::All, "{c} tinyint"),
    (On::All, "{c} tinyint(1) unsigned NOT NULL DEFAULT 1"),
    (On::All, "{c} bool DEFAULT true"),
    (On::All, "{c} smallint unsigned"),
    (On::All, "{c} mediumint NOT NULL DEFAULT -5"),
    (On::All, "{c} int(5) unsigned zerofill"),
    (On::All, "{c} bigint NOT NULL"),
    (On::All, "{c} bigint unsigned DEFAULT 18446744073709551615"),
    (On::All, "{c} decimal(10,2) DEFAULT 1.5"),
    (On::All, "{c} decimal(65,30) unsigned"),
    (On::All, "{c} dec(5) zerofill"),
    (On::All, "{c} float DEFAULT 1e3"),
    (On::All, "{c} float(7,3) unsigned"),
    (On::All, "{c} double DEFAULT 0.10"),
    (On::All, "{c} double(10,4)"),
    (On::All, "{c} real NOT NULL DEFAULT -1"),
    (On::All, "{c} bit(5) DEFAULT b'00101'"),
    (On::All, "{c} bit(1) NOT NULL"),
    (On::All, "{c} date DEFAULT '2027-1-2'"),
    (On::All, "{c} time(3) DEFAULT '10:00'"),
    (On::All, "{c} datetime(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)"),
    (On::All, "{c} datetime ON UPDATE CURRENT_TIMESTAMP"),
    (On::All, "{c} timestamp NULL"),
    (On::All, "{c} timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP"),
    (On::All, "{c} timestamp(2) NULL DEFAULT '2027-01-01 10:00:00'"),
    (On::All, "{c} timestamp NOT NULL DEFAULT (now()) ON UPDATE CURRENT_TIMESTAMP"),
    (On::All, "{c} datetime(3) DEFAULT (now())"),
    (On::All, "{c} year DEFAULT 2027"),
    (On::All, "{c} char(5) DEFAULT 'a'"),
    (On::All, "{c} char"),
    (On::All, "{c} varchar(20) NOT NULL DEFAULT ''"),
    (On::All, "{c} national varchar(9)"),
    (On::All, "{c} varchar(9) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'ä'"),
    (On::All, "{c} varchar(9) COLLATE utf8mb4_bin"),
    (On::All, "{c} char(9) CHARACTER SET ascii"),
    (On::All, "{c} text CHARACTER SET ucs2"),
    (On::All, "{c} binary(3)"),
    (On::All, "{c} binary(3) DEFAULT 'abc'"),
    (On::All, "{c} varbinary(9) DEFAULT 0x4100FF"),
    (On::All, "{c} tinyblob"),
    (On::All, "{c} blob NOT NULL"),
    (On::All, "{c} mediumblob"),
    (On::All, "{c} longblob"),
    (On::All, "{c} tinytext"),
    (On::All, "{c} text DEFAULT ('x')"),
    (On::All, "{c} mediumtext COLLATE utf8mb4_bin"),
    (On::All, "{c} longtext NOT NULL"),
    (On::All, "{c} enum('a','it''s','c,d') NOT NULL DEFAULT 'a'"),
    (On::All, "{c} set('x','y') CHARACTER SET latin1 DEFAULT 'x,y'"),
    (On::All, "{c} json"),
    (On::All, "{c} json DEFAULT (json_array())"),
    (On::All, "{c} geometry"),
    (On::All, "{c} point NOT NULL"),
    (On::All, "{c} linestring"),
    (On::All, "{c} polygon"),
    (On::All, "{c} multipoint"),
    (On::All, "{c} multilinestring"),
    (On::All, "{c} multipolygon"),
    (On::All, "{c} geometrycollection"),
    (On::MySql, "{c} vector(3)"),
    (On::Newest, "{c} vector(3)"),
    (On::MariaDb, "{c} uuid DEFAULT uuid()"),
    (On::MariaDb, "{c} inet6"),
    (On::MariaDb, "{c} inet4 DEFAULT '10.0.0.1'"),
];

/// Attributes of columns.
const ATTRIBUTES: &[(On, &str)] = &[
    (On::All, "{c} int NOT NULL AUTO_INCREMENT UNIQUE"),
    (On::All, "{c} int UNIQUE COMMENT 'said before'"),
    (On::All, "{c} varchar(36) DEFAULT (uuid())"),
    (On::All, "{c} int DEFAULT (1 + 1)"),
    (On::All, "{c} int DEFAULT (n)"),
    (On::All, "{c} int GENERATED ALWAYS AS (n * 2) VIRTUAL"),
    (On::All, "{c} varchar(80) GENERATED ALWAYS AS (concat('n: ', s)) STORED"),
    (On::MySql, "{c} int GENERATED ALWAYS AS (n + 1) STORED NOT NULL COMMENT 'computed'"),
    (On::MySql, "{c} int AS (json_length(s)) VIRTUAL INVISIBLE"),
    (On::All, "{c} int INVISIBLE DEFAULT 7"),
    (On::All, "{c} int CHECK ({c} > 0)"),
    (On::All, "{c} varchar(9) DEFAULT 'a' CHECK (length({c}) > 0)"),
    (On::All, "{c} int REFERENCES p (id)"),
    (On::MySql, "{c} int COLUMN_FORMAT FIXED"),
    (On::MySql, "{c} varchar(9) COLUMN_FORMAT DYNAMIC DEFAULT 'x'"),
    (On::MySql, "{c} int STORAGE DISK"),
    (On::MySql, "{c} int STORAGE MEMORY NOT NULL"),
    (On::MySql, r#"{c} int SECONDARY_ENGINE_ATTRIBUTE '{"a": 1}'"#),
    (On::MySql, "{c} int NOT SECONDARY"),
    (On::MySql, "{c} geometry NOT NULL SRID 4326"),
    (On::MySql, "{c} point SRID 0"),
    (On::MySql, "{c} int CHECK ({c} > 1) NOT ENFORCED"),
    (On::MySql, "{c} datetime DEFAULT (now() + interval 1 day)"),
    (On::MariaDb, "{c} varchar(200) COMPRESSED DEFAULT 'x'"),
    (On::MariaDb, "{c} blob COMPRESSED"),
    (On::MariaDb, "{c} geometry REF_SYSTEM_ID=4326"),
    (On::MariaDb, "{c} point REF_SYSTEM_ID=101 NOT NULL"),
    (On::MariaDb, "{c} int DEFAULT (NEXT VALUE FOR sq)"),
    (On::MariaDb, "{c} int AS (n + 2) PERSISTENT COMMENT 'computed'"),
    (On::MariaDb, "{c} varchar(9) DEFAULT concat('a', 'b')"),
];

/// Keys and constraints.
const KEYS: &[(On, &str)] = &[
    (On::All, "PRIMARY KEY (id)"),
    (On::All, "PRIMARY KEY (id, d)"),
    (On::All, "PRIMARY KEY (id) COMMENT 'the key'"),
    (On::All, "PRIMARY KEY USING BTREE (id, d)"),
    (On::All, "PRIMARY KEY (s(10), id)"),
    (On::All, "PRIMARY KEY (id DESC, d)"),
    (On::All, "KEY {k} (n)"),
    (On::All, "KEY {k} (s(10) DESC, n) COMMENT 'first ten'"),
    (On::All, "INDEX {k} USING BTREE (n)"),
    (On::All, "KEY {k} (n) USING HASH"),
    (On::All, "KEY {k} (n) KEY_BLOCK_SIZE=4"),
    (On::All, "UNIQUE KEY {k} (n, d)"),
    (On::All, "CONSTRAINT {k} UNIQUE (s, d, id)"),
    (On::All, "FULLTEXT KEY {k} (s)"),
    (On::MySql, "FULLTEXT KEY {k} (s) WITH PARSER ngram COMMENT 'by two'"),
    (On::MySql, "KEY {k} ((n + 1), (lower(s)))"),
    (On::MySql, "UNIQUE KEY {k} ((n * 2), id)"),
    (On::MySql, "KEY {k} (n) INVISIBLE"),
    (On::MySql, r#"KEY {k} (n) SECONDARY_ENGINE_ATTRIBUTE='{"a": 1}'"#),
    (On::MariaDb, "KEY {k} (n) IGNORED"),
    (On::All, "CONSTRAINT {k} CHECK (n > 0)"),
    (On::All, "CHECK (n < 100 OR s IS NULL)"),
    (On::MySql, "CONSTRAINT {k} CHECK (n <> 5) NOT ENFORCED"),
    (On::All, "CONSTRAINT {k} FOREIGN KEY (n) REFERENCES p (id)"),
    (On::All, "CONSTRAINT {k} FOREIGN KEY (n) REFERENCES p (id) ON DELETE CASCADE ON UPDATE RESTRICT"),
    (On::All, "FOREIGN KEY (n) REFERENCES p (id) ON DELETE SET NULL ON UPDATE NO ACTION"),
    (On::All, "CONSTRAINT {k} FOREIGN KEY (n) REFERENCES p (id) MATCH SIMPLE ON DELETE RESTRICT"),
    (On::MariaDb, "PERIOD FOR app (d, e), e date NOT NULL"),
];

/// Options of tables.
const OPTIONS: &[(On, &str)] = &[
    (On::All, "ENGINE=InnoDB"),
    (On::All, "ENGINE=MyISAM"),
    (On::All, "ENGINE=MEMORY"),
    (On::MySql, "ENGINE=ARCHIVE"),
    (On::MariaDb, "ENGINE=Aria"),
    (On::MariaDb, "ENGINE=Aria TRANSACTIONAL=0 PAGE_CHECKSUM=0"),
    (On::All, "COMMENT='it''s; a # comment'"),
    (On::All, "DEFAULT CHARSET=latin1"),
    (On::All, "COLLATE=utf8mb4_bin"),
    (On::All, "CHARACTER SET ucs2"),
    (On::All, "ROW_FORMAT=DYNAMIC"),
    (On::All, "ROW_FORMAT=COMPACT"),
    (On::All, "ROW_FORMAT=REDUNDANT"),
    (On::All, "ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8"),
    (On::All, "ENGINE=MyISAM ROW_FORMAT=FIXED"),
    (On::All, "STATS_PERSISTENT=1 STATS_AUTO_RECALC=0 STATS_SAMPLE_PAGES=30"),
    (On::All, "STATS_PERSISTENT=DEFAULT"),
    (On::All, "MAX_ROWS=100 MIN_ROWS=5"),
    (On::All, "AVG_ROW_LENGTH=50"),
    (On::All, "CHECKSUM=1"),
    (On::All, "DELAY_KEY_WRITE=1"),
    (On::All, "PACK_KEYS=1"),
    (On::MySql, "COMPRESSION='zlib'"),
    (On::MySql, "COMPRESSION='none'"),
    (On::MySql, "ENCRYPTION='N'"),
    (On::MySql, "TABLESPACE=innodb_file_per_table"),
    (On::MySql, "AUTOEXTEND_SIZE=4M"),
    (On::MySql, r#"SECONDARY_ENGINE_ATTRIBUTE='{"a": 1}'"#),
    (On::MySql, "SECONDARY_ENGINE=rapid"),
    (On::MariaDb, "PAGE_COMPRESSED=1 PAGE_COMPRESSION_LEVEL=5"),
    (On::MariaDb, "PAGE_COMPRESSED=0"),
    (On::MariaDb, "ENCRYPTED=NO"),
    (On::MariaDb, "WITH SYSTEM VERSIONING"),
];

/// Ways to divide a table.
const PARTITIONS: &[(On, &str)] = &[
    (On::All, "PARTITION BY HASH (id)"),
    (On::All, "PARTITION BY HASH (id + 1) PARTITIONS 3"),
    (On::All, "PARTITION BY LINEAR HASH (year(d)) PARTITIONS 4"),
    (On::All, "PARTITION BY KEY (id) (PARTITION a, PARTITION b)"),
    (On::All, "PARTITION BY LINEAR KEY ALGORITHM=1 (id) PARTITIONS 3"),
    (On::All, "PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)"),
    (
        On::All,
        "PARTITION BY RANGE (to_days(d)) (PARTITION p0 VALUES LESS THAN (to_days('2027-01-01')) COMMENT 'old', \
         PARTITION p1 VALUES LESS THAN (to_days('2028-01-01')) MAX_ROWS=10)",
    ),
    (
        On::All,
        "PARTITION BY RANGE COLUMNS (d, id) (PARTITION p0 VALUES LESS THAN ('2027-1-1', 5), \
         PARTITION p1 VALUES LESS THAN (MAXVALUE, MAXVALUE))",
    ),
    (On::All, "PARTITION BY LIST (id) (PARTITION p0 VALUES IN (1, 3), PARTITION p1 VALUES IN (2, NULL))"),
    (On::All, "PARTITION BY LIST COLUMNS (s) (PARTITION p0 VALUES IN ('a', 'it''s'), PARTITION p1 VALUES IN (NULL))"),
    (On::MariaDb, "PARTITION BY LIST (id) (PARTITION p0 VALUES IN (1), PARTITION p1 DEFAULT)"),
    (
        On::All,
        "PARTITION BY RANGE (id) SUBPARTITION BY HASH (to_days(d)) SUBPARTITIONS 2 \
         (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)",
    ),
];

/// Statements beside the table `t`.
const BESIDE: &[(On, &str)] = &[
    (On::All, "CREATE VIEW beside AS SELECT id FROM t"),
    (On::All, "CREATE TRIGGER beside BEFORE INSERT ON t FOR EACH ROW SET NEW.n = 1"),
    (On::MariaDb, "CREATE SEQUENCE beside START 5 INCREMENT 2"),
    (
        On::MariaDb,
        "CREATE TABLE beside (a int, began timestamp(6) GENERATED ALWAYS AS ROW START, ended timestamp(6) GENERATED \
         ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (began, ended)) WITH SYSTEM VERSIONING",
    ),
    (On::MariaDb, "CREATE TABLE beside (a int, b int WITHOUT SYSTEM VERSIONING) WITH SYSTEM VERSIONING"),
    (
        On::MariaDb,
        "CREATE TABLE beside (a int, x date NOT NULL, y date NOT NULL, PERIOD FOR app (x, y), \
         UNIQUE (a, app WITHOUT OVERLAPS))",
    ),
    (
        On::MariaDb,
        "CREATE TABLE beside (a int) WITH SYSTEM VERSIONING PARTITION BY SYSTEM_TIME (PARTITION h HISTORY, PARTITION c CURRENT)",
    ),
    (On::Newest, "CREATE TABLE beside (a int, v vector(3) NOT NULL, VECTOR KEY (v) M=6 DISTANCE=cosine)"),
    (On::All, "CREATE TABLE beside (g point NOT NULL, SPATIAL KEY at (g)) ENGINE=InnoDB"),
    (On::MySql, "CREATE TABLE beside (g point NOT NULL SRID 4326, SPATIAL KEY at (g))"),
    (On::MySql, "CREATE TABLE beside (a json, KEY every ((CAST(a->'$.x' AS unsigned ARRAY))))"),
    (On::All, "CREATE TABLE beside (a int, b int, KEY a (a), KEY b USING BTREE (b)) ENGINE=MEMORY"),
    (On::All, "CREATE TABLE beside (a int PRIMARY KEY, b int) PARTITION BY KEY () PARTITIONS 2"),
    (On::MariaDb, "CREATE TABLE beside (a text, UNIQUE KEY whole (a))"),
    (On::MariaDb, "CREATE TABLE beside (a int, n text, UNIQUE KEY whole (n) USING HASH) PARTITION BY HASH (a)"),
    (On::All, "CREATE TABLE beside (a int NOT NULL, PRIMARY KEY USING BTREE (a)) ENGINE=MEMORY"),
];
