//! Files of `CREATE TABLE` statements instead of a resource.

use super::EVERYTHING;
use crate::support::{CliWorld, on_each_server};

on_each_server!(CliWorld:
    create_statements_are_planned_and_applied,
    a_dump_plans_nothing_where_it_is_from,
    what_a_file_of_sql_may_not_hold_is_named,
);

async fn create_statements_are_planned_and_applied(world: CliWorld) {
    let table = EVERYTHING.split("CREATE TABLE plain").next().expect("it is split");
    let file = world.write("schema.sql", table);
    let plan = world.run(&["plan", "-f", &file]);
    assert_eq!(plan.code, 2, "{plan:?}");
    let apply = world.run(&["apply", "-f", &file]);
    assert_eq!((apply.code, apply.error.as_str()), (0, ""), "{apply:?}");
    for (plan, how) in
        [(world.run(&["plan", "-f", &file]), "file"), (world.run_with_input(&["plan", "-f", "-"], table), "-")]
    {
        assert_eq!(plan.code, 0, "{how}: {plan:?}");
    }
    let history = world.run(&["history"]);
    assert!(history.output.contains("  sql-") && history.output.contains("schema\n"), "{history:?}");
    // The server makes the very same table from the text itself.
    let other = CliWorld::new(world.server).await;
    other.sql(table).await;
    let table = "`odd ``name`";
    assert_eq!(world.definition_lines(table).await, other.definition_lines(table).await);
}

/// Tries what `mysqldump` and `mariadb-dump` write beside the tables.
async fn a_dump_plans_nothing_where_it_is_from(world: CliWorld) {
    world
        .sql(
            "CREATE TABLE parent (id int NOT NULL AUTO_INCREMENT, name varchar(40) DEFAULT 'it''s;', PRIMARY KEY (id));
             CREATE TABLE child (id int NOT NULL, parent_id int DEFAULT NULL, at datetime(3) DEFAULT CURRENT_TIMESTAMP(3),
               PRIMARY KEY (id), CONSTRAINT fk FOREIGN KEY (parent_id) REFERENCES parent (id));
             INSERT INTO parent (name) VALUES ('a;'), ('b')",
        )
        .await;
    let mut dump =
        vec!["/*M!999999\\- enable the sandbox mode */ \n-- a dump\n/*!40101 SET NAMES utf8mb4 */;".to_owned()];
    for table in ["child", "parent"] {
        let create = world.sql(&format!("SHOW CREATE TABLE {table}")).await[0].text(1).to_owned();
        let remark = "/*!40101 SET character_set_client = utf8 */";
        dump.push(format!("DROP TABLE IF EXISTS `{table}`;\n{remark};\n{create};"));
    }
    dump.push(
        "LOCK TABLES `parent` WRITE;\nINSERT INTO `parent` VALUES (1,'a;'),(2,'b');\nUNLOCK TABLES;\n".to_owned(),
    );
    let dump = dump.join("\n");
    let plan = world.run_with_input(&["plan", "-f", "-"], &dump);
    assert_eq!(plan.code, 0, "{plan:?}\n{dump}");
    assert!(plan.error.contains("passed over 8 statements"), "{plan:?}");
    assert_eq!(world.sql("SELECT COUNT(*) FROM parent").await[0].text(0), "2");
}

async fn what_a_file_of_sql_may_not_hold_is_named(world: CliWorld) {
    for (text, expected) in [
        ("CREATE TABLE t (a int);\nDROP TABLE other;", "line 2: only CREATE TABLE statements can be declared here"),
        ("CREATE TABLE t(a int) /*!50000 SELECT user FROM mysql.user */", "line 1: the server would run"),
        ("CREATE TABLE t (a int);\n/*!50001 CREATE VIEW v AS SELECT 1 */;", "line 2: the server would run"),
        ("CREATE TABLE t (a nonsense)", "the server refuses it"),
        ("-- nothing", "there is no CREATE TABLE"),
    ] {
        let file = world.write("schema.sql", text);
        for command in ["plan", "apply"] {
            let run = world.run(&[command, "-f", &file]);
            assert_eq!((run.code, run.output.as_str()), (1, ""), "{run:?}");
            assert!(run.error.contains(expected), "{text}: {run:?}");
        }
    }
    assert!(world.sql("SHOW TABLES").await.is_empty());
}
