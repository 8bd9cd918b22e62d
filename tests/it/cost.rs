//! Compares what a change is predicted to cost with what the server does. Each transition of `tests/transitions/` is
//! planned on a fresh table. The server must refuse each statement of the plan in every cheaper way, and accept it in
//! the predicted one. A cheaper way that the server takes, and a predicted one that it refuses, are bugs of
//! `src/plan/assess/cost`.

use futures::StreamExt;
use schema_operator::api::DatabaseSchemaSpec;
use schema_operator::declare::declare;
use schema_operator::mysql::{ErrorKind, Scope, Session, observe};
use schema_operator::plan::{Algorithm, Cost, Plan, Step, plan};
use schema_operator::schema::{Dialect, Flavor, Identifier};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Server, unique};

/// How many transitions run at a time on one server, each in a database of its own.
const AT_ONCE: usize = 3;

/// The least number of transitions for each server.
const LEAST: usize = 120;

#[tokio::test(flavor = "multi_thread")]
async fn mysql_does_what_is_predicted() {
    run_all(Server::MySql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_does_what_is_predicted() {
    run_all(Server::MariaDb).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_newest_does_what_is_predicted() {
    run_all(Server::MariaDbNewest).await;
}

/// A table `t`, and what is declared of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Transition {
    is: String,
    /// `MySQL`, `MariaDB`, or one version: `MariaDB 11.8`.
    #[serde(default = "everywhere")]
    servers: Vec<String>,
    /// What its CREATE TABLE has between the parentheses; `options` is what follows them.
    table: String,
    #[serde(default)]
    options: String,
    /// Another table: a parent is created before it, a child after it.
    beside: Option<String>,
    declare: Value,
}

/// Changes of type, in the short form of `types.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Types {
    servers: Vec<String>,
    types: Vec<(String, String)>,
}

fn everywhere() -> Vec<String> {
    ["MySQL", "MariaDB"].map(str::to_owned).to_vec()
}

fn transitions(dialect: Dialect) -> Vec<Transition> {
    let written = [
        include_str!("../transitions/columns.yaml"),
        include_str!("../transitions/keys.yaml"),
        include_str!("../transitions/options.yaml"),
    ];
    let written = written.iter().flat_map(|text| serde_saphyr::from_str::<Vec<Transition>>(text).unwrap());
    let types: Vec<Types> = serde_saphyr::from_str(include_str!("../transitions/types.yaml")).unwrap();
    let types = types.into_iter().flat_map(|Types { servers, types }| {
        types.into_iter().map(move |(from, to)| Transition {
            is: format!("{from} becomes {to}"),
            servers: servers.clone(),
            table: format!("id int PRIMARY KEY, c {from} NULL"),
            options: String::new(),
            beside: None,
            declare: json!({ "columns": [{ "name": "c", "type": to }] }),
        })
    });
    let flavor = if dialect.is_mariadb() { "MariaDB" } else { "MySQL" };
    let here = format!("{flavor} {}.{}", dialect.version.0, dialect.version.1);
    let is_here = |server: &String| server == flavor || *server == here;
    written.chain(types).filter(|transition| transition.servers.iter().any(is_here)).collect()
}

async fn run_all(server: Server) {
    let dialect = server.session().await.dialect;
    let transitions = transitions(dialect);
    assert!(transitions.len() >= LEAST, "{} transitions", transitions.len());
    let wrong: Vec<String> = futures::stream::iter(transitions)
        .map(|transition| async move {
            let database = Identifier::new(unique("cost").replace('-', "_")).unwrap();
            let mut session = server.session().await;
            let outcome = run(&mut session, &database, &transition).await;
            session.batch("dropping a database", &format!("DROP DATABASE {}", database.quoted())).await.unwrap();
            outcome.err().map(|wrong| format!("{}: {wrong}", transition.is))
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(|wrong| async move { wrong })
        .collect()
        .await;
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

/// Runs a transition, and returns what was predicted wrongly.
async fn run(session: &mut Session, database: &Identifier, transition: &Transition) -> Result<(), String> {
    create(session, database, transition).await?;
    let plan = planned(session, database, &transition.declare).await?;
    if plan.steps.is_empty() {
        return Err("nothing is planned".to_owned());
    }
    for step in &plan.steps {
        // A statement that creates, renames or drops a whole table has no algorithm.
        let sql = step.sql();
        if step.algorithm().is_none() {
            session.batch("a step", &sql).await.map_err(|error| format!("{sql}: {error}"))?;
            continue;
        }
        let predicted = Way::predicted(step);
        let taken = cheapest(session, database, step).await?;
        if taken != predicted {
            return Err(format!("{sql}: predicted {predicted}, but the server takes {taken}"));
        }
    }
    Ok(())
}

async fn create(session: &mut Session, database: &Identifier, transition: &Transition) -> Result<(), String> {
    let database = database.quoted();
    let table = format!("CREATE TABLE t ({}) DEFAULT CHARSET=utf8mb4 {}", transition.table, transition.options);
    let beside = transition.beside.clone().unwrap_or_else(|| "DO 0".to_owned());
    let is_child = beside.contains("REFERENCES t");
    let (first, second) = if is_child { (&table, &beside) } else { (&beside, &table) };
    let sql = format!("CREATE DATABASE {database}; USE {database}; {first}; {second}");
    session.batch("creating a table", &sql).await.map(|_| ()).map_err(|error| error.to_string())
}

async fn planned(session: &mut Session, database: &Identifier, declared: &Value) -> Result<Plan, String> {
    let mut table = declared.clone();
    table["name"] = "t".into();
    let spec = json!({
        "revision": "r1", "database": database.as_str(), "connection": { "secretRef": { "name": "db" } },
        "tables": [table],
    });
    let spec: DatabaseSchemaSpec = serde_json::from_value(spec).map_err(|error| error.to_string())?;
    let declared = declare(&spec).map_err(|refusals| format!("{refusals:?}"))?.schema;
    let live = observe(session, Scope { database, table: None }).await.map_err(|error| error.to_string())?;
    if !live.others.is_empty() {
        return Err(format!("{:?}", live.others));
    }
    plan(&declared, &live.schema).map_err(|refusals| format!("{refusals:?}"))
}

/// A way in which a server can run a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Way {
    algorithm: Algorithm,
    writes_wait: bool,
}

impl Way {
    fn predicted(step: &Step) -> Self {
        let Cost { algorithm, writes_wait } = step.cost;
        Self { algorithm, writes_wait }
    }
}

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.algorithm, if self.writes_wait { ", writes wait" } else { "" })
    }
}

/// Returns the clauses that ask for each way, cheapest first.
fn ladder(dialect: Dialect) -> [(String, Way); 7] {
    let in_place = match dialect.flavor {
        Flavor::MySql => "INPLACE",
        Flavor::MariaDb => "NOCOPY",
    };
    [
        ("INSTANT", "DEFAULT", Algorithm::Instant, false),
        (in_place, "NONE", Algorithm::InPlace, false),
        (in_place, "SHARED", Algorithm::InPlace, true),
        ("INPLACE", "NONE", Algorithm::Rebuild, false),
        ("INPLACE", "SHARED", Algorithm::Rebuild, true),
        ("COPY", "NONE", Algorithm::Copy, false),
        ("COPY", "SHARED", Algorithm::Copy, true),
    ]
    .map(|(name, lock, algorithm, writes_wait)| {
        (format!("ALGORITHM={name}, LOCK={lock}"), Way { algorithm, writes_wait })
    })
}

/// Asks for one way after the other, until the server takes one.
async fn cheapest(session: &mut Session, database: &Identifier, step: &Step) -> Result<Way, String> {
    let before = table_id(session, database).await;
    for (clause, way) in ladder(step.dialect) {
        let sql = format!("{}, {clause}", step.sql());
        match session.batch("a step", &sql).await {
            Ok(_) => {
                // MySQL's INPLACE does not say whether it rebuilds the table; the table's id does.
                let is_rebuilt = table_id(session, database).await != before;
                let is_hidden = is_rebuilt && way.algorithm == Algorithm::InPlace;
                return Ok(if is_hidden { Way { algorithm: Algorithm::Rebuild, ..way } } else { way });
            }
            Err(error) if is_refusal(error.kind) => {}
            Err(error) => return Err(format!("{sql}: {error}")),
        }
    }
    Err(format!("{}: refused in every way", step.sql()))
}

/// Decides whether the server refuses the algorithm: `ER_ALTER_OPERATION_NOT_SUPPORTED` (1845; 1846 with a reason),
/// `ER_WRONG_USAGE` of an algorithm with a lock (1221), and the limits of INSTANT (4080, 4092).
fn is_refusal(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Refusal(1845 | 1846 | 1221 | 4080 | 4092))
}

/// Reads InnoDB's id of the table `t`, which changes when the table is rebuilt.
async fn table_id(session: &mut Session, database: &Identifier) -> String {
    let view = if session.dialect.is_mariadb() { "INNODB_SYS_TABLES" } else { "INNODB_TABLES" };
    let sql = format!(
        "SELECT CAST(GROUP_CONCAT(TABLE_ID ORDER BY TABLE_ID) AS CHAR) FROM information_schema.{view} \
         WHERE NAME = '{database}/t' OR NAME LIKE '{database}/t#%'"
    );
    loop {
        match session.batch("reading a table's number", &sql).await {
            // The view locks rows of the data dictionary, which other tests change at the same time (1213).
            Err(error) if error.kind == ErrorKind::Deadlock => {}
            results => return results.unwrap()[0][0].text(0).to_owned(),
        }
    }
}
