//! Runs a case on a server, and writes the outcome as text.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use schema_operator::api::DatabaseSchemaSpec;
use schema_operator::declare::{Script, ScriptError, Source, is_sql, without_dump};
use schema_operator::mysql::Servers;
use schema_operator::plan::Step;
use schema_operator::reconcile::{
    Applied, ChangeRegistry, Intent, Job, Pass, Pipeline, PlannedSteps, Request, reconcile,
};
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::AT_ONCE;
use super::file::Case;
use crate::support::{Server, asker, run_change, unique};

/// The outcome if the live schema is as declared already.
pub const NOTHING: &str = "nothing";

/// The outcome if each plan is followed by another one.
pub const NO_END: &str = "! no end: another plan follows each plan";

/// How many plans may follow each other: the parts of a renamed table are compared once it has its new name.
const MAX_PLANS: usize = 4;

/// A server, and the pipeline that all its cases share.
pub struct Stage {
    server: Server,
    pipeline: Pipeline,
    changes: ChangeRegistry,
}

impl Stage {
    pub fn new(server: Server) -> Self {
        let servers = Servers::new(4 * AT_ONCE);
        // As a replica that leads: its statements have the server look at its clock.
        servers.fence().open_until(Instant::now() + Duration::from_hours(24));
        let changes = ChangeRegistry::new(servers.clone(), AT_ONCE, Arc::new(|_uid| ()));
        Self { server, pipeline: Pipeline::new(servers), changes }
    }

    /// Creates the live state in databases of its own, plans, runs the statements, and repeats until nothing is left to
    /// do.
    pub async fn run(&self, case: &Case) -> String {
        let database = unique("case").replace('-', "_");
        let other = format!("{database}_other");
        let named = |text: &str| text.replace("{db}", &database).replace("{other}", &other);
        let mut session = self.server.session().await;
        let options = "CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci";
        let mut before = format!("CREATE DATABASE {database} {options}; USE {database};");
        if [&case.before, &case.declared].into_iter().any(|text| text.contains("{other}")) {
            let _ = write!(before, "CREATE DATABASE {other} {options};");
        }
        let made = session.batch("making the live state", &format!("{before}{}", named(&case.before))).await;
        let outcome = match made {
            Ok(_) => match request(self.server, &database, &named(&case.declared)) {
                Ok(request) => self.run_until_done(&request).await,
                Err(refusal) => refusal,
            },
            Err(error) => format!("! the case itself: {error}"),
        };
        if session.is_usable() {
            // Keys refer from either to the other.
            let sql = format!(
                "SET foreign_key_checks = 0; DROP DATABASE IF EXISTS {database}; DROP DATABASE IF EXISTS {other}; \
                 SET foreign_key_checks = 1"
            );
            session.batch("removing a case's databases", &sql).await.expect("they can be dropped");
        }
        outcome.replace(&other, "{other}").replace(&database, "{db}")
    }

    async fn run_until_done(&self, request: &Request<Source>) -> String {
        let mut text = String::new();
        let mut after: Option<Applied> = None;
        for number in 0..MAX_PLANS {
            let Pass { report, change } = reconcile(&self.pipeline, request, after.as_ref()).await;
            match (report.outcome, change) {
                (Ok(()), _) if number == 0 => return NOTHING.to_owned(),
                (Ok(()), _) => return text.trim_end().to_owned(),
                (Err(_applying), Some(job)) => {
                    if number > 0 {
                        text.push_str("-- and when that is done:\n");
                    }
                    text.push_str(&statements(report.plan.as_ref().expect("a change has a plan")));
                    let applied = self.apply(job).await;
                    for learnt in applied.statements.iter().filter_map(|statement| statement.learnt.as_ref()) {
                        let _ = writeln!(text, "! it costs more than predicted: {}", learnt.why);
                    }
                    after = Some(applied);
                }
                (Err(ends), None) => {
                    let _ = write!(text, "! {}: {ends}", ends.reason);
                    return text;
                }
            }
        }
        text + NO_END
    }

    /// Applies without consent to more than is planned, so that the server has to take the predicted algorithm.
    async fn apply(&self, mut job: Job) -> Applied {
        let consent = &mut job.request.declaration.consent;
        consent.everywhere.clear();
        consent.small_tables.clear();
        run_change(&self.changes, job).await
    }
}

/// Returns the request of a case, or the refusal of its declaration.
fn request(server: Server, database: &str, tables: &str) -> Result<Request<Source>, String> {
    if is_sql(tables) {
        return request_of_text(server, database, tables);
    }
    let given: Value = serde_saphyr::from_str(tables).map_err(|error| format!("! the case itself: {error}"))?;
    let spec: DatabaseSchemaSpec = serde_json::from_value(serde_json::json!({
        "revision": "1", "database": database, "connection": {"secretRef": {"name": "s"}}, "tables": given,
        "policy": {"allow": ["Blocking", "Breaking", "Destructive", "Unknown"]},
    }))
    .map_err(|error| format!("! the case itself: {error}"))?;
    // A misspelt field would get lost here.
    let read = serde_json::to_value(&spec.tables).expect("JSON");
    if read != given {
        return Err(format!("! the case itself: it was read as {read}"));
    }
    let intent = Intent::from_spec(&spec, None).map_err(|refusal| format!("! {}: {refusal}", refusal.reason))?;
    Ok(intent.request(asker(database, server.login())))
}

/// Returns the request of a case that declares `CREATE TABLE` text, which may be a dump as it is for `plan -f`.
fn request_of_text(server: Server, database: &str, text: &str) -> Result<Request<Source>, String> {
    let (text, _) = without_dump(text);
    let refused = |errors: Vec<ScriptError>| -> Vec<String> {
        errors.iter().map(|error| format!("! InvalidSpec: {error}")).collect()
    };
    let script = Script::parse(&text).map_err(|errors| refused(errors).join("\n"))?;
    let spec: DatabaseSchemaSpec = serde_json::from_value(serde_json::json!({
        "revision": "1", "database": database, "connection": {"secretRef": {"name": "s"}}, "ddl": {"inline": text},
        "policy": {"allow": ["Blocking", "Breaking", "Destructive", "Unknown"]},
    }))
    .expect("a spec");
    let intent =
        Intent::from_spec(&spec, Some(script)).map_err(|refusal| format!("! {}: {refusal}", refusal.reason))?;
    Ok(intent.request(asker(database, server.login())))
}

fn statements(planned: &PlannedSteps) -> String {
    let mut text = String::new();
    for step in &planned.steps {
        let _ = writeln!(text, "-- {}\n{};", price(&step.step), step.step.sql());
        if let Some(message) = &step.message {
            let _ = writeln!(text, "! {message}");
        }
    }
    text
}

/// Writes what a step costs and risks: `INPLACE (rebuild): Blocking, Breaking`.
fn price(step: &Step) -> String {
    let algorithm = step.algorithm().map_or_else(|| "at once".to_owned(), |algorithm| algorithm.to_string());
    let risks: Vec<String> = step.risks.iter().map(ToString::to_string).collect();
    if risks.is_empty() { algorithm } else { format!("{algorithm}: {}", risks.join(", ")) }
}

/// Decides whether an outcome is the expected one. Of a refusal's message, any part is enough.
pub fn matches(expected: &str, outcome: &str) -> bool {
    let (expected, outcome): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), outcome.lines().collect());
    let same = |expected: &str, outcome: &str| match (split_refusal(expected), split_refusal(outcome)) {
        (Some((reason, part)), Some((was, message))) => reason == was && message.contains(part),
        _ => expected == outcome,
    };
    expected.len() == outcome.len() && expected.iter().zip(outcome).all(|(expected, outcome)| same(expected, outcome))
}

/// Splits `! Reason: message`.
fn split_refusal(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("! ")?.split_once(": ")
}

/// Marks lines that were expected with `-`, and lines that came instead with `+`.
pub fn difference(expected: &str, outcome: &str) -> String {
    let mut text = String::new();
    for change in TextDiff::from_lines(format!("{expected}\n"), format!("{outcome}\n")).iter_all_changes() {
        let sign = match change.tag() {
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
            ChangeTag::Equal => ' ',
        };
        let _ = write!(text, "  {sign} {change}");
    }
    text
}
