//! Live tables that people made by hand: each clause of `CREATE TABLE` that the manuals know, alone and composed at
//! random. Of each, `export | plan` is empty, and the export names all that a table made of it lacks. A declared comment
//! of a column changes nothing else, or is refused by a message that names what is in its way.

mod clauses;
mod composition;
mod fragments;
mod shown;
mod trial;

use std::collections::BTreeMap;
use std::sync::Mutex;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use schema_operator::mysql::Servers;
use schema_operator::reconcile::Pipeline;
use tokio::runtime::Runtime;

use crate::support::Server;
use composition::{Composition, compositions};
use fragments::{Fragment, Place};
use trial::{LiveTrial, Verdict};

/// The default number of composed tables on each server; `PAIRS=n` gives another.
const TABLES: usize = 25;

/// The default seed: the same tables each time. `PAIRS_SEED=n` gives another.
const SEED: usize = 7;

/// How many fragments of columns share a table.
const COLUMNS: usize = 8;

/// How many steps may shrink a failing table.
const SHRINKING: u32 = 60;

#[test]
fn any_live_table_is_kept_on_mysql() {
    run(Server::MySql);
}

#[test]
fn any_live_table_is_kept_on_mariadb() {
    run(Server::MariaDb);
}

#[test]
fn any_live_table_is_kept_on_mariadb_newest() {
    run(Server::MariaDbNewest);
}

/// Tries each fragment by itself, and returns what fails. Columns share a table where nothing is wrong with any of them.
async fn each_alone(trial: &mut LiveTrial, fragments: &[Fragment]) -> Vec<String> {
    let (columns, others): (Vec<Fragment>, Vec<Fragment>) =
        fragments.iter().partition(|fragment| fragment.place == Place::Column);
    let mut single = others;
    for several in columns.chunks(COLUMNS) {
        if !matches!(trial.check(&Composition(several.to_vec())).await, Verdict::Kept) {
            single.extend(several);
        }
    }
    let mut failures = Vec::new();
    for fragment in single {
        match trial.check(&Composition(vec![fragment])).await {
            Verdict::Kept => {}
            Verdict::NotMade(why) => failures.push(format!("{} is not accepted: {why}", fragment.sql)),
            Verdict::Broken(why) => failures.push(format!("{}\n{why}", fragment.sql)),
        }
    }
    failures
}

/// Tries each fragment alone, which the server has to accept, then composed tables.
fn run(server: Server) {
    let runtime = Runtime::new().expect("a runtime");
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<usize>().ok());
    let tables = number("PAIRS").map_or(TABLES, |pairs| pairs / 4);
    let seed = number("PAIRS_SEED").unwrap_or(SEED);
    let mut trial = runtime.block_on(LiveTrial::new(server, Pipeline::new(Servers::new(3))));
    let fragments = fragments::all(server);
    let mut failures = runtime.block_on(each_alone(&mut trial, &fragments));
    let alone = failures.len();
    let refused = Mutex::new(BTreeMap::<String, usize>::new());
    let trial = Mutex::new(trial);
    let survey = std::env::var_os("PAIRS_SURVEY").is_some();
    let surveyed = Mutex::new(Vec::new());
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases: u32::try_from(tables).expect("not too many"),
        max_shrink_iters: SHRINKING,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let outcome = runner.run(&compositions(&fragments), |composition| {
        match runtime.block_on(trial.lock().expect("one at a time").check(&composition)) {
            Verdict::Kept => {}
            Verdict::NotMade(why) => *refused.lock().expect("one at a time").entry(why).or_default() += 1,
            Verdict::Broken(why) if survey => surveyed.lock().expect("one at a time").push(why),
            Verdict::Broken(why) => return Err(TestCaseError::fail(why)),
        }
        Ok(())
    });
    failures.extend(surveyed.into_inner().expect("no panic"));
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, _)) => failures.push(reason.message().to_owned()),
        Err(TestError::Abort(reason)) => failures.push(reason.to_string()),
    }
    runtime.block_on(trial.into_inner().expect("no panic").end());
    let refused = refused.into_inner().expect("no panic");
    let skipped: usize = refused.values().sum();
    println!("{server:?}: {} clauses alone, {tables} tables, of which {skipped} were not made", fragments.len());
    for (why, times) in &refused {
        println!("  {times} times: {why}");
    }
    assert!(failures.is_empty(), "PAIRS_SEED={seed}; {alone} alone\n{}", failures.join("\n\n"));
    assert!(skipped * 10 <= tables * 8, "{skipped} of {tables} tables were not made");
}
