//! Looks for the rows that steps would fail on, before the first of them runs.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::api::{Reason, StepState};
use crate::mysql::{Error, ErrorKind, PooledSession, Purpose, Servers};
use crate::plan::{Preflight, RowProblem, Step, preflights};
use crate::reconcile::planned_steps::{PlannedStep, PlannedSteps, counted};
use crate::reconcile::request::Request;
use crate::schema::Schema;

/// How many rows a query counts at most.
const COUNTED: u32 = 1_000;

/// How long one query may take, in seconds. It reads a whole table, which may be large.
const SECONDS: u32 = 10;

/// How long all queries of a plan may take. Questions that are not asked by then stay open.
const ALL_QUERIES: Duration = Duration::from_mins(1);

/// How many blocked steps the conditions name. The plan names all of them.
const SAID: usize = 5;

/// Why steps can't run: rows or contracts are in their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InTheWay {
    pub reason: Reason,
    pub message: String,
}

/// Counts the rows that steps would fail on. It marks those steps as blocked, with the steps that wait for them, and notes
/// at each what it could not check. A plan without questions costs no round trip.
///
/// # Errors
/// The server can't be reached. A query that it refuses, or that takes too long, leaves its question open.
pub async fn check_rows(
    servers: &Servers,
    request: &Request,
    live: &Schema,
    planned: &mut PlannedSteps,
) -> Result<Option<InTheWay>, Error> {
    let steps: Vec<Step> = planned.steps.iter().map(|planned| planned.step.clone()).collect();
    let asked = preflights(&steps, live);
    let mut found = Findings::default();
    let mut session = None;
    let began = Instant::now();
    for (planned, preflights) in planned.steps.iter_mut().zip(asked) {
        for what in &preflights.unchecked {
            planned.note(&format!("not checked: {what}"));
        }
        for question in &preflights.questions {
            if began.elapsed() > ALL_QUERIES {
                planned.note(&unchecked(question, "counting took too long"));
                continue;
            }
            let session = match &mut session {
                Some(session) => session,
                none => none.insert(servers.session(&request.asker.login, Purpose::Work).await?),
            };
            match ask(session, question, live).await? {
                Answer::None => {}
                Answer::Open(why) => planned.note(&unchecked(question, &why)),
                Answer::Rows(number) => found.rows(planned, question, number),
            }
        }
    }
    planned.block_after(found.blocked.clone());
    if let Some(said) = found.in_the_way.as_mut().filter(|_| found.blocked.len() > SAID) {
        let more = counted(found.blocked.len() - SAID, "step");
        said.message = format!("{}. {more} more are blocked by rows, see status.plan", said.message);
    }
    Ok(found.in_the_way)
}

enum Answer {
    None,
    Rows(u32),
    /// The query gave no answer, for this reason.
    Open(String),
}

async fn ask(session: &mut PooledSession, question: &Preflight, live: &Schema) -> Result<Answer, Error> {
    let doing = format!("looking for rows in the way of {}", question.object);
    let count = question.count(COUNTED, SECONDS, live.dialect);
    match session.batch(&doing, &count).await {
        Ok(results) => {
            let number = results.last().and_then(|rows| rows.first()).and_then(|row| row.number(0));
            Ok(number.filter(|number| *number > 0).map_or(Answer::None, Answer::Rows))
        }
        Err(error) if error.kind == ErrorKind::Timeout && session.is_usable() => {
            Ok(Answer::Open(format!("counting took longer than {SECONDS} s")))
        }
        Err(error) if error.is_unavailable() => Ok(Answer::Open(error.message)),
        Err(error) => Err(error),
    }
}

fn unchecked(question: &Preflight, why: &str) -> String {
    format!("not checked: whether there are {} in the way of {} ({why})", question.problem, question.object)
}

#[derive(Default)]
struct Findings {
    in_the_way: Option<InTheWay>,
    blocked: BTreeSet<String>,
}

impl Findings {
    fn rows(&mut self, planned: &mut PlannedStep, question: &Preflight, number: u32) {
        let at_least = if number >= COUNTED { "at least " } else { "" };
        let verb = if question.adds { "add" } else { "change" };
        let message = format!(
            "can't {verb} {}: {at_least}{}; find the rows with {}",
            question.object,
            question.problem.counted(number),
            question.rows
        );
        planned.note(&message);
        planned.state = StepState::Blocked;
        self.blocked.insert(planned.step.id.clone());
        let reason = match question.problem {
            RowProblem::Duplicate => Reason::DuplicateRows,
            _ => Reason::RowsInTheWay,
        };
        match &mut self.in_the_way {
            Some(said) if self.blocked.len() <= SAID => said.message = format!("{}. {message}", said.message),
            Some(_) => {}
            None => self.in_the_way = Some(InTheWay { reason, message }),
        }
    }
}
