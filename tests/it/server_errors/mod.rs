//! Each error by which a server can refuse a step is raised with a statement of our own. The operator, asked for the same,
//! refuses the plan, counts the rows, or says that it did not count them: no statement is sent.
//!
//! `cases.txt` has a case in each line: the error of MySQL and that of MariaDB (`-` where the server takes the statement, or
//! has no such thing), how the operator knows it, the tables, the statement, and what is declared.

mod required_primary_key;

use std::collections::{BTreeMap, BTreeSet};

use schema_operator::api::Reason;
use schema_operator::mysql::Session;
use schema_operator::plan::{Foreseen, foreseen_errors};
use schema_operator::reconcile::{NotReady, Pass, Report, reconcile};

use crate::support::{DirectPipeline, Server, World, on_each_server, try_request};

on_each_server!(what_a_server_refuses_is_known_before);

const CASES: &str = include_str!("cases.txt");

/// The mode of the operator's sessions: strict, and no number stands for a NULL.
const MODE: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION'";

/// Numbers without a case, and why.
const WITHOUT_CASE: &[(u16, &str)] = &[
    (1051, "only where another session changes the schema right before"),
    (1091, "only where another session changes the schema right before"),
    (1101, "a literal is sent in parentheses where a server asks for that"),
    (1176, "only where another session changes the schema right before"),
    (1507, "only where another session changes the schema right before"),
    (1846, "the next dearer way is asked for"),
    (3750, "tried on a server of its own: required_primary_key"),
    (3772, "refused on an empty copy, as 3770 is"),
    (3821, "only where another session changes the schema right before"),
    (3940, "only where another session changes the schema right before"),
    (4111, "a generated key goes with its column"),
];

/// How an error is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// The plan is refused.
    BySchema,
    /// Rows are counted.
    Counted,
    /// The step says what was not counted.
    Said,
}

/// A statement that servers refuse, and the declaration that would lead to it.
struct Case {
    numbers: [Option<u16>; 2],
    known: Known,
    before: String,
    refused: String,
    declared: String,
}

#[test]
fn each_error_of_the_table_has_an_input() {
    let mut given: BTreeMap<Foreseen, BTreeSet<u16>> = BTreeMap::new();
    for case in cases() {
        let how = if case.known == Known::BySchema { Foreseen::BySchema } else { Foreseen::ByRows };
        given.entry(how).or_default().extend(case.numbers.iter().flatten());
    }
    let is_given = |number: u16, how: Foreseen| given.get(&how).is_some_and(|numbers| numbers.contains(&number));
    let listed = foreseen_errors();
    let has_reason = |number: u16| WITHOUT_CASE.iter().any(|(other, _)| *other == number);
    let missing = listed.iter().filter(|(number, how)| !is_given(*number, *how) && !has_reason(*number));
    let missing: Vec<_> = missing.collect();
    assert!(missing.is_empty(), "neither a case nor a reason: {missing:?}");
    let unlisted = given.iter().flat_map(|(how, numbers)| numbers.iter().map(|number| (*number, *how)));
    let unlisted: Vec<_> = unlisted.filter(|error| !listed.contains(error)).collect();
    assert!(unlisted.is_empty(), "no change is listed with them: {unlisted:?}");
    let has_both = |number: &u16| given.values().any(|numbers| numbers.contains(number));
    let needless: Vec<_> = WITHOUT_CASE.iter().filter(|(number, _)| has_both(number)).collect();
    assert!(needless.is_empty(), "they have a case: {needless:?}");
}

async fn what_a_server_refuses_is_known_before(world: World) {
    let direct = DirectPipeline::new();
    let mut session = world.session().await;
    let mut wrong = Vec::new();
    for case in cases() {
        let Some(number) = case.numbers[usize::from(world.server != Server::MySql)] else { continue };
        if let Err(why) = try_case(&world, &direct, &mut session, (&case, number)).await {
            wrong.push(format!("{number} {} | {}: {why}", case.before, case.declared));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", world.server.name(), wrong.join("\n"));
    world.check_that_nothing_was_run().await;
}

async fn try_case(
    world: &World,
    direct: &DirectPipeline,
    session: &mut Session,
    (case, number): (&Case, u16),
) -> Result<(), String> {
    let Case { numbers: _, known, before, refused, declared } = case;
    let clean = "SET SESSION sql_mode = DEFAULT, foreign_key_checks = 0; DROP VIEW IF EXISTS new;
                 DROP TABLE IF EXISTS t, other; SET foreign_key_checks = 1";
    session.batch("cleaning", clean).await.map_err(|error| error.to_string())?;
    session.batch("preparing", before).await.map_err(|error| error.to_string())?;
    let shown = shown(world).await;
    match session.batch("trying it", &format!("{MODE}; {refused}")).await {
        Ok(_) => return Err(format!("the server takes {refused}")),
        // The text of some errors is not shown, and their number always is.
        Err(error) if error.message.contains(&format!("error {number}")) => {}
        Err(error) => return Err(format!("the server says {}", error.message)),
    }
    let policy = "policy: {allow: [Blocking, Breaking, Destructive, Unknown]}";
    let found = match try_request(world, &format!("{policy}\ntables: {declared}\n")) {
        Err(NotReady { reason, message, stuck_for: _ }) => {
            (is_refusal(reason).then_some(Known::BySchema), false, message)
        }
        Ok(request) => {
            let Pass { report, change } = reconcile(&direct.pipeline, &request, None).await;
            (how(&report), change.is_some(), said(&report))
        }
    };
    let (found, starts, message) = found;
    if found != Some(*known) || starts != (*known == Known::Said) {
        return Err(format!("{found:?}, starts: {starts}: {message}"));
    }
    if self::shown(world).await != shown {
        return Err("a table is changed".to_owned());
    }
    Ok(())
}

/// Returns how the tables of a case are now.
async fn shown(world: &World) -> Vec<String> {
    let mut shown = Vec::new();
    let is_own = |table: &String| table.starts_with("schema_operator_");
    for table in world.tables().await.into_iter().filter(|table| !is_own(table)) {
        shown.push(world.show_create(&table).await);
    }
    shown
}

/// Returns how the operator knows that the plan can't be done; `None` where it does not.
fn how(report: &Report) -> Option<Known> {
    match report.outcome.as_ref().map_err(|ends| ends.reason) {
        Err(reason) if is_refusal(reason) => Some(Known::BySchema),
        Err(Reason::RowsInTheWay | Reason::DuplicateRows) => Some(Known::Counted),
        _ => said(report).contains("not checked: whether").then_some(Known::Said),
    }
}

fn is_refusal(reason: Reason) -> bool {
    matches!(reason, Reason::InvalidSpec | Reason::Unsupported | Reason::PlanRefused | Reason::RenameConflict)
}

fn said(report: &Report) -> String {
    let steps = report.plan.iter().flat_map(|plan| &plan.steps);
    let steps: Vec<String> = steps.map(|step| format!("{:?} {:?}", step.step.sql(), step.message)).collect();
    format!("{:?} {}", report.outcome, steps.join(", "))
}

fn cases() -> Vec<Case> {
    CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(Case::read).collect()
}

impl Case {
    fn read(line: &str) -> Self {
        let line = with_lists(line);
        let [numbers, known, before, refused, declared] =
            line.split(" | ").collect::<Vec<_>>().try_into().unwrap_or_else(|_| panic!("not five fields: {line}"));
        let (of_mysql, of_mariadb) = numbers.split_once(' ').expect("two numbers");
        let number = |text: &str| (text != "-").then(|| text.parse().expect("a number"));
        let known = match known {
            "schema" => Known::BySchema,
            "counted" => Known::Counted,
            "said" => Known::Said,
            other => panic!("{other} is no way to know it"),
        };
        let is_whole = refused.starts_with("CREATE ") || refused.starts_with("DROP TABLE ");
        Self {
            numbers: [number(of_mysql), number(of_mariadb)],
            known,
            before: before.to_owned(),
            refused: if is_whole { refused.to_owned() } else { format!("ALTER TABLE t {refused}") },
            declared: if declared.starts_with('[') {
                declared.to_owned()
            } else {
                format!("[{{name: t, {declared}}}]")
            },
        }
    }
}

/// Writes out lists that are too long for a line: `<columns 3>` is `c0 int, c1 int, c2 int`.
fn with_lists(line: &str) -> String {
    let Some((before, rest)) = line.split_once('<').filter(|(_, rest)| rest.starts_with(char::is_alphabetic)) else {
        return line.to_owned();
    };
    let Some((word, rest)) = rest.split_once('>') else { return line.to_owned() };
    let (what, count) = word.split_once(' ').expect("what, and how many");
    let each = |one: &dyn Fn(u32) -> String, between: &str| {
        (0..count.parse().expect("a number")).map(one).collect::<Vec<_>>().join(between)
    };
    let list = match what {
        "columns" => each(&|at| format!("c{at} int"), ", "),
        "keys" => each(&|at| format!("KEY k{at} (a)"), ", "),
        "names" => each(&|at| format!("c{at}"), ", "),
        "tinies" => each(&|at| format!("c{at} tinyint"), ", "),
        "declared" => each(&|at| format!("{{name: c{at}, type: tinyint}}"), ", "),
        "rows" => format!("INSERT INTO t VALUES {}", each(&|_| "(1)".to_owned(), ", ")),
        "doubled" => each(&|_| "INSERT INTO t SELECT * FROM t".to_owned(), "; "),
        other => panic!("no list of {other}"),
    };
    format!("{before}{list}{}", with_lists(rest))
}
