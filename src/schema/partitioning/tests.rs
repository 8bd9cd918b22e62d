//! What the servers print, read and written again. The texts are those of MySQL 9.7 and MariaDB 10.11.

use super::super::{Expression, Identifier};
use super::*;

fn scheme(clause: &str) -> PartitionScheme {
    let statement = format!("CREATE TABLE `t` (\n  `a` int DEFAULT NULL\n) ENGINE=InnoDB\n{clause}");
    match Partitioning::of_statement(&statement) {
        Some(Partitioning::Scheme(scheme)) => scheme,
        other => panic!("{clause}: {other:?}"),
    }
}

fn name(text: &str) -> Identifier {
    Identifier::new(text).unwrap()
}

#[test]
fn reads_what_both_servers_print() {
    for (mysql, mariadb, written) in [
        (
            "/*!50100 PARTITION BY RANGE (year(`d`))\n(PARTITION p0 VALUES LESS THAN (2020) ENGINE = InnoDB,\n \
             PARTITION `p 1` VALUES LESS THAN (2025) COMMENT = 'it\\'s */ ä' ENGINE = InnoDB,\n \
             PARTITION pm VALUES LESS THAN MAXVALUE MAX_ROWS = 10 MIN_ROWS = 1 ENGINE = InnoDB) */",
            " PARTITION BY RANGE (year(`d`))\n(PARTITION `p0` VALUES LESS THAN (2020) ENGINE = InnoDB,\n \
             PARTITION `p 1` VALUES LESS THAN (2025) COMMENT = 'it\\'s */ ä' ENGINE = InnoDB,\n \
             PARTITION `pm` VALUES LESS THAN MAXVALUE MAX_ROWS = 10 MIN_ROWS = 1 ENGINE = InnoDB)",
            "PARTITION BY RANGE (year(`d`)) (PARTITION `p0` VALUES LESS THAN (2020), PARTITION `p 1` VALUES LESS THAN \
             (2025) COMMENT = 'it''s */ ä', PARTITION `pm` VALUES LESS THAN MAXVALUE MAX_ROWS = 10 MIN_ROWS = 1)",
        ),
        (
            "/*!50500 PARTITION BY LIST  COLUMNS(a,b)\n(PARTITION p0 VALUES IN ((1,'a*/)b'),(NULL,'x')) ENGINE = InnoDB) */",
            " PARTITION BY LIST  COLUMNS(`a`,`b`)\n(PARTITION `p0` VALUES IN ((1,'a*/)b'),(NULL,'x')) ENGINE = InnoDB)",
            "PARTITION BY LIST COLUMNS (`a`, `b`) (PARTITION `p0` VALUES IN ((1, 'a*/)b'), (NULL, 'x')))",
        ),
        (
            "/*!50100 PARTITION BY LINEAR KEY */ /*!50611 ALGORITHM = 1 */ /*!50100 (id)\nPARTITIONS 2 */",
            " PARTITION BY LINEAR KEY ALGORITHM = 1 (`id`)\nPARTITIONS 2",
            "PARTITION BY LINEAR KEY ALGORITHM = 1 (`id`) PARTITIONS 2",
        ),
        (
            "/*!50100 PARTITION BY HASH ((`id` * 2))\n(PARTITION a ENGINE = InnoDB,\n PARTITION b ENGINE = InnoDB) */",
            " PARTITION BY HASH (`id` * 2)\n(PARTITION `a` ENGINE = InnoDB,\n PARTITION `b` ENGINE = InnoDB)",
            "PARTITION BY HASH (`id` * 2) (PARTITION `a`, PARTITION `b`)",
        ),
        ("/*!50100 PARTITION BY KEY () */", " PARTITION BY KEY ()", "PARTITION BY KEY () PARTITIONS 1"),
    ] {
        let (one, other) = (scheme(mysql), scheme(mariadb));
        assert_eq!(one, other);
        assert_eq!(one.definition(), written);
        assert_eq!(scheme(&format!(" {written}")), one, "it reads what it writes");
    }
}

#[test]
fn what_is_not_understood_is_kept_whole() {
    for (clause, reason) in [
        (
            "PARTITION BY RANGE (`a`)\nSUBPARTITION BY HASH (`b`)\nSUBPARTITIONS 2\n(PARTITION `p` VALUES LESS THAN (1))",
            "subpartitions",
        ),
        (
            "PARTITION BY SYSTEM_TIME \n(PARTITION `p0` HISTORY ENGINE = InnoDB)",
            "something unknown at byte 13 of PARTITION BY",
        ),
    ] {
        let read = Partitioning::of_statement(&format!("CREATE TABLE `t` (\n) ENGINE=InnoDB\n {clause}")).unwrap();
        assert_eq!(read, Partitioning::Other { text: clause.to_owned(), reason: reason.to_owned() });
        assert_eq!(read.definition(), clause);
    }
    assert_eq!(Partitioning::of_statement("CREATE TABLE `t` (\n  `a` int\n) COMMENT=' PARTITION BY KEY ()'"), None);
}

#[test]
fn values_are_cut_at_their_commas() {
    let bounds = PartitionValues::less_than("concat('a,b', ')'), MAXVALUE", 2).unwrap();
    assert_eq!(bounds.less_than_text().unwrap(), "concat('a,b', ')'), MAXVALUE");
    let list = PartitionValues::list("(1, 'a'), (2, NULL)", 2).unwrap();
    assert_eq!(list.list_text().unwrap(), "(1, 'a'), (2, NULL)");
    assert!(PartitionValues::list("NULL, 1", 1).unwrap().same_as(&PartitionValues::list("1, null", 1).unwrap()));
    assert_eq!(PartitionValues::list("default", 1).unwrap(), PartitionValues::Default);
    for (text, columns) in
        [("1, 2", 1), ("1", 2), ("1; DROP TABLE t", 1), ("(SELECT 1)", 1), ("@a", 1), ("'a", 1), ("NULL", 1)]
    {
        assert!(PartitionValues::less_than(text, columns).is_err(), "{text}");
    }
    for (text, columns) in [("1, 2", 2), ("(1, 2)", 3), ("1,", 1), ("", 1)] {
        assert!(PartitionValues::list(text, columns).is_err(), "{text}");
    }
}

#[test]
fn columns_are_found_in_expressions() {
    let method = |text: &str| PartitionMethod::Range(Expression::new(text).unwrap());
    assert!(method("year(d)").is_by(&name("D")) && method("to_days(`d`)").is_by(&name("d")));
    assert!(!method("year(d)").is_by(&name("year")) && !method("extract(year from d)").is_by(&name("year")));
    let renamed = method("`a` + a * abs(A)").with_columns_renamed(&[(name("a"), name("b c"))]);
    assert_eq!(renamed, method("`b c` + `b c` * abs(`b c`)"));
    let swapped = method("a - b").with_columns_renamed(&[(name("a"), name("b")), (name("b"), name("a"))]);
    assert_eq!(swapped, method("b - a"));
}
