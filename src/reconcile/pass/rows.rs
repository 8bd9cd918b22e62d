//! Looks for the rows that steps would fail on, before the first of them runs. A question may hold a declared
//! expression. So it is asked in a read-only session that ends afterwards, and only if an empty copy has taken the
//! expression before.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::api::{Reason, StepState};
use crate::mysql::{Counted, Error, ErrorKind, PooledSession, Purpose, Servers};
use crate::plan::{Preflight, Risk, RowProblem, Step, StepHazards, preflights};
use crate::reconcile::planned_steps::{PlannedStep, PlannedSteps, joined};
use crate::reconcile::request::Request;
use crate::reconcile::scratch::{Rehearsal, SkippedRehearsal};
use crate::schema::Schema;

/// How many rows a query counts at most.
pub(super) const COUNTED: u32 = 1_000;

/// How long one query may take, in seconds. It reads a whole table, which may be large.
const SECONDS: u32 = 10;

/// How long all queries of a plan may take. Questions that are not asked by then stay open.
const ALL_QUERIES: Duration = Duration::from_mins(1);

/// Why steps can't run: rows or contracts are in their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InTheWay {
    pub reason: Reason,
    pub message: String,
}

impl InTheWay {
    /// Says of a fact that the rehearsal which was skipped is in its way: what to grant, or why it failed.
    pub fn unrehearsed(fact: &str, skipped: &SkippedRehearsal) -> Self {
        let SkippedRehearsal { why, grant } = skipped;
        match grant {
            Some(grant) => {
                Self { reason: Reason::MissingPrivilege, message: format!("{fact}; {grant} to the account") }
            }
            None => Self { reason: Reason::PlanRefused, message: format!("{fact}, which failed: {why}") },
        }
    }
}

/// The live schema, and what the rehearsal of the plan on copies of it found.
#[derive(Debug, Clone, Copy)]
pub struct RehearsedSchema<'a> {
    pub live: &'a Schema,
    pub rehearsal: &'a Rehearsal,
}

/// Counts the rows that steps would fail on. It marks those steps as blocked, with the steps that wait for them, and notes
/// at each what it could not check. A plan without questions costs no round trip.
///
/// # Errors
/// The server can't be reached. A query that it refuses, or that takes too long, leaves its question open.
pub async fn check_rows(
    servers: &Servers,
    request: &Request,
    rehearsed: RehearsedSchema<'_>,
    planned: &mut PlannedSteps,
) -> Result<Option<InTheWay>, Error> {
    let RehearsedSchema { live, rehearsal } = rehearsed;
    let steps: Vec<Step> = planned.steps.iter().map(|planned| planned.step.clone()).collect();
    let asked = preflights(&steps, live);
    let mut found = Findings::default();
    let evaluate = Purpose::Evaluate(request.spec.database.clone());
    let mut session = None;
    let began = Instant::now();
    let mut hazards = Vec::new();
    for (planned, preflights) in planned.steps.iter_mut().zip(asked) {
        for what in preflights.unchecked.iter().chain(&preflights.unguarded) {
            planned.note(&format!("not checked: {what}"));
        }
        let mut is_unguarded = !preflights.unguarded.is_empty();
        planned.has_no_rows_in_the_way = !preflights.questions.is_empty();
        for question in &preflights.questions {
            if let Some(skipped) = rehearsal.skipped.as_ref().filter(|_| question.evaluates) {
                planned.note(&unchecked(question, "its expression was not rehearsed"));
                planned.has_no_rows_in_the_way = false;
                if question.problem == RowProblem::VirtualNull {
                    found.uncounted(planned, question, skipped);
                }
                continue;
            }
            if began.elapsed() > ALL_QUERIES {
                planned.note(&unchecked(question, "counting took too long"));
                is_unguarded |= question.problem == RowProblem::VirtualNull;
                planned.has_no_rows_in_the_way = false;
                continue;
            }
            let session = match &mut session {
                Some(session) => session,
                none => none.insert(servers.session(&request.asker.login, evaluate.clone()).await?),
            };
            let answer = ask(session, question, live).await?;
            planned.has_no_rows_in_the_way &= matches!(answer, Answer::None);
            match answer {
                Answer::None => {}
                Answer::Open(why) => {
                    planned.note(&unchecked(question, &why));
                    is_unguarded |= question.problem == RowProblem::VirtualNull;
                }
                Answer::Rows(number) => found.rows(planned, question, number),
            }
        }
        hazards.push(if is_unguarded { unguarded() } else { StepHazards::default() });
    }
    planned.block_after(found.blocked.clone());
    if hazards.iter().any(|hazards| !hazards.risks.is_empty()) {
        planned.risking(&live.name, hazards);
    }
    Ok(found.in_the_way())
}

/// The hazard of a statement that takes rows which nothing has counted.
fn unguarded() -> StepHazards {
    let sentence = "rows whose generated value is NULL would be read as 0, without an error";
    StepHazards { sentences: vec![sentence.to_owned()], risks: BTreeSet::from([Risk::Unknown]) }
}

pub(super) enum Answer {
    None,
    Rows(u32),
    /// The query gave no answer, for this reason.
    Open(String),
}

pub(super) async fn ask(session: &mut PooledSession, question: &Preflight, live: &Schema) -> Result<Answer, Error> {
    let doing = format!("looking for rows in the way of {}", question.object);
    let count = question.count(COUNTED, SECONDS, live.dialect);
    match session.count(&doing, &count).await {
        // MariaDB refuses to add a check that only warns here (1292 and 4037 on 10.11 and 11.8), and MySQL finds rows that
        // violate it (3819 on 9.7): both convert values otherwise than in a query.
        Ok(Counted { number: 0, warns: true }) if question.problem == RowProblem::CheckViolated => {
            Ok(Answer::Open("the server warns of values while it counts".to_owned()))
        }
        Ok(Counted { number: 0, warns: _ }) => Ok(Answer::None),
        Ok(Counted { number, warns: _ }) => Ok(Answer::Rows(number)),
        Err(error) if error.kind == ErrorKind::Timeout && session.is_usable() => {
            Ok(Answer::Open(format!("counting took longer than {SECONDS} s")))
        }
        // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: an expression calls a function that writes.
        Err(error) if error.kind == ErrorKind::Refusal(1792) => Ok(Answer::Open("counting would write".to_owned())),
        Err(error) if error.is_unavailable() => Ok(Answer::Open(error.message)),
        Err(error) => Err(error),
    }
}

fn unchecked(question: &Preflight, why: &str) -> String {
    format!("not checked: whether there are {} in the way of {} ({why})", question.problem, question.object)
}

/// The rows in the way of the steps.
#[derive(Default)]
struct Findings {
    /// The first problem, with what finds its rows.
    first: Option<InTheWay>,
    /// All problems.
    facts: Vec<String>,
    blocked: BTreeSet<String>,
}

impl Findings {
    fn rows(&mut self, planned: &mut PlannedStep, question: &Preflight, number: u32) {
        let at_least = if number >= COUNTED { "at least " } else { "" };
        let verb = if question.adds { "add" } else { "change" };
        let fact = format!("can't {verb} {}: {at_least}{}", question.object, question.problem.counted(number));
        let message = format!("{fact}; find the rows with {}", question.rows);
        let reason = match question.problem {
            RowProblem::Duplicate => Reason::DuplicateRows,
            _ => Reason::RowsInTheWay,
        };
        self.block(planned, fact, InTheWay { reason, message });
    }

    /// Blocks a step whose statement would take the rows that could not be counted: MySQL gives a virtual column that is
    /// never NULL the value 0 there, without a warning (tried on 9.7).
    fn uncounted(&mut self, planned: &mut PlannedStep, question: &Preflight, skipped: &SkippedRehearsal) {
        let verb = if question.adds { "add" } else { "change" };
        let fact = format!(
            "can't {verb} {}: rows whose value is NULL would get another one, and can't be counted before its expression \
             was rehearsed",
            question.object
        );
        let in_the_way = InTheWay::unrehearsed(&fact, skipped);
        self.block(planned, fact, in_the_way);
    }

    fn block(&mut self, planned: &mut PlannedStep, fact: String, in_the_way: InTheWay) {
        planned.note(&in_the_way.message);
        planned.state = StepState::Blocked;
        self.blocked.insert(planned.step.id.clone());
        self.facts.push(fact);
        self.first.get_or_insert(in_the_way);
    }

    /// Returns what the conditions say. Of several problems, the queries are in the steps alone.
    fn in_the_way(self) -> Option<InTheWay> {
        let first = self.first?;
        if self.facts.len() == 1 {
            return Some(first);
        }
        let message = joined(&self.facts, &["the steps have the queries".to_owned()]);
        Some(InTheWay { message, ..first })
    }
}
