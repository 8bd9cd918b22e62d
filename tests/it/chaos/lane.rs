//! One server, one operator, and rounds one after the other.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use schema_operator::mysql::{Row, Session};
use schema_operator::record::find_lock_name;
use schema_operator::schema::Identifier;

use super::database::{self, EndState, STATEMENTS};
use super::injected_fault::{Dice, InjectedFault, Moment, Strike};
use super::making_way::{self, RowInTheWay};
use crate::support::{OwnServer, Server, World, is_ready, reason};

/// A server and an operator, on which rounds run one after the other.
pub struct Lane {
    kind: Server,
    dice: Dice,
    world: World,
    server: OwnServer,
    /// Which kind of round comes first.
    offset: usize,
    /// The outcome of a round without a fault.
    expected: Option<EndState>,
    figures: Figures,
}

/// What happened in all rounds.
#[derive(Debug, Default)]
pub struct Figures {
    pub rounds: usize,
    pub faults: BTreeMap<InjectedFault, usize>,
    /// How often a fault struck after this many statements.
    pub done_before: BTreeMap<u64, usize>,
    pub in_the_middle: usize,
    /// Rounds in which a row was in the way.
    pub rows_in_the_way: usize,
    pub begun: u64,
    /// Statements that had begun before the fault, and were done by another try.
    pub again: u64,
}

impl Figures {
    pub fn add(&mut self, other: Self) {
        self.rounds += other.rounds;
        self.in_the_middle += other.in_the_middle;
        self.rows_in_the_way += other.rows_in_the_way;
        self.begun += other.begun;
        self.again += other.again;
        for (fault, times) in other.faults {
            *self.faults.entry(fault).or_default() += times;
        }
        for (done, times) in other.done_before {
            *self.done_before.entry(done).or_default() += times;
        }
    }
}

/// A round, which prints what it was if it fails.
struct Round {
    server: Server,
    number: usize,
    strike: Option<Strike>,
}

impl Drop for Round {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("chaos: round {} on {} failed; {:?}", self.number, self.server.name(), self.strike);
        }
    }
}

impl Lane {
    pub async fn start(kind: Server, dice: Dice, offset: usize) -> Self {
        let (world, server) = (World::new(Server::MySql).await, OwnServer::start(kind));
        world.apply(&server.secret(&world)).expect("the Secret is accepted");
        Self { kind, dice, world, server, offset, expected: None, figures: Figures::default() }
    }

    /// Runs a round without a fault, this many with one, and another without, which removes what the others left.
    pub async fn run(mut self, rounds: usize) -> Figures {
        if rounds == 0 {
            return self.figures;
        }
        self.round(0, None).await;
        for round in 1..=rounds {
            match (round + self.offset) % 4 {
                0 => self.round_of_ways(round, RowInTheWay::Never).await,
                1 => self.round_of_ways(round, RowInTheWay::InBetween).await,
                2 => {
                    let strike = self.dice.strike(STATEMENTS);
                    self.round(round, Some(strike)).await;
                }
                _ => self.round_of_ways(round, RowInTheWay::FromTheStart).await,
            }
            self.figures.rounds += 1;
        }
        self.round(rounds + 1, None).await;
        let left = self.server.run("SHOW DATABASES LIKE 'schema\\_operator\\_tmp\\_%'").await;
        assert!(left.is_empty(), "scratch databases are left: {left:?}");
        self.figures
    }

    async fn round(&mut self, number: usize, strike: Option<Strike>) {
        let _round = Round { server: self.kind, number, strike };
        let name = format!("round_{number}");
        database::make(&self.server, &name).await;
        self.world.apply(&database::resource(&name)).expect("the resource is accepted");
        if let Some(Strike { fault, moment }) = strike {
            self.wait_for(&name, moment).await;
            self.strike(&name, fault).await;
        }
        // Only the step without consent is left to do.
        let resource = name.replace('_', "-");
        let waits = |resource: &schema_operator::api::DatabaseSchema| reason(resource) == "AwaitingApproval";
        self.world.wait_named(&resource, "AwaitingApproval", waits).await;
        self.check(&name).await;
        self.world.kubectl(&["delete", "dbs", &resource, "--wait=false"], "").expect("it can be deleted");
        self.server.run(&format!("DROP DATABASE {name}")).await;
    }

    /// Runs a round in which objects make way.
    async fn round_of_ways(&mut self, number: usize, row: RowInTheWay) {
        // A plan with a row in the way may come to no further boundary.
        let statements = if row == RowInTheWay::Never { making_way::STATEMENTS } else { 0 };
        let strike = self.dice.strike_between(statements);
        let _round = Round { server: self.kind, number, strike: Some(strike) };
        let name = format!("round_{number}");
        making_way::make(&self.server, &name, row).await;
        let rows = making_way::rows(&self.server, &name).await;
        self.world.apply(&making_way::resource(&name)).expect("the resource is accepted");
        let resource = name.replace('_', "-");
        let is_in = match row {
            RowInTheWay::Never => false,
            RowInTheWay::FromTheStart => true,
            RowInTheWay::InBetween => self.intrude(&name, &resource).await,
        };
        self.wait_for(&name, strike.moment).await;
        self.strike(&name, strike.fault).await;
        if is_in {
            self.figures.rows_in_the_way += 1;
            self.world.wait_named(&resource, "a row in the way", |resource| !is_ready(resource)).await;
            self.wait_until_nothing_is_neither(&name).await;
            making_way::clear(&self.server, &name).await;
        }
        self.world.wait_named(&resource, "Ready", is_ready).await;
        self.wait_until_nothing_is_neither(&name).await;
        assert_eq!(making_way::rows(&self.server, &name).await, rows, "rows are lost");
        self.world.kubectl(&["delete", "dbs", &resource, "--wait=false"], "").expect("it can be deleted");
        self.server.run(&format!("DROP DATABASE {name}")).await;
    }

    /// Inserts a row in the way as soon as it gets in, and returns whether it did before the plan's end.
    async fn intrude(&self, name: &str, resource: &str) -> bool {
        let mut session = self.server.session().await;
        loop {
            if making_way::intrude(&mut session, name).await {
                return true;
            }
            let found = self.world.resources().get_opt(resource).await.expect("the cluster answers");
            if found.is_some_and(|resource| resource.status.is_some() && is_ready(&resource)) {
                return false;
            }
        }
    }

    /// Waits until no statement runs and each object is as before or as declared.
    async fn wait_until_nothing_is_neither(&self, name: &str) {
        let runs = format!("SELECT COUNT(*) FROM {}", running_statements(self.kind));
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let is_idle = self.server.run(&runs).await[0].text(0) == "0";
            let neither = making_way::neither(&self.server, name).await;
            if is_idle && neither.is_empty() {
                return;
            }
            assert!(Instant::now() < deadline, "neither as before nor as declared: {neither:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn wait_for(&self, name: &str, moment: Moment) {
        let (statements, pause, is_within) = match moment {
            Moment::Boundary(statements) => (statements, Duration::ZERO, false),
            Moment::After(statements, pause) => (statements, pause, false),
            Moment::Within(statements) => (statements, Duration::ZERO, true),
            Moment::Random(pause) => (0, pause, false),
        };
        let mut session = self.server.session().await;
        let deadline = Instant::now() + Duration::from_mins(1);
        let wanted = u64::try_from(statements).expect("a few");
        while statements > 0 && done(&mut session, name).await < wanted {
            assert!(Instant::now() < deadline, "{statements} statements were not done");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let runs = format!("SELECT COUNT(*) FROM {}", running_statements(self.kind));
        // A statement may end before this session sees it, and so may the last one.
        while is_within && done(&mut session, name).await < STATEMENTS as u64 {
            let seen = session.batch("chaos", &runs).await.expect("the server answers");
            if seen[0][0].text(0) != "0" {
                break;
            }
            assert!(Instant::now() < deadline, "no statement ran");
        }
        tokio::time::sleep(pause).await;
    }

    async fn strike(&mut self, name: &str, fault: InjectedFault) {
        let mut session = self.server.session().await;
        let look = format!(
            "{}; SELECT IF(@schema_operator_lock IS NULL, NULL, IS_USED_LOCK(@schema_operator_lock)), \
             (SELECT COUNT(*) FROM {})",
            find_lock_name(&Identifier::new(name).expect("a name")),
            running_statements(self.kind)
        );
        let before = done(&mut session, name).await;
        let seen = session.batch("chaos", &look).await.expect("the server answers").pop().expect("a result");
        self.figures.in_the_middle += usize::from(seen[0].text(1) != "0");
        match fault {
            InjectedFault::OperatorKilled => self.kill_operator().await,
            InjectedFault::ConnectionKilled => {
                if let Some(connection) = seen[0].optional(0) {
                    // It may have ended by itself.
                    let _ = session.batch("chaos", &format!("KILL {connection}")).await;
                }
            }
            InjectedFault::ServerKilled | InjectedFault::ServerRestarted => {
                self.server.act(if fault == InjectedFault::ServerKilled { "kill" } else { "stop" });
                self.server.act("start");
            }
            InjectedFault::BothKilled => {
                self.server.act("kill");
                self.kill_operator().await;
                self.server.act("start");
            }
        }
        *self.figures.faults.entry(fault).or_default() += 1;
        *self.figures.done_before.entry(before).or_default() += 1;
    }

    async fn kill_operator(&mut self) {
        self.world.kill_operator().await;
        self.world.start_operator().await;
    }

    async fn check(&mut self, name: &str) {
        let free = format!(
            "{}; SELECT IS_FREE_LOCK(@schema_operator_lock) AND NOT EXISTS (SELECT 1 FROM {})",
            find_lock_name(&Identifier::new(name).expect("a name")),
            running_statements(self.kind)
        );
        let deadline = Instant::now() + Duration::from_mins(1);
        while self.server.run(&free).await[0].text(0) != "1" {
            assert!(Instant::now() < deadline, "a lock or a statement is left");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let found = database::end_state(&self.server, name).await;
        assert!(found.keeps_the_column_without_consent(), "{found:?}");
        let expected = self.expected.get_or_insert_with(|| found.clone());
        assert_eq!(&found, expected, "the outcome differs from a round without a fault");
        let history =
            self.server.run(&format!("SELECT step_id, outcome, statement FROM {name}.schema_operator_history")).await;
        let of = |outcome: &str| history.iter().filter(|row| row.text(1) == outcome).count();
        let mut steps: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in &history {
            assert!(!row.text(2).contains("DROP COLUMN"), "this step has no consent: {row:?}");
            steps.entry(row.text(0)).or_default().push(row);
        }
        for tries in steps.values() {
            let done = tries.iter().filter(|row| row.text(1) == "done").count();
            assert!(done <= 1, "a step was done twice: {tries:?}");
        }
        assert!(of("done") <= STATEMENTS, "{history:?}");
        self.figures.begun += u64::try_from(history.len()).expect("a few");
        self.figures.again += u64::try_from(history.len() - steps.len()).expect("a few");
    }
}

/// Counts the statements that are done; there are none before the history exists.
async fn done(session: &mut Session, name: &str) -> u64 {
    let sql = format!("SELECT COUNT(*) FROM {name}.schema_operator_history WHERE outcome = 'done'");
    let results = session.batch("chaos", &sql).await.unwrap_or_default();
    results.first().and_then(|rows| rows.first()).and_then(|row| row.number(0)).unwrap_or_default()
}

/// Returns the end of a query that finds the statements of operators in the server: a table and a condition.
fn running_statements(kind: Server) -> String {
    let sessions = match kind {
        Server::MySql | Server::MySqlLower => "performance_schema.processlist",
        Server::MariaDb | Server::MariaDbNewest => "information_schema.processlist",
    };
    format!("{sessions} WHERE info LIKE '/* schema-operator %'")
}
