//! The cases of `tests/cases`: the live schema, the declaration, and the statements that lead from one to the other, on
//! each server. `tests/cases/README.md` says what a case is and how to add one.

mod file;
mod outcome;

use std::fmt::Write as _;
use std::path::Path;

use futures::StreamExt;
use futures::stream;

use crate::support::Server;
use file::{Case, CaseFile};
use outcome::Stage;

/// How many cases run on one server at a time.
const AT_ONCE: usize = 10;

/// Files whose name begins with this hold definitions that are only spelled differently: their cases may expect nothing
/// else than `nothing`.
const SAME: &str = "same-";

/// The outcome of one case on one server.
struct Outcome<'a> {
    case: &'a Case,
    server: Server,
    text: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_holds() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"));
    let mut files = file::read_all(folder);
    let chosen = std::env::var("CASES").unwrap_or_default();
    let update = std::env::var("UPDATE_CASES").is_ok_and(|value| !value.is_empty());
    let mut report = String::new();
    for file in &mut files {
        file.cases.retain(|case| file.name.contains(&chosen) || case.title.contains(&chosen));
    }
    let outcomes = run(&files).await;
    for outcome in &outcomes {
        if !outcome.case.holds(outcome.server, &outcome.text) {
            let (case, server) = (outcome.case, outcome.server.name());
            let _ = writeln!(report, "\n{}:{}: {} on {server}", case.file, case.line, case.title);
            report.push_str(&outcome::difference(&case.expected(outcome.server), &outcome.text));
        }
    }
    if update && !report.is_empty() {
        println!("{report}");
        for file in &files {
            file.update(folder, |case, server| {
                let of_case = outcomes.iter().find(|outcome| {
                    (&outcome.case.file, outcome.case.line) == (&case.file, case.line) && outcome.server == server
                });
                of_case.map(|outcome| outcome.text.clone())
            });
        }
        let lasting = outcomes.iter().filter(|outcome| outcome.is_never_right());
        let lasting: Vec<String> =
            lasting.map(|outcome| format!("{}:{}", outcome.case.file, outcome.case.line)).collect();
        assert!(lasting.is_empty(), "no expectation can make these right: {}", lasting.join(", "));
        return;
    }
    assert!(!outcomes.is_empty(), "no case holds {chosen:?}");
    assert!(report.is_empty(), "{report}\nWhere the new outcome is right: UPDATE_CASES=1, and look at git diff.");
}

impl Outcome<'_> {
    /// Decides whether the outcome is wrong in any case: plans without end, or a statement for what is only spelled
    /// differently.
    fn is_never_right(&self) -> bool {
        self.text.contains(outcome::NO_END)
            || self.case.file.contains(&format!("/{SAME}")) && self.text != outcome::NOTHING
    }
}

/// Runs all cases on all servers, several at a time on each.
async fn run(files: &[CaseFile]) -> Vec<Outcome<'_>> {
    let servers = Server::ALL.map(|server| async move {
        let stage = &Stage::new(server);
        let cases = files.iter().flat_map(|file| &file.cases).filter(|case| case.is_for(server));
        let runs = cases.map(|case| async move { Outcome { case, server, text: Box::pin(stage.run(case)).await } });
        stream::iter(runs).buffered(AT_ONCE).collect::<Vec<_>>().await
    });
    futures::future::join_all(servers).await.into_iter().flatten().collect()
}
