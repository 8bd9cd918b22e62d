//! `kubectl schema export`.

use super::EVERYTHING;
use schema_operator::mysql::scratch_pattern;
use schema_operator::schema::Identifier;

use crate::support::{CliWorld, on_each_server, operator_kubeconfig, run, run_cli};

on_each_server!(CliWorld:
    an_export_plans_nothing,
    an_export_is_accepted_by_the_cluster,
    an_export_rebuilds_the_database,
    what_cannot_be_declared_is_named,
    without_a_scratch_database_an_export_says_that_it_may_lack_more,
);

async fn an_export_plans_nothing(world: CliWorld) {
    world.sql(EVERYTHING).await;
    let export = world.run(&["export", "--revision", "7"]);
    assert_eq!((export.code, export.error.as_str()), (0, ""), "{}", export.output);
    assert!(!export.output.contains("alembic_version") && !export.output.contains(&world.server.value("PASSWORD")));
    let name = world.database.replace('_', "-");
    for expected in [format!("name: {name}\n"), format!("name: {name}-mysql\n"), "CURRENT_TIMESTAMP(3)".to_owned()] {
        assert!(export.output.contains(&expected), "{expected}: {}", export.output);
    }
    let plan = world.run_with_input(&["plan", "-f", "-"], &export.output);
    assert_eq!(plan.code, 0, "{plan:?}");
    assert!(plan.output.ends_with("Nothing to do: all that is declared is live.\n"), "{plan:?}");
    assert_eq!(world.run_with_input(&["plan", "-f", "-", "-o", "sql"], &export.output).output, "");
}

/// The API server accepts an export, and kubectl reads its YAML in the same way.
async fn an_export_is_accepted_by_the_cluster(world: CliWorld) {
    world.sql(EVERYTHING).await;
    let export = world.run(&["export", "--name", "exported"]);
    operator_kubeconfig();
    let file = world.write("export.yaml", &export.output);
    let dry_run = ["apply", "--server-side", "--dry-run=server", "--namespace=default", "-o", "yaml", "-f", &file];
    let applied = run("kubectl", &dry_run);
    let plan = world.run_with_input(&["plan", "-f", "-"], &applied);
    assert_eq!(plan.code, 0, "{plan:?}");
}

/// The same resource creates the same tables elsewhere: the export left out nothing that can be declared.
async fn an_export_rebuilds_the_database(world: CliWorld) {
    world.sql(EVERYTHING).await;
    let export = world.run(&["export"]);
    let other = CliWorld::new(world.server).await;
    let apply = other.run_with_input(&["apply", "-f", "-"], &export.output);
    assert_eq!(apply.code, 0, "{apply:?}");
    for table in ["odd ``name", "plain", "by_range", "by_lists", "by_hash", "by_key"] {
        let table = format!("`{table}`");
        assert_eq!(other.definition_lines(&table).await, world.definition_lines(&table).await);
    }
}

async fn what_cannot_be_declared_is_named(world: CliWorld) {
    world
        .sql(
            "CREATE TABLE parted (id int NOT NULL PRIMARY KEY) PARTITION BY HASH (id)
               (PARTITION p0 COMMENT = 'kept');
             CREATE TABLE sub (id int NOT NULL PRIMARY KEY) PARTITION BY RANGE (id) SUBPARTITION BY HASH (id)
               SUBPARTITIONS 2 (PARTITION p0 VALUES LESS THAN MAXVALUE);
             CREATE TABLE bounded (id int PRIMARY KEY) MAX_ROWS=7;
             CREATE TABLE parent (id int PRIMARY KEY);
             CREATE TABLE child (id int PRIMARY KEY, parent_id int, CONSTRAINT positive CHECK (id > 0),
               CONSTRAINT fk_parent FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE);
             CREATE VIEW seen AS SELECT 1 AS one",
        )
        .await;
    let export = world.run(&["export"]);
    assert_eq!(export.code, 0, "{export:?}");
    for expected in [
        "spec.tables[parted].partitioning.partitions[p0]: its comment",
        "spec.tables[sub].partitioning: subpartitions",
        "spec.tables[bounded].options: MAX_ROWS=7 can't be declared",
        "seen: it is no base table",
    ] {
        assert!(export.error.contains(&format!("left out: {expected}")), "{expected}: {}", export.error);
        assert!(export.output.contains(&format!("# Left out: {expected}")), "{expected}: {}", export.output);
    }
    // A constraint is declared, or left out and named, but never lost.
    for constraint in ["fk_parent", "positive"] {
        assert!(export.output.contains(constraint), "{constraint}: {}", export.output);
    }
    let plan = world.run_with_input(&["plan", "-f", "-"], &export.output);
    assert_eq!(plan.code, 0, "{plan:?}");
}

async fn without_a_scratch_database_an_export_says_that_it_may_lack_more(world: CliWorld) {
    world.sql("CREATE TABLE bounded (id int PRIMARY KEY) MAX_ROWS=7").await;
    let account = &world.database;
    let grant =
        format!("CREATE USER {account}@'%' IDENTIFIED BY 'secret-word'; GRANT SELECT ON {account}.* TO {account}@'%'");
    world.server.run(&grant).await;
    let [host, port] = ["HOST", "PORT"].map(|name| world.server.value(name));
    let url = format!("mysql://{account}:secret-word@{host}:{port}/{account}");
    let export = run_cli(&url, &["export"], "");
    assert_eq!(export.code, 0, "{export:?}");
    let pattern = scratch_pattern(&Identifier::new(account.as_str()).unwrap());
    let grant = format!("GRANT SELECT, CREATE, ALTER, DROP ON {pattern}.* to the account");
    for expected in ["spec.tables[bounded].options: max_rows=7 can't be declared", "may lack more", &grant] {
        assert!(export.error.contains(expected), "{expected}: {}", export.error);
    }
    let plan = world.run_with_input(&["plan", "-f", "-"], &export.output);
    assert_eq!(plan.code, 0, "{plan:?}");
    world.server.run(&format!("DROP USER {account}@'%'")).await;
}
