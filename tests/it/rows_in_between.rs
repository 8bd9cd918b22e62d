//! A row that comes in after the rows were counted makes a step fail. The next pass counts it and waits for it to go, as
//! for one that was there before. Then the step runs, without another revision, on each server.

use schema_operator::api::{Reason, StepState};
use schema_operator::declare::Source;
use schema_operator::reconcile::{Applied, Pass, Report, Request, reconcile};

use crate::support::{DirectPipeline, Server, World, on_each_server, request};
use crate::units::{ALL, spec};

on_each_server!(a_row_that_comes_in_between_is_waited_for, a_row_that_is_gone_before_it_is_counted_holds_up_nothing,);

/// A table, what is declared of it, and a row with the id 2 that makes the statement fail.
struct Case {
    table: &'static str,
    declared: &'static str,
    row: &'static str,
}

const CASES: &[Case] = &[
    Case {
        table: "(id int PRIMARY KEY, a int)",
        declared: "foreignKeys: [{name: f, columns: [a], references: {table: p, columns: [id]}}]",
        row: "(2, 77)",
    },
    Case {
        table: "(id int PRIMARY KEY, a int)",
        declared: "indexes: [{name: u, columns: [a], unique: true}]",
        row: "(2, 1)",
    },
    Case {
        table: "(id int PRIMARY KEY, a int NOT NULL)",
        declared: "columns: [{name: a, type: bigint}], indexes: [{name: u, columns: [a], unique: true}]",
        row: "(2, 1)",
    },
    Case { table: "(id int, a int)", declared: "primaryKey: [a]", row: "(2, 1)" },
    Case { table: "(id int, a int)", declared: "primaryKey: [a]", row: "(2, NULL)" },
    Case { table: "(id int PRIMARY KEY, a int)", declared: "checks: [{name: c, expression: a < 10}]", row: "(2, 77)" },
    Case {
        table: "(id int PRIMARY KEY, a int, CONSTRAINT c CHECK (a < 100))",
        declared: "checks: [{name: c, expression: a < 10}]",
        row: "(2, 77)",
    },
    Case {
        table: "(id int PRIMARY KEY, a int, CONSTRAINT c CHECK (a < 100))",
        declared: "columns: [{name: a, type: bigint}], checks: [{name: c, expression: a < 10}]",
        row: "(2, 77)",
    },
    Case {
        table: "(id int PRIMARY KEY, a int)",
        declared: "columns: [{name: b, type: int, nullable: false, default: {value: '5'}}], \
                   checks: [{name: c, expression: a < b}]",
        row: "(2, 77)",
    },
    Case {
        table: "(id int PRIMARY KEY, a varchar(20))",
        declared: "columns: [{name: a, type: varchar(5)}]",
        row: "(2, '123456')",
    },
    Case { table: "(id int PRIMARY KEY, a int)", declared: "columns: [{name: a, type: tinyint}]", row: "(2, 128)" },
    Case { table: "(id int PRIMARY KEY, a int)", declared: "columns: [{name: a, type: int unsigned}]", row: "(2, -1)" },
    Case { table: "(id int PRIMARY KEY, a int)", declared: "columns: [{name: a, nullable: false}]", row: "(2, NULL)" },
    Case {
        table: "(id int PRIMARY KEY, a enum('x', 'y') DEFAULT 'x')",
        declared: "columns: [{name: a, type: \"enum('x')\"}]",
        row: "(2, 'y')",
    },
    Case {
        table: "(id int PRIMARY KEY, a varchar(20))",
        declared: "columns: [{name: a, type: \"enum('1', '2')\"}]",
        row: "(2, 'y')",
    },
    Case {
        table: "(id int PRIMARY KEY, a varchar(20) CHARACTER SET utf8mb4)",
        declared: "columns: [{name: a, charset: latin1}]",
        row: "(2, '\u{4e2d}')",
    },
    Case {
        table: "(id int PRIMARY KEY, a datetime)",
        declared: "columns: [{name: a, type: timestamp, nullable: true}]",
        row: "(2, '1969-01-01')",
    },
    Case { table: "(id int PRIMARY KEY, a text)", declared: "columns: [{name: a, type: json}]", row: "(2, 'x')" },
    Case {
        table: "(id int PRIMARY KEY, a int)",
        declared: "columns: [{name: b, type: int, nullable: false, generated: {expression: 'NULLIF(id, 2)', \
                   storage: Stored}}]",
        row: "(2, 1)",
    },
    Case {
        table: "(id int PRIMARY KEY, a int)",
        declared: "partitioning: {by: Range, expression: id, partitions: [{name: p0, lessThan: '2'}]}",
        row: "(2, 1)",
    },
];

/// MariaDB has no generated column that is never NULL.
fn cases(world: &World) -> impl Iterator<Item = &'static Case> {
    let has = matches!(world.server, Server::MySql);
    CASES.iter().filter(move |case| has || !case.declared.contains("generated"))
}

async fn a_row_that_comes_in_between_is_waited_for(world: World) {
    let mut wrong = Vec::new();
    for case in cases(&world) {
        let mut trial = Trial::new(&world, case).await;
        let failed = trial.fail().await;
        let report = trial.pass(Some(failed)).await;
        let in_the_way = [Reason::RowsInTheWay, Reason::DuplicateRows];
        let is_counted = report.outcome.as_ref().is_err_and(|ends| in_the_way.contains(&ends.reason));
        let steps = report.plan.iter().flat_map(|plan| &plan.steps);
        let is_blocked = steps.clone().any(|step| step.state == StepState::Blocked);
        let said: Vec<_> = steps.map(|step| (step.state, step.message.clone())).collect();
        let then = trial.without_row().await.outcome;
        if !is_counted || !is_blocked || then.is_err() {
            wrong.push(format!("{}: {:?}, {said:?}; then {then:?}", case.declared, report.outcome));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

async fn a_row_that_is_gone_before_it_is_counted_holds_up_nothing(world: World) {
    let mut wrong = Vec::new();
    for case in cases(&world) {
        let mut trial = Trial::new(&world, case).await;
        let failed = trial.fail().await;
        world.sql("DELETE FROM t WHERE id = 2").await;
        trial.pass(Some(failed)).await;
        let report = trial.without_row().await;
        if report.outcome.is_err() {
            wrong.push(format!("{}: {:?}", case.declared, report.outcome));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// A plan that fails on a row, and what its resource remembers from pass to pass.
struct Trial<'a> {
    world: &'a World,
    case: &'a Case,
    direct: DirectPipeline,
    request: Request<Source>,
}

impl<'a> Trial<'a> {
    async fn new(world: &'a World, case: &'a Case) -> Self {
        let live =
            format!("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t {}; INSERT INTO p VALUES (1)", case.table);
        let value = if case.table.contains("enum") { "'x'" } else { "1" };
        let value = if case.table.contains("datetime") { "'2001-01-01'" } else { value };
        world.sql(&format!("DROP TABLE IF EXISTS t, p; {live}; INSERT INTO t VALUES (1, {value})")).await;
        let request = request(world, &spec(ALL, &format!("- {{name: t, {}}}", case.declared)));
        Self { world, case, direct: DirectPipeline::new(), request }
    }

    /// Lets the row in after the count, and runs what was planned.
    async fn fail(&self) -> Applied {
        let job = self.direct.job(&self.request).await;
        self.world.sql(&format!("INSERT INTO t VALUES {}", self.case.row)).await;
        let failed = self.direct.run(job).await;
        assert!(failed.failure.is_some(), "{}: {failed:?}", self.case.declared);
        failed
    }

    /// Runs a pass after a change, which begins no other.
    async fn pass(&mut self, after: Option<Applied>) -> Report {
        let Pass { report, change } = reconcile(&self.direct.pipeline, &self.request, after.as_ref()).await;
        assert!(change.is_none(), "{}: {report:?}", self.case.declared);
        self.request.prior.failed_steps.clone_from(&report.failed_steps);
        report
    }

    /// Runs passes and their changes once the row is gone.
    async fn without_row(&mut self) -> Report {
        self.world.sql("DELETE FROM t WHERE id = 2").await;
        let mut after = None;
        for _ in 0..8 {
            let Pass { report, change } = reconcile(&self.direct.pipeline, &self.request, after.as_ref()).await;
            self.request.prior.failed_steps.clone_from(&report.failed_steps);
            let Some(job) = change else { return report };
            after = Some(self.direct.run(job).await);
        }
        panic!("{}: it does not settle", self.case.declared)
    }
}
