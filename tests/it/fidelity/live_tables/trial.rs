//! Tries one composed table on a server: its export, what is made of that, and comments of its columns.

use std::sync::Arc;

use schema_operator::api::{ColumnSpec, DatabaseSchema, Ddl, RiskSpec, TableSpec};
use schema_operator::cli::{ExportDetail, export, parse};
use schema_operator::declare::{Script, without_dump};
use schema_operator::mysql::{Login, Observation, Scope, Session, observe, read_in_full};
use schema_operator::reconcile::{Applied, ChangeRegistry, Intent, NotReady, Pass, Pipeline, Report, reconcile};
use schema_operator::schema::{Identifier, TableObject, quote_literal};

use super::composition::Composition;
use super::shown::{changes_beside_comments, losses};
use crate::support::{Server, asker, run_change, unique};

/// How many plans may follow each other.
const MOST_PLANS: usize = 6;

/// The comment that is declared.
const COMMENT: &str = "said by the test";

/// The refusal of a name with its database, as MariaDB prints a sequence.
const QUALIFIED: &str = "name tables and columns without what they are in";

/// What became of a table.
#[derive(Debug)]
pub enum Verdict {
    Kept,
    /// The server does not accept it, in the server's words.
    NotMade(String),
    /// A guarantee does not hold.
    Broken(String),
}

/// A server's databases of this test.
pub struct LiveTrial {
    server: Server,
    session: Session,
    pipeline: Pipeline,
    changes: ChangeRegistry,
    login: Login,
    live: Identifier,
    /// Where the export is applied to nothing.
    rebuilt: Identifier,
}

type Outcome<T> = Result<T, String>;

impl LiveTrial {
    pub async fn new(server: Server, pipeline: Pipeline) -> Self {
        let name = unique("live").replace('-', "_");
        let identifier = |suffix: &str| Identifier::new(format!("{name}_{suffix}")).expect("a name");
        let changes = ChangeRegistry::new(pipeline.servers.clone(), 2, Arc::new(|_| ()));
        let (live, rebuilt) = (identifier("live"), identifier("rebuilt"));
        Self { server, session: server.session().await, pipeline, changes, login: server.login(), live, rebuilt }
    }

    /// Makes the table and tries it.
    pub async fn check(&mut self, composition: &Composition) -> Verdict {
        let statements = composition.statements();
        if let Err(why) = self.make(&statements).await {
            return Verdict::NotMade(why);
        }
        match Box::pin(self.try_all()).await {
            Ok(()) => Verdict::Kept,
            Err(why) => Verdict::Broken(format!("{why}\nof: {}", statements.join(";\n"))),
        }
    }

    async fn make(&mut self, statements: &[String]) -> Outcome<()> {
        let (live, rebuilt) = (self.live.quoted(), self.rebuilt.quoted());
        let is_mariadb = self.is_mariadb();
        let sequence = |database: &str| {
            if is_mariadb { format!("; CREATE SEQUENCE {database}.sq") } else { String::new() }
        };
        let database = |name: &str| {
            format!(
                "DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE \
                 utf8mb4_general_ci{}",
                sequence(name)
            )
        };
        let parent = format!("USE {live}; CREATE TABLE p (id int NOT NULL PRIMARY KEY)");
        let sql = format!("{}; {}; {parent}", database(&rebuilt), database(&live));
        self.session.batch("making databases", &sql).await.map_err(|error| error.to_string())?;
        let made = self.session.batch("making a live table", &statements.join("; ")).await;
        made.map(|_| ()).map_err(|error| error.message)
    }

    async fn try_all(&mut self) -> Outcome<()> {
        let observation = self.look(&self.live.clone()).await?;
        let exported = export(&observation, "live", "r1", ExportDetail::Complete);
        let mut exported = exported.map_err(|error| error.to_string())?;
        exported.name_what_it_lacks(&self.pipeline.servers, &self.login, &observation).await;
        let yaml = exported.yaml().map_err(|error| error.to_string())?;
        let left_out: Vec<String> = exported.left_out.iter().map(ToString::to_string).collect();
        let resource = parse(&yaml).map_err(|error| format!("the export can't be read: {error}\n{yaml}"))?;
        self.export_plans_nothing(&resource).await?;
        self.export_names_what_it_lacks(&observation, resource, &left_out).await?;
        self.text_plans_nothing(&observation, &left_out).await?;
        for table in &observation.schema.tables {
            let name = table.name.as_str();
            if name == "p" || name.starts_with("schema_operator_") {
                continue;
            }
            let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            if !self.keeps_all_but_comments(name, &columns).await? {
                for column in &columns {
                    self.keeps_all_but_comments(name, &[column]).await?;
                }
            }
        }
        Ok(())
    }

    async fn export_plans_nothing(&mut self, resource: &DatabaseSchema) -> Outcome<()> {
        let mut resource = resource.clone();
        self.live.as_str().clone_into(&mut resource.spec.database);
        let before = self.live.clone();
        let (report, statements) = self.apply(&resource, &before).await?;
        match report.outcome {
            Ok(()) if statements.is_empty() => Ok(()),
            Ok(()) => Err(format!("export | plan has {statements:#?}")),
            Err(not_ready) => Err(format!("export | plan says {:?}: {not_ready}", not_ready.reason)),
        }
    }

    async fn export_names_what_it_lacks(
        &mut self,
        observation: &Observation,
        mut resource: DatabaseSchema,
        left_out: &[String],
    ) -> Outcome<()> {
        let rebuilt = self.rebuilt.clone();
        rebuilt.as_str().clone_into(&mut resource.spec.database);
        let (report, _) = self.apply(&resource, &rebuilt).await?;
        if let Err(not_ready) = report.outcome {
            return Err(format!("the export makes no table of nothing: {:?}: {not_ready}", not_ready.reason));
        }
        for name in observation.others.keys() {
            if !left_out.iter().any(|said| said.contains(name.as_str())) {
                return Err(format!("{name} is not exported, and not named: {left_out:?}"));
            }
        }
        for table in &observation.schema.tables {
            let name = &table.name;
            if name.as_str().starts_with("schema_operator_") {
                continue;
            }
            let of_table: Vec<String> = left_out
                .iter()
                .filter(|said| said.contains(&format!("[{name}]")) || said.contains(&format!("table {name}")))
                .map(|said| said.to_lowercase())
                .collect();
            let before = self.shown(&self.live.clone(), name).await?;
            let Ok(after) = self.shown(&rebuilt, name).await else {
                if of_table.is_empty() {
                    return Err(format!("table {name} is not exported, and not named: {left_out:?}"));
                }
                continue;
            };
            let generated = table.generated_key(observation.schema.dialect).map(|column| column.name.clone());
            // A key that the server generated is no part of a declaration.
            let is_generated = |object: &TableObject| match object {
                TableObject::PrimaryKey => generated.is_some(),
                TableObject::Column(name) => generated.as_ref() == Some(name),
                _ => false,
            };
            for lost in losses(&before, &after)?.into_iter().filter(|lost| !is_generated(&lost.object)) {
                if !lost.is_named(&of_table) {
                    return Err(format!("the export lacks {} of {:?}, and names {left_out:?}", lost.text, lost.object));
                }
            }
        }
        Ok(())
    }

    /// Declares the tables as the server prints them. What the export leaves out, and qualified names, are refused.
    async fn text_plans_nothing(&mut self, observation: &Observation, left_out: &[String]) -> Outcome<()> {
        let live = self.live.clone();
        let mut text = String::new();
        for table in &observation.schema.tables {
            text.push_str(&self.shown(&live, &table.name).await?);
            text.push_str(";\n");
        }
        // The sequence of MariaDB is always left out.
        let leaves_out = left_out.len() > usize::from(self.is_mariadb());
        let is_left_out = |message: &str| leaves_out || message.contains(QUALIFIED);
        let (text, _) = without_dump(&text);
        let script = match Script::parse(&text) {
            Ok(script) => script,
            Err(errors) if is_left_out(&format!("{errors:?}")) => return Ok(()),
            Err(errors) => return Err(format!("what the server prints is refused: {errors:?}\n{text}")),
        };
        let mut resource = export(observation, "live", "r1", ExportDetail::Brief).map_err(|error| error.to_string())?;
        resource.resource.spec.tables = None;
        resource.resource.spec.ddl = Some(Ddl::Inline(text.clone()));
        let (report, statements) = self.apply_script(&resource.resource, Some(script), &live).await?;
        match report.outcome {
            Ok(()) if statements.is_empty() => Ok(()),
            Err(not_ready) if statements.is_empty() && is_left_out(&not_ready.message) => Ok(()),
            Ok(()) => Err(format!("what the server prints would do {statements:#?}\n{text}")),
            Err(not_ready) => {
                Err(format!("what the server prints is refused: {not_ready}; done {statements:#?}\n{text}"))
            }
        }
    }

    fn is_mariadb(&self) -> bool {
        self.server != Server::MySql
    }

    /// Declares a comment of some columns. Returns false where that is refused.
    async fn keeps_all_but_comments(&mut self, table: &str, columns: &[&str]) -> Outcome<bool> {
        let live = self.live.clone();
        let name = Identifier::new(table).map_err(|error| error.to_string())?;
        let before = self.shown(&live, &name).await?;
        let collations = self.collations(table).await?;
        let comment = |column: &&str| ColumnSpec {
            name: (*column).to_owned(),
            comment: Some(COMMENT.to_owned()),
            ..ColumnSpec::default()
        };
        let spec = TableSpec {
            name: table.to_owned(),
            columns: Some(columns.iter().map(comment).collect()),
            ..TableSpec::default()
        };
        let empty = export(&self.look(&live).await?, "live", "r1", ExportDetail::Brief);
        let mut resource = empty.map_err(|error| error.to_string())?.resource;
        resource.spec.tables = Some(vec![spec]);
        let (report, statements) = self.apply(&resource, &live).await?;
        let after = self.shown(&live, &name).await?;
        let history = statements.join(";\n");
        let mut changed = changes_beside_comments(&before, &after, columns)?;
        if collations != self.collations(table).await? {
            changed.push("collations".to_owned());
        }
        if !changed.is_empty() {
            return Err(format!("a comment of {columns:?} changes {changed:#?}\nafter: {history}"));
        }
        match report.outcome {
            Ok(()) => Ok(true),
            Err(not_ready) => {
                let message = not_ready.to_string();
                let names = [
                    format!("table {table}"),
                    format!("{table}."),
                    format!("[{table}]"),
                    format!("`{table}`"),
                    format!("{table}:"),
                ];
                if names.iter().any(|name| message.contains(name.as_str())) {
                    return Ok(false);
                }
                Err(format!("the refusal of a comment of {columns:?} names no table: {message}"))
            }
        }
    }

    /// Runs the pipeline as the operator does, until nothing is left to do.
    async fn apply(&mut self, resource: &DatabaseSchema, database: &Identifier) -> Outcome<(Report, Vec<String>)> {
        self.apply_script(resource, None, database).await
    }

    async fn apply_script(
        &mut self,
        resource: &DatabaseSchema,
        script: Option<Script>,
        database: &Identifier,
    ) -> Outcome<(Report, Vec<String>)> {
        let mut spec = resource.spec.clone();
        spec.policy.allow =
            Some(vec![RiskSpec::Blocking, RiskSpec::Breaking, RiskSpec::Destructive, RiskSpec::Unknown]);
        let refused = |refusal: NotReady| format!("{:?}: {refusal}", refusal.reason);
        let intent = Intent::from_spec(&spec, script).map_err(refused)?;
        let request = intent.request(asker(database.as_str(), self.login.clone()));
        let mut after: Option<Applied> = None;
        let mut statements = Vec::new();
        for _ in 0..MOST_PLANS {
            let Pass { report, change } = reconcile(&self.pipeline, &request, after.as_ref()).await;
            let Some(job) = change else { return Ok((report, statements)) };
            let applied = run_change(&self.changes, job).await;
            statements.extend(applied.statements.iter().map(|statement| statement.statement.clone()));
            after = Some(applied);
        }
        Err(format!("a plan follows each plan:\n{}", statements.join(";\n")))
    }

    async fn look(&mut self, database: &Identifier) -> Outcome<Observation> {
        let seen = observe(&mut self.session, Scope { database, table: None }).await;
        let mut seen = seen.map_err(|error| error.to_string())?;
        let tables: Vec<Identifier> = seen.schema.tables.iter().map(|table| table.name.clone()).collect();
        read_in_full(&mut self.session, &mut seen, &tables).await.map_err(|error| error.to_string())?;
        Ok(seen)
    }

    /// Returns each column with its collation, which the comparison of texts leaves out.
    async fn collations(&mut self, table: &str) -> Outcome<Vec<String>> {
        let sql = format!(
            "SELECT CAST(COLUMN_NAME AS CHAR), CAST(COLLATION_NAME AS CHAR) FROM information_schema.COLUMNS WHERE \
             TABLE_SCHEMA = {} AND TABLE_NAME = {} ORDER BY ORDINAL_POSITION",
            quote_literal(self.live.as_str()),
            quote_literal(table)
        );
        let rows = self.session.batch("a test's question", &sql).await.map_err(|error| error.to_string())?;
        Ok(rows.iter().flatten().map(|row| format!("{} {}", row.text(0), row.text(1))).collect())
    }

    async fn shown(&mut self, database: &Identifier, table: &Identifier) -> Outcome<String> {
        let sql = format!("SHOW CREATE TABLE {}.{}", database.quoted(), table.quoted());
        let rows = self.session.batch("a test's question", &sql).await.map_err(|error| error.to_string())?;
        Ok(rows.first().and_then(|rows| rows.first()).map(|row| row.text(1).to_owned()).unwrap_or_default())
    }

    /// Drops the databases.
    pub async fn end(mut self) {
        let drops = [&self.live, &self.rebuilt].map(|name| format!("DROP DATABASE IF EXISTS {}", name.quoted()));
        let _ = self.session.batch("removing a test's databases", &drops.join("; ")).await;
    }
}
