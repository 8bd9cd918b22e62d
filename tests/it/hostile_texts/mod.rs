//! Texts that would be statements of their own, in each place of a spec: the server has them as what they are declared to
//! be, or they are refused by the name of their field.

mod refused;
mod revisions;
mod taken;

use schema_operator::api::DatabaseSchemaSpec;
use schema_operator::declare::{Script, refusals};
use schema_operator::mysql::{Login, Row, Session};
use schema_operator::reconcile::{Applied, Intent, NotReady, Pass, reconcile};
use schema_operator::schema::Identifier;
use schema_operator::telemetry::is_obeyed;
use serde_json::{Value, json};

use crate::support::{CliWorld, DirectPipeline, OwnServer, asker, login, manifest, on_each_server, open, unique};

on_each_server!(
    CliWorld: a_text_is_what_it_is_declared_to_be,
    what_is_no_text_is_refused,
    a_migration_tools_table_is_read_whatever_it_is_called,
    defaults_of_a_server_make_no_text_a_statement,
    what_is_printed_of_a_text_steers_no_terminal,
);

/// How many passes a spec may take.
const MAX_PASSES: usize = 4;

/// Returns texts that end what may be around them, and then do harm.
fn attacks(database: &str) -> Vec<String> {
    let harm = format!("DELETE FROM {database}.victim");
    // The characters end in a backslash in gbk or sjis, or eat one there that comes after them.
    let ends = [
        "'",
        "''",
        "\\'",
        "\\",
        "`",
        "``",
        "\"",
        "\\\"",
        "')",
        "`)",
        "x) ENGINE=InnoDB",
        "*/",
        "\n'",
        "\u{1a}'",
        "\u{202e}'",
        "\u{7e17}'",
        "\u{7e17}\\'",
        "\u{8868}'",
        "\u{8868}\\'",
        "\u{8868}`",
        "\u{bf}'",
        "\u{ff07}",
    ];
    // A number keeps them apart for a server that takes similar characters for one.
    let numbered = ends.iter().enumerate();
    let mut attacks: Vec<String> = numbered.map(|(at, end)| format!("{end}; {harm}; -- {at}")).collect();
    attacks.extend([
        format!("\0'; {harm}; #"),
        format!("\u{1f4a3}'; {harm}; #"),
        format!("/*! ; {harm}; */"),
        format!("1); {harm}; -- x"),
        format!("(SELECT 1 FROM {database}.victim INTO OUTFILE '/tmp/pwned')"),
        format!("(SELECT i FROM {database}.victim)"),
        format!("'; DROP TABLE {database}.victim; CREATE TABLE {database}.pwned (i int); -- {}", "x".repeat(100)),
    ]);
    attacks
}

/// Returns the text as a name, where a spec may have it as one.
fn name(text: &str) -> Option<Identifier> {
    Identifier::new(text).ok().filter(|_| !text.contains(char::is_control))
}

/// Returns whether a character set has all characters of a text.
fn is_in(charset: &str, text: &str) -> bool {
    text.chars().all(|character| match charset {
        "gbk" => character.is_ascii() || "\u{7e17}\u{8868}\u{ff07}".contains(character),
        "sjis" => character.is_ascii() || character == '\u{8868}',
        _ => true,
    })
}

/// A database with a table that an attack would empty, and the pipeline.
struct Target {
    admin: Login,
    user: Login,
    database: String,
    charset: &'static str,
    direct: DirectPipeline,
}

impl Target {
    async fn create(admin: Login, user: Login, charset: &'static str) -> Self {
        let database = unique("h").replace('-', "_");
        let target = Self { admin, user, database, charset, direct: DirectPipeline::new() };
        let sql = format!("CREATE DATABASE {} CHARACTER SET {charset}", target.database);
        target.session().await.batch("a test's statement", &sql).await.expect("a database");
        target.sql("CREATE TABLE victim (i int PRIMARY KEY); INSERT INTO victim VALUES (1)").await;
        target
    }

    async fn session(&self) -> Session {
        open(&self.admin).await
    }

    /// Runs statements in the database, and returns the rows of the last one.
    async fn sql(&self, sql: &str) -> Vec<Row> {
        let sql = format!("USE {}; {sql}", self.database);
        self.session().await.batch("a test's statement", &sql).await.expect(&sql).pop().unwrap_or_default()
    }

    async fn count(&self, sql: &str) -> u64 {
        self.sql(&format!("SELECT COUNT(*) FROM {sql}")).await[0].number(0).expect("a number")
    }

    /// Fails with what is wrong, or if an attack was run.
    async fn check(&self, wrong: Vec<String>) {
        assert!(wrong.is_empty(), "{}:\n{}", self.database, wrong.join("\n"));
        assert_eq!(self.count("victim").await, 1, "{}: a text was run", self.database);
    }

    async fn drop(self) {
        self.sql(&format!("DROP DATABASE {}", self.database)).await;
    }

    /// Reads a spec, whose other fields these are.
    fn read(&self, fields: &Value) -> Result<Intent, String> {
        let mut given = json!({
            "revision": "1", "database": self.database, "connection": { "secretRef": { "name": "s" } },
            "policy": { "allow": ["Blocking", "Breaking", "Destructive", "Unknown"] },
        });
        for (name, value) in fields.as_object().expect("fields") {
            given[name] = value.clone();
        }
        let spec: DatabaseSchemaSpec = serde_json::from_value(given).expect("a spec");
        for (name, value) in fields.as_object().expect("fields") {
            // A misspelt field would get lost.
            assert_eq!(&serde_json::to_value(&spec).expect("JSON")[name], value);
        }
        let script = fields["ddl"]["inline"].as_str().map(Script::parse).transpose();
        let script = script.map_err(|errors| NotReady::from_refusals(&refusals(&errors)).message)?;
        Intent::from_spec(&spec, script).map_err(|refusal| refusal.message)
    }

    /// Has the pipeline do what a spec says.
    async fn apply(&self, intent: Intent) -> Result<(), String> {
        let request = intent.request(asker(&self.database, self.user.clone()));
        let mut after: Option<Applied> = None;
        for _ in 0..MAX_PASSES {
            let Pass { report, change } = reconcile(&self.direct.pipeline, &request, after.as_ref()).await;
            match (report.outcome, change) {
                (Ok(()), _) => return Ok(()),
                (Err(_applying), Some(job)) => after = Some(self.direct.run(job).await),
                (Err(ends), None) => return Err(ends.message),
            }
        }
        Err("no end".to_owned())
    }
}

async fn a_text_is_what_it_is_declared_to_be(world: CliWorld) {
    // In sjis and gbk, the last byte of some characters is a backslash.
    for charset in ["utf8mb4", "sjis"] {
        let target = Target::create(world.server.login(), world.server.login(), charset).await;
        target.check(taken::try_all(&target).await).await;
        target.drop().await;
    }
}

async fn what_is_no_text_is_refused(world: CliWorld) {
    let target = Target::create(world.server.login(), world.server.login(), "utf8mb4").await;
    target.check(refused::try_all(&target).await).await;
    target.drop().await;
}

async fn a_migration_tools_table_is_read_whatever_it_is_called(world: CliWorld) {
    for charset in ["utf8mb4", "sjis"] {
        let target = Target::create(world.server.login(), world.server.login(), charset).await;
        target.check(revisions::try_all(&target).await).await;
        target.drop().await;
    }
}

async fn defaults_of_a_server_make_no_text_a_statement(world: CliWorld) {
    let server = OwnServer::start(world.server);
    let mode = "'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'";
    let settings = format!(
        "CREATE USER app IDENTIFIED BY 'x'; GRANT ALL ON `h\\_%`.* TO app; \
         GRANT ALL ON `schema\\_operator\\_tmp\\_%`.* TO app; \
         SET GLOBAL init_connect = \"SET NAMES gbk, SESSION sql_mode = {mode}\", GLOBAL sql_mode = {mode}, \
         GLOBAL character_set_server = gbk"
    );
    server.run(&settings).await;
    let [host, port, user, password] = ["HOST", "PORT", "USER", "PASSWORD"].map(|name| server.value(name));
    let admin = login(host.clone(), &port, user, password);
    let target = Target::create(admin, login(host, &port, "app".to_owned(), "x".to_owned()), "gbk").await;
    target.check(taken::try_all(&target).await).await;
    // The database ends with its server.
}

async fn what_is_printed_of_a_text_steers_no_terminal(world: CliWorld) {
    world.sql(&format!("ALTER DATABASE {} CHARACTER SET utf8mb4", world.database)).await;
    world.sql("CREATE TABLE victim (i int PRIMARY KEY)").await;
    let texts = taken::texts(&world.database, "utf8mb4");
    let tables: Vec<Value> =
        texts.iter().enumerate().flat_map(|(at, text)| taken::tables("utf8mb4", at, text)).collect();
    let taken = world.write("taken.json", &manifest("app", "elsewhere", &format!("tables: {}", json!(tables))));
    let types: Vec<Value> =
        texts.iter().map(|text| json!({ "name": text, "columns": [{ "name": "a", "type": text }] })).collect();
    let refused = world.write("refused.json", &manifest("app", "elsewhere", &format!("tables: {}", json!(types))));
    for (code, arguments) in [
        (1, &["plan", "-f", &refused][..]),
        (2, &["plan", "-f", &taken]),
        (2, &["plan", "-f", &taken, "-o", "json"]),
        (1, &["plan", "-f", &taken, "-o", "sql"]),
        (0, &["apply", "-f", &taken]),
        (0, &["export"]),
    ] {
        let run = world.run(arguments);
        assert!(!run.output.contains(is_obeyed) && !run.error.contains(is_obeyed), "{run:?}");
        assert_eq!(run.code, code, "{arguments:?}: {run:?}");
    }
}
