//! Changes of partitions, without a server.

use std::collections::BTreeSet;

use super::diff::partition_changes;
use super::*;
use crate::plan::change::Risk;
use crate::schema::{PartitionScheme, Partitioning};

fn scheme(clause: &str) -> PartitionScheme {
    match Partitioning::of_statement(&format!("\n PARTITION BY {clause}")) {
        Some(Partitioning::Scheme(scheme)) => scheme,
        other => panic!("{clause}: {other:?}"),
    }
}

fn statements(live: &PartitionScheme, target: &PartitionScheme) -> Vec<String> {
    partition_changes(live, target).iter().map(PartitionChange::sql).collect()
}

fn ranges(ends: &[(&str, i64)]) -> PartitionScheme {
    let parts = ends.iter().map(|(name, end)| match end {
        -1 => format!("PARTITION {name} VALUES LESS THAN MAXVALUE"),
        end => format!("PARTITION {name} VALUES LESS THAN ({end})"),
    });
    scheme(&format!("RANGE (`a`) ({})", parts.collect::<Vec<_>>().join(", ")))
}

fn lists(lists: &[(&str, &str)]) -> PartitionScheme {
    let parts = lists.iter().map(|(name, values)| format!("PARTITION {name} VALUES IN ({values})"));
    scheme(&format!("LIST (`a`) ({})", parts.collect::<Vec<_>>().join(", ")))
}

#[test]
fn ranges_change_by_the_narrowest_statement() {
    let live = ranges(&[("p0", 10), ("p1", 20), ("pm", -1)]);
    let open = ranges(&[("p0", 10), ("p1", 20)]);
    let to = |live: &PartitionScheme, ends: &[(&str, i64)]| statements(live, &ranges(ends)).join("; ");
    assert_eq!(to(&live, &[("p0", 10), ("p1", 20), ("pm", -1)]), "");
    assert_eq!(
        to(&open, &[("p0", 10), ("p1", 20), ("p2", 30)]),
        "ADD PARTITION (PARTITION `p2` VALUES LESS THAN (30))"
    );
    assert_eq!(to(&live, &[("p1", 20), ("pm", -1)]), "DROP PARTITION `p0`");
    assert_eq!(to(&live, &[("p0", 10), ("p1", 20)]), "DROP PARTITION `pm`");
    assert_eq!(
        to(&live, &[("p0", 10), ("p1", 20), ("p2", 30), ("pm", -1)]),
        "REORGANIZE PARTITION `pm` INTO (PARTITION `p2` VALUES LESS THAN (30), PARTITION `pm` VALUES LESS THAN MAXVALUE)"
    );
    assert_eq!(
        to(&live, &[("both", 20), ("pm", -1)]),
        "REORGANIZE PARTITION `p0`, `p1` INTO (PARTITION `both` VALUES LESS THAN (20))"
    );
    assert_eq!(
        to(&live, &[("p0", 5), ("p1", 20), ("pm", -1)]),
        "REORGANIZE PARTITION `p0`, `p1` INTO (PARTITION `p0` VALUES LESS THAN (5), PARTITION `p1` VALUES LESS THAN (20))"
    );
    assert_eq!(
        to(&open, &[("p0", 10), ("p1", 25)]),
        "REORGANIZE PARTITION `p1` INTO (PARTITION `p1` VALUES LESS THAN (25))"
    );
    assert_eq!(
        to(&open, &[("p1", 20), ("p2", 30)]),
        "DROP PARTITION `p0`; ADD PARTITION (PARTITION `p2` VALUES LESS THAN (30))"
    );
    // An end that moves down can't be had by REORGANIZE, a name that is freed and taken depends on the order.
    for ends in [[("p0", 10), ("p1", 15)], [("p1", 20), ("p0", 30)]] {
        assert!(to(&open, &ends).starts_with("PARTITION BY RANGE"), "{ends:?}");
    }
}

#[test]
fn lists_never_lose_rows_by_reorganizing() {
    let live = lists(&[("a", "1, 2"), ("b", "3"), ("c", "4")]);
    let to = |target: &[(&str, &str)]| statements(&live, &lists(target)).join("; ");
    assert_eq!(to(&[("c", "4"), ("a", "2, 1"), ("b", "3")]), "", "order means nothing");
    assert_eq!(
        to(&[("a", "1, 2"), ("b", "3"), ("c", "4"), ("d", "5, NULL")]),
        "ADD PARTITION (PARTITION `d` VALUES IN (5, NULL))"
    );
    assert_eq!(to(&[("a", "1, 2"), ("b", "3")]), "DROP PARTITION `c`");
    assert_eq!(
        to(&[("a", "1, 2, 5"), ("b", "3"), ("c", "4")]),
        "REORGANIZE PARTITION `a` INTO (PARTITION `a` VALUES IN (1, 2, 5))"
    );
    assert_eq!(
        to(&[("a", "1"), ("b", "3, 2"), ("c", "4")]),
        "REORGANIZE PARTITION `a`, `b` INTO (PARTITION `a` VALUES IN (1), PARTITION `b` VALUES IN (3, 2))"
    );
    // REORGANIZE would delete the rows with 2 without a word, and takes neighbours only.
    for target in [&[("a", "1"), ("b", "3"), ("c", "4")] as &[_], &[("a", "1"), ("b", "3"), ("c", "4, 2")]] {
        assert!(to(target).starts_with("PARTITION BY LIST"), "{target:?}");
    }
}

#[test]
fn rows_never_move_into_a_list_of_all_other_values_by_reorganizing() {
    let with_others = |others: &[(&str, &str)]| {
        let parts = others.iter().map(|(name, values)| match *values {
            "" => format!("PARTITION {name} DEFAULT"),
            values => format!("PARTITION {name} VALUES IN ({values})"),
        });
        scheme(&format!("LIST (`a`) ({})", parts.collect::<Vec<_>>().join(", ")))
    };
    // MariaDB would delete the rows with 2 without a word.
    for target in [&[("a", "1"), ("c", "")] as &[_], &[("c", "")]] {
        let statements = statements(&lists(&[("a", "1, 2")]), &with_others(target));
        assert!(statements[0].starts_with("PARTITION BY LIST"), "{statements:?}");
    }
    let wider = statements(&with_others(&[("a", "1"), ("c", "")]), &with_others(&[("a", "1, 2"), ("c", "")]));
    assert_eq!(wider, ["REORGANIZE PARTITION `a` INTO (PARTITION `a` VALUES IN (1, 2))"]);
}

#[test]
fn hashed_partitions_grow_and_shrink_at_their_end() {
    let of = |count: u32| scheme(&format!("HASH (`a`)\nPARTITIONS {count}"));
    assert_eq!(statements(&of(2), &of(4)), ["ADD PARTITION (PARTITION `p2`, PARTITION `p3`)"]);
    assert_eq!(statements(&of(4), &of(1)), ["COALESCE PARTITION 3"]);
    assert_eq!(statements(&of(2), &scheme("HASH (`a`) (PARTITION x, PARTITION p1)")).len(), 1);
    assert_eq!(
        statements(&of(2), &scheme("LINEAR HASH (`a`)\nPARTITIONS 2")),
        ["PARTITION BY LINEAR HASH (`a`) PARTITIONS 2"]
    );
}

#[test]
fn what_is_taken_back_loses_nothing() {
    let (two, three) = (ranges(&[("p0", 10), ("pm", -1)]), ranges(&[("p0", 10), ("p1", 20), ("pm", -1)]));
    let undo = |live: &PartitionScheme, target: &PartitionScheme| partition_changes(live, target)[0].undo();
    assert!(undo(&two, &three).unwrap().starts_with("REORGANIZE PARTITION `p1`, `pm` INTO"));
    assert_eq!(undo(&three, &ranges(&[("p1", 20), ("pm", -1)])), None, "rows are gone");
    assert_eq!(undo(&ranges(&[("p0", 10)]), &ranges(&[("p0", 20)])), None, "the last end can't go down");
    assert_eq!(undo(&lists(&[("a", "1")]), &lists(&[("a", "1, 2")])), None, "rows with 2 would be deleted");
    let hash = |count: u32| scheme(&format!("HASH (`a`)\nPARTITIONS {count}"));
    assert_eq!(undo(&hash(1), &hash(3)).unwrap(), "COALESCE PARTITION 2");
    assert_eq!(undo(&hash(3), &two).unwrap(), "PARTITION BY HASH (`a`) PARTITIONS 3");
}

#[test]
fn risks_say_what_is_lost_and_what_waits() {
    let three = ranges(&[("p0", 10), ("p1", 20), ("pm", -1)]);
    let risks = |target: &[(&str, i64)]| {
        let changes = partition_changes(&three, &ranges(target));
        let risks: BTreeSet<Risk> = changes[0].hazards().into_iter().map(|hazard| hazard.risk).collect();
        (changes[0].cost().writes_wait, risks.into_iter().collect::<Vec<_>>())
    };
    assert_eq!(risks(&[("p1", 20), ("pm", -1)]), (false, vec![Risk::Destructive]));
    assert_eq!(risks(&[("p0", 10), ("p1", 20)]), (false, vec![Risk::Breaking, Risk::Destructive]));
    assert_eq!(risks(&[("p0", 10), ("p1", 20), ("p2", 30), ("pm", -1)]), (true, vec![]));
}
