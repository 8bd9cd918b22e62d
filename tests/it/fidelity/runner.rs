//! Tries many pairs in parallel, shrinks those that fail, and keeps them.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use schema_operator::mysql::Servers;
use schema_operator::reconcile::Pipeline;
use schema_operator::schema::Dialect;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::Runtime;

use super::trial_databases::{Effort, TrialDatabases, TrialFailure};
use crate::support::Server;

/// What is tried with random pairs.
pub trait Property {
    /// The random parts, which proptest makes simpler.
    type Seed: Debug + Clone;
    /// A pair as SQL, which outlives the generator.
    type Case: Debug + Serialize + DeserializeOwned;
    const NAME: &'static str;
    /// The folder of kept cases.
    const FOUND: &'static str;
    /// The default number of pairs on each server.
    const PAIRS: usize;
    /// The default seed: the same pairs each time.
    const SEED: usize;

    fn seeds() -> impl Strategy<Value = Self::Seed>;

    fn case(seed: &Self::Seed, dialect: Dialect) -> Self::Case;

    async fn check(databases: &mut TrialDatabases, case: &Self::Case) -> Result<Effort, TrialFailure>;
}

/// How many pairs are tried at a time.
const WORKERS: usize = 4;

/// How many steps may shrink a failing pair.
const SHRINKING: u32 = 300;

/// One pair in this many may be one that can't be tried: MariaDB accepts fewer of the generated schemas.
const TOLERATED: usize = 10;

/// One worker's part of the pairs.
struct Share {
    pairs: usize,
    seed: usize,
}

struct Tally {
    started: Instant,
    failed: AtomicBool,
    done: AtomicUsize,
    surveyed: AtomicUsize,
    rest: Mutex<Rest>,
}

#[derive(Default)]
struct Rest {
    effort: Effort,
    /// Pairs that could not be tried, by what the server or the operator said.
    skipped: BTreeMap<String, usize>,
}

/// Tries the kept cases, then random pairs.
pub fn run<P: Property>(server: Server) {
    let runtime = Runtime::new().expect("a runtime");
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<usize>().ok());
    let pairs = number("PAIRS").unwrap_or(P::PAIRS);
    let seed = number("PAIRS_SEED").unwrap_or(P::SEED);
    let workers = number("PAIRS_WORKERS").unwrap_or(WORKERS).min(pairs.max(1));
    let pipeline = Pipeline::new(Servers::new(3 * workers));
    replay::<P>(&runtime, server, &pipeline);
    println!("{server:?}, {}: {pairs} pairs; PAIRS_SEED={seed} PAIRS_WORKERS={workers} repeats them", P::NAME);
    let tally = Tally {
        started: Instant::now(),
        failed: AtomicBool::new(false),
        done: AtomicUsize::new(0),
        surveyed: AtomicUsize::new(0),
        rest: Mutex::default(),
    };
    let failures: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers)
            .map(|worker| {
                let share = pairs / workers + usize::from(worker < pairs % workers);
                let (runtime, pipeline, tally) = (&runtime, &pipeline, &tally);
                scope.spawn(move || {
                    work::<P>(runtime, server, pipeline, tally, &Share { pairs: share, seed: seed * 1000 + worker })
                })
            })
            .collect();
        workers.into_iter().filter_map(|worker| worker.join().expect("a worker ends")).collect()
    });
    tally.summary(server, P::NAME);
    assert!(failures.is_empty(), "PAIRS_SEED={seed}\n{}", failures.join("\n\n"));
    let surveyed = tally.surveyed.load(Ordering::Relaxed);
    assert!(surveyed == 0, "{surveyed} pairs fail");
    let skipped: usize = tally.rest.lock().expect("no worker panics").skipped.values().sum();
    assert!(skipped * TOLERATED <= pairs, "{skipped} of {pairs} pairs could not be tried");
}

/// Tries one worker's share, and returns what fails.
fn work<P: Property>(
    runtime: &Runtime,
    server: Server,
    pipeline: &Pipeline,
    tally: &Tally,
    share: &Share,
) -> Option<String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&share.seed.to_le_bytes());
    let config = Config {
        cases: u32::try_from(share.pairs).expect("not too many"),
        max_shrink_iters: SHRINKING,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let databases = runtime.block_on(open(server, pipeline));
    let dialect = databases.dialect();
    let databases = Mutex::new(databases);
    let ours = AtomicBool::new(false);
    let survey = std::env::var_os("PAIRS_SURVEY").is_some();
    let outcome = runner.run(&P::seeds(), |seed| {
        if tally.failed.load(Ordering::Relaxed) && !ours.load(Ordering::Relaxed) {
            return Ok(());
        }
        let pair = P::case(&seed, dialect);
        let checked = runtime.block_on(P::check(&mut databases.lock().expect("one at a time"), &pair));
        match checked {
            Ok(effort) => tally.passed(effort),
            Err(TrialFailure::Unmakeable(text)) => tally.skip(&format!("not made: {text}")),
            Err(TrialFailure::Data(text)) => tally.skip(&text),
            Err(TrialFailure::Broken(text)) if survey => tally.survey(server, &pair, &text),
            Err(TrialFailure::Broken(text)) => {
                tally.failed.store(true, Ordering::Relaxed);
                ours.store(true, Ordering::Relaxed);
                return Err(TestCaseError::fail(text));
            }
        }
        Ok(())
    });
    let failure = match outcome {
        Ok(()) => None,
        Err(TestError::Fail(reason, seed)) => Some(keep(server, P::FOUND, &P::case(&seed, dialect), reason.message())),
        Err(TestError::Abort(reason)) => Some(reason.to_string()),
    };
    runtime.block_on(databases.into_inner().expect("no panic").end());
    failure
}

async fn open(server: Server, pipeline: &Pipeline) -> TrialDatabases {
    TrialDatabases::new(server.session().await, pipeline.clone(), server.login())
}

/// Tries each kept case that is for this server.
fn replay<P: Property>(runtime: &Runtime, server: Server, pipeline: &Pipeline) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(P::FOUND);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    let prefix = format!("{server:?}-").to_lowercase();
    let ours = files.iter().filter(|file| {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(&prefix) || name.starts_with("any-")
    });
    let mut failures = Vec::new();
    let mut databases = runtime.block_on(open(server, pipeline));
    for file in ours {
        let text = std::fs::read_to_string(file).expect("a kept case can be read");
        let pair: P::Case = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        if let Err(failure) = runtime.block_on(P::check(&mut databases, &pair)) {
            failures.push(format!("{}: {failure:?}", file.display()));
        }
    }
    runtime.block_on(databases.end());
    assert!(failures.is_empty(), "kept cases fail:\n{}", failures.join("\n\n").replace("\\n", "\n"));
}

/// Writes a failing pair to the folder of kept cases, and returns a report of it.
fn keep(server: Server, folder: &str, pair: &impl Serialize, reason: &str) -> String {
    let yaml = serde_saphyr::to_string(pair).expect("a pair can be written");
    let name = format!("{server:?}-{:012x}.yaml", now()).to_lowercase();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(name);
    let written = std::fs::create_dir_all(file.parent().unwrap_or(&file)).and_then(|()| std::fs::write(&file, &yaml));
    let kept = match written {
        Ok(()) => format!("kept in {}", file.display()),
        Err(error) => format!("could not be kept: {error}"),
    };
    format!("{reason}\n--- {kept}\n{yaml}")
}

fn now() -> usize {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    usize::try_from(since.as_micros() & 0xffff_ffff_ffff).unwrap_or_default()
}

impl Tally {
    fn passed(&self, effort: Effort) {
        let mut rest = self.rest.lock().expect("no worker panics");
        rest.effort.tables += effort.tables;
        rest.effort.rows += effort.rows;
        rest.effort.statements += effort.statements;
        for (reason, times) in effort.endings {
            *rest.effort.endings.entry(reason).or_default() += times;
        }
        drop(rest);
        self.progress();
    }

    fn skip(&self, text: &str) {
        let mut rest = self.rest.lock().expect("no worker panics");
        *rest.skipped.entry(text.lines().next().unwrap_or_default().to_owned()).or_default() += 1;
        drop(rest);
        self.progress();
    }

    /// Prints a failure without shrinking its pair (`PAIRS_SURVEY`).
    fn survey(&self, server: Server, pair: &impl Serialize, text: &str) {
        self.surveyed.fetch_add(1, Ordering::Relaxed);
        let yaml = serde_saphyr::to_string(pair).unwrap_or_default();
        println!("=== {server:?} FAILS {text}\n--- PAIR\n{yaml}=== END");
        self.progress();
    }

    fn progress(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(100) {
            println!("{done} pairs after {} s", self.started.elapsed().as_secs());
        }
    }

    fn summary(&self, server: Server, property: &str) {
        let rest = self.rest.lock().expect("no worker panics");
        let Effort { tables, rows, statements, endings } = &rest.effort;
        let skipped: usize = rest.skipped.values().sum();
        println!(
            "{server:?}, {property}: {} pairs, {skipped} of them skipped; {tables} tables, {rows} rows, {statements} \
             statements of the operator, {} s",
            self.done.load(Ordering::Relaxed),
            self.started.elapsed().as_secs()
        );
        for (reason, times) in endings {
            println!("  {times} rounds ended as {reason}");
        }
        for (text, times) in &rest.skipped {
            println!("  skipped {times}: {text}");
        }
    }
}
