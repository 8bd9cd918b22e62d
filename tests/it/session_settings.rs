//! A statement means the same whatever the server's defaults are.

use schema_operator::mysql::Session;

use crate::support::{OwnServer, Server, run_cli, unique};

mod servers {
    use super::a_statement_means_the_same_whatever_the_server_sets;
    use crate::support::Server;

    #[tokio::test]
    async fn mysql() {
        a_statement_means_the_same_whatever_the_server_sets(Server::MySql).await;
    }

    #[tokio::test]
    async fn mariadb() {
        a_statement_means_the_same_whatever_the_server_sets(Server::MariaDb).await;
    }

    #[tokio::test]
    async fn mariadb_newest() {
        a_statement_means_the_same_whatever_the_server_sets(Server::MariaDbNewest).await;
    }
}

#[tokio::test]
async fn a_counter_goes_on_from_session_to_session() {
    for server in Server::ALL {
        let database = unique("counter").replace('-', "_");
        server
            .run(&format!("CREATE DATABASE {database}; CREATE TABLE {database}.t (id int AUTO_INCREMENT PRIMARY KEY)"))
            .await;
        for expected in ["1", "2"] {
            server.run(&format!("INSERT INTO {database}.t VALUES ()")).await;
            assert_eq!(
                server.run(&format!("SELECT MAX(id) FROM {database}.t")).await[0].text(0),
                expected,
                "{server:?}"
            );
        }
        server.run(&format!("DROP DATABASE {database}")).await;
    }
}

/// Defaults of a server that change what a statement does.
const HOSTILE: [&str; 15] = [
    "explicit_defaults_for_timestamp = OFF",
    "sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
    "time_zone = '+05:30'",
    "foreign_key_checks = 0",
    "unique_checks = 0",
    "innodb_strict_mode = OFF",
    "default_storage_engine = MyISAM",
    "character_set_server = latin1",
    "sql_auto_is_null = 1",
    "completion_type = 'CHAIN'",
    "sql_safe_updates = 1",
    "sql_select_limit = 1",
    "autocommit = 0",
    "sql_quote_show_create = 0",
    "max_join_size = 1",
];

const HOSTILE_MYSQL: [&str; 4] = [
    "show_create_table_verbosity = ON",
    "max_execution_time = 1",
    "transaction_read_only = ON",
    "transaction_isolation = 'SERIALIZABLE'",
];

const HOSTILE_MARIADB: [&str; 7] = [
    "check_constraint_checks = OFF",
    "sql_if_exists = ON",
    "old_mode = 'ZERO_DATE_TIME_CAST'",
    "alter_algorithm = 'INSTANT'",
    "max_statement_time = 0.001",
    "tx_read_only = ON",
    "tx_isolation = 'SERIALIZABLE'",
];

/// Each list runs in one session, up to the first statement that fails. What it answers is compared.
const STATEMENTS: [&[&str]; 17] = [
    &["CREATE TABLE a (x timestamp NOT NULL, y timestamp)", "SHOW CREATE TABLE a"],
    &["CREATE TABLE b (x int)", "ALTER TABLE b ADD COLUMN y timestamp NOT NULL", "SHOW CREATE TABLE b"],
    &["CREATE TABLE c (`order` int, x varchar(20) DEFAULT \"a\\\\b\")", "SHOW CREATE TABLE c"],
    &["CREATE TABLE d (x int); INSERT INTO d VALUES (0)", "ALTER TABLE d ADD CONSTRAINT p CHECK (x > 0)"],
    &[
        "CREATE TABLE e1 (x int PRIMARY KEY); CREATE TABLE e2 (x int); INSERT INTO e2 VALUES (1)",
        "ALTER TABLE e2 ADD CONSTRAINT f FOREIGN KEY (x) REFERENCES e1 (x)",
    ],
    &["CREATE TABLE f (x int); INSERT INTO f VALUES (1), (1)", "ALTER TABLE f ADD UNIQUE KEY u (x)"],
    &["CREATE TABLE g (x varchar(9)); INSERT INTO g VALUES ('long')", "ALTER TABLE g MODIFY x varchar(2)"],
    &["CREATE TABLE h (x int) ROW_FORMAT = COMPRESSED KEY_BLOCK_SIZE = 3"],
    &["CREATE TABLE i (a char(255), b char(255), c char(255), d char(255), e char(255), f char(255), g char(255), \
       h char(255), i char(255), j char(255), k char(255)) CHARACTER SET utf8mb4 ROW_FORMAT = COMPACT"],
    &[
        "CREATE TABLE j (x int AUTO_INCREMENT PRIMARY KEY); INSERT INTO j VALUES (NULL), (NULL)",
        "SELECT COUNT(*) FROM j WHERE x IS NULL",
        "SELECT MAX(x) FROM j",
    ],
    &["CREATE TABLE k (x int)", "ALTER TABLE k DROP COLUMN gone"],
    &[
        "CREATE TABLE l (x time); INSERT INTO l VALUES ('01:00:00')",
        "ALTER TABLE l MODIFY x datetime",
        "SELECT YEAR(x) > 2000 FROM l",
    ],
    &[
        "CREATE TABLE m (x timestamp NULL); INSERT INTO m VALUES ('2026-01-02 03:04:05')",
        "ALTER TABLE m MODIFY x datetime",
        "SELECT x, @@time_zone FROM m",
    ],
    &[
        "CREATE TABLE n (x int); INSERT INTO n VALUES (1), (2)",
        "ALTER TABLE n MODIFY x bigint",
        "SELECT x FROM n ORDER BY x",
    ],
    &[
        "CREATE TABLE o (x int); INSERT INTO o VALUES (1), (2)",
        "UPDATE o SET x = 3",
        "SELECT COUNT(*) FROM o, o AS other",
    ],
    &["SELECT SLEEP(0.05)"],
    &[
        "CREATE TABLE q (x int); INSERT INTO q VALUES (0); ALTER TABLE q ADD COLUMN id int AUTO_INCREMENT PRIMARY KEY FIRST",
        "SELECT id FROM q",
    ],
];

async fn a_statement_means_the_same_whatever_the_server_sets(server: Server) {
    let hostile = OwnServer::start(server);
    let own = if server == Server::MySql { &HOSTILE_MYSQL[..] } else { &HOSTILE_MARIADB[..] };
    let mut session = hostile.session().await;
    for setting in HOSTILE.iter().chain(own) {
        session.batch("a test's setting", &format!("SET GLOBAL {setting}")).await.expect(setting);
    }
    let database = unique("settings").replace('-', "_");
    let mut wrong = Vec::new();
    for statements in STATEMENTS {
        let expected = answers(server.session().await, &database, statements).await;
        let answers = answers(hostile.session().await, &database, statements).await;
        if answers != expected {
            wrong.push(format!("{statements:?}\n  is {answers:?}\n  and {expected:?} with other defaults"));
        }
    }
    server.run(&format!("DROP DATABASE {database}")).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs statements in a session of the operator, and returns what the server answers to each.
async fn answers(mut session: Session, database: &str, statements: &[&str]) -> Vec<String> {
    let make =
        format!("CREATE DATABASE IF NOT EXISTS {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin; USE {database}");
    session.batch("making the database", &make).await.expect("it can be made");
    let mut answers = Vec::new();
    for statement in statements {
        match session.batch("a test's statement", statement).await {
            Ok(results) => answers.push(format!("{:?}", results.last())),
            Err(error) => {
                answers.push(format!("{:?}", error.kind));
                break;
            }
        }
    }
    answers
}

/// MySQL's `innodb_strict_mode` takes a privilege. Without it, rows that do not fit would be taken with a warning.
#[tokio::test]
async fn rows_that_do_not_fit_are_refused_where_the_account_may_not_be_strict() {
    let server = OwnServer::start(Server::MySql);
    server
        .run(
            "SET GLOBAL innodb_strict_mode = OFF; CREATE DATABASE app CHARACTER SET latin1; CREATE USER app IDENTIFIED BY 'x'; \
             GRANT ALL ON app.* TO app; GRANT ALL ON `schema\\_operator\\_tmp\\_%`.* TO app",
        )
        .await;
    let url = format!("mysql://app:x@{}:{}/app", server.value("HOST"), server.value("PORT"));
    let columns: Vec<String> = (0..40).map(|at| format!("{{name: c{at}, type: char(255)}}")).collect();
    let of_columns = |columns: &str| manifest(&format!("[{{name: t, columns: [{columns}]}}]"));
    let refused = run_cli(&url, &["apply", "-f", "-"], &of_columns(&columns.join(", ")));
    assert!(refused.code == 1 && refused.error.contains("SESSION_VARIABLES_ADMIN"), "{refused:?}");
    let applied = run_cli(&url, &["apply", "-f", "-"], &of_columns("{name: a, type: int}"));
    assert_eq!(applied.code, 0, "{applied:?}");
}

/// What a server gives to each new table, an older one does not have: its copies don't either.
const OF_NEW_TABLES: [(Server, &str); 4] = [
    (Server::MySql, "SET GLOBAL sql_generate_invisible_primary_key = ON"),
    // There is no keyring, so an encrypted table can't be made (3185).
    (Server::MySql, "SET GLOBAL default_table_encryption = ON"),
    (Server::MariaDb, "SET GLOBAL innodb_compression_default = ON, GLOBAL innodb_default_encryption_key_id = 2"),
    (Server::MariaDbNewest, "SET GLOBAL innodb_compression_default = ON, GLOBAL innodb_default_encryption_key_id = 2"),
];

#[tokio::test]
async fn a_copy_has_what_its_table_has_whatever_new_tables_get() {
    for (kind, setting) in OF_NEW_TABLES {
        let server = OwnServer::start(kind);
        server
            .run(&format!(
                "CREATE DATABASE app; CREATE TABLE app.t (a int); CREATE USER app IDENTIFIED BY 'x'; GRANT ALL ON app.* TO app; \
                 GRANT ALL ON `schema\\_operator\\_tmp\\_%`.* TO app; {setting}"
            ))
            .await;
        let url = format!("mysql://app:x@{}:{}/app", server.value("HOST"), server.value("PORT"));
        let before = server.run("SHOW CREATE TABLE app.t").await[0].text(1).to_owned();
        let declared = manifest("[{name: t, columns: [{name: a, comment: said}]}]");
        let applied = run_cli(&url, &["apply", "-f", "-"], &declared);
        assert_eq!(applied.code, 0, "{kind:?}: {applied:?}");
        let after = server.run("SHOW CREATE TABLE app.t").await[0].text(1).to_owned();
        assert_eq!(after.replace(" COMMENT 'said'", ""), before, "{kind:?}");
    }
}

/// An account's `init_connect` changes what a character set without a collation means, for that account alone.
#[tokio::test]
async fn a_character_set_has_the_collation_that_the_server_gives_it() {
    let settings = [
        (Server::MySql, "default_collation_for_utf8mb4 = utf8mb4_general_ci"),
        (Server::MariaDbNewest, "character_set_collations = \\'utf8mb4=utf8mb4_bin\\'"),
    ];
    for (kind, setting) in settings {
        let server = OwnServer::start(kind);
        server
            .run(&format!(
                "CREATE DATABASE app CHARACTER SET latin1; CREATE TABLE app.expected (a int) CHARACTER SET utf8mb4; \
                 CREATE USER app IDENTIFIED BY 'x'; GRANT ALL ON app.* TO app; SET GLOBAL init_connect = 'SET {setting}'"
            ))
            .await;
        let url = format!("mysql://app:x@{}:{}/app", server.value("HOST"), server.value("PORT"));
        let declared = manifest("[{name: t, columns: [{name: a, type: int}], options: {charset: utf8mb4}}]");
        let applied = run_cli(&url, &["apply", "-f", "-"], &declared);
        assert_eq!(applied.code, 0, "{kind:?}: {applied:?}");
        let sql = "SELECT COUNT(DISTINCT TABLE_COLLATION) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'app' AND \
                   TABLE_NAME IN ('t', 'expected')";
        assert_eq!(server.run(sql).await[0].text(0), "1", "{kind:?}");
    }
}

fn manifest(tables: &str) -> String {
    format!(
        "apiVersion: schema-operator.dev/v1alpha1\nkind: DatabaseSchema\nmetadata: {{name: app}}\nspec: {{revision: r, \
         database: app, connection: {{secretRef: {{name: s}}}}, tables: {tables}}}"
    )
}
