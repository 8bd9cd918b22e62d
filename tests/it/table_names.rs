//! Names of tables as the server compares them. With `lower_case_table_names=1` those that differ in case are one.

use crate::support::{CliRun, CliWorld, Server, on_each_server};

on_each_server!(CliWorld: tables_that_differ_in_case_are_two, names_that_a_collation_takes_for_one_are_several);

const ALLOW_ALL: &str = "policy: {allow: [Blocking, Breaking, Destructive, Unknown]";

impl CliWorld {
    /// Applies tables with all consent, and returns how often something was done.
    fn apply_all(&self, policy: &str, tables: &str) -> CliRun {
        let file = self.write_manifest(&format!("{ALLOW_ALL}{policy}}}\ntables:{tables}"));
        let run = self.run(&["apply", "-f", &file, "--trust-record"]);
        assert_eq!(run.code, 0, "{tables}: {run:?}");
        assert_eq!(self.run(&["plan", "-f", &file, "--trust-record"]).code, 0, "{tables}: {run:?}");
        run
    }
}

async fn tables_that_differ_in_case_are_two(world: CliWorld) {
    world.sql("CREATE TABLE Users (id int PRIMARY KEY); CREATE TABLE users (id int PRIMARY KEY, num int)").await;
    world.sql("INSERT INTO Users VALUES (1), (2); INSERT INTO users VALUES (3, 4)").await;
    let export = world.run(&["export"]);
    assert!(export.code == 0 && !export.output.contains("Left out"), "{export:?}");
    let file = world.write("export.yaml", &export.output);
    assert_eq!(world.run(&["plan", "-f", &file]).code, 0, "{export:?}");
    world.apply_all("", "\n- {name: users, columns: [{name: num, type: bigint}]}\n- {name: Users}");
    world.apply_all("", "\n- {name: uSers, renamedFrom: [Users]}\n- {name: users}");
    let counts = "SELECT CONCAT((SELECT COUNT(*) FROM uSers), '|', (SELECT SUM(num) FROM users))";
    assert_eq!(world.sql(counts).await[0].text(0), "2|4");
    let text =
        world.write("twins.sql", "CREATE TABLE Twin (id int PRIMARY KEY);\nCREATE TABLE twin (num int PRIMARY KEY);");
    let made = world.run(&["apply", "-f", &text]);
    assert_eq!(made.code, 0, "{made:?}");
    assert_eq!(world.sql("SELECT COUNT(num) FROM twin").await[0].text(0), "0");
}

/// Names of each kind of object that are one by width, accents or case to some collation, and several to each server.
const NAMESAKES: &str = "
CREATE TABLE T (id int PRIMARY KEY, `ａ` int, a int, KEY k1 (a), KEY `ｋ1` (`ａ`),
  CONSTRAINT c1 CHECK (a > 0), CONSTRAINT `ｃ1` CHECK (`ａ` > 0));
CREATE TABLE `Ｔ` (id int PRIMARY KEY, x int, KEY k3 (x), CONSTRAINT f2 FOREIGN KEY (x) REFERENCES T (id));
CREATE TABLE `Ť` (id int PRIMARY KEY, x int, KEY k3 (x), CONSTRAINT `ｆ2` FOREIGN KEY (x) REFERENCES T (id));
CREATE TABLE t (id int PRIMARY KEY, c int, UNIQUE KEY k2 (c), CONSTRAINT f1 FOREIGN KEY (c) REFERENCES `Ｔ` (id));
CREATE TABLE `ｔ` (id int PRIMARY KEY, y int, KEY k4 (y), CONSTRAINT `ｆ1` FOREIGN KEY (y) REFERENCES t (id));
CREATE TABLE p (id int) PARTITION BY RANGE (id) (
  PARTITION a VALUES LESS THAN (1), PARTITION `ａ` VALUES LESS THAN (2), PARTITION `é` VALUES LESS THAN (3));
CREATE TABLE `ｐ` (id int) PARTITION BY HASH (id) PARTITIONS 3;
CREATE TABLE P (id int) PARTITION BY HASH (id) PARTITIONS 4;
CREATE TABLE `ṕ` (id int, `é` int, e int) PARTITION BY HASH (id) PARTITIONS 5;
CREATE TABLE `ß` (id int, KEY `ß` (id), KEY ss (id)) PARTITION BY KEY (id) PARTITIONS 2;
CREATE TABLE ss (`ß` int, ss int) PARTITION BY KEY (ss) PARTITIONS 6;
CREATE TABLE `ﬁ` (`ﬁ` int, fi int); CREATE TABLE fi (id int); CREATE TABLE `σ` (id int); CREATE TABLE `ς` (id int)";

async fn names_that_a_collation_takes_for_one_are_several(world: CliWorld) {
    world.sql(NAMESAKES).await;
    let export = world.run(&["export"]);
    assert!(export.code == 0 && export.error.is_empty(), "{}", export.error);
    let commented =
        export.output.replace("comment: ''", "comment: changed").replace("comment: \"\"", "comment: changed");
    assert_ne!(export.output, commented);
    for text in [export.output, commented] {
        let file = world.write("namesakes.yaml", &text);
        let applied = world.run(&["apply", "-f", &file, "--allow", "Blocking,Breaking,Destructive,Unknown"]);
        assert_eq!(applied.code, 0, "{}", applied.error);
        assert_eq!(world.run(&["plan", "-f", &file]).code, 0);
    }
    for (table, partitions) in [
        ("p", "PARTITION `é` VALUES LESS THAN (3)"),
        ("ｐ", "PARTITIONS 3"),
        ("P", "PARTITIONS 4"),
        ("ṕ", "PARTITIONS 5"),
        ("ß", "PARTITIONS 2"),
        ("ss", "PARTITIONS 6"),
    ] {
        let shown = world.sql(&format!("SHOW CREATE TABLE `{table}`")).await[0].text(1).to_owned();
        assert!(shown.contains(partitions) && shown.contains("COMMENT='changed'"), "{shown}");
    }
}

/// What is live, and what is declared of it in another case.
struct OtherCase {
    live: &'static str,
    declared: &'static str,
}

const NOTHING_TO_DO: &[OtherCase] = &[
    OtherCase {
        live: "CREATE TABLE user (id int PRIMARY KEY)",
        declared: "\n- {name: User, columns: [{name: ID, type: int}]}",
    },
    OtherCase { live: "CREATE TABLE größe (id int PRIMARY KEY)", declared: "\n- {name: GRÖßE}" },
    OtherCase {
        live: "CREATE TABLE user (id int PRIMARY KEY)",
        declared: "\n- {name: User, renamedFrom: [USER, user]}",
    },
    OtherCase {
        live: "CREATE TABLE p (id int PRIMARY KEY);
               CREATE TABLE c (id int PRIMARY KEY, CONSTRAINT f FOREIGN KEY (id) REFERENCES p (id))",
        declared: "
- {name: C, foreignKeys: [{name: F, columns: [Id], references: {table: P, columns: [ID]}}]}
- {name: P}",
    },
    OtherCase { live: "CREATE TABLE user (id int PRIMARY KEY)", declared: "\n- {name: Gone, state: Absent}" },
];

#[tokio::test(flavor = "multi_thread")]
async fn a_live_table_is_found_in_any_case_where_the_server_folds_it() {
    for OtherCase { live, declared } in NOTHING_TO_DO {
        let world = CliWorld::new(Server::MySqlLower).await;
        world.sql(live).await;
        let file = world.write_manifest(&format!("tables:{declared}"));
        let plan = world.run(&["plan", "-f", &file]);
        assert_eq!(plan.code, 0, "{declared}: {plan:?}");
        let export = world.run(&["export"]);
        let file = world.write("export.yaml", &export.output);
        assert_eq!(world.run(&["plan", "-f", &file]).code, 0, "{export:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_in_another_case_is_one_of_the_live_table() {
    let world = CliWorld::new(Server::MySqlLower).await;
    world.apply_all(
        "",
        "\n- {name: Orders, columns: [{name: id, type: int}, {name: num, type: int}], primaryKey: [id]}",
    );
    world.sql("INSERT INTO orders VALUES (1, 2)").await;
    let narrower = "tables: [{name: ORDERS, allow: [Breaking, Destructive], columns: [{name: num, type: smallint}]}]";
    let narrowed = world.run(&["apply", "-f", &world.write_manifest(narrower)]);
    assert_eq!(narrowed.code, 0, "{narrowed:?}");
    let child = "
- name: Items
  columns: [{name: id, type: int}, {name: order_id, type: int}]
  primaryKey: [id]
  foreignKeys: [{name: f, columns: [order_id], references: {table: ORDERS, columns: [id]}}]
- {name: oRDERS}";
    world.apply_all("", child);
    let renamed = world
        .apply_all("", "\n- {name: Sales, renamedFrom: [ORDERS]}\n- {name: Orders, columns: [{name: x, type: int}]}");
    assert!(renamed.output.contains("RENAME TO `sales`"), "{renamed:?}");
    assert_eq!(world.sql("SELECT SUM(num) FROM SALES").await[0].text(0), "2");
    world.apply_all("", "\n- {name: ITEMS, state: Absent}\n- {name: SALES, state: Absent}");
    let left = world.sql("SHOW TABLES LIKE '%s'").await;
    assert_eq!(left.iter().map(|row| row.text(0)).collect::<Vec<_>>(), ["orders"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_in_one_case_is_read_in_another() {
    let world = CliWorld::new(Server::MySqlLower).await;
    let columns = "columns: [{name: id, type: int}";
    world.apply_all("", &format!("\n- {{name: User, {columns}, {{name: num, type: int}}], primaryKey: [id]}}"));
    world.sql("INSERT INTO user VALUES (1, 2)").await;
    let removed = world.apply_all(", undeclared: Remove", &format!("\n- {{name: USER, {columns}], primaryKey: [id]}}"));
    assert!(
        removed.output.contains("DROP COLUMN `num`") && !removed.output.contains("TABLE `user` DROP,"),
        "{removed:?}"
    );
    assert_eq!(world.sql("SELECT COUNT(*) FROM user").await[0].text(0), "1");
    // A claim in one case is one to the table in another.
    let other = world.write_manifest("tables: [{name: uSER, columns: [{name: id, type: bigint}]}]");
    let text = std::fs::read_to_string(&other).unwrap().replace("name: app", "name: other");
    let disputed = world.run(&["apply", "-f", &world.write("other.yaml", &text)]);
    assert!(disputed.code != 0 && disputed.error.contains("declared otherwise"), "{disputed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_declared_tables_that_are_one_to_the_server_are_refused() {
    let world = CliWorld::new(Server::MySqlLower).await;
    for (second, expected) in [
        ("{name: user, columns: [{name: id, type: int}]}", "User and user are one table to this server"),
        ("{name: USER, state: Absent}", "User and USER are one table to this server"),
    ] {
        let tables = format!("tables: [{{name: User, columns: [{{name: id, type: int}}]}}, {second}]");
        let plan = world.run(&["plan", "-f", &world.write_manifest(&tables)]);
        assert!(plan.code == 1 && plan.error.contains(expected), "{plan:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_names_the_field_as_it_is_written() {
    let world = CliWorld::new(Server::MySqlLower).await;
    world.sql("CREATE TABLE user (id int PRIMARY KEY); CREATE VIEW report AS SELECT 1").await;
    for (table, expected) in [
        ("{name: User, columns: [{name: x}]}", "spec.tables[User].columns[x]"),
        ("{name: User, primaryKey: [gone]}", "spec.tables[User]"),
        ("{name: Report, columns: [{name: id, type: int}]}", "spec.tables[Report]"),
    ] {
        let plan = world.run(&["plan", "-f", &world.write_manifest(&format!("tables: [{table}]"))]);
        assert!(plan.code == 1 && plan.error.contains(expected), "{plan:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_found_in_any_case_where_the_server_folds_it() {
    let world = CliWorld::new(Server::MySqlLower).await;
    world.sql("CREATE TABLE p (id int PRIMARY KEY)").await;
    let url = world.server.url(&world.database.to_uppercase());
    let tables = "
tables:
- name: C
  columns: [{name: id, type: int}, {name: p_id, type: int}]
  primaryKey: [id]
  foreignKeys: [{name: f, columns: [p_id], references: {table: P, columns: [id]}}]
- {name: T, columns: [{name: id, type: int}, {name: g, type: int, generated: {expression: id + 1}}]}";
    let file = world.write_manifest(tables);
    for url in [&url, &world.url()] {
        let apply = crate::support::run_cli(url, &["apply", "-f", &file], "");
        assert_eq!(apply.code, 0, "{apply:?}");
        assert_eq!(crate::support::run_cli(url, &["plan", "-f", &file], "").code, 0, "{apply:?}");
    }
}
