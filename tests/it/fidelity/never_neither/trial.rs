//! Runs a scenario: rounds of consent, each until no step runs any more. After each plan everything is looked at.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::jiff::Timestamp;
use schema_operator::api::{DatabaseSchema, RiskSpec, State, TableSpec, UndeclaredPolicy};
use schema_operator::reconcile::{Applied, Approval, Intent, Pass, Report, reconcile};

use super::canonical::CanonicalSchema;
use super::scenario::{ObjectKind, ObjectPath, Round, Scenario};
use super::snapshot;
use super::verdict::Verdict;
use crate::fidelity::declaration::declaration;
use crate::fidelity::names::quoted;
use crate::fidelity::trial_databases::{Effort, TrialDatabases, TrialFailure};
use crate::support::{asker, run_change};

/// How many changes of a round may fail on rows.
const MOST_FAILURES: usize = 3;

/// How many passes a round may take.
const MOST_PASSES: usize = 16;

/// The numbers of errors that depend on rows, or pass by themselves. No schema tells them beforehand.
const ROWS: [u16; 18] =
    [1048, 1062, 1138, 1205, 1213, 1264, 1265, 1292, 1366, 1406, 1411, 1416, 1452, 1526, 1690, 3140, 3819, 4025];

/// What the rounds of one scenario have to tell.
struct Course<'a> {
    scenario: &'a Scenario,
    before: CanonicalSchema,
    declared: CanonicalSchema,
    resource: DatabaseSchema,
    /// Statements, and what ended each round.
    log: Vec<String>,
    effort: Effort,
}

/// Runs the scenario.
pub async fn check(databases: &mut TrialDatabases, scenario: &Scenario) -> Result<Effort, TrialFailure> {
    let pair = &scenario.pair;
    let (live, goal) = (databases.live.clone(), databases.goal.clone());
    databases.make(&live, &pair.a).await?;
    databases.fill(&pair.rows).await?;
    databases.make(&goal, &pair.b).await?;
    let (start, end) = (databases.look(&live).await?, databases.look(&goal).await?);
    let resource = declaration(&end, &start, pair).map_err(TrialFailure::Unmakeable)?;
    let mut course = Course {
        before: look(databases, scenario, true).await?,
        declared: look(databases, scenario, false).await?,
        resource: without_undeclared(resource, scenario),
        scenario,
        log: Vec::new(),
        effort: Effort { tables: pair.a.len() + pair.b.len(), rows: pair.rows.len(), ..Effort::default() },
    };
    for number in 0..scenario.rounds.len() {
        let outcome = Box::pin(course.round(databases, number)).await;
        outcome.map_err(|error| {
            TrialFailure::Broken(format!("round {}: {error}\nafter:\n{}", number + 1, course.log.join(";\n")))
        })?;
    }
    Ok(course.effort)
}

async fn look(
    databases: &mut TrialDatabases,
    scenario: &Scenario,
    live: bool,
) -> Result<CanonicalSchema, TrialFailure> {
    let database = if live { databases.live.clone() } else { databases.goal.clone() };
    let snapshot = snapshot::read(&mut databases.session, &database).await.map_err(TrialFailure::Broken)?;
    Ok(CanonicalSchema::of(&snapshot, &scenario.pair.kept))
}

/// Leaves out the removals of what no declaration names.
fn without_undeclared(mut resource: DatabaseSchema, scenario: &Scenario) -> DatabaseSchema {
    retain(&mut resource, |path, state| state != Some(State::Absent) || !scenario.undeclared.contains(path));
    resource
}

/// Keeps what `keeps` wants of a declaration.
fn retain(resource: &mut DatabaseSchema, keeps: impl Fn(&ObjectPath, Option<State>) -> bool) {
    let Some(tables) = &mut resource.spec.tables else { return };
    tables.retain(|table| keeps(&ObjectPath::new(&table.name, ObjectKind::Table, ""), table.state));
    for table in tables {
        let TableSpec { name, columns, indexes, foreign_keys, checks, .. } = table;
        let keeps = |kind, object: &str, state| keeps(&ObjectPath::new(name, kind, object), state);
        if let Some(all) = columns {
            all.retain(|one| keeps(ObjectKind::Column, &one.name, one.state));
        }
        if let Some(all) = indexes {
            all.retain(|one| keeps(ObjectKind::Index, &one.name, one.state));
        }
        if let Some(all) = foreign_keys {
            all.retain(|one| keeps(ObjectKind::ForeignKey, &one.name, one.state));
        }
        if let Some(all) = checks {
            all.retain(|one| keeps(ObjectKind::Check, &one.name, one.state));
        }
    }
}

/// Returns the declaration of a round.
fn declared_in(resource: &DatabaseSchema, round: &Round) -> DatabaseSchema {
    let mut resource = resource.clone();
    retain(&mut resource, |path, _state| !round.left_out.contains(path));
    let policy = &mut resource.spec.policy;
    policy.allow = Some(round.allow.clone());
    policy.small_table_rows = Some(round.small_table_rows);
    policy.undeclared = if round.removes_undeclared { UndeclaredPolicy::Remove } else { UndeclaredPolicy::Keep };
    for allowed in &round.objects {
        allow(&mut resource, &allowed.object, &allowed.risks);
    }
    resource
}

fn allow(resource: &mut DatabaseSchema, object: &ObjectPath, risks: &[RiskSpec]) {
    let Some(table) = resource.spec.tables.iter_mut().flatten().find(|table| table.name == object.table) else {
        return;
    };
    let name = &object.name;
    let allow = match object.kind {
        ObjectKind::Table => Some(&mut table.allow),
        ObjectKind::Column => {
            table.columns.iter_mut().flatten().find(|one| one.name == *name).map(|one| &mut one.allow)
        }
        ObjectKind::Index => table.indexes.iter_mut().flatten().find(|one| one.name == *name).map(|one| &mut one.allow),
        ObjectKind::ForeignKey => {
            table.foreign_keys.iter_mut().flatten().find(|one| one.name == *name).map(|one| &mut one.allow)
        }
        ObjectKind::Check => table.checks.iter_mut().flatten().find(|one| one.name == *name).map(|one| &mut one.allow),
    };
    if let Some(allow) = allow {
        *allow = Some(risks.to_vec());
    }
}

impl Course<'_> {
    async fn round(&mut self, databases: &mut TrialDatabases, number: usize) -> Result<(), String> {
        let scenario = self.scenario;
        let Some(round) = scenario.rounds.get(number) else { return Ok(()) };
        let rounds = scenario.rounds.get(..=number).unwrap_or_default();
        if round.sweep {
            self.sweep(databases).await?;
        }
        let resource = declared_in(&self.resource, round);
        let intent = match Intent::from_spec(&resource.spec, None) {
            Ok(intent) => intent,
            Err(refusal) => {
                self.ended(&refusal.reason.to_string(), &refusal.message);
                return Ok(());
            }
        };
        let mut request = intent.request(asker(databases.live.as_str(), databases.login.clone()));
        let (mut after, mut failures): (Option<Applied>, usize) = (None, 0);
        for _ in 0..MOST_PASSES {
            let Pass { report, change } = reconcile(&databases.pipeline, &request, after.as_ref()).await;
            if change.is_none() && request.prior.approval.is_none() {
                request.prior.approval = approval(&report, round);
                if request.prior.approval.is_some() {
                    continue;
                }
            } else {
                request.prior.approval.clone_from(&report.approval);
            }
            let Some(job) = change.filter(|_| failures < MOST_FAILURES) else {
                let now = self.look(databases).await?;
                let verdict = self.verdict(rounds);
                let mut wrong = verdict.violations(&now);
                wrong.extend(if report.outcome.is_ok() { verdict.unready(&now) } else { Vec::new() });
                none_of(&wrong)?;
                match &report.outcome {
                    Ok(()) => self.ended("Ready", ""),
                    Err(not_ready) => self.ended(&not_ready.reason.to_string(), &not_ready.message),
                }
                return Ok(());
            };
            let applied = run_change(&databases.changes, job).await;
            if self.judge_statements(&applied)? {
                // The next pass puts back what can't return.
                failures += 1;
            } else {
                let now = self.look(databases).await?;
                none_of(&self.verdict(rounds).violations(&now))?;
            }
            after = Some(applied);
        }
        Err("a plan follows each plan".to_owned())
    }

    fn verdict<'a>(&'a self, rounds: &'a [Round]) -> Verdict<'a> {
        Verdict { scenario: self.scenario, before: &self.before, declared: &self.declared, rounds }
    }

    async fn look(&self, databases: &mut TrialDatabases) -> Result<CanonicalSchema, String> {
        look(databases, self.scenario, true).await.map_err(|failure| format!("{failure:?}"))
    }

    /// Returns whether a statement failed on rows; any other refusal could have been known.
    fn judge_statements(&mut self, applied: &Applied) -> Result<bool, String> {
        let mut failed = false;
        for outcome in &applied.statements {
            self.effort.statements += 1;
            self.log.push(outcome.statement.clone());
            let Some(failure) = &outcome.failure else { continue };
            failed = true;
            self.log.push(format!("-- {failure}"));
            // It costs more on this server than is allowed.
            if outcome.learnt.is_some() {
                continue;
            }
            let failure = failure.to_string();
            let number = failure.rsplit_once("(error ").and_then(|(_, number)| number.split(')').next()?.parse().ok());
            if number.is_none_or(|number: u16| !ROWS.contains(&number)) {
                return Err(format!("the schema tells that the server refuses {}: {failure}", outcome.statement));
            }
        }
        Ok(failed)
    }

    fn ended(&mut self, reason: &str, message: &str) {
        self.log.push(format!("-- {reason} {message}"));
        *self.effort.endings.entry(reason.to_owned()).or_default() += 1;
    }

    /// Deletes all rows: none is in the way any more.
    async fn sweep(&mut self, databases: &mut TrialDatabases) -> Result<(), String> {
        let database = databases.live.clone();
        let all = format!("SHOW FULL TABLES FROM {} WHERE Table_type = 'BASE TABLE'", database.quoted());
        let tables = databases.session.batch("finding tables", &all).await.map_err(|error| error.to_string())?;
        let mut sql = format!("SET foreign_key_checks = 0; USE {}", database.quoted());
        for row in tables.iter().flatten().filter(|row| !row.text(0).starts_with("schema_operator_")) {
            sql += &format!("; DELETE FROM {}", quoted(row.text(0)));
        }
        sql += "; SET foreign_key_checks = 1";
        databases.session.batch("deleting rows", &sql).await.map_err(|error| error.to_string())?;
        self.before.rows = BTreeMap::new();
        self.log.push("-- all rows are deleted".to_owned());
        Ok(())
    }
}

fn none_of(violations: &[String]) -> Result<(), String> {
    if violations.is_empty() { Ok(()) } else { Err(violations.join("\n")) }
}

/// Returns the consent of a person to some of the steps that wait.
fn approval(report: &Report, round: &Round) -> Option<Approval> {
    let planned = report.plan.as_ref().filter(|planned| !planned.steps.is_empty())?;
    let chosen = round.approved.iter().map(|at| planned.steps[at % planned.steps.len()].step.id.clone());
    let steps: BTreeSet<String> = chosen.collect();
    (!steps.is_empty()).then(|| Approval {
        plan_id: planned.plan.id.clone(),
        by: "ann".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        mark: None,
        steps,
        spent: BTreeSet::new(),
        is_new: false,
    })
}
