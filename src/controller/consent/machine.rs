//! Consent as a state machine: in any order of events, no step runs with a risk that no one allowed, and none that a
//! person rejected.
//!
//! Annotations, status (`approval`, `rejection`, `status`), plan and decision ([`decide`]) are the operator's own. The rest
//! is played: two tables where only the size of one column ever changes; a server that runs a step, or fails; people who
//! declare, approve, reject and change tables by hand. [`Machine::granted`] keeps who agreed to what in the words of those
//! people, without ids and hashes. [`Machine::check`] compares each step that runs with it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use proptest::prelude::*;

use super::{approval, rejection};
use crate::api::{
    APPROVED_AT, APPROVED_BY, APPROVED_PLAN, DatabaseSchema, DatabaseSchemaStatus, REJECTED_BY, REJECTED_PLAN, Reason,
    RiskSpec,
};
use crate::controller::status::{Subject, status};
use crate::declare::{Declaration, declare};
use crate::mysql::{Address, Login, Secret, Tls, User};
use crate::plan::{Plan, Risk, Step, plan, with_dependents};
use crate::reconcile::{
    Applied, Asker, Intent, Measured, Next, NotReady, PlannedSteps, PriorState, Report, Request, StatementFailure,
    StatementOutcome, Witness, decide,
};
use crate::record::{LiveResources, Owner};
use crate::schema::{
    Column, DataType, Dependents, Dialect, Flavor, Identifier, Schema, ServerSettings, Table, TableOptions,
};

/// The length of a table's column `note varchar(...)`; `None` where it has none.
type Size = Option<u8>;

const TABLES: [&str; 2] = ["a", "b"];
const RISKS: [Risk; 4] = [Risk::Blocking, Risk::Breaking, Risk::Destructive, Risk::Unknown];

#[derive(Debug, Clone)]
enum Event {
    /// The spec asks for another size.
    Declare(usize, Size),
    Allow(BTreeSet<Risk>),
    /// A person changes a table by hand.
    Elsewhere(usize, Size),
    /// The account may no longer see what depends on a table, or may again: the risks get worse, or better.
    Hide(bool),
    /// A person approves the plan in the status, with or without the mark of the command line.
    Approve {
        has_mark: bool,
    },
    /// A person approves what was planned once.
    ApproveFormer(usize),
    Withdraw,
    Reject,
    Reconcile(ChangeProgress),
}

/// How a change goes.
#[derive(Debug, Clone, Copy)]
struct ChangeProgress {
    /// How many steps run, if there are as many.
    steps: usize,
    /// The last of them fails; it may have taken effect all the same.
    fails: Option<bool>,
    /// The operator is killed before it reports what ran.
    is_killed: bool,
}

/// What a person who reads a step agrees to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Consented {
    table: Identifier,
    from: Size,
    to: Size,
    risks: BTreeSet<Risk>,
}

struct Machine {
    resource: DatabaseSchema,
    live: [Size; 2],
    is_hidden: bool,
    clock: i64,
    /// All plans that the status has shown, by their ids, the newest last.
    shown: Vec<(String, Vec<Consented>)>,
    /// What was approved, by a plan that the status has shown, and has not been reported as run since.
    granted: BTreeSet<Consented>,
    /// What was rejected, and not approved since.
    refused: BTreeSet<Consented>,
}

impl Machine {
    fn new() -> Self {
        let yaml = "
apiVersion: schema-operator.dev/v1alpha1
kind: DatabaseSchema
metadata: {name: app, generation: 1, annotations: {}}
spec: {revision: r, database: app, connection: {secretRef: {name: s}}, tables: [{name: a}, {name: b}]}";
        let resource = serde_saphyr::from_str(yaml).unwrap();
        let (live, shown) = ([Some(20), Some(20)], Vec::new());
        Self { resource, live, is_hidden: false, clock: 0, shown, granted: BTreeSet::new(), refused: BTreeSet::new() }
    }

    fn happens(&mut self, event: &Event) {
        self.clock += 1;
        match event {
            Event::Declare(table, size) => self.declare(*table, *size),
            Event::Allow(risks) => {
                self.resource.spec.policy.allow = Some(risks.iter().copied().map(RiskSpec::from).collect());
            }
            Event::Elsewhere(table, size) => self.live[*table] = *size,
            Event::Hide(is_hidden) => self.is_hidden = *is_hidden,
            Event::Approve { has_mark } => {
                let newest = self.shown.len().checked_sub(1);
                self.approve(newest, *has_mark);
            }
            Event::ApproveFormer(at) => self.approve(at.checked_rem(self.shown.len()), true),
            Event::Withdraw => {
                for name in [APPROVED_PLAN, APPROVED_BY, APPROVED_AT] {
                    self.annotate(name, None);
                }
                self.granted.clear();
            }
            Event::Reject => {
                let (newest, steps) = self.shown.last().cloned().unzip();
                // What is done already is no longer refused.
                let is_done = self.resource.status.as_ref().is_some_and(|status| is_true(status, "InSync"));
                self.refused = steps.filter(|_| !is_done).into_iter().flatten().collect();
                self.annotate(REJECTED_PLAN, newest);
                self.annotate(REJECTED_BY, Some("eve".into()));
            }
            Event::Reconcile(course) => self.reconcile(*course),
        }
    }

    fn declare(&mut self, table: usize, size: Size) {
        let column = match size {
            Some(size) => format!("{{name: note, type: varchar({size})}}"),
            None => "{name: note, state: Absent}".to_owned(),
        };
        let spec = format!("{{name: {}, columns: [{column}]}}", TABLES[table]);
        let tables = self.resource.spec.tables.as_mut().unwrap();
        tables[table] = serde_saphyr::from_str(&spec).unwrap();
        *self.resource.metadata.generation.as_mut().unwrap() += 1;
    }

    fn annotate(&mut self, name: &str, value: Option<String>) {
        let annotations = self.resource.metadata.annotations.get_or_insert_default();
        match value {
            Some(value) => annotations.insert(name.to_owned(), value),
            None => annotations.remove(name),
        };
    }

    fn approve(&mut self, at: Option<usize>, has_mark: bool) {
        let Some((id, steps)) = at.map(|at| self.shown[at].clone()) else { return };
        self.granted.extend(steps);
        self.annotate(APPROVED_PLAN, Some(id));
        self.annotate(APPROVED_BY, Some("ann".into()));
        self.annotate(APPROVED_AT, has_mark.then(|| self.clock.to_string()));
        self.annotate(REJECTED_PLAN, None);
        self.refused.clear();
    }

    fn reconcile(&mut self, course: ChangeProgress) {
        let steps = self.measure(None);
        let mut statements = Vec::new();
        let count = course.steps.min(steps.len());
        for (at, step) in steps.iter().take(count).enumerate() {
            self.check(step);
            let failure = course.fails.filter(|_| at + 1 == count);
            if failure != Some(false) {
                self.take_effect(step);
            }
            statements.push(StatementOutcome {
                step_id: step.id.clone(),
                object: step.object(),
                statement: step.sql(),
                failure: failure
                    .map(|_| StatementFailure::passing(NotReady::new(Reason::ConnectionLost, "it is gone"))),
                learnt: None,
            });
            if !course.is_killed && failure.is_none() {
                // It ran, and is reported: if it is ever planned again, a person has to agree again.
                self.granted.remove(&self.consented(step));
            }
        }
        if count > 0 && !course.is_killed {
            let failure = course.fails.map(|_| NotReady::new(Reason::ConnectionLost, "it is gone"));
            let plan_id = self.shown.last().map(|(id, _)| id.clone()).unwrap_or_default();
            self.measure(Some(&Applied { plan_id, statements, failure }));
        }
    }

    /// One pass: what it would measure, and the operator's own decision. Returns the steps that may run, once the status
    /// shows the plan.
    fn measure(&mut self, after: Option<&Applied>) -> Vec<Step> {
        let now = Timestamp::from_second(1_800_000_000 + self.clock).unwrap();
        let request = self.request(now);
        let steps = PlannedSteps::pending(self.plan(&request.declaration));
        let report = Report {
            in_sync: Some(steps.steps.is_empty()),
            rejection: request.prior.rejection.clone(),
            ..Report::begun()
        };
        if !steps.steps.is_empty() {
            let risky = steps.plan.steps.iter().filter(|step| !step.risks.is_empty());
            self.shown.push((steps.plan.id.clone(), risky.map(|step| self.consented(step)).collect()));
        }
        let decision = decide(Measured::of_plan(request, steps, report), after);
        let due = match decision.next {
            Next::Run(job) => job.steps,
            Next::Record(_) | Next::Verify(_) | Next::Nothing => Vec::new(),
        };
        let generation = self.resource.metadata.generation;
        let progress_deadline = Duration::from_mins(10);
        let subject = Subject { generation, revision: "r", progress_deadline, is_exhausted: false, weakness: None };
        self.resource.status = Some(status(self.resource.status.as_ref(), subject, &decision.report, after, now));
        due
    }

    fn request(&self, now: Timestamp) -> Request {
        let status = self.resource.status.as_ref();
        let intent = Intent::from_spec(&self.resource.spec, None).unwrap();
        let login = Login {
            address: Address::new("db", 3306),
            user: User::public("app"),
            password: Secret::new(""),
            tls: Tls::Disabled,
            ca: None,
            client: None,
            connect_timeout: Duration::from_secs(1),
        };
        let owner = Owner { cluster: "c".into(), resource: "shop/app".into(), uid: "u".into() };
        let (replicas, live_resources, witness) = (Vec::new(), LiveResources::Unknown, Witness::Nobody);
        let request = intent.request(Asker { uid: "u".into(), owner, login, replicas, live_resources, witness });
        let (approval, rejection) = (approval(&self.resource, status, now), rejection(&self.resource, status, now));
        let prior = PriorState { approval, rejection, ..PriorState::default() };
        Request { prior, ..request.declaring(declare(&self.resource.spec).unwrap()) }
    }

    fn plan(&self, declaration: &Declaration) -> Plan {
        let live = schema(self.live);
        let plan = plan(&declaration.schema, &live).unwrap();
        let hidden = if self.is_hidden { vec!["triggers".to_owned()] } else { Vec::new() };
        with_dependents(plan, &Dependents { hidden, ..Dependents::default() }, &live)
    }

    /// What the steps of a plan do, in the words of a reader.
    fn consented(&self, step: &Step) -> Consented {
        let before = step.before.as_ref().and_then(|table| table.columns.get(1));
        let size =
            |column: &Column| column.data_type.to_string().trim_matches(|c: char| !c.is_ascii_digit()).parse().ok();
        Consented {
            table: step.table.clone(),
            from: before.and_then(size),
            to: self.wanted(&step.table),
            risks: step.risks.clone(),
        }
    }

    /// What the spec asks for.
    fn wanted(&self, table: &Identifier) -> Size {
        let tables = self.resource.spec.tables.as_ref().unwrap();
        let table = tables.iter().find(|spec| spec.name == table.as_str()).unwrap();
        let text = table.columns.as_ref()?.first()?.data_type.clone()?;
        text.trim_matches(|c: char| !c.is_ascii_digit()).parse().ok()
    }

    fn take_effect(&mut self, step: &Step) {
        let at = TABLES.iter().position(|name| *name == step.table.as_str()).unwrap();
        self.live[at] = self.wanted(&step.table);
    }

    /// A step is about to run.
    fn check(&self, step: &Step) {
        let allowed: BTreeSet<Risk> = self.resource.spec.policy.allowed().iter().copied().map(Risk::from).collect();
        let by_policy = step.risks.is_subset(&allowed);
        let by_person = self.granted.contains(&self.consented(step));
        assert!(by_policy || by_person, "{} runs with {:?}, which no one allowed", step.sql(), step.risks);
        assert!(!self.refused.contains(&self.consented(step)), "{} runs, which a person rejected", step.sql());
    }
}

fn is_true(status: &DatabaseSchemaStatus, kind: &str) -> bool {
    status.conditions.iter().any(|condition| condition.type_ == kind && condition.status == "True")
}

fn schema(sizes: [Size; 2]) -> Schema {
    let name = |text: &str| Identifier::new(text).unwrap();
    let column = |text: &str, data_type: &str| Column::new(name(text), DataType::parse(data_type).unwrap());
    let table = |(table, size): (&str, Size)| {
        let note = size.map(|size| Column {
            charset: Some("utf8mb4".into()),
            collation: Some("utf8mb4_general_ci".into()),
            ..column("note", &format!("varchar({size})"))
        });
        Table {
            name: name(table),
            columns: std::iter::once(column("id", "int")).chain(note).collect(),
            primary_key: None,
            indexes: vec![],
            foreign_keys: vec![],
            checks: vec![],
            options: TableOptions { engine: Some("InnoDB".into()), ..TableOptions::default() },
            partitioning: None,
        }
    };
    Schema {
        name: name("app"),
        dialect: Dialect { flavor: Flavor::MySql, version: (9, 7, 4), clustered: false },
        charset: "utf8mb4".into(),
        collation: "utf8mb4_general_ci".into(),
        tables: TABLES.into_iter().zip(sizes).map(table).collect(),
        details: BTreeMap::new(),
        settings: ServerSettings::default(),
    }
}

fn size() -> impl Strategy<Value = Size> {
    proptest::option::weighted(0.8, proptest::sample::select(vec![10, 20, 30]))
}

fn course() -> impl Strategy<Value = ChangeProgress> {
    (0..3_usize, proptest::option::weighted(0.2, any::<bool>()), proptest::bool::weighted(0.1))
        .prop_map(|(steps, fails, is_killed)| ChangeProgress { steps, fails, is_killed })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (0..2_usize, size()).prop_map(|(table, size)| Event::Declare(table, size)),
        1 => proptest::sample::subsequence(RISKS.to_vec(), 0..=4).prop_map(|risks| Event::Allow(risks.into_iter().collect())),
        2 => (0..2_usize, size()).prop_map(|(table, size)| Event::Elsewhere(table, size)),
        1 => any::<bool>().prop_map(Event::Hide),
        4 => any::<bool>().prop_map(|has_mark| Event::Approve { has_mark }),
        1 => any::<usize>().prop_map(Event::ApproveFormer),
        1 => Just(Event::Withdraw),
        1 => Just(Event::Reject),
        8 => course().prop_map(Event::Reconcile),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn nothing_runs_that_no_one_allowed(events in proptest::collection::vec(event(), 1..30)) {
        let mut machine = Machine::new();
        for event in &events {
            machine.happens(event);
        }
    }
}

#[test]
fn what_was_approved_does_run_and_once() {
    let run = Event::Reconcile(ChangeProgress { steps: 2, fails: None, is_killed: false });
    let approve = Event::Approve { has_mark: true };
    let mut machine = Machine::new();
    for event in [Event::Declare(0, Some(10)), run.clone(), approve.clone(), run.clone()] {
        machine.happens(&event);
    }
    assert_eq!(machine.live[0], Some(10));
    for event in [Event::Elsewhere(0, Some(20)), run.clone(), run.clone()] {
        machine.happens(&event);
    }
    assert_eq!(machine.live[0], Some(20), "it waits for another consent");
    for event in [approve, run] {
        machine.happens(&event);
    }
    assert_eq!(machine.live[0], Some(10));
}
