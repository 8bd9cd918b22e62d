//! Foreign keys that a change dropped to come back, and that are away: because the change failed, or the operator was
//! killed. A pass that does not bring them back puts them back.

use std::sync::Arc;

use super::context::Context;
use super::observe::Observed;
use super::outcome::{Pass, Stop};
use super::rows::{Answer, COUNTED, ask};
use crate::api::Reason;
use crate::declare::{Declaration, Source};
use crate::mysql::{Error, PooledSession, Purpose};
use crate::plan::{
    Consent, KeyOnItsWay, Preflight, PutBack, Refusal, proof_question, put_back, returns_all, without_hindered,
};
use crate::reconcile::job::{Job, PutsBack, history_table};
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::pending_record::PendingRecord;
use crate::reconcile::planned_steps::PlannedSteps;
use crate::reconcile::report::Report;
use crate::reconcile::request::Request;
use crate::record::{HistoryTable, RecordView};
use crate::schema::Schema;

/// The foreign keys that are away, and those of which it is not known whether the rows satisfy them.
pub struct KeysAway {
    away: Option<Away>,
    /// What is wrong with the rows of keys that were put back.
    violated: Option<NotReady>,
}

/// Keys that a change dropped, and that nothing is going to return.
#[derive(Debug)]
pub struct KeysLeft {
    /// The keys in words.
    pub objects: String,
    /// What puts them back as before; `None` where nothing can.
    pub job: Option<Job>,
}

/// Keys that are away, and what is needed to put them back.
struct Away {
    keys: Vec<KeyOnItsWay>,
    live: Schema,
    records: RecordView,
    history: HistoryTable,
}

impl KeysAway {
    /// Finds the keys by the record and what is live. Those whose rows satisfy them are struck off the record. Without such
    /// keys it costs nothing.
    ///
    /// # Errors
    /// The server can't be reached.
    pub async fn look(context: Context<'_>, request: &Request<Source>, observed: &mut Observed) -> Result<Self, Stop> {
        let mut found = Self { away: None, violated: None };
        if !request.spec.mode.changes_schema() || observed.records.records.keys().is_empty() {
            return Ok(found);
        }
        let live = &observed.observation.schema;
        let keys = KeyOnItsWay::pending(observed.records.records.keys(), live);
        let unproven: Vec<KeyOnItsWay> = keys.iter().filter(|key| key.has_to_be_proven(live)).cloned().collect();
        for key in unproven {
            let counted = count(context, request, &key, live).await;
            match counted.map_err(|error| Stop::with(Report::not_reached(NotReady::connecting(&error))))? {
                None => observed.records.records.strike_off(&key),
                Some(violated) => found.violated = found.violated.or(Some(violated)),
            }
        }
        let live = &observed.observation.schema;
        let missing: Vec<KeyOnItsWay> = keys.into_iter().filter(|key| key.is_missing(live)).collect();
        if !missing.is_empty() {
            let history =
                if request.spec.keeps_history { history_table(&observed.observation) } else { HistoryTable::NotKept };
            let (live, records) = (live.clone(), observed.records.clone());
            found.away = Some(Away { keys: missing, live, records, history });
        }
        Ok(found)
    }

    /// Returns the keys that are away; `None` where there are none.
    pub fn left(self, context: Context<'_>, request: &Request<Source>, pass: Pass) -> Option<KeysLeft> {
        let away = self.away?;
        let objects = away.objects();
        Some(KeysLeft { objects, job: away.put_back(context, request, pass).change })
    }

    /// Returns the pass as it is, where it brings the keys back. Else it puts them back, whatever else it found.
    pub fn after(self, context: Context<'_>, request: &Request<Source>, pass: Pass) -> Pass {
        let Self { away, violated } = self;
        let pass = match (violated, &pass.report.outcome) {
            (Some(violated), Ok(())) => Pass { report: pass.report.ending(violated), ..pass },
            _ => pass,
        };
        match away {
            Some(away) if away.comes_back(&pass) => away.comes_back_first(pass),
            Some(away) => away.put_back(context, request, pass),
            None => pass,
        }
    }
}

impl Away {
    /// Whether the pass's own change brings all keys back, or first waits for what runs.
    fn comes_back(&self, pass: &Pass) -> bool {
        pass.change.as_ref().is_some_and(|job| job.only_waits || returns_all(&job.steps, &self.keys, &self.live))
    }

    /// Lets what the keys hinder as they were wait for their return.
    fn comes_back_first(&self, mut pass: Pass) -> Pass {
        if let Some(job) = &mut pass.change {
            job.steps = without_hindered(std::mem::take(&mut job.steps), &self.keys, &self.live);
        }
        pass
    }

    fn objects(&self) -> String {
        self.keys.iter().map(KeyOnItsWay::object).collect::<Vec<_>>().join(", ")
    }

    fn put_back(self, context: Context<'_>, request: &Request<Source>, pass: Pass) -> Pass {
        let PutBack { declared, plan } = match put_back(&self.keys, &self.live) {
            Ok(plan) => plan,
            Err(refusals) => return self.cannot_be_put_back(pass, &refusals),
        };
        // What failed a moment ago is tried again with the next pass.
        if context.after.is_some_and(|after| after.plan_id == plan.id && after.failure.is_some()) {
            return pass;
        }
        let objects = self.objects();
        let failed = context.after.is_some_and(|after| after.failure.is_some());
        let because = pass.report.outcome.clone().err().filter(|_| failed);
        let message = format!("a change dropped {objects}, and does not return it; it is put back as before");
        let declaration = Declaration { schema: declared, consent: Consent::default(), words: Arc::default() };
        let change = Job {
            request: request.declaring(declaration),
            plan_id: plan.id.clone(),
            steps: plan.steps.clone(),
            history: self.history,
            record: Some(PendingRecord::putting_back(self.records, &self.keys)),
            only_waits: false,
            puts_back: Some(PutsBack { objects, because }),
        };
        let report = Report { plan: Some(PlannedSteps::pending(plan)), in_sync: Some(false), ..pass.report };
        Pass { report: report.ending(NotReady::new(Reason::Applying, message)), change: Some(change) }
    }

    /// Says that the keys are away, and what else the pass found.
    fn cannot_be_put_back(&self, pass: Pass, refusals: &[Refusal]) -> Pass {
        let why = NotReady::from_refusals(refusals).message;
        let found = pass.report.outcome.as_ref().err().map(|ends| format!("; {ends}")).unwrap_or_default();
        let message = format!("still away, and impossible to put back: {} ({why}){found}", self.objects());
        Pass { report: pass.report.ending(NotReady::new(Reason::StatementFailed, message)), ..pass }
    }
}

/// Counts the rows that violate a key that was put back; `None` where there are none.
async fn count(
    context: Context<'_>,
    request: &Request<Source>,
    key: &KeyOnItsWay,
    live: &Schema,
) -> Result<Option<NotReady>, Error> {
    let told = |what: String| {
        let message = format!("{} was put back without a check of its rows: {what}", key.object());
        Some(NotReady::new(Reason::RowsInTheWay, message))
    };
    let Some(question) = proof_question(key, live) else {
        return Ok(told("whether each of them satisfies it is not known".to_owned()));
    };
    let evaluate = Purpose::Evaluate(request.spec.database.clone());
    let mut session: PooledSession = context.servers().session(&request.asker.login, evaluate).await?;
    let Preflight { problem, rows, .. } = &question;
    Ok(match ask(&mut session, &question, live).await? {
        Answer::None => None,
        Answer::Open(why) => told(format!("whether each of them satisfies it is not known ({why})")),
        Answer::Rows(number) => {
            let at_least = if number >= COUNTED { "at least " } else { "" };
            told(format!("{at_least}{}; find the rows with {rows}", problem.counted(number)))
        }
    })
}
