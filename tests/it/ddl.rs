//! `spec.ddl`: what a server makes of `CREATE TABLE` text is declared, and what the text does not say is not.

use crate::support::{Server, World, condition, is_ready, on_each_server, plan};

on_each_server!(
    a_text_is_applied,
    what_is_spelled_differently_is_no_difference,
    undeclared_attributes_survive,
    foreign_keys_come_in_any_order,
    only_plain_create_tables_reach_the_server,
    a_refusal_by_the_server_names_the_line,
    what_cannot_be_declared_is_refused,
    an_unchanged_text_costs_no_more_than_tables,
    without_the_privilege_the_grant_is_named,
    a_plan_writes_nothing,
);

/// Returns `spec.ddl` with this text.
fn inline(text: &str) -> String {
    let text: String = text.lines().map(|line| format!("    {line}\n")).collect();
    format!("ddl:\n  inline: |\n{text}")
}

/// The application's own table, as its framework wrote it.
const USER: &str = "CREATE TABLE user (
  id INTEGER NOT NULL AUTO_INCREMENT,
  username VARCHAR(64),
  email VARCHAR(120),
  fullname VARCHAR(100),
  password_hash VARCHAR(255),
  api_token VARCHAR(255),
  oauth_provider VARCHAR(50),
  oauth_id VARCHAR(255),
  PRIMARY KEY (id),
  UNIQUE KEY ix_user_username (username),
  UNIQUE KEY ix_user_email (email),
  UNIQUE KEY ix_user_api_token (api_token),
  KEY ix_user_oauth_id (oauth_id)
);";

async fn a_text_is_applied(world: World) {
    world
        .sql(
            "CREATE TABLE user (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, username varchar(64), email varchar(120),
               fullname varchar(100), password_hash varchar(255), UNIQUE KEY ix_user_username (username),
               UNIQUE KEY ix_user_email (email)); INSERT INTO user (username) VALUES ('ann'), ('bob')",
        )
        .await;
    let spec = format!(
        "interval: 1s\npolicy: {{allow: [Breaking]}}\nverify:\n- {{name: q, query: 'SELECT api_token FROM user'}}\n{}",
        inline(USER)
    );
    let resource = world.apply_ready(&spec).await;
    assert_eq!(world.sql("SELECT COUNT(*) FROM user").await[0].text(0), "2");
    for kind in ["Reachable", "InSync", "Verified"] {
        assert_eq!(condition(&resource, kind).status, "True", "{kind}");
    }
    let create = world.show_create("user").await;
    assert!(create.contains("UNIQUE KEY `ix_user_api_token`") && create.contains("KEY `ix_user_oauth_id`"), "{create}");
    // The same as DDL in other words, from nothing.
    world.sql("DROP TABLE user").await;
    world.wait_sql("the table", "SHOW TABLES LIKE 'user'", |table| table == "user").await;
    let created = world.show_create("user").await;
    assert!(created.contains("`id` int") && created.contains("AUTO_INCREMENT"), "{created}");
}

/// Aliases, comments, case, and expressions that servers print in other words.
const ODD: &str = "-- the table
CREATE TABLE IF NOT EXISTS `odd` (
  id SERIAL,                       # an alias of four attributes
  flag BOOL NOT NULL DEFAULT FALSE,
  amount NUMERIC(10,2) DEFAULT 1.5,
  name CHARACTER VARYING(40) /* not the shortest */ CHARACTER SET latin1 DEFAULT 'it''s',
  short NCHAR(4), dec_ DEC(5), doc JSON, at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE now(),
  twice int GENERATED ALWAYS AS (flag*2) VIRTUAL COMMENT '-- no comment; /*!',
  token varchar(36) DEFAULT (uuid()),
  kind ENUM ('a', 'b''c') NOT NULL DEFAULT 'a',
  CONSTRAINT positive CHECK (NOT (amount < 0 AND flag)),
  PRIMARY KEY (id), KEY (kind, name(10)), KEY `by name` USING BTREE (name DESC) COMMENT 'x'
) ENGINE = innodb, AUTO_INCREMENT = 7 DEFAULT CHARACTER SET utf8mb4 COMMENT 'it''s';";

async fn what_is_spelled_differently_is_no_difference(world: World) {
    world.sql(ODD).await;
    world.apply_ready(&inline(ODD)).await;
    world.check_that_nothing_was_run().await;
    world.sql("DROP TABLE odd").await;
    world.apply_ready(&format!("interval: 1s\npolicy: {{allow: [Breaking]}}\n{}", inline(ODD))).await;
    let create = world.show_create("odd").await;
    assert!(create.contains("COMMENT='it''s'") && create.contains("'-- no comment; /*!'"), "{create}");
}

async fn undeclared_attributes_survive(world: World) {
    world
        .sql(
            "CREATE TABLE t (id int NOT NULL PRIMARY KEY COMMENT 'kept', a varchar(10) CHARACTER SET ascii DEFAULT 'kept',
               extra int, hidden int DEFAULT 1 COMMENT 'kept', KEY other (extra)) COMMENT 'kept'; INSERT INTO t (id) VALUES (1)",
        )
        .await;
    world
        .apply_ready(&inline(
            "CREATE TABLE t (hidden int, a varchar(20), id int NOT NULL, fresh int, PRIMARY KEY (id))",
        ))
        .await;
    let create = world.show_create("t").await;
    let expected = [
        "COMMENT 'kept',\n  `a`",
        "varchar(20) CHARACTER SET ascii",
        "DEFAULT 'kept'",
        "`extra`",
        "KEY `other`",
        "COMMENT='kept'",
        "DEFAULT 1 COMMENT 'kept'",
        "`fresh`",
    ];
    for words in expected {
        assert!(create.replace("DEFAULT '1'", "DEFAULT 1").contains(words), "{words}: {create}");
    }
}

async fn foreign_keys_come_in_any_order(world: World) {
    let text = "CREATE TABLE child (id int PRIMARY KEY, parent_id int, other_id int,
        CONSTRAINT fk_parent FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE,
        KEY named (other_id), CONSTRAINT fk_other FOREIGN KEY (other_id) REFERENCES child (id));
      CREATE TABLE parent (id int PRIMARY KEY, favourite int,
        CONSTRAINT fk_favourite FOREIGN KEY (favourite) REFERENCES child (id));";
    world.apply_ready(&format!("policy: {{allow: [Blocking]}}\n{}", inline(text))).await;
    let create = world.show_create("child").await;
    assert!(create.contains("`fk_parent`") && create.contains("ON DELETE CASCADE"), "{create}");
    assert!(world.show_create("parent").await.contains("`fk_favourite`"));
    // The other index also serves the foreign key, so the server drops the one that it made.
    world.sql("ALTER TABLE child ADD KEY wide (parent_id, id)").await;
    assert!(!world.show_create("child").await.contains("KEY `fk_parent` ("));
    let spec = format!("interval: 1s\npolicy: {{allow: [Blocking]}}\n{}", inline(text));
    world.apply_ready(&spec).await;
    assert!(!world.show_create("child").await.contains("KEY `fk_parent` ("));
}

async fn only_plain_create_tables_reach_the_server(world: World) {
    for (text, expected) in [
        ("CREATE TABLE t(a int) /*!50000 SELECT user FROM mysql.user */", "line 1: the server would run"),
        ("CREATE TABLE a (b int);\nCREATE TABLE mysql.t (a int);", "line 2: name tables and columns without"),
        ("CREATE TABLE t (a int) ENGINE=FEDERATED CONNECTION='mysql://h/d/t'", "engine FEDERATED"),
        ("DROP TABLE victim", "begins with DROP TABLE"),
    ] {
        world.apply(&world.schema(&inline(text))).unwrap();
        let resource = world.wait(expected, |resource| condition(resource, "Stalled").message.contains(expected)).await;
        assert_eq!(condition(&resource, "Stalled").reason, "InvalidSpec");
    }
    assert!(world.tables().await.is_empty());
}

async fn a_refusal_by_the_server_names_the_line(world: World) {
    let text = "CREATE TABLE a (b int);\n\nCREATE TABLE t (\n  a no_such_type\n);\n";
    world.apply(&world.schema(&inline(text))).unwrap();
    let resource = world.wait_reason("InvalidSpec").await;
    let message = condition(&resource, "Stalled").message;
    assert!(
        message.contains("table t in line 3: the server refuses it") && message.contains("no_such_type"),
        "{message}"
    );
    assert!(world.tables().await.is_empty());
}

async fn what_cannot_be_declared_is_refused(world: World) {
    for (text, expected) in [
        ("CREATE TABLE t (a varchar(9), FULLTEXT KEY f (a)) AVG_ROW_LENGTH=9", "avg_row_length"),
        ("CREATE TABLE schema_operator_history (a int)", "can't be declared"),
        ("CREATE TABLE t (id int REFERENCES p (id)) ENGINE=MyISAM", "foreign keys"),
    ] {
        world.apply(&world.schema(&inline(text))).unwrap();
        world.wait(expected, |resource| condition(resource, "Stalled").message.to_lowercase().contains(expected)).await;
    }
    assert!(world.tables().await.is_empty());
}

/// The server reads the text once, not at each interval.
async fn an_unchanged_text_costs_no_more_than_tables(world: World) {
    world.apply_ready(&format!("interval: 1s\n{}", inline(USER))).await;
    let rounds = || {
        let passes = world.operator.metric("schema_operator_reconciles_total{reason=\"InSync\"}");
        (passes, world.operator.metric("schema_operator_sql_round_trips_total"))
    };
    let (passes, trips) = rounds();
    world.operator.wait_for_measurements(3).await;
    let (now, after) = rounds();
    assert!(after - trips <= 2.0 * (now - passes) + 1.0, "{} messages in {} passes", after - trips, now - passes);
}

async fn without_the_privilege_the_grant_is_named(world: World) {
    let secret = world.account("pw", "SELECT, CREATE, ALTER, INSERT, UPDATE").await;
    world.apply(&secret).unwrap();
    world.apply(&world.schema(&inline(USER))).unwrap();
    let resource = world.wait_reason("MissingPrivilege").await;
    let message = condition(&resource, "Stalled").message;
    let grant = format!("GRANT SELECT, CREATE, ALTER, DROP, REFERENCES ON {}.*", world.scratch_pattern());
    assert!(message.contains(&grant), "{message}");
    let name = &world.database;
    world.sql(&format!("{grant} TO {name}@'%'")).await;
    world.wait_ready().await;
}

async fn a_plan_writes_nothing(world: World) {
    world.apply(&world.schema(&format!("mode: Plan\n{}", inline(USER)))).unwrap();
    let resource = world.wait_reason("Planned").await;
    let plan = plan(&resource);
    assert!(plan.steps[0].statement.starts_with("CREATE TABLE `user`"), "{plan:?}");
    assert!(world.tables().await.is_empty());
    let like = world.scratch_pattern().replace('`', "'");
    let left = world.server.run(&format!("SHOW DATABASES LIKE {like}")).await;
    assert!(left.is_empty(), "{left:?}");
}

fn config_map(name: &str, immutable: bool, key: &str, text: &str) -> String {
    serde_json::json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name }, "immutable": immutable,
        "data": { key: text },
    })
    .to_string()
}

/// The source of the text concerns no server.
#[tokio::test(flavor = "multi_thread")]
async fn a_config_map_must_exist_and_be_immutable() {
    let world = World::new(Server::MySql).await;
    let spec = |name: &str| format!("ddl: {{configMapRef: {{name: {name}, key: schema.sql}}}}\n");
    world.apply(&world.schema(&spec("one"))).unwrap();
    let resource = world.wait_reason("ConfigMapNotFound").await;
    assert_eq!(condition(&resource, "Reconciling").status, "True");
    world.apply(&config_map("one", true, "schema.sql", "CREATE TABLE t (a int)")).unwrap();
    world.wait_ready().await;

    world.apply(&config_map("two", false, "schema.sql", "CREATE TABLE t (a int, b int)")).unwrap();
    world.apply(&world.schema(&spec("two"))).unwrap();
    let resource = world.wait_reason("ConfigMapInvalid").await;
    assert!(condition(&resource, "Stalled").message.contains("two is mutable"), "{resource:?}");
    world.apply(&config_map("two", true, "schema.sql", "CREATE TABLE t (a int, b int)")).unwrap();
    world.wait_ready().await;
    assert!(world.show_create("t").await.contains("`b`"));

    for (name, key, text, expected) in [
        ("three", "other", "CREATE TABLE t (a int)", "has no key schema.sql"),
        ("four", "schema.sql", "\nUSE mysql", "key schema.sql: line 2"),
    ] {
        world.apply(&config_map(name, true, key, text)).unwrap();
        world.apply(&world.schema(&spec(name))).unwrap();
        world.wait(expected, |resource| condition(resource, "Stalled").message.contains(expected)).await;
    }
}

/// A user can't change an immutable ConfigMap, but can delete it and create another: the next reconcile sees that.
#[tokio::test(flavor = "multi_thread")]
async fn a_recreated_config_map_is_noticed() {
    let world = World::new(Server::MySql).await;
    world.apply(&config_map("sql", true, "k", "CREATE TABLE t (a int)")).unwrap();
    world.apply_ready("interval: 1s\nddl: {configMapRef: {name: sql, key: k}}\n").await;
    world.kubectl(&["delete", "configmap", "sql"], "").unwrap();
    world.apply(&config_map("sql", true, "k", "CREATE TABLE t (a int, later int)")).unwrap();
    let sql =
        "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND column_name = 'later'";
    world.wait_sql("the new column", sql, |count| count == "1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_works() {
    let world = World::new(Server::MySql).await;
    let example = include_str!("../../examples/ddl.yaml");
    let example = example
        .replace("name: app-mysql", "name: db\n    tls: Preferred")
        .replace("database: app", &format!("database: {}", world.database));
    world.apply(&example.replace("\n  ddl:", "\n  policy: {allow: [Blocking]}\n  ddl:")).unwrap();
    world.wait_named("app", "Ready", is_ready).await;
    let tables = world.tables().await;
    assert!(["note", "user"].iter().all(|name| tables.iter().any(|table| table == name)), "{tables:?}");
}
