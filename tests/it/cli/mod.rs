//! The command line, as a person runs it: the binary, its output, its exit code.

mod export;
mod sql_file;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use schema_operator::mysql::Row;

use crate::support::{Server, temporary_folder, unique};

/// Runs each test on every server: `on_each_cli_world!(name, ...)` for `async fn name(world: CliWorld)`.
macro_rules! on_each_cli_world {
    ($($name:ident),+ $(,)?) => {
        mod mysql {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::cli::CliWorld::new(crate::support::Server::MySql).await).await;
            })+
        }
        mod mariadb {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::cli::CliWorld::new(crate::support::Server::MariaDb).await).await;
            })+
        }
        mod mariadb_newest {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::cli::CliWorld::new(crate::support::Server::MariaDbNewest).await).await;
            })+
        }
    };
}
pub(crate) use on_each_cli_world;

on_each_cli_world!(
    a_change_is_planned_and_applied,
    risks_wait_until_they_are_allowed,
    a_plan_as_sql_can_be_run,
    verify_queries_are_run,
    what_somebody_else_declares_is_left_alone,
    a_failed_statement_is_an_error,
    the_server_is_named_without_the_password,
);

const NO_HISTORY: &str =
    "No history is kept in this database: nothing was done to it yet, or policy.history is StatusOnly.\n";

/// A database of the test's own, and no operator.
pub struct CliWorld {
    pub server: Server,
    pub database: String,
    folder: PathBuf,
}

/// What a run of the command line gave.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub output: String,
    pub error: String,
}

impl CliWorld {
    pub async fn new(server: Server) -> Self {
        let database = unique("cli").replace('-', "_");
        server.run(&format!("CREATE DATABASE {database}")).await;
        Self { server, database, folder: temporary_folder("cli") }
    }

    pub fn url(&self) -> String {
        let value = |name| self.server.value(name);
        format!("mysql://{}:{}@{}:{}/{}", value("USER"), value("PASSWORD"), value("HOST"), value("PORT"), self.database)
    }

    pub async fn sql(&self, sql: &str) -> Vec<Row> {
        self.server.run(&format!("USE {}; {sql}", self.database)).await
    }

    /// A file with this YAML in its spec, beside what every spec needs. Another server and database stand in it.
    fn file(&self, spec: &str) -> String {
        let spec = format!("  {}\n", spec.trim().replace('\n', "\n  "));
        let head =
            "apiVersion: schema-operator.dev/v1alpha1\nkind: DatabaseSchema\nmetadata: {name: app, namespace: apps}\n";
        let spec =
            format!("spec:\n  revision: r1\n  database: elsewhere\n  connection: {{secretRef: {{name: s}}}}\n{spec}");
        self.write("schema.yaml", &format!("{head}{spec}"))
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.folder.join(name);
        std::fs::write(&path, text).expect("the temporary folder can be written");
        path.to_str().expect("UTF-8").to_owned()
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        run(&self.url(), arguments, "")
    }
}

impl Drop for CliWorld {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
        if std::thread::panicking() {
            eprintln!("database {}", self.database);
            return;
        }
        let (server, database) = (self.server, self.database.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(server.run(&format!("DROP DATABASE IF EXISTS {database}")));
        });
        let _ = dropping.join();
    }
}

pub fn run(url: &str, arguments: &[&str], input: &str) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-schema"))
        .args(arguments)
        .env("DATABASE_URL", url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    // A command that does not read its input may have ended.
    let _ = command.stdin.take().expect("stdin is piped").write_all(input.as_bytes());
    let output = command.wait_with_output().expect("the command ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let run =
        Run { code: output.status.code().unwrap_or(-1), output: text(&output.stdout), error: text(&output.stderr) };
    assert!(!run.error.contains("panicked"), "{run:?}");
    run
}

/// A table with every attribute that can be declared on all servers.
const EVERYTHING: &str = r#"
CREATE TABLE `odd ``name` (
  id bigint unsigned NOT NULL AUTO_INCREMENT,
  small tinyint(1) NOT NULL DEFAULT 0,
  price decimal(10,2) NOT NULL DEFAULT '1.50',
  ratio double DEFAULT -0.5,
  flags bit(4) NOT NULL DEFAULT b'0101',
  name varchar(64) CHARACTER SET latin1 COLLATE latin1_german1_ci NOT NULL DEFAULT 'it''s "so": #1' COMMENT 'a ''comment''\n# with: yaml',
  yes varchar(8) DEFAULT 'yes', `empty` varchar(8) NOT NULL DEFAULT '', octal varchar(8) DEFAULT '0777',
  body text, raw blob, kind enum('a','it''s','c,d') NOT NULL DEFAULT 'a', `set` set('x','y') DEFAULT 'x,y',
  created datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
  day date DEFAULT '2026-01-02', at timestamp NULL DEFAULT NULL, place point NOT NULL,
  token varchar(36) DEFAULT (uuid()),
  twice int GENERATED ALWAYS AS (small * 2) VIRTUAL, label varchar(80) GENERATED ALWAYS AS (concat('n: ', name)) STORED,
  hidden int INVISIBLE DEFAULT 7,
  PRIMARY KEY (id), UNIQUE KEY `by name` (name, kind), KEY prefix (body(20), created DESC) COMMENT 'first 20',
  FULLTEXT KEY words (body), SPATIAL KEY places (place)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci COMMENT 'all of it';
CREATE TABLE plain (a int, b varchar(10), `n` int, `on` int, `~` int, `1e3` int, `- x: #` int, KEY (b));
CREATE TABLE by_range (id int, d date) PARTITION BY RANGE (to_days(d)) (
  PARTITION p0 VALUES LESS THAN (to_days('2020-01-01')), PARTITION `p 1` VALUES LESS THAN MAXVALUE);
CREATE TABLE by_lists (a int, b varchar(20)) DEFAULT CHARSET = utf8mb4 PARTITION BY LIST COLUMNS (a, b) (
  PARTITION p0 VALUES IN ((1, 'it''s ä'), (NULL, '😀')), PARTITION p1 VALUES IN ((2, NULL)));
CREATE TABLE by_hash (id int) PARTITION BY LINEAR HASH (id + 1) PARTITIONS 3;
CREATE TABLE by_key (id int PRIMARY KEY) PARTITION BY KEY () (PARTITION a, PARTITION b);
CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY);
"#;

const ADD_TOKEN: &str = "
tables:
- name: user
  columns: [{name: api_token, type: varchar(255)}]
  indexes: [{name: ix_user_api_token, columns: [api_token], unique: true}]
";

async fn a_change_is_planned_and_applied(world: CliWorld) {
    world.sql("CREATE TABLE user (id int PRIMARY KEY); INSERT INTO user VALUES (1)").await;
    let file = world.file(ADD_TOKEN);
    let plan = world.run(&["plan", "-f", &file]);
    assert_eq!((plan.code, plan.error.as_str()), (2, ""), "{plan:?}");
    for expected in
        ["column user.api_token", "ADD COLUMN `api_token`", "INSTANT", "1 rows", "no risk", "2 statements to run.\n"]
    {
        assert!(plan.output.contains(expected), "{expected}: {}", plan.output);
    }
    let json = world.run(&["plan", "-f", &file, "-o", "json"]);
    let view: serde_json::Value = serde_json::from_str(&json.output).expect("JSON");
    assert_eq!((json.code, &view["inSync"], &view["database"]), (2, &false.into(), &world.database.clone().into()));
    assert_eq!((&view["steps"][0]["state"], &view["steps"][0]["rows"]), (&"Pending".into(), &1.into()));
    assert!(view["steps"][0]["undo"].as_str().unwrap().contains("DROP COLUMN"), "{view}");
    let history = world.run(&["history"]);
    assert_eq!((history.code, history.output.as_str()), (0, NO_HISTORY), "{history:?}");

    let apply = world.run(&["apply", "-f", &file]);
    assert_eq!((apply.code, apply.error.as_str()), (0, ""), "{apply:?}");
    assert!(apply.output.starts_with("done    ALTER TABLE `user` ADD COLUMN `api_token`"), "{apply:?}");
    assert!(apply.output.ends_with("2 statements done; all that is declared is live.\n"), "{apply:?}");
    assert_eq!(world.run(&["plan", "-f", &file]).code, 0);
    let again = world.run(&["apply", "-f", &file]);
    assert_eq!((again.code, again.output.as_str()), (0, "0 statements done; all that is declared is live.\n"));
    let history = world.run(&["history", "-o", "json"]);
    let rows: serde_json::Value = serde_json::from_str(&history.output).expect("JSON");
    assert_eq!((rows[1]["outcome"].as_str(), rows[1]["resource"].as_str()), (Some("done"), Some("apps/app")), "{rows}");
    assert!(world.run(&["history"]).output.contains("done     r1  apps/app\n    ALTER TABLE"));
}

async fn risks_wait_until_they_are_allowed(world: CliWorld) {
    world.sql("CREATE TABLE t (a varchar(20), b int); INSERT INTO t VALUES ('a', 1)").await;
    let file = world.file("tables: [{name: t, columns: [{name: a, type: varchar(10)}, {name: c, type: int}]}]");
    let plan = world.run(&["plan", "-f", &file]);
    assert_eq!(plan.code, 2, "{plan:?}");
    assert!(plan.output.contains("waits for consent: --allow Breaking,Destructive"), "{}", plan.output);
    let apply = world.run(&["apply", "-f", &file]);
    assert_eq!((apply.code, apply.error.as_str()), (2, ""), "{apply:?}");
    assert!(apply.output.contains("done    ALTER TABLE `t` ADD COLUMN `c`"), "{}", apply.output);
    assert!(
        apply.output.ends_with("1 statement done; 1 waits for consent (--allow Breaking,Destructive).\n"),
        "{apply:?}"
    );
    let allowed = world.run(&["apply", "-f", &file, "--allow", "breaking,Destructive"]);
    assert_eq!(allowed.code, 0, "{allowed:?}");
    assert_eq!(world.run(&["plan", "-f", &file]).code, 0);
}

async fn a_plan_as_sql_can_be_run(world: CliWorld) {
    world.sql("CREATE TABLE user (id int PRIMARY KEY, a varchar(20))").await;
    let spec =
        format!("{ADD_TOKEN}- {{name: fresh, columns: [{{name: id, type: int, comment: \"a\\\\b; -- 'c'\"}}]}}\n");
    let file = world.file(&spec);
    let sql = world.run(&["plan", "-f", &file, "-o", "sql"]);
    assert_eq!(sql.code, 2, "{sql:?}");
    assert!(sql.output.contains("-- risks: none\n"), "{}", sql.output);
    world.sql(&sql.output).await;
    let plan = world.run(&["plan", "-f", &file]);
    assert_eq!(plan.code, 0, "{plan:?}");
}

async fn verify_queries_are_run(world: CliWorld) {
    world.sql("CREATE TABLE user (id int PRIMARY KEY)").await;
    let with = |query: &str| world.file(&format!("{ADD_TOKEN}verify: [{{name: q, query: {query}}}]\n"));
    let apply = world.run(&["apply", "-f", &with("SELECT api_token FROM user")]);
    assert_eq!(apply.code, 0, "{apply:?}");
    assert!(apply.output.ends_with("all that is declared is live; 1 verify query as expected.\n"), "{apply:?}");
    for command in ["apply", "plan"] {
        let failed = world.run(&[command, "-f", &with("SELECT gone FROM user")]);
        assert_eq!(failed.code, 1, "{failed:?}");
        assert!(failed.error.starts_with("kubectl-schema: verify query \"q\": Unknown column"), "{failed:?}");
    }
}

async fn what_somebody_else_declares_is_left_alone(world: CliWorld) {
    let spec = |data_type: &str| format!("tables:\n- name: user\n  columns:\n  - {{name: email, type: {data_type}}}\n");
    assert_eq!(world.run(&["apply", "-f", &world.file(&spec("varchar(100)"))]).code, 0);
    let other =
        std::fs::read_to_string(world.file(&spec("varchar(50)"))).unwrap().replace("name: app,", "name: other,");
    let other = world.write("other.yaml", &other);
    for command in ["plan", "apply"] {
        let refused = world.run(&[command, "-f", &other]);
        assert_eq!(refused.code, 1, "{refused:?}");
        let words =
            "what kubectl schema apply did for apps/app has declared otherwise before: type of column user.email";
        assert!(refused.error.contains(words), "{refused:?}");
    }
    let mut required = spec("varchar(60)");
    required.insert_str(0, "mode: Require\n");
    let contract = world.file(&required);
    assert_eq!(world.run(&["plan", "-f", &contract]).code, 0);
    let unmet = world.run(&["plan", "-f", &world.file(&required.replace("60", "200"))]);
    assert_eq!(unmet.code, 1, "{unmet:?}");
    assert!(unmet.error.contains("type is to be varchar(200), and is varchar(100)"), "{unmet:?}");
    assert_eq!(world.sql("SELECT COUNT(*) FROM schema_operator_record").await[0].text(0), "1", "a plan claims nothing");
    assert_eq!(world.run(&["apply", "-f", &world.file(&spec("varchar(120)"))]).code, 0, "the first goes on");
}

async fn a_failed_statement_is_an_error(world: CliWorld) {
    world.sql("CREATE TABLE user (a varchar(9)); INSERT INTO user VALUES ('hunter2'), ('hunter2')").await;
    let file = world.file("tables: [{name: user, indexes: [{name: u, columns: [a], unique: true}]}]");
    let apply = world.run(&["apply", "-f", &file, "--allow", "Blocking,Breaking,Destructive,Unknown"]);
    assert_eq!(apply.code, 1, "{apply:?}");
    assert!(apply.error.contains("1 keys that several rows share") && !apply.error.contains("hunter2"), "{apply:?}");
    assert_eq!(apply.error.lines().count(), 1, "{apply:?}");
    let file = world.file("mode: Plan\ntables: [{name: user, columns: [{name: b, type: int}]}]");
    let apply = world.run(&["apply", "-f", &file]);
    assert_eq!(apply.error, "kubectl-schema: spec.mode is Plan, so nothing is changed; Apply changes\n");
}

async fn the_server_is_named_without_the_password(world: CliWorld) {
    let (host, port) = (world.server.value("HOST"), world.server.value("PORT"));
    for (url, expected) in [
        (format!("mysql://root:hunter2@{host}:{port}/{}", world.database), "Access denied for user 'root'"),
        (format!("mysql://root:hunter2@{host}:1/{}", world.database), "connecting to 127.0.0.1:1: "),
        (world.url().replace(&world.database, "no_such_hunter"), "database"),
    ] {
        for arguments in [&["export"][..], &["history"], &["plan", "-f", &world.file(ADD_TOKEN)]] {
            let run = run(&url, arguments, "");
            assert_eq!((run.code, run.output.as_str()), (1, ""), "{run:?}");
            assert!(run.error.starts_with("kubectl-schema: ") && run.error.lines().count() == 1, "{run:?}");
            assert!(!run.error.contains("hunter2"), "{run:?}");
            assert!(run.error.contains(expected), "{expected}: {run:?}");
        }
    }
}

/// What is wrong with arguments and files needs no server.
#[test]
fn what_is_wrong_is_said_in_a_line() {
    let folder = temporary_folder("cli");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let resource = "apiVersion: schema-operator.dev/v1alpha1\nkind: DatabaseSchema\nmetadata: {name: a}\nspec:\n  revision: r1\n  database: d\n  connection: {secretRef: {name: s}}\n  tables: [{name: t, columns: [{name: id, nulable: false}]}]\n";
    let misspelt = write("misspelt.yaml", resource);
    let refused = write("refused.yaml", &resource.replace("nulable: false", "type: int, onUpdate: CURRENT_TIMESTAMP"));
    let (sql, other) = (write("a.sql", "\nDROP TABLE t"), write("b.yaml", "kind: Secret\n"));
    let url = "mysql://app:hunter2@127.0.0.1:1/app";
    let encoded = "percent-encode it: / as %2F";
    for (url, arguments, expected) in [
        (url, vec!["plan", "-f", &misspelt], "spec.tables[t].columns[id].nulable: unknown field"),
        (url, vec!["apply", "-f", &misspelt], "spec.tables[t].columns[id].nulable: unknown field"),
        (url, vec!["plan", "-f", &refused], "spec.tables[t].columns[id].onUpdate"),
        (url, vec!["plan", "-f", &sql], "line 2: only CREATE TABLE statements can stand here"),
        (url, vec!["plan", "-f", &other], "no resource of kind DatabaseSchema"),
        (url, vec!["plan", "-f", "/no/such/file"], "reading /no/such/file: No such file"),
        (url, vec!["plan"], "--filename <FILE>"),
        (url, vec!["plan", "-f", &misspelt, "-o", "xml"], "invalid value 'xml'"),
        (url, vec!["apply", "-f", &misspelt, "--allow", "all"], "expected Blocking"),
        (url, vec!["export", "--name", "Not_Valid"], "--name"),
        (url, vec!["export", "--revision", "a b"], "--revision"),
        (url, vec!["export", "--ca", "/no/such/ca"], "reading /no/such/ca"),
        (url, vec!["export", url], "unexpected argument"),
        (url, vec![], "a command is missing"),
        ("mysql://app:hun/ter2@h/d", vec!["export"], encoded),
        ("mysql://app:hunter2#@h/d", vec!["export"], encoded),
        ("mysql://app:hunter2@@h/d", vec!["export"], encoded),
        ("mysql://app:hunter2@h/d?sslmode=x", vec!["export"], "\"sslmode\" is not known"),
        ("mysql://app:hunter2@h", vec!["export"], "names no database"),
        ("app:hunter2", vec!["export"], "does not begin with mysql://"),
    ] {
        let run = run(url, &arguments, "");
        assert_eq!((run.code, run.output.as_str()), (1, ""), "{arguments:?} {run:?}");
        assert!(run.error.starts_with("kubectl-schema: ") && run.error.lines().count() == 1, "{arguments:?} {run:?}");
        assert!(run.error.contains(expected), "{expected}: {run:?}");
        assert!(!run.error.contains("hunter2") && !run.error.contains("ter2"), "{run:?}");
    }
    for arguments in [&["--help"][..], &["plan", "--help"], &["--version"]] {
        let help = run(url, arguments, "");
        assert_eq!((help.code, help.error.as_str()), (0, ""), "{help:?}");
        assert!(!help.output.contains("hunter2"), "{help:?}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn kubectl_finds_the_plugin() {
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_kubectl-schema"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let output =
        Command::new("kubectl").args(["schema", "--version"]).env("PATH", path).output().expect("kubectl runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && text.contains(env!("CARGO_PKG_VERSION")), "{text}");
}
