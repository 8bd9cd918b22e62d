//! A database user with few rights puts something else in the place of an own table.

use crate::support::{CliWorld, on_each_server};

on_each_server!(CliWorld: what_has_the_name_of_an_own_table_is_refused_and_not_run);

/// What a database user with few rights puts in the place of an own table, as statements about `OWN`, and how it is
/// undone.
const REPLACEMENTS: [[&str; 2]; 5] = [
    [
        "RENAME TABLE OWN TO moved; CREATE SQL SECURITY INVOKER VIEW OWN AS SELECT * FROM moved WHERE intrudes() > 0",
        "DROP VIEW OWN; RENAME TABLE moved TO OWN",
    ],
    [
        "CREATE TRIGGER intruder BEFORE INSERT ON OWN FOR EACH ROW SET NEW.revision = intrudes()",
        "DROP TRIGGER intruder",
    ],
    ["ALTER TABLE OWN ADD g int GENERATED ALWAYS AS (length(revision)) VIRTUAL", "ALTER TABLE OWN DROP COLUMN g"],
    ["ALTER TABLE OWN ADD UNIQUE KEY u (id, revision)", "ALTER TABLE OWN DROP INDEX u"],
    ["ALTER TABLE OWN MODIFY revision longtext NOT NULL", "ALTER TABLE OWN MODIFY revision varchar(128) NOT NULL"],
];

async fn what_has_the_name_of_an_own_table_is_refused_and_not_run(world: CliWorld) {
    let foreign = format!("{}_other", world.database);
    world.sql(&format!("CREATE DATABASE {foreign}; CREATE TABLE {foreign}.log (x int)")).await;
    world
        .sql(&format!(
            "CREATE FUNCTION intrudes() RETURNS int DETERMINISTIC MODIFIES SQL DATA SQL SECURITY INVOKER
             BEGIN INSERT INTO {foreign}.log VALUES (1); RETURN 1; END"
        ))
        .await;
    let file = |column: &str| {
        world.write_manifest(&format!("tables: [{{name: t, columns: [{{name: {column}, type: int}}]}}]"))
    };
    let run = world.run(&["apply", "-f", &file("c")]);
    assert_eq!(run.code, 0, "{run:?}");
    let mut added = 0;
    for table in ["schema_operator_record", "schema_operator_history"] {
        for [replace, undo] in REPLACEMENTS {
            world.sql(&replace.replace("OWN", table)).await;
            added += 1;
            let manifest = file(&format!("c{added}"));
            let mut commands = vec![vec!["plan", "-f", &manifest], vec!["apply", "-f", &manifest]];
            if table == "schema_operator_history" {
                commands.push(vec!["history"]);
            }
            for command in commands {
                let run = world.run(&command);
                assert_ne!(run.code, 0, "{replace}: {run:?}");
                let told = format!("{}{}", run.output, run.error);
                assert!(told.contains(&format!("looking at table {table}: ")), "{replace}: {run:?}");
            }
            assert_eq!(world.sql(&format!("SELECT COUNT(*) FROM {foreign}.log")).await[0].text(0), "0", "{replace}");
            world.sql(&undo.replace("OWN", table)).await;
            let run = world.run(&["apply", "-f", &manifest]);
            assert_eq!(run.code, 0, "{replace}: {run:?}");
        }
    }
    world.sql(&format!("DROP DATABASE {foreign}")).await;
}
