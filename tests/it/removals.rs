//! Each removal says how many rows or values it takes, before anybody allows it.

use schema_operator::reconcile::{Pass, reconcile};

use crate::support::{DirectPipeline, World, on_each_server, request};

on_each_server!(a_removal_counts_what_it_takes);

/// Tables, what is declared of them, and what the step that removes something says.
struct Removal {
    before: &'static str,
    declared: &'static str,
    said: &'static str,
}

const REMOVALS: [Removal; 7] = [
    Removal {
        before: "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2), (NULL)",
        declared: "{name: t, state: Absent}",
        said: "takes 3 rows",
    },
    Removal { before: "CREATE TABLE t (a int)", declared: "{name: t, state: Absent}", said: "takes 0 rows" },
    Removal {
        before: "CREATE TABLE t (id int, a int); INSERT INTO t VALUES (1, 1), (2, NULL), (3, 0)",
        declared: "{name: t, columns: [{name: a, state: Absent}]}",
        said: "takes 2 values of column a",
    },
    Removal {
        before: "CREATE TABLE t (a int) PARTITION BY RANGE (a) (PARTITION p1 VALUES LESS THAN (10),
                 PARTITION p2 VALUES LESS THAN (20), PARTITION p3 VALUES LESS THAN (30));
                 INSERT INTO t VALUES (1), (11), (12), (21)",
        declared: "{name: t, partitioning: {by: Range, expression: a, partitions: [{name: p2, lessThan: '20'}, {name: p3, lessThan: '30'}]}}",
        said: "takes 1 row of partition p1",
    },
    Removal {
        before: "CREATE TABLE t (a int) PARTITION BY RANGE (a) (PARTITION p1 VALUES LESS THAN (10),
                 PARTITION `p 2` VALUES LESS THAN (20), PARTITION p3 VALUES LESS THAN (30));
                 INSERT INTO t VALUES (1), (11), (12), (21)",
        declared: "{name: t, partitioning: {by: Range, expression: a, partitions: [{name: p3, lessThan: '30'}]}}",
        said: "takes 3 rows of partitions p1, p 2",
    },
    Removal {
        before: "CREATE TABLE t (d date) PARTITION BY RANGE COLUMNS (d) (PARTITION p1 VALUES LESS THAN ('2020-01-01'),
                 PARTITION p2 VALUES LESS THAN ('2021-01-01')); INSERT INTO t VALUES (NULL), ('2019-01-01')",
        declared: "{name: t, partitioning: {by: RangeColumns, columns: [d], partitions: [{name: p2, lessThan: \"'2021-01-01'\"}]}}",
        said: "takes 2 rows of partition p1",
    },
    Removal {
        before:
            "CREATE TABLE t (a int) PARTITION BY LIST (a) (PARTITION p1 VALUES IN (1, 2), PARTITION p2 VALUES IN (3));
                 INSERT INTO t VALUES (3), (3)",
        declared: "{name: t, partitioning: {by: List, expression: a, partitions: [{name: p1, in: '1, 2'}]}}",
        said: "takes 2 rows of partition p2",
    },
];

async fn a_removal_counts_what_it_takes(world: World) {
    let direct = DirectPipeline::new();
    for Removal { before, declared, said } in REMOVALS {
        world.sql(&format!("DROP TABLE IF EXISTS t; {before}")).await;
        let request = request(&world, &format!("tables: [{declared}]\n"));
        let Pass { report, change } = reconcile(&direct.pipeline, &request, None).await;
        let steps = report.plan.iter().flat_map(|plan| &plan.steps);
        let hazards: Vec<&String> = steps.flat_map(|planned| &planned.step.hazards).collect();
        assert!(hazards.iter().any(|hazard| *hazard == said), "{declared}: {hazards:?} {:?}", report.outcome);
        assert!(change.is_none(), "{declared}: it waits for consent");
    }
    world.check_that_nothing_was_run().await;
}
