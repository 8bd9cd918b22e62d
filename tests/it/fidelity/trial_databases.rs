//! Two databases on a server, in which pairs are tried.

use std::collections::BTreeMap;
use std::sync::Arc;

use schema_operator::api::{DatabaseSchema, Reason};
use schema_operator::mysql::{Error, Login, Observation, Rows, Scope, Session, observe, read_in_full};
use schema_operator::reconcile::{Applied, ChangeRegistry, Intent, NotReady, Pass, Pipeline, Report, reconcile};
use schema_operator::schema::{Dialect, Identifier};

use super::declaration::declaration;
use super::model::ELSEWHERE_NAME;
use super::names::quoted;
use super::schema_pair::{NamePair, SchemaPair};
use super::table_texts::{TableTexts, read_table_texts};
use crate::support::{asker, run_change, unique};

/// How many plans may follow each other: a later plan compares what is renamed, and adds new keys.
const MOST_PLANS: usize = 6;

/// What a pair's own statements may have set.
const SETTINGS: &str =
    "SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION'";

/// Why a pair did not pass.
#[derive(Debug, Clone)]
pub enum TrialFailure {
    /// The generator made something that this server does not accept, which says nothing about the operator.
    Unmakeable(String),
    /// The rows do not allow the change, and the operator said so.
    Data(String),
    /// A guarantee does not hold.
    Broken(String),
}

/// How much work it took.
#[derive(Debug, Clone, Default)]
pub struct Effort {
    pub tables: usize,
    pub rows: usize,
    pub statements: usize,
    /// How often rounds ended for each reason.
    pub endings: BTreeMap<String, usize>,
}

/// The databases of one worker.
pub struct TrialDatabases {
    pub(super) session: Session,
    pub(super) pipeline: Pipeline,
    pub(super) changes: ChangeRegistry,
    pub(super) login: Login,
    pub(super) live: Identifier,
    pub(super) goal: Identifier,
    /// The database whose table foreign keys may reference.
    elsewhere: Identifier,
}

impl TrialDatabases {
    pub fn new(session: Session, pipeline: Pipeline, login: Login) -> Self {
        let name = unique("pairs").replace('-', "_");
        let identifier = |suffix: &str| Identifier::new(format!("{name}_{suffix}")).expect("a name");
        let changes = ChangeRegistry::new(pipeline.servers.clone(), 8, Arc::new(|_| ()));
        Self {
            live: identifier("live"),
            goal: identifier("goal"),
            elsewhere: identifier("elsewhere"),
            session,
            pipeline,
            changes,
            login,
        }
    }

    pub fn dialect(&self) -> Dialect {
        self.session.dialect
    }

    /// Changes `a` to `b` and back.
    pub async fn check(&mut self, pair: &SchemaPair) -> Result<Effort, TrialFailure> {
        let (live, goal) = (self.live.clone(), self.goal.clone());
        let mut effort = Effort { tables: pair.a.len() + pair.b.len(), rows: pair.rows.len(), ..Effort::default() };
        self.make(&live, &pair.a).await?;
        self.fill(&pair.rows).await?;
        self.make(&goal, &pair.b).await?;
        let start = self.look(&live).await?;
        let end = self.look(&goal).await?;
        let (start_texts, end_texts) = (self.texts(&live, &start).await?, self.texts(&goal, &end).await?);
        effort.statements +=
            Box::pin(self.go(pair, &end, &end_texts)).await.map_err(|failure| failure.on("from A to B"))?;
        if pair.one_way {
            return Ok(effort);
        }
        effort.statements += Box::pin(self.go(&pair.reversed(), &start, &start_texts))
            .await
            .map_err(|failure| failure.on("back from B to A"))?;
        Ok(effort)
    }

    /// Turns the live database into `goal`, and compares the result.
    async fn go(
        &mut self,
        pair: &SchemaPair,
        goal: &Observation,
        expected: &TableTexts,
    ) -> Result<usize, TrialFailure> {
        let before = self.rows(pair, |names| &names.a).await?;
        let live = self.look(&self.live.clone()).await?;
        let resource = declaration(goal, &live, pair).map_err(TrialFailure::Broken)?;
        let statements = self.apply(&resource).await?;
        let history = statements.join(";\n");
        let now = self.look(&self.live.clone()).await?;
        let found = self.texts(&self.live.clone(), &now).await?;
        if let Some(difference) = expected.difference(&found) {
            return Err(TrialFailure::Broken(format!("{difference}\nafter:\n{history}")));
        }
        let after = self.rows(pair, |names| &names.b).await?;
        if before != after {
            return Err(TrialFailure::Broken(format!(
                "rows have changed: {before:?}\nare now {after:?}\nafter:\n{history}"
            )));
        }
        Ok(statements.len())
    }

    pub(super) async fn make(&mut self, database: &Identifier, statements: &[String]) -> Result<(), TrialFailure> {
        let (name, elsewhere) = (database.quoted(), self.elsewhere.quoted());
        let mut sql = format!(
            "{SETTINGS}; CREATE DATABASE IF NOT EXISTS {elsewhere} CHARACTER SET utf8mb4; \
             CREATE TABLE IF NOT EXISTS {elsewhere}.p (id int NOT NULL PRIMARY KEY); \
             INSERT IGNORE INTO {elsewhere}.p VALUES (1), (2), (3); \
             SET foreign_key_checks = 0; DROP DATABASE IF EXISTS {name}; \
             CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; USE {name}"
        );
        for statement in statements {
            sql = format!("{sql}; {}", statement.replace(ELSEWHERE_NAME, &elsewhere));
        }
        let made =
            self.session.batch("making a schema", &format!("{sql}; SET foreign_key_checks = 1; {SETTINGS}")).await;
        made.map(|_| ()).map_err(|error| TrialFailure::Unmakeable(error.to_string()))
    }

    pub(super) async fn fill(&mut self, rows: &[String]) -> Result<(), TrialFailure> {
        if rows.is_empty() {
            return Ok(());
        }
        let name = self.live.quoted();
        let sql = format!("USE {name}; SET foreign_key_checks = 0; {}; SET foreign_key_checks = 1", rows.join("; "));
        let filled = self.session.batch("filling a schema", &sql).await;
        filled.map(|_| ()).map_err(|error| TrialFailure::Unmakeable(error.to_string()))
    }

    pub(super) async fn look(&mut self, database: &Identifier) -> Result<Observation, TrialFailure> {
        let broken = |error: Error| TrialFailure::Broken(error.to_string());
        let mut seen = observe(&mut self.session, Scope { database, table: None }).await.map_err(broken)?;
        let tables: Vec<Identifier> = seen.schema.tables.iter().map(|table| table.name.clone()).collect();
        read_in_full(&mut self.session, &mut seen, &tables).await.map_err(broken)?;
        Ok(seen)
    }

    async fn texts(&mut self, database: &Identifier, seen: &Observation) -> Result<TableTexts, TrialFailure> {
        let tables = seen.schema.tables.iter().map(|table| table.name.as_str());
        let tables: Vec<&str> = tables.filter(|name| !name.starts_with("schema_operator_")).collect();
        read_table_texts(&mut self.session, database, &tables).await.map_err(TrialFailure::Broken)
    }

    /// Reads the values of the columns that stay as they are, by table.
    async fn rows(
        &mut self,
        pair: &SchemaPair,
        name: impl Fn(&NamePair) -> &String,
    ) -> Result<BTreeMap<String, Vec<String>>, TrialFailure> {
        let mut rows = BTreeMap::new();
        for kept in &pair.kept {
            let columns: Vec<String> =
                kept.unchanged.iter().map(|names| format!("HEX(CAST({} AS BINARY))", quoted(name(names)))).collect();
            let columns = if columns.is_empty() { "1".to_owned() } else { columns.join(", ") };
            let sql = format!("SELECT {columns} FROM {}.{}", self.live.quoted(), quoted(name(&kept.table)));
            let read: Result<Vec<Rows>, _> = self.session.batch("reading rows", &sql).await;
            let read = read.map_err(|error| TrialFailure::Broken(format!("{error}: {sql}")))?;
            let mut of_table: Vec<String> = read.iter().flatten().map(|row| format!("{row:?}")).collect();
            of_table.sort();
            rows.insert(kept.table.a.clone(), of_table);
        }
        Ok(rows)
    }

    /// Runs the pipeline as the operator does, until nothing is left to do.
    async fn apply(&mut self, resource: &DatabaseSchema) -> Result<Vec<String>, TrialFailure> {
        let intent = Intent::from_spec(&resource.spec, None).map_err(|not_ready| failure(&not_ready, &[]))?;
        let request = intent.request(asker(self.live.as_str(), self.login.clone()));
        let mut after: Option<Applied> = None;
        let mut statements: Vec<String> = Vec::new();
        for _ in 0..MOST_PLANS {
            let Pass { report, change } = reconcile(&self.pipeline, &request, after.as_ref()).await;
            let Some(job) = change else {
                self.agrees(&report).await?;
                return conclude(&report, statements);
            };
            let applied = run_change(&self.changes, job).await;
            statements.extend(applied.statements.iter().map(|statement| statement.statement.clone()));
            after = Some(applied);
        }
        Err(TrialFailure::Broken(format!("a plan follows each plan:\n{}", statements.join(";\n"))))
    }

    /// Checks that the server refuses a plan, where the operator says that rows are in its way.
    async fn agrees(&mut self, report: &Report) -> Result<(), TrialFailure> {
        let Err(not_ready) = &report.outcome else { return Ok(()) };
        if ![Reason::RowsInTheWay, Reason::DuplicateRows].contains(&not_ready.reason) {
            return Ok(());
        }
        let steps = report.plan.iter().flat_map(|plan| &plan.steps).map(|step| step.step.sql());
        let sql = format!("USE {}; {}", self.live.quoted(), steps.collect::<Vec<_>>().join("; "));
        match self.session.batch("trying what rows are said to be in the way of", &sql).await {
            Ok(_) => Err(TrialFailure::Broken(format!("nothing was in the way of {sql}: {}", not_ready.message))),
            Err(error) => Err(TrialFailure::Data(format!("{:?}: {}", not_ready.reason, error.message))),
        }
    }

    /// Drops the databases.
    pub async fn end(mut self) {
        let drops =
            [&self.live, &self.goal, &self.elsewhere].map(|name| format!("DROP DATABASE IF EXISTS {}", name.quoted()));
        let _ = self.session.batch("removing a test's databases", &drops.join("; ")).await;
    }
}

fn conclude(report: &Report, statements: Vec<String>) -> Result<Vec<String>, TrialFailure> {
    match &report.outcome {
        Ok(()) => Ok(statements),
        Err(not_ready) => {
            let planned = report.plan.iter().flat_map(|plan| &plan.steps).map(|step| step.step.sql());
            let planned: Vec<String> = planned.collect();
            let told = format!("done:\n{}\nplanned:\n{}", statements.join(";\n"), planned.join(";\n"));
            Err(failure(not_ready, &[told]))
        }
    }
}

/// Sorts a failure by the error numbers that are about data: a value out of range, too long, not convertible, missing,
/// doubled, without a parent, or against a check; a row that is too long with old and new columns together, since new
/// ones come first; two types between which MariaDB converts nothing. MySQL 9.7 breaks some tables of MyISAM when the
/// character set of an enum in a key changes (1034), also empty ones, and so is refused at the rehearsal.
fn failure(not_ready: &NotReady, more: &[String]) -> TrialFailure {
    const DATA: [&str; 14] = [
        "1034", "1118", "1062", "1048", "1138", "1264", "1265", "1292", "1366", "1406", "1416", "1452", "3819", "4078",
    ];
    let text = format!("{:?}: {}\n{}", not_ready.reason, not_ready.message, more.join("\n"));
    let is_data = DATA.iter().any(|number| not_ready.message.contains(&format!("(error {number})")));
    if is_data { TrialFailure::Data(text) } else { TrialFailure::Broken(text) }
}

impl TrialFailure {
    fn on(self, way: &str) -> Self {
        match self {
            Self::Broken(text) => Self::Broken(format!("{way}: {text}")),
            Self::Data(text) => Self::Data(format!("{way}: {text}")),
            other @ Self::Unmakeable(_) => other,
        }
    }
}
