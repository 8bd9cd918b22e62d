//! The states of each tool's table, made by hand as the tool's own source makes them (Flyway 11, Liquibase 4, Rails 8,
//! Django 5, golang-migrate 4, dbmate 2, Prisma 6, Alembic 1). Flyway 11.8 and Liquibase 4.31 made the same on MySQL 9.7;
//! Liquibase wrote no row for a change set that failed.

use crate::support::{CliWorld, on_each_server};

use super::{IN_SYNC, LIVE, WITH_STEP};

on_each_server!(CliWorld:
    each_state_of_a_tools_table_is_told,
    a_table_that_is_not_the_tools_is_no_revision,
    a_lock_of_the_tool_is_waited_for,
    the_tools_table_can_not_be_declared,
    apply_and_a_contract_heed_the_tools_table,
);

const ALEMBIC: &str = "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL, CONSTRAINT alembic_version_pkc \
                       PRIMARY KEY (version_num))";
const FLYWAY: &str = "CREATE TABLE flyway_schema_history (installed_rank int NOT NULL, version varchar(50), description \
    varchar(200) NOT NULL, type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum int, installed_by varchar(100) \
    NOT NULL, installed_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, execution_time int NOT NULL, success bool NOT \
    NULL, CONSTRAINT flyway_schema_history_pk PRIMARY KEY (installed_rank), KEY flyway_schema_history_s_idx (success))";
const LIQUIBASE: &str = "CREATE TABLE DATABASECHANGELOG (ID varchar(255) NOT NULL, AUTHOR varchar(255) NOT NULL, FILENAME \
    varchar(255) NOT NULL, DATEEXECUTED datetime NOT NULL, ORDEREXECUTED int NOT NULL, EXECTYPE varchar(10) NOT NULL, \
    MD5SUM varchar(35), DESCRIPTION varchar(255), COMMENTS varchar(255), TAG varchar(255), LIQUIBASE varchar(20), CONTEXTS \
    varchar(255), LABELS varchar(255), DEPLOYMENT_ID varchar(10))";
const RAILS: &str = "CREATE TABLE schema_migrations (version varchar(255) NOT NULL PRIMARY KEY)";
const DBMATE: &str = "CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY)";
const GOLANG_MIGRATE: &str =
    "CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)";
const DJANGO: &str = "CREATE TABLE django_migrations (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, app varchar(255) NOT \
                      NULL, name varchar(255) NOT NULL, applied datetime(6) NOT NULL)";
const PRISMA: &str = "CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY NOT NULL, checksum varchar(64) NOT NULL, \
    finished_at datetime(3), migration_name varchar(255) NOT NULL, logs text, rolled_back_at datetime(3), started_at \
    datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3), applied_steps_count int unsigned NOT NULL DEFAULT 0)";

/// What a plan says at first: the reason, or the remark where it would run or has nothing to do.
fn said(world: &CliWorld, spec: &str) -> String {
    let file = world.write_manifest(spec);
    let run = world.run(&["plan", "-f", &file, "-o", "json"]);
    let view: serde_json::Value = serde_json::from_str(&run.output).unwrap_or_else(|_| panic!("{spec}: {run:?}"));
    let text = |name: &str| view[name].as_str().unwrap_or_default().to_owned();
    let (reason, message, remark) = (text("reason"), text("message"), text("remark"));
    let (code, blocked) = match reason.as_str() {
        "" => (0, false),
        "Applying" => (2, false),
        _ => (1, true),
    };
    assert_eq!(run.code, code, "{spec}: {run:?}");
    for step in view["steps"].as_array().into_iter().flatten().filter(|_| blocked) {
        assert_eq!(step["state"], "Blocked", "{spec}: {run:?}");
    }
    if blocked { format!("{reason}: {message}") } else { format!("{reason}; {remark}") }
}

/// Returns the name of a tool's table, what makes it, and the columns that its rows give.
fn table_of(tool: &str) -> (&'static str, &'static str, &'static str) {
    match tool {
        "alembic" => ("alembic_version", ALEMBIC, "version_num"),
        "flyway" => (
            "flyway_schema_history",
            FLYWAY,
            "installed_rank, version, description, type, script, installed_by, execution_time, success",
        ),
        "liquibase" => ("DATABASECHANGELOG", LIQUIBASE, "ORDEREXECUTED, ID, AUTHOR, FILENAME, DATEEXECUTED, EXECTYPE"),
        "rails" => ("schema_migrations", RAILS, "version"),
        "dbmate" => ("schema_migrations", DBMATE, "version"),
        "golangMigrate" => ("schema_migrations", GOLANG_MIGRATE, "version, dirty"),
        "django" => ("django_migrations", DJANGO, "app, name, applied"),
        "prisma" => {
            ("_prisma_migrations", PRISMA, "id, checksum, migration_name, started_at, finished_at, rolled_back_at")
        }
        other => panic!("no table of {other}"),
    }
}

async fn each_state_of_a_tools_table_is_told(world: CliWorld) {
    world.sql(LIVE).await;
    let (mut tool, mut cases) = ("", 0);
    for line in include_str!("states.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let Some((rows, expected)) = line.trim_start().split_once(" => ") else {
            tool = line;
            continue;
        };
        let (name, definition, columns) = table_of(tool.split(':').next().unwrap());
        let sql = match rows {
            "no table" => String::new(),
            "no rows" => format!("; {definition}"),
            rows => format!("; {definition}; INSERT INTO {name} ({columns}) VALUES {rows}"),
        };
        world.sql(&format!("DROP TABLE IF EXISTS {name}{sql}")).await;
        for (spec, expected) in [(WITH_STEP, expected), (IN_SYNC, expected.trim_start_matches("Applying"))] {
            let said = said(&world, &format!("{spec}revisionTable: {{{tool}}}\n"));
            let is_silent = expected.ends_with(';');
            assert!(said.starts_with(expected) && (!is_silent || said.trim_end() == expected), "{line}: {said}");
        }
        world.sql(&format!("DROP TABLE IF EXISTS {name}")).await;
        cases += 1;
    }
    assert!(cases > 30, "{cases}");
    assert_eq!(world.sql("SHOW TABLES").await.len(), 1, "a plan writes nothing");
}

/// Three tools call their table `schema_migrations`, and anyone may make a view.
async fn a_table_that_is_not_the_tools_is_no_revision(world: CliWorld) {
    world.sql(LIVE).await;
    world
        .sql("CREATE FUNCTION boom() RETURNS varchar(9) DETERMINISTIC NO SQL RETURN 1 / (SELECT 1 FROM nowhere)")
        .await;
    let view = "CREATE VIEW schema_migrations AS SELECT boom() AS version, 0 AS dirty";
    for (tool, sql) in [
        ("rails: {chain: ['1']}", GOLANG_MIGRATE),
        ("dbmate: {chain: ['1']}", GOLANG_MIGRATE),
        ("golangMigrate: {chain: ['1']}", RAILS),
        ("golangMigrate: {chain: ['1']}", DBMATE),
        ("rails: {chain: ['1']}", view),
        ("golangMigrate: {chain: ['1']}", view),
        ("rails: {chain: ['1']}", "CREATE TABLE schema_migrations (id int)"),
        ("rails: {chain: ['1']}", "CREATE TABLE schema_migrations (version int) ENGINE = MEMORY"),
    ] {
        world.sql("DROP VIEW IF EXISTS schema_migrations").await;
        world.sql("DROP TABLE IF EXISTS schema_migrations").await;
        world.sql(sql).await;
        for spec in [WITH_STEP, IN_SYNC] {
            let said = said(&world, &format!("{spec}revisionTable: {{{tool}}}\n"));
            assert!(said.starts_with("RevisionTableUnreadable: schema_migrations is not "), "{sql}: {said}");
        }
    }
}

async fn a_lock_of_the_tool_is_waited_for(world: CliWorld) {
    let locks = "CREATE TABLE DATABASECHANGELOGLOCK (ID int NOT NULL PRIMARY KEY, `LOCKED` bool NOT NULL, LOCKGRANTED datetime, \
                 LOCKEDBY varchar(255))";
    world
        .sql(&format!("{LIVE}; {GOLANG_MIGRATE}; INSERT INTO schema_migrations VALUES (2, 1); {LIQUIBASE}; {locks}"))
        .await;
    let golang = |spec: &str| format!("{spec}revisionTable: {{golangMigrate: {{chain: ['1', '2']}}}}\n");
    // As golang-migrate makes the name of its lock.
    let sum = "(CRC32(CONCAT(DATABASE(), ':schema_migrations')) * 1486364155) & 4294967295";
    let mut holder = world.server.session().await;
    let take = format!("USE {}; SET @name = CAST({sum} AS CHAR); SELECT GET_LOCK(@name, 0)", world.database);
    holder.batch("a tool's lock", &take).await.unwrap();
    // Whether it is dirty, it says at its end.
    for spec in [WITH_STEP, IN_SYNC] {
        let said = said(&world, &golang(spec));
        assert!(said.starts_with("RevisionLocked: connection ") && said.contains("golang-migrate"), "{said}");
    }
    holder.batch("a tool's lock", "SELECT RELEASE_LOCK(@name)").await.unwrap();
    assert!(said(&world, &golang(WITH_STEP)).starts_with("RevisionDirty: "));
    let liquibase = |spec: &str| format!("{spec}revisionTable: {{liquibase: {{chain: ['a::1::b']}}}}\n");
    for (row, with_step, in_sync) in [
        ("(1, 0, NULL, NULL)", "Applying; DATABASECHANGELOG is at no", "; DATABASECHANGELOG is at no"),
        (
            "(1, 1, '2026-01-02 03:04:05', 'web-1 (10.0.0.7)')",
            "RevisionLocked: web-1 (10.0.0.7) holds",
            "; DATABASECHANGELOG",
        ),
    ] {
        world.sql(&format!("DELETE FROM DATABASECHANGELOGLOCK; INSERT INTO DATABASECHANGELOGLOCK VALUES {row}")).await;
        for (spec, expected) in [(WITH_STEP, with_step), (IN_SYNC, in_sync)] {
            let said = said(&world, &liquibase(spec));
            assert!(said.starts_with(expected), "{row}: {said}");
        }
    }
}

async fn the_tools_table_can_not_be_declared(world: CliWorld) {
    world.sql("CREATE TABLE versions (version_num varchar(32) NOT NULL PRIMARY KEY)").await;
    for tables in [
        "tables: [{name: versions, columns: [{name: more, type: int}]}]",
        "tables: [{name: Versions, columns: [{name: more, type: int}]}]",
        "tables: [{name: versions, state: Absent}]",
        "tables: [{name: t, renamedFrom: [versions]}]",
        "ddl: {inline: 'CREATE TABLE versions (id int)'}",
    ] {
        let file =
            world.write_manifest(&format!("{tables}\nrevisionTable: {{alembic: {{chain: [a], table: versions}}}}\n"));
        let run = world.run(&["plan", "-f", &file]);
        assert!(run.code == 1 && run.error.contains("the migration tool's own"), "{tables}: {run:?}");
    }
}

async fn apply_and_a_contract_heed_the_tools_table(world: CliWorld) {
    world.sql(&format!("{LIVE}; {ALEMBIC}; INSERT INTO alembic_version VALUES ('gone')")).await;
    let with = |spec: &str, rest: &str| {
        world.write_manifest(&format!("{spec}revisionTable: {{alembic: {{chain: [a, b]{rest}}}}}\n"))
    };
    let held = world.run(&["apply", "-f", &with(WITH_STEP, "")]);
    assert!(held.code == 1 && held.error.contains("alembic_version holds gone"), "{held:?}");
    let contract = world.run(&["plan", "-f", &with(&format!("mode: Require\n{IN_SYNC}"), "")]);
    assert!(contract.code == 1 && contract.error.contains("alembic_version holds gone"), "{contract:?}");
    assert_eq!(world.sql("SHOW COLUMNS FROM t").await.len(), 1, "nothing was changed");
    world.sql("UPDATE alembic_version SET version_num = 'a'").await;
    let behind = world.run(&["apply", "-f", &with(WITH_STEP, "")]);
    assert!(
        behind.code == 0 && behind.output.contains("Note: alembic_version is at a; b is not applied"),
        "{behind:?}"
    );
    assert_eq!(world.sql("SHOW COLUMNS FROM t").await.len(), 2);
    let stamped = world.run(&["apply", "-f", &with(WITH_STEP, ", stamp: {schemaOnly: [b]}")]);
    assert!(stamped.code == 0 && !stamped.output.contains("Note"), "{stamped:?}");
    assert_eq!(world.sql("SELECT version_num FROM alembic_version").await[0].text(0), "b");
}
