use super::*;
use crate::schema::{Identifier, TableObject};

fn table(definitions: &str) -> String {
    format!("CREATE TABLE `t` (\n  {definitions}\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4")
}

fn found(one: &str, other: &str) -> Vec<String> {
    let named = |difference: Difference| {
        let object = match &difference.object {
            TableObject::Column(name)
            | TableObject::Index(name)
            | TableObject::ForeignKey(name)
            | TableObject::Check(name) => name.to_string(),
            other @ (TableObject::Table
            | TableObject::PrimaryKey
            | TableObject::Options
            | TableObject::Partitioning) => format!("{other:?}"),
        };
        format!("{object}: {}", difference.text())
    };
    differences(one, other).unwrap().into_iter().map(named).collect()
}

#[test]
fn each_clause_that_a_copy_lacks_is_named() {
    // Each row is what the server shows of one object, what it shows of the copy, and what is said.
    let rows = [
        ("`a` int /*!50606 COLUMN_FORMAT FIXED */ DEFAULT '1'", "`a` int DEFAULT '1'", "a: COLUMN_FORMAT FIXED"),
        ("`b` int /*!50606 STORAGE DISK */ DEFAULT NULL", "`b` int DEFAULT NULL", "b: STORAGE DISK"),
        (
            "`a` int /*!50606 STORAGE DISK */ /*!50606 COLUMN_FORMAT FIXED */ DEFAULT NULL",
            "`a` int DEFAULT NULL",
            "a: STORAGE DISK, COLUMN_FORMAT FIXED",
        ),
        (
            r#"`c` varchar(10) DEFAULT NULL /*!80021 SECONDARY_ENGINE_ATTRIBUTE '{"x": "*/, )"}' */"#,
            "`c` varchar(10) DEFAULT NULL",
            r#"c: SECONDARY_ENGINE_ATTRIBUTE '{"x": "*/, )"}'"#,
        ),
        ("`e` int NOT SECONDARY DEFAULT NULL", "`e` int DEFAULT NULL", "e: NOT SECONDARY"),
        ("`e` int(11) DEFAULT 5 COMMENT 'c' `bar`='3'", "`e` int(11) DEFAULT 5 COMMENT 'c'", "e: `bar`='3'"),
        ("`e` int(11) DEFAULT NULL /* `foo`='bar' */", "`e` int(11) DEFAULT NULL", "e: /* `foo`='bar' */"),
        ("`e` int(11) DEFAULT NULL WITHOUT SYSTEM VERSIONING", "`e` int(11)", "e: WITHOUT SYSTEM VERSIONING"),
        ("`e` varchar(9) /*M!100301 COMPRESSED*/ DEFAULT 'a'", "`e` varchar(9) DEFAULT 'a'", "e: COMPRESSED"),
        ("`b` binary(2) DEFAULT 'a\\0'", "`b` binary(2) DEFAULT 'a'", "b: DEFAULT 'a\\0', not DEFAULT 'a'"),
        (
            "`b` timestamp DEFAULT (now())",
            "`b` timestamp DEFAULT CURRENT_TIMESTAMP",
            "b: DEFAULT (now()), not DEFAULT CURRENT_TIMESTAMP",
        ),
        ("`b` int NOT NULL", "`b` int", "b: NOT NULL"),
        ("`b` int", "`b` int NOT NULL", "b: not NOT NULL"),
        (
            "`b` int unsigned zerofill DEFAULT '1'",
            "`b` int unsigned DEFAULT '1'",
            "b: int unsigned zerofill, not int unsigned",
        ),
        (
            "`b` int DEFAULT NULL COMMENT 'a''b'",
            "`b` int DEFAULT NULL COMMENT 'ab'",
            "b: COMMENT 'a''b', not COMMENT 'ab'",
        ),
        ("`b` int DEFAULT NULL /*!80023 INVISIBLE */", "`b` int DEFAULT NULL", "b: INVISIBLE"),
        ("`g` point NOT NULL /*!80003 SRID 4326 */", "`g` point NOT NULL", "g: SRID 4326"),
        (
            "`v` int GENERATED ALWAYS AS ((`a` + 1)) VIRTUAL",
            "`v` int GENERATED ALWAYS AS ((`a` + 1)) STORED",
            "v: GENERATED ALWAYS AS ((`a` + 1)) VIRTUAL, not GENERATED ALWAYS AS ((`a` + 1)) STORED",
        ),
        (
            "`u` timestamp NULL DEFAULT current_timestamp() ON UPDATE current_timestamp()",
            "`u` timestamp NULL DEFAULT current_timestamp()",
            "u: ON UPDATE current_timestamp()",
        ),
        (
            "KEY `k` (`a`) /*!80021 SECONDARY_ENGINE_ATTRIBUTE '{}' */ COMMENT 'x'",
            "KEY `k` (`a`) COMMENT 'x'",
            "k: SECONDARY_ENGINE_ATTRIBUTE '{}'",
        ),
        ("KEY `k` (`a`) `x`='y' KEY_BLOCK_SIZE=4", "KEY `k` (`a`)", "k: `x`='y', KEY_BLOCK_SIZE=4"),
        ("FULLTEXT KEY `k` (`a`) /*!50100 WITH PARSER `ngram` */ ", "FULLTEXT KEY `k` (`a`)", "k: WITH PARSER `ngram`"),
        ("KEY `k` (`a`,`b`)", "KEY `k` (`a`)", "k: KEY `k` (`a`,`b`), not KEY `k` (`a`)"),
        ("UNIQUE KEY `k` (`a`) USING HASH", "UNIQUE KEY `k` (`a`)", "k: USING HASH"),
        ("PRIMARY KEY (`id`) COMMENT 'x'", "PRIMARY KEY (`id`)", "PrimaryKey: COMMENT 'x'"),
        (
            "CONSTRAINT `c` CHECK ((`a` > 0)) /*!80016 NOT ENFORCED */",
            "CONSTRAINT `c` CHECK ((`a` > 0))",
            "c: CONSTRAINT `c` CHECK ((`a` > 0)) NOT ENFORCED, not CONSTRAINT `c` CHECK ((`a` > 0))",
        ),
        (
            "CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`id`) ON DELETE CASCADE",
            "CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`id`)",
            "f: ON DELETE CASCADE",
        ),
        ("PERIOD FOR `p` (`s`, `e`)", "`x` int", "Table: PERIOD FOR `p` (`s`, `e`)"),
    ];
    for (one, other, said) in rows {
        assert_eq!(found(&table(one), &table(other)).first().map(String::as_str), Some(said), "{one}");
    }
}

#[test]
fn spellings_of_one_meaning_are_no_difference() {
    let same = [
        (table("`a` int,\n  KEY `x` (`a`),\n  KEY `y` (`a`)"), table("`a` int,\n  KEY `y` (`a`),\n  KEY `x` (`a`)")),
        (table("`a` text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"), table("`a` text")),
        (table("KEY `x` (`a`) USING BTREE"), table("KEY `x` (`a`)")),
        (table("PRIMARY KEY (`a`) USING BTREE"), table("PRIMARY KEY (`a`)")),
        (table("KEY `x` (`a`) USING HASH"), table("KEY `x` (`a`)")),
        (
            table("KEY `x` (`a`) USING HASH").replace("InnoDB", "MEMORY"),
            table("KEY `x` (`a`)").replace("InnoDB", "MEMORY"),
        ),
        (table("`a` timestamp NULL DEFAULT NULL"), table("`a` timestamp")),
        (table("`a` int CHECK (`a` > 0)"), table("`a` int CHECK ((`a` > (0)))")),
        (
            table("CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`id`) ON DELETE RESTRICT ON UPDATE CASCADE"),
            table("CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`id`) ON UPDATE CASCADE"),
        ),
        (table("`a` int") + " COMPRESSION='none' ENCRYPTION='N'", table("`a` int")),
        (table("`a` int") + " AUTO_INCREMENT=9 COMMENT='x'", table("`a` int") + " COLLATE=utf8mb4_bin COMMENT='x'"),
        (
            table("`a` int") + "\n/*!50100 PARTITION BY KEY (`a`)\nPARTITIONS 2 */",
            table("`a` int")
                + "\n/*!50100 PARTITION BY KEY (`a`)\n(PARTITION p0 ENGINE = InnoDB,\n PARTITION p1 ENGINE = InnoDB) */",
        ),
    ];
    for (one, other) in same {
        assert_eq!(found(&one, &other), Vec::<String>::new(), "{one}");
    }
}

#[test]
fn a_tree_of_a_memory_table_is_named() {
    let memory = |key: &str| table(key).replace("InnoDB", "MEMORY");
    let (tree, hash) = (memory("PRIMARY KEY (`a`) USING BTREE"), memory("PRIMARY KEY (`a`)"));
    assert_eq!(found(&tree, &hash), ["PrimaryKey: USING BTREE"]);
}

#[test]
fn options_of_the_table_are_told_apart() {
    let live = "CREATE TABLE `t` (\n  `a` int\n) /*!50100 TABLESPACE `innodb_system` */ /*!80023 AUTOEXTEND_SIZE=4194304 */ \
                ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 MAX_ROWS=7 UNION=(`b`,`c`) DATA DIRECTORY='/d' `x`='y' COMMENT='a' \
                /*!80021 SECONDARY_ENGINE_ATTRIBUTE='{}' */";
    let copy = "CREATE TABLE `t` (\n  `a` int\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='a'";
    let lost = "Options: TABLESPACE `innodb_system`, AUTOEXTEND_SIZE=4194304, MAX_ROWS=7, UNION=(`b`,`c`), \
                DATA DIRECTORY='/d', `x`='y', SECONDARY_ENGINE_ATTRIBUTE='{}'";
    assert_eq!(found(live, copy), [lost]);
}

#[test]
fn partitions_are_compared_as_the_model_reads_them() {
    let partitioned = |rest: &str| table("`a` int") + "\n/*!50100 PARTITION BY HASH (`a`)\n" + rest + " */";
    let [one, other] = [partitioned("PARTITIONS 2"), partitioned("PARTITIONS 3")];
    assert_eq!(
        found(&one, &other),
        ["Partitioning: PARTITION BY HASH (`a`) PARTITIONS 2, not PARTITION BY HASH (`a`) PARTITIONS 3"]
    );
}

#[test]
fn marks_of_executable_comments_become_spaces() {
    for (sql, words) in [
        ("a /*!50606 STORAGE DISK */ b", "a STORAGE DISK b"),
        ("a /*M!100301 COMPRESSED*/", "a COMPRESSED"),
        ("/*!80021 X '*/' */", "X '*/'"),
        ("'/*! a */' `*/` /* b */ c", "'/*! a */' `*/` /* b */ c"),
        (r"'it\'s /*!' /*!1 'a''*/' */", r"'it\'s /*!' 'a''*/'"),
        ("größe/*!1 ü*/x", "größe ü x"),
    ] {
        let plain = without_marks(sql);
        assert_eq!(plain.split_whitespace().collect::<Vec<_>>().join(" "), words, "{sql}");
        assert_eq!(plain.len(), sql.len(), "what follows stays at its place");
    }
}

#[test]
fn an_object_that_is_missing_is_named_whole() {
    let column = |name: &str| TableObject::Column(Identifier::new(name).unwrap());
    let found = differences(&table("`a` int,\n  `b` int NOT NULL"), &table("`a` int,\n  `c` int")).unwrap();
    let objects: Vec<&TableObject> = found.iter().map(|difference| &difference.object).collect();
    assert_eq!(objects, [&column("b"), &column("c")]);
    assert_eq!(found[0].lost, ["int", "NOT NULL"]);
}
