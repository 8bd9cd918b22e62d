//! Constraints that move to columns whose values only the plan makes: the former one stays until the new one can be there.

use schema_operator::api::Reason;

use crate::support::{DirectPipeline, World, on_each_server};
use crate::units::{ALL, settle, spec};

on_each_server!(
    a_key_that_no_row_could_follow_does_not_move,
    a_key_that_each_row_follows_moves,
    an_index_or_check_that_rows_violate_does_not_move,
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
];

async fn an_index_or_check_that_rows_violate_does_not_move(world: World) {
    for Violated { declared, said, stays } in VIOLATED {
        world.sql(&format!("DROP TABLE IF EXISTS t, p; {LIVE}")).await;
        let spec = spec(ALL, &format!("- {{name: t, {declared}}}"));
        let report = settle(&DirectPipeline::new(), &world, &spec, None).await;
        let not_ready = report.outcome.expect_err(declared);
        assert!(not_ready.message.contains(said), "{declared}: {not_ready}");
        let shown = shown(&world).await.replace("((`id` > 0))", "(`id` > 0)");
        assert!(shown.contains(stays), "{declared}: {shown}");
    }
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
