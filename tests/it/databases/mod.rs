//! Databases in the shape of well-known ones: the export of each plans nothing, there and where it was applied.

mod shop;

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{CliWorld, on_each_server};

on_each_server!(CliWorld: a_film_rental_survives_its_export, a_company_survives_its_export, a_blog_survives_its_export, a_shop_survives_its_export);

async fn a_film_rental_survives_its_export(world: CliWorld) {
    exported_and_rebuilt(world, include_str!("../../databases/sakila.sql"), 16).await;
}

async fn a_company_survives_its_export(world: CliWorld) {
    exported_and_rebuilt(world, include_str!("../../databases/employees.sql"), 9).await;
}

async fn a_blog_survives_its_export(world: CliWorld) {
    exported_and_rebuilt(world, include_str!("../../databases/wordpress.sql"), 12).await;
}

async fn a_shop_survives_its_export(world: CliWorld) {
    exported_and_rebuilt(world, &shop::statements(), 350).await;
}

/// Checks that `export | plan` is empty, also where the export was applied to an empty database. The tables are then
/// the same.
async fn exported_and_rebuilt(world: CliWorld, sql: &str, at_least: usize) {
    world.sql(sql).await;
    let tables = definitions(&world).await;
    assert!(tables.len() >= at_least, "{} tables", tables.len());
    let export = world.run(&["export"]);
    assert_eq!(export.code, 0, "{export:?}");
    let plan = world.run_with_input(&["plan", "-f", "-"], &export.output);
    assert_eq!(plan.code, 0, "{}{}", plan.output, plan.error);
    let plan = world.run_with_input(&["plan", "-f", "-"], &printed(&world).await);
    assert_eq!(plan.code, 0, "{}{}", plan.output, plan.error);

    let other = CliWorld::new(world.server).await;
    let apply = other.run_with_input(&["apply", "-f", "-"], &export.output);
    assert_eq!(apply.code, 0, "{}{}", apply.output, apply.error);
    let plan = other.run_with_input(&["plan", "-f", "-"], &export.output);
    assert_eq!(plan.code, 0, "{}{}", plan.output, plan.error);
    let rebuilt = definitions(&other).await;
    for (name, definition) in tables {
        assert_eq!(rebuilt.get(&name), Some(&definition), "{name}");
    }
}

/// Returns all tables as the server prints them, each with the statements that a dump puts around it.
async fn printed(world: &CliWorld) -> String {
    let mut text = "/*!40101 SET NAMES utf8mb4 */;\n".to_owned();
    let mut session = world.server.session().await;
    for name in table_names(world).await {
        let sql = format!("SHOW CREATE TABLE {}.`{name}`", world.database);
        let rows = session.batch("a test's statement", &sql).await.expect("the table").pop().unwrap_or_default();
        let create = rows[0].text(1);
        text.push_str(&format!("DROP TABLE IF EXISTS `{name}`;\n{create};\nset autocommit=0;\ncommit;\n"));
    }
    text
}

async fn table_names(world: &CliWorld) -> Vec<String> {
    let names = world.sql("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'").await;
    let names = names.iter().map(|row| row.text(0).to_owned());
    names.filter(|name| !name.starts_with("schema_operator_")).collect()
}

/// Returns the lines of `SHOW CREATE TABLE` by table. Their order is left out: servers show indexes in that of their
/// making.
async fn definitions(world: &CliWorld) -> BTreeMap<String, BTreeSet<String>> {
    let names = table_names(world).await;
    let mut definitions = BTreeMap::new();
    let mut session = world.server.session().await;
    for name in names {
        let sql = format!("SHOW CREATE TABLE {}.`{name}`", world.database);
        let rows = session.batch("a test's statement", &sql).await.expect("the table").pop().unwrap_or_default();
        // An index of MEMORY is a hash table, whether the definition says so or not.
        let text = rows[0].text(1).replace(" USING HASH", "");
        // RESTRICT is InnoDB's default.
        let text = text.replace(" ON DELETE RESTRICT", "").replace(" ON UPDATE RESTRICT", "");
        let lines = text.lines().map(|line| line.trim().trim_end_matches(',').to_owned());
        definitions.insert(name, lines.filter(|line| !line.is_empty()).collect());
    }
    definitions
}
