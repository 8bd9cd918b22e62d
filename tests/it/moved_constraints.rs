//! Constraints that move to columns whose values only the plan makes: the former one stays until the new one can be there.

use schema_operator::api::Reason;
use schema_operator::reconcile::reconcile;

use crate::support::{DirectPipeline, Server, World, on_each_server, request};
use crate::units::{ALL, settle, spec};

on_each_server!(
    a_key_that_no_row_could_follow_does_not_move,
    a_key_that_each_row_follows_moves,
    an_index_or_check_that_rows_violate_does_not_move,
    an_index_or_check_that_rows_satisfy_moves,
    what_is_not_known_of_a_new_value_is_said_and_never_claimed,
    rows_outside_of_partitions_by_a_new_column_are_counted,
    a_virtual_column_whose_values_nothing_counts_waits_for_consent,
);

const LIVE: &str = "CREATE TABLE p (id int PRIMARY KEY, k int NOT NULL, s varchar(10) COLLATE utf8mb4_bin, d date, \
     b binary(3), e enum('x','y'), n decimal(5,2), UNIQUE (id, k), UNIQUE (s), UNIQUE (d), UNIQUE (b), UNIQUE (e), UNIQUE (n)); \
     INSERT INTO p VALUES (1, 1, 'a', '2020-01-01', 'abc', 'y', 1.5), (3, 3, 'c', '2020-01-03', 'ab', NULL, 2.5); \
     CREATE TABLE t (id int PRIMARY KEY, a int, r decimal(5,2), u int, v decimal(5,2), CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id), \
     UNIQUE INDEX i (id), CONSTRAINT c CHECK (id > 0)); INSERT INTO t VALUES (1, 1, 1.2, 1, 1.5), (2, 3, 2.7, NULL, 3.5)";

/// A key of table `t` to come, and the columns that it gets.
struct Moved {
    columns: &'static str,
    key: &'static str,
    references: &'static str,
}

impl Moved {
    fn declared(&self) -> String {
        let Self { columns, key, references } = self;
        format!(
            "- {{name: t, columns: [{columns}], indexes: [{{name: f, columns: [{key}]}}], \
             foreignKeys: [{{name: f, columns: [{key}], references: {{table: p, columns: [{references}]}}}}]}}"
        )
    }
}

const ORPHANED: &[Moved] = &[
    Moved { columns: "{name: z, type: int, default: {value: '7'}}", key: "z", references: "id" },
    Moved { columns: "{name: z, type: int, nullable: false}", key: "z", references: "id" },
    Moved { columns: "{name: z, type: int, default: {expression: 3 + 4}}", key: "z", references: "id" },
    Moved { columns: "{name: z, type: int, default: {expression: id + 7}}", key: "z", references: "id" },
    Moved {
        columns: "{name: z, type: int, generated: {expression: id + 7, storage: Stored}}",
        key: "z",
        references: "id",
    },
    Moved { columns: "{name: z, type: int, nullable: false}", key: "a, z", references: "id, k" },
    Moved {
        columns: "{name: z, type: varchar(10), charset: utf8mb4, collation: utf8mb4_bin, nullable: false, default: {value: A}}",
        key: "z",
        references: "s",
    },
    Moved {
        columns: "{name: z, type: varchar(10), charset: utf8mb4, collation: utf8mb4_bin, nullable: false}",
        key: "z",
        references: "s",
    },
    Moved { columns: "{name: z, type: date, default: {value: '2020-01-02'}}", key: "z", references: "d" },
    Moved { columns: "{name: z, type: date, default: {expression: current_timestamp}}", key: "z", references: "d" },
    Moved { columns: "{name: z, type: int, default: {expression: id + 3.5}}", key: "z", references: "id" },
    Moved { columns: "{name: z, type: binary(3), nullable: false}", key: "z", references: "b" },
    Moved { columns: "{name: z, type: \"enum('x','y')\", nullable: false}", key: "z", references: "e" },
    Moved { columns: "{name: z, type: 'decimal(5,2)', default: {value: '1.25'}}", key: "z", references: "n" },
    // 1.5 becomes 2, and 3.5 becomes 4.
    Moved { columns: "{name: z, renamedFrom: [v], type: int}", key: "z", references: "id" },
];

const FOLLOWED: &[Moved] = &[
    Moved { columns: "{name: z, type: int, default: {value: '3'}}", key: "z", references: "id" },
    Moved { columns: "{name: z, type: int}", key: "z", references: "id" },
    Moved { columns: "{name: z, type: int}", key: "a, z", references: "id, k" },
    Moved {
        columns: "{name: z, type: int, generated: {expression: id * 2 - 1, storage: Stored}}",
        key: "z",
        references: "id",
    },
    Moved {
        columns: "{name: z, type: varchar(10), charset: utf8mb4, collation: utf8mb4_bin, nullable: false, default: {value: a}}",
        key: "z",
        references: "s",
    },
    Moved { columns: "{name: z, type: \"enum('x','y')\", default: {value: y}}", key: "z", references: "e" },
    // 1.5 / 2 becomes 1, and 5.5 / 2 becomes 3: a column rounds what an expression returns.
    Moved { columns: "{name: z, type: int, default: {expression: (id * 4 - 2.5) / 2}}", key: "z", references: "id" },
    // 1.2 becomes 1, and 2.7 becomes 3.
    Moved { columns: "{name: z, renamedFrom: [r], type: int}", key: "z", references: "id" },
];

async fn a_key_that_no_row_could_follow_does_not_move(world: World) {
    for moved in ORPHANED {
        let declared = moved.declared();
        world.sql(&format!("DROP TABLE IF EXISTS t, p; {LIVE}")).await;
        let report = settle(&DirectPipeline::new(), &world, &spec(ALL, &declared), None).await;
        let not_ready = report.outcome.expect_err(&declared);
        assert_eq!(not_ready.reason, Reason::RowsInTheWay, "{declared}: {not_ready}");
        assert!(not_ready.message.contains("2 rows refer to rows that do not exist"), "{declared}: {not_ready}");
        let shown = shown(&world).await;
        assert!(shown.contains("CONSTRAINT `f` FOREIGN KEY (`a`)"), "{declared}: {shown}");
        assert!(!history(&world).await.contains("DROP FOREIGN KEY"), "{declared}");
    }
}

async fn a_key_that_each_row_follows_moves(world: World) {
    for moved in FOLLOWED {
        let declared = moved.declared();
        world.sql(&format!("DROP TABLE IF EXISTS t, p; {LIVE}")).await;
        let report = settle(&DirectPipeline::new(), &world, &spec(ALL, &declared), None).await;
        assert!(report.outcome.is_ok(), "{declared}: {report:?}");
        let columns: Vec<String> = moved.key.split(", ").map(|name| format!("`{name}`")).collect();
        let (shown, columns) = (shown(&world).await, columns.join(", "));
        assert!(shown.contains(&format!("CONSTRAINT `f` FOREIGN KEY ({columns})")), "{declared}: {shown}");
    }
}

/// What moves of table `t`, what is said of its rows, and what is shown of it as long as it does not.
struct Violated {
    declared: &'static str,
    said: &'static str,
    stays: &'static str,
}

const VIOLATED: &[Violated] = &[
    Violated {
        declared: "columns: [{name: z, type: int, default: {value: '7'}}], indexes: [{name: i, columns: [z], unique: true}]",
        said: "occurs more than once",
        stays: "UNIQUE KEY `i` (`id`)",
    },
    Violated {
        declared: "columns: [{name: z, type: int, nullable: false}], indexes: [{name: i, columns: [z], unique: true}]",
        said: "occurs more than once",
        stays: "UNIQUE KEY `i` (`id`)",
    },
    Violated {
        declared: "columns: [{name: z, type: int, default: {expression: 3 + 4}}], indexes: [{name: i, columns: [z], unique: true}]",
        said: "occurs more than once",
        stays: "UNIQUE KEY `i` (`id`)",
    },
    Violated {
        declared: "columns: [{name: z, type: int, default: {value: '7'}}], checks: [{name: c, expression: z > 7}]",
        said: "2 rows violate the check",
        stays: "CONSTRAINT `c` CHECK (`id` > 0)",
    },
    Violated {
        declared: "columns: [{name: z, type: int, nullable: false}], checks: [{name: c, expression: z > a}]",
        said: "2 rows violate the check",
        stays: "CONSTRAINT `c` CHECK (`id` > 0)",
    },
    Violated {
        declared: "columns: [{name: z, renamedFrom: [u]}], checks: [{name: c, expression: z > 1}]",
        said: "1 row violates the check",
        stays: "CONSTRAINT `c` CHECK (`id` > 0)",
    },
    Violated {
        declared: "columns: [{name: r, type: int}], checks: [{name: c, expression: r > 1.1}]",
        said: "1 row violates the check",
        stays: "CONSTRAINT `c` CHECK (`id` > 0)",
    },
    Violated {
        declared: "columns: [{name: z, type: varchar(9), charset: utf8mb4, collation: utf8mb4_bin, nullable: false, \
                   default: {value: a}}], checks: [{name: c, expression: \"z <> 'a'\"}]",
        said: "2 rows violate the check",
        stays: "CONSTRAINT `c` CHECK (`id` > 0)",
    },
    Violated {
        declared: "columns: [{name: z, type: datetime(6), nullable: false, default: {expression: current_timestamp(6)}}], \
                   indexes: [{name: i, columns: [z], unique: true}]",
        said: "occurs more than once",
        stays: "UNIQUE KEY `i` (`id`)",
    },
    Violated {
        declared: "columns: [{name: z, type: datetime, nullable: false, default: {expression: current_timestamp}}], \
                   checks: [{name: c, expression: \"z < '2020-01-01'\"}]",
        said: "2 rows violate the check",
        stays: "CONSTRAINT `c` CHECK (`id` > 0)",
    },
    Violated {
        declared: "columns: [{name: z, type: float, default: {value: '1.5'}}], indexes: [{name: i, columns: [z], unique: true}]",
        said: "occurs more than once",
        stays: "UNIQUE KEY `i` (`id`)",
    },
    Violated {
        declared: "columns: [{name: z, type: float, default: {value: '1.5'}}], checks: [{name: c, expression: z <> 1.5}]",
        said: "2 rows violate the check",
        stays: "CONSTRAINT `c` CHECK (`id` > 0)",
    },
    Violated {
        declared: "columns: [{name: z, type: double, nullable: false}], checks: [{name: c, expression: z > 0}]",
        said: "2 rows violate the check",
        stays: "CONSTRAINT `c` CHECK (`id` > 0)",
    },
    Violated {
        declared: "columns: [{name: z, type: bit(3), nullable: false}], indexes: [{name: i, columns: [z], unique: true}]",
        said: "occurs more than once",
        stays: "UNIQUE KEY `i` (`id`)",
    },
    Violated {
        declared: "columns: [{name: z, type: year, nullable: false}], checks: [{name: c, expression: z > 0}]",
        said: "2 rows violate the check",
        stays: "CONSTRAINT `c` CHECK (`id` > 0)",
    },
    // Both values are stored as 1.
    Violated {
        declared: "columns: [{name: z, type: int, generated: {expression: (id + 1) / 2.5, storage: Stored}}], \
                   indexes: [{name: i, columns: [z], unique: true}]",
        said: "occurs more than once",
        stays: "UNIQUE KEY `i` (`id`)",
    },
    Violated {
        declared: "columns: [{name: z, type: inet6, nullable: false}], checks: [{name: c, expression: \"z <> '::'\"}]",
        said: "2 rows violate the check",
        stays: "CONSTRAINT `c` CHECK (`id` > 0)",
    },
    Violated {
        declared: "columns: [{name: z, type: uuid, nullable: false}], indexes: [{name: i, columns: [z], unique: true}]",
        said: "occurs more than once",
        stays: "UNIQUE KEY `i` (`id`)",
    },
];

/// Whether the server has the types of these columns: MySQL has none for addresses.
fn has_types(world: &World, declared: &str) -> bool {
    !matches!(world.server, Server::MySql) || !["inet", "uuid"].iter().any(|of_mariadb| declared.contains(of_mariadb))
}

async fn an_index_or_check_that_rows_violate_does_not_move(world: World) {
    for Violated { declared, said, stays } in VIOLATED.iter().filter(|one| has_types(&world, one.declared)) {
        world.sql(&format!("DROP TABLE IF EXISTS t, p; {LIVE}")).await;
        let spec = spec(ALL, &format!("- {{name: t, {declared}}}"));
        let report = settle(&DirectPipeline::new(), &world, &spec, None).await;
        let not_ready = report.outcome.expect_err(declared);
        assert!(not_ready.message.contains(said), "{declared}: {not_ready}");
        let shown = shown(&world).await.replace("((`id` > 0))", "(`id` > 0)");
        assert!(shown.contains(stays), "{declared}: {shown}");
    }
}

/// What moves of table `t`, since each value is stored as the column's type has it.
const SATISFIED: &[&str] = &[
    "columns: [{name: z, type: int, default: {expression: 3.7 + 4}}], checks: [{name: c, expression: z = 8}]",
    "columns: [{name: z, type: int, generated: {expression: id + 0.5, storage: Stored}}], \
     checks: [{name: c, expression: z >= 2 and z <= 3}], indexes: [{name: i, columns: [z], unique: true}]",
    "columns: [{name: z, type: 'decimal(5,1)', default: {expression: 10 / 3}}], checks: [{name: c, expression: z = 3.3}]",
    "columns: [{name: z, type: float, default: {value: '1.5'}}], checks: [{name: c, expression: z = 1.5}]",
    "columns: [{name: z, type: year, default: {value: '2024'}}], checks: [{name: c, expression: z = 2024}]",
    // Equal to the collation of the expression, and not to that of the column.
    "columns: [{name: z, type: varchar(9), charset: utf8mb4, collation: utf8mb4_bin, \
     generated: {expression: \"if(id = 1, 'x', 'X')\", storage: Stored}}], indexes: [{name: i, columns: [z], unique: true}]",
    "columns: [{name: z, type: inet6, nullable: false}], checks: [{name: c, expression: \"z = '::'\"}]",
];

async fn an_index_or_check_that_rows_satisfy_moves(world: World) {
    for declared in SATISFIED.iter().filter(|declared| has_types(&world, declared)) {
        world.sql(&format!("DROP TABLE IF EXISTS t, p; {LIVE}")).await;
        let spec = spec(ALL, &format!("- {{name: t, {declared}}}"));
        let report = settle(&DirectPipeline::new(), &world, &spec, None).await;
        assert!(report.outcome.is_ok(), "{declared}: {report:?}");
        let shown = shown(&world).await;
        assert!(shown.contains("UNIQUE KEY `i` (`z`)") || !shown.contains("`id` > 0"), "{declared}: {shown}");
    }
}

/// A new column, what is over it, and what is said that no query tells.
struct Uncounted {
    declared: &'static str,
    said: &'static str,
}

const UNCOUNTED: &[Uncounted] = &[
    Uncounted {
        declared: "columns: [{name: z, type: varchar(36), default: {expression: uuid()}}], \
                   indexes: [{name: u, columns: [z], unique: true}]",
        said: "not checked: whether rows share the key of index t.u",
    },
    Uncounted {
        declared: "columns: [{name: z, type: double, default: {expression: rand()}}], \
                   indexes: [{name: u, columns: [z], unique: true}]",
        said: "not checked: whether rows share the key of index t.u",
    },
    Uncounted {
        declared: "columns: [{name: z, type: int, default: {expression: abs(id)}}], checks: [{name: k, expression: z > 0}]",
        said: "not checked: whether all rows pass check t.k",
    },
    Uncounted {
        declared: "columns: [{name: z, type: bit(3), nullable: false}], checks: [{name: k, expression: z < 9}]",
        said: "not checked: whether all rows pass check t.k",
    },
    Uncounted {
        declared: "columns: [{name: z, type: year, default: {value: '24'}}], checks: [{name: k, expression: z = 2024}]",
        said: "not checked: whether all rows pass check t.k",
    },
    Uncounted {
        declared: "columns: [{name: z, type: int, default: {expression: abs(id)}}], \
                   foreignKeys: [{name: k, columns: [z], references: {table: p, columns: [id]}}]",
        said: "not checked: whether each row that foreign key t.k refers to exists",
    },
    Uncounted {
        declared: "columns: [{name: z, type: int, default: {expression: abs(id)}}], primaryKey: [id, z], \
                   partitioning: {by: Range, expression: z, partitions: [{name: p0, lessThan: '9'}]}",
        said: "not checked: whether each row of t finds a partition",
    },
];

/// Two rows have one value for sure, or it is said that it is not known.
async fn what_is_not_known_of_a_new_value_is_said_and_never_claimed(world: World) {
    // With a binary log, MySQL adds no column with such a default (1674 on 9.7).
    let is_added = |declared: &str| {
        !matches!(world.server, Server::MySql) || !declared.contains("uuid()") && !declared.contains("rand()")
    };
    for Uncounted { declared, said } in UNCOUNTED.iter().filter(|one| is_added(one.declared)) {
        world.sql(&format!("DROP TABLE IF EXISTS t, p; {LIVE}; ALTER TABLE t DROP FOREIGN KEY f, DROP INDEX i")).await;
        let request = request(&world, &spec("{}", &format!("- {{name: t, {declared}}}")));
        let report = reconcile(&DirectPipeline::new().pipeline, &request, None).await.report;
        let steps = report.plan.iter().flat_map(|plan| &plan.steps);
        let notes: String = steps.filter_map(|step| step.message.clone()).collect();
        assert!(notes.contains(said), "{declared}: {report:?}");
        assert!(!notes.contains("find the rows"), "{declared}: {notes}");
    }
}

/// Rows that no partition by a column takes that the same plan adds, and how many.
const OUTSIDE: &[Violated] = &[
    Violated {
        declared: "columns: [{name: z, type: int, nullable: false, default: {value: '7'}}], primaryKey: [id, z], \
                   partitioning: {by: Range, expression: z, partitions: [{name: p0, lessThan: '7'}]}",
        said: "2 rows are in no partition",
        stays: "CREATE TABLE `t`",
    },
    Violated {
        declared: "columns: [{name: z, type: int, nullable: false, default: {expression: id * 3}}], primaryKey: [id, z], \
                   partitioning: {by: List, expression: z, partitions: [{name: p0, in: '3, 5'}]}",
        said: "1 row is in no partition",
        stays: "CREATE TABLE `t`",
    },
    Violated {
        declared: "columns: [{name: z, type: date, nullable: false, default: {expression: current_timestamp}}], \
                   primaryKey: [id, z], partitioning: {by: RangeColumns, columns: [z], \
                   partitions: [{name: p0, lessThan: \"'2020-01-01'\"}]}",
        said: "2 rows are in no partition",
        stays: "CREATE TABLE `t`",
    },
];

async fn rows_outside_of_partitions_by_a_new_column_are_counted(world: World) {
    for Violated { declared, said, stays } in OUTSIDE {
        world
            .sql("DROP TABLE IF EXISTS t, p; CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)")
            .await;
        let spec = spec(ALL, &format!("- {{name: t, {declared}}}"));
        let report = settle(&DirectPipeline::new(), &world, &spec, None).await;
        let not_ready = report.outcome.expect_err(declared);
        assert!(not_ready.message.contains(said), "{declared}: {not_ready}");
        let shown = shown(&world).await;
        assert!(shown.contains(stays) && !shown.contains("PARTITION BY"), "{declared}: {shown}");
    }
}

/// MySQL reads NULL as 0 there, without an error. MariaDB has no generated column that is never NULL.
async fn a_virtual_column_whose_values_nothing_counts_waits_for_consent(world: World) {
    if !matches!(world.server, Server::MySql) {
        return;
    }
    let declared = "- {name: t, columns: [{name: n, type: int, default: {expression: abs(id)}}, \
                    {name: g, type: int, nullable: false, generated: {expression: 'nullif(n, 1)'}}]}";
    world.sql(&format!("DROP TABLE IF EXISTS t, p; {LIVE}")).await;
    let but_unknown = spec("{allow: [Blocking, Breaking, Destructive], smallTableRows: 0}", declared);
    // Before the first column is there, no query can count. Once it is there, the row is counted.
    let request = request(&world, &but_unknown);
    let report = reconcile(&DirectPipeline::new().pipeline, &request, None).await.report;
    let steps: Vec<_> = report.plan.iter().flat_map(|plan| &plan.steps).collect();
    let is_unknown = steps.iter().any(|step| step.needs.iter().any(|risk| risk.to_string() == "Unknown"));
    assert!(is_unknown, "{steps:?}");
    assert!(!shown(&world).await.contains("`g`"));
}

/// Returns what the server shows of table `t`.
async fn shown(world: &World) -> String {
    world.sql("SHOW CREATE TABLE t").await[0].text(1).to_owned()
}

/// Returns all statements that were run, and forgets them.
async fn history(world: &World) -> String {
    let is_kept = !world.sql("SHOW TABLES LIKE 'schema_operator_history'").await.is_empty();
    if !is_kept {
        return String::new();
    }
    let rows = world.sql("SELECT statement FROM schema_operator_history").await;
    world.sql("DROP TABLE schema_operator_history").await;
    rows.iter().map(|row| row.text(0).to_owned()).collect()
}
