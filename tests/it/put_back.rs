//! A row that comes in after the rows were counted keeps a foreign key from its return. The former key is back then, on each
//! server, whatever else changed in its unit, and the status says so.

use schema_operator::plan::{Change, Step};
use schema_operator::reconcile::{Pass, reconcile};

use crate::support::{DirectPipeline, Server, World, on_each_server, request};
use crate::units::{ALL, settle, spec};

on_each_server!(a_key_that_does_not_return_is_back_as_it_was);

/// Tables with a key that makes way, and a row that keeps it from its return.
struct Case {
    name: &'static str,
    before: &'static str,
    tables: &'static str,
    /// Is inserted when the rows were counted, while the key is away.
    orphan: &'static str,
    /// What the key says when it is back. A column that was renamed keeps its new name.
    back: &'static str,
}

const CASES: &[Case] = &[
    Case {
        name: "it moves to another column",
        before: "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, a int, b int, KEY by_a (a), \
                 KEY by_b (b), CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id)); INSERT INTO p VALUES (1); \
                 INSERT INTO t VALUES (1, 1, 1)",
        tables: "- {name: t, foreignKeys: [{name: f, columns: [b], references: {table: p, columns: [id]}}]}",
        orphan: "INSERT INTO t (id, a, b) VALUES (2, 1, 77)",
        back: "(`a`) REFERENCES `p` (`id`)",
    },
    Case {
        name: "its former column changes its type beside the new one",
        before: "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, a int, b bigint, KEY by_a (a), \
                 KEY by_b (b), CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id)); INSERT INTO p VALUES (1); \
                 INSERT INTO t VALUES (1, 1, 1)",
        tables: "- {name: t, columns: [{name: a, type: smallint}, {name: b, type: int}], \
                 foreignKeys: [{name: f, columns: [b], references: {table: p, columns: [id]}}]}",
        orphan: "INSERT INTO t (id, a, b) VALUES (2, 1, 77)",
        back: "(`a`) REFERENCES `p` (`id`)",
    },
    Case {
        name: "its former column becomes a text, with a check of it",
        before: "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, a int, KEY by_a (a), \
                 CONSTRAINT c CHECK (a < 10), CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id)); INSERT INTO p VALUES (1); \
                 INSERT INTO t VALUES (1, 1)",
        tables: "- {name: t, columns: [{name: a, type: varchar(10)}, \
                 {name: b, type: int, default: {value: '1'}}], checks: [{name: c, expression: a <> 'x'}], \
                 indexes: [{name: by_b, columns: [b]}], \
                 foreignKeys: [{name: f, columns: [b], references: {table: p, columns: [id]}}]}",
        orphan: "INSERT INTO t (id, a, b) VALUES (2, 1, 77)",
        back: "(`a`) REFERENCES `p` (`id`)",
    },
    Case {
        name: "its former column goes",
        before: "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, a int, b int, \
                 CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id)); INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1, 1)",
        tables: "- {name: t, columns: [{name: a, state: Absent}], \
                 foreignKeys: [{name: f, columns: [b], references: {table: p, columns: [id]}}]}",
        orphan: "INSERT INTO t (id, b) VALUES (2, 77)",
        back: "(`a`) REFERENCES `p` (`id`)",
    },
    Case {
        name: "its index gets its new column",
        before: "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, a int, b int, \
                 CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id)); INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1, 1)",
        tables: "- {name: t, indexes: [{name: f, columns: [b]}], \
                 foreignKeys: [{name: f, columns: [b], references: {table: p, columns: [id]}}]}",
        orphan: "INSERT INTO t (id, a, b) VALUES (2, 1, 77)",
        back: "(`a`) REFERENCES `p` (`id`)",
    },
    Case {
        name: "the unique index that it refers to is replaced",
        before: "CREATE TABLE p (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, UNIQUE KEY u (a)); \
                 CREATE TABLE t (id int PRIMARY KEY, a int, b int, KEY by_a (a, b), \
                 CONSTRAINT f FOREIGN KEY (a) REFERENCES p (a)); INSERT INTO p VALUES (1, 1, 1); \
                 INSERT INTO t VALUES (1, 1, 1)",
        tables: "- {name: p, indexes: [{name: u, columns: [a, b], unique: true}]}\n\
                 - {name: t, foreignKeys: [{name: f, columns: [a, b], references: {table: p, columns: [a, b]}}]}",
        orphan: "INSERT INTO t (id, a, b) VALUES (2, 1, 77)",
        back: "(`a`) REFERENCES `p` (`a`)",
    },
    Case {
        name: "the unique index that it refers to goes",
        before: "CREATE TABLE p (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, UNIQUE KEY u (a), UNIQUE KEY v (b)); \
                 CREATE TABLE t (id int PRIMARY KEY, a int, b int, KEY by_a (a), KEY by_b (b), \
                 CONSTRAINT f FOREIGN KEY (a) REFERENCES p (a)); INSERT INTO p VALUES (1, 1, 1); \
                 INSERT INTO t VALUES (1, 1, 1)",
        tables: "- {name: p, indexes: [{name: u, state: Absent}]}\n\
                 - {name: t, foreignKeys: [{name: f, columns: [b], references: {table: p, columns: [b]}}]}",
        orphan: "INSERT INTO t (id, a, b) VALUES (2, 1, 77)",
        back: "(`a`) REFERENCES `p` (`a`)",
    },
    Case {
        name: "the primary key that it refers to is replaced",
        before: "CREATE TABLE p (a int NOT NULL, b int NOT NULL, PRIMARY KEY (a)); \
                 CREATE TABLE t (id int PRIMARY KEY, a int, b int, KEY by_a (a, b), \
                 CONSTRAINT f FOREIGN KEY (a) REFERENCES p (a)); INSERT INTO p VALUES (1, 1); \
                 INSERT INTO t VALUES (1, 1, 1)",
        tables: "- {name: p, primaryKey: [a, b]}\n\
                 - {name: t, foreignKeys: [{name: f, columns: [a, b], references: {table: p, columns: [a, b]}}]}",
        orphan: "INSERT INTO t (id, a, b) VALUES (2, 1, 77)",
        back: "(`a`) REFERENCES `p` (`a`)",
    },
    Case {
        name: "the table that it refers to goes",
        before: "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE q (id int PRIMARY KEY); \
                 CREATE TABLE t (id int PRIMARY KEY, a int, KEY by_a (a), \
                 CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id)); INSERT INTO p VALUES (1); INSERT INTO q VALUES (1); \
                 INSERT INTO t VALUES (1, 1)",
        tables: "- {name: p, state: Absent}\n\
                 - {name: t, foreignKeys: [{name: f, columns: [a], references: {table: q, columns: [id]}}]}",
        orphan: "INSERT INTO t (id, a) VALUES (2, 77)",
        back: "(`a`) REFERENCES `p` (`id`)",
    },
    Case {
        name: "its column gets another name and type",
        before: "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, a int, KEY by_a (a), \
                 CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id)); INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1)",
        tables: "- {name: p, columns: [{name: id, type: bigint}]}\n\
                 - {name: t, columns: [{name: x, renamedFrom: [a], type: bigint}], \
                 foreignKeys: [{name: f, columns: [x], references: {table: p, columns: [id]}}]}",
        orphan: "INSERT INTO t VALUES (2, 77)",
        back: "(`x`) REFERENCES `p` (`id`)",
    },
    Case {
        name: "its column gets another name in a copy",
        before: "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, a int, KEY by_a (a), \
                 CONSTRAINT c CHECK (a < 100), CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id)); INSERT INTO p VALUES (1); \
                 INSERT INTO t VALUES (1, 1)",
        tables: "- {name: t, columns: [{name: x, renamedFrom: [a], type: int}], \
                 checks: [{name: c, expression: x < 99}], \
                 foreignKeys: [{name: f, columns: [x], references: {table: p, columns: [id]}, onDelete: Cascade}]}",
        orphan: "INSERT INTO t VALUES (2, 77)",
        back: "(`x`) REFERENCES `p` (`id`)",
    },
];

/// MySQL renames no column of a key in a copy, and a row is in the way of that copy.
const KEEPS_ITS_NAME: Case = Case {
    name: "a row is in the way of the copy that gives its column another name",
    before: "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, a int, KEY by_a (a), \
             CONSTRAINT c CHECK (a < 100), CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id)); INSERT INTO p VALUES (1); \
             INSERT INTO t VALUES (1, 1)",
    tables: "- {name: t, columns: [{name: x, renamedFrom: [a], type: int}], \
             checks: [{name: c, expression: x < 50}], \
             foreignKeys: [{name: f, columns: [x], references: {table: p, columns: [id]}, onDelete: Cascade}]}",
    orphan: "INSERT INTO t VALUES (2, 77)",
    back: "(`a`) REFERENCES `p` (`id`)",
};

#[tokio::test]
async fn a_key_is_back_over_a_column_that_keeps_its_name() {
    let world = World::new(Server::MySql).await;
    assert_eq!(Box::pin(fails_to_return(&world, &KEEPS_ITS_NAME, 1)).await, Some(Ok(())));
}

#[tokio::test]
async fn a_key_whose_column_is_gone_is_told() {
    let world = World::new(Server::MySql).await;
    let [case, ..] = CASES else { panic!("no case") };
    world.sql(case.before).await;
    let (direct, spec) = (DirectPipeline::new(), spec(ALL, case.tables));
    let mut job = direct.job(&request(&world, &spec)).await;
    job.steps.truncate(1);
    let applied = direct.run(job).await;
    assert!(applied.failure.is_none(), "{applied:?}");
    world
        .sql(&format!("ALTER TABLE t DROP COLUMN a; {}", case.orphan.replace("a, b", "b").replace("1, 77", "77")))
        .await;
    let message = settle(&direct, &world, &spec, Some(applied)).await.outcome.unwrap_err().message;
    assert!(
        message.contains("impossible to put back: foreign key t.f") && message.contains("no column a"),
        "{message}"
    );
    assert!(message.contains("1 row refers to a row that does not exist"), "{message}");
    world.sql("DELETE FROM t WHERE id = 2").await;
    let report = settle(&direct, &world, &spec, None).await;
    assert!(report.outcome.is_ok(), "{report:?}");
}

async fn a_key_that_does_not_return_is_back_as_it_was(world: World) {
    let mut wrong = Vec::new();
    for case in CASES {
        let mut begun = 1;
        while let Some(found) = Box::pin(fails_to_return(&world, case, begun)).await {
            wrong.extend(found.err().map(|why| format!("{}, after {begun} of its steps: {why}", case.name)));
            begun += 1;
        }
        assert!(begun > 1, "{}: no key makes way", case.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Runs the first steps of the unit, counts the rows, and lets one in before the others. `None` where the unit has no
/// further steps.
async fn fails_to_return(world: &World, case: &Case, begun: usize) -> Option<Result<(), String>> {
    world.sql(&format!("DROP TABLE IF EXISTS t, p, q; {}", case.before)).await;
    let (direct, spec) = (DirectPipeline::new(), spec(ALL, case.tables));
    let request = request(world, &spec);
    let mut job = direct.job(&request).await;
    let is = |test: fn(&Change) -> bool| job.steps.iter().position(|step| step.changes.iter().any(test));
    let dropped = is(|change| matches!(change, Change::DropForeignKey(_)))?;
    let returned = is(|change| matches!(change, Change::AddForeignKey(_)))?;
    if dropped + begun > returned {
        return None;
    }
    let statements: Vec<String> = job.steps.iter().map(Step::sql).collect();
    let unit = job.steps.get(dropped..=returned)?;
    assert!(unit.iter().all(|step| step.unit.is_some()), "{statements:#?}");
    job.steps.truncate(dropped + begun);
    let applied = direct.run(job).await;
    assert!(applied.failure.is_none(), "{}: {applied:?}", case.name);
    let Pass { change, report } = reconcile(&direct.pipeline, &request, Some(&applied)).await;
    let rest = change.unwrap_or_else(|| panic!("{}: {report:?}", case.name));
    world.sql(case.orphan).await;
    let failed = direct.run(rest).await;
    assert!(failed.failure.is_some(), "{}: {failed:?}", case.name);
    let report = settle(&direct, world, &spec, Some(failed)).await;
    let shown = tables(world).await;
    let message = report.outcome.as_ref().map_or_else(|ends| ends.message.clone(), |()| "Ready".to_owned());
    if !shown.contains(&format!("CONSTRAINT `f` FOREIGN KEY {}", case.back)) || !message.contains("put back") {
        return Some(Err(format!("{message}\n{statements:#?}\n{shown}")));
    }
    world.sql("DELETE FROM t WHERE id = 2").await;
    let report = settle(&direct, world, &spec, None).await;
    Some(match report.outcome {
        Ok(()) => Ok(()),
        Err(ends) => Err(format!("without the row: {ends}")),
    })
}

/// Returns what the server shows of the tables.
async fn tables(world: &World) -> String {
    let mut shown = String::new();
    for table in world.sql("SHOW TABLES").await.iter().map(|row| row.text(0).to_owned()).collect::<Vec<_>>() {
        if !table.starts_with("schema_operator") {
            shown.push_str(world.sql(&format!("SHOW CREATE TABLE {table}")).await[0].text(1));
            shown.push('\n');
        }
    }
    shown
}
