//! How far a database is on a chain, by the rows of the tool's table.

use std::collections::BTreeSet;

use super::chain::DeclaredChain;
use super::queries::Outcome;
use super::rows::RevisionRow;
use super::tool::{Keeps, Tool};
use super::version::{compare, key};

/// How far a database is on a chain.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// A migration that began and did not end.
    pub dirty: Option<String>,
    /// A migration that failed.
    pub failed: Option<String>,
    /// The revisions of a tool that keeps the current one, where they are more than one.
    pub heads: Vec<String>,
    /// What is applied, or current, and not in the chain.
    pub unknown: Vec<String>,
    /// The places up to the declared revision that are not applied.
    pub pending: Vec<usize>,
    /// The places after the declared revision that are applied.
    pub ahead: Vec<usize>,
    /// Where it stands: the last applied revision, of each app of Django's, and all that are unknown.
    pub live: Vec<String>,
}

impl Progress {
    /// Follows the rows, in their order.
    pub fn of(chain: &DeclaredChain, rows: &[RevisionRow]) -> Self {
        let of_outcome =
            |outcome: Outcome| rows.iter().find(|row| row.outcome == outcome).map(|row| row.revision.clone());
        let (dirty, failed) = (of_outcome(Outcome::Dirty), of_outcome(Outcome::Failed));
        let progress = match chain.table.tool.keeps() {
            Keeps::Current => Self::of_current(chain, rows),
            Keeps::Applied => Self::of_applied(chain, rows),
        };
        Self { dirty, failed, ..progress }
    }

    /// Each row is a head. What comes before it in the chain is applied.
    fn of_current(chain: &DeclaredChain, rows: &[RevisionRow]) -> Self {
        let live: Vec<String> = rows.iter().map(|row| row.revision.clone()).collect();
        let places: Vec<usize> = live.iter().filter_map(|revision| chain.place(revision)).collect();
        let unknown = live.iter().filter(|revision| chain.place(revision).is_none()).cloned().collect();
        let applied: BTreeSet<usize> = places.iter().max().map_or_else(BTreeSet::new, |last| (0..=*last).collect());
        let heads = if live.len() > 1 { live.clone() } else { Vec::new() };
        Self { heads, unknown, live, ..Self::by_places(chain, &applied) }
    }

    fn of_applied(chain: &DeclaredChain, rows: &[RevisionRow]) -> Self {
        let mut applied = BTreeSet::new();
        let mut unknown: Vec<String> = Vec::new();
        for RevisionRow { revision, outcome } in rows {
            let place = chain.place(revision);
            match (outcome, place) {
                (Outcome::Baseline, _) => {
                    applied.extend(up_to(chain, revision));
                    if place.is_none() && is_after_all(chain, revision) {
                        unknown.push(revision.clone());
                    }
                }
                (Outcome::Applied, Some(place)) => _ = applied.insert(place),
                (Outcome::Applied, None) => unknown.push(revision.clone()),
                (Outcome::Undone, Some(place)) => _ = applied.remove(&place),
                (Outcome::Undone, None) => {
                    let undone = key(chain.table.tool, revision);
                    unknown.retain(|other| key(chain.table.tool, other) != undone);
                }
                (Outcome::Failed | Outcome::Dirty, _) => {}
            }
        }
        let live = last_applied(chain, &applied).into_iter().chain(unknown.iter().cloned()).collect();
        Self { unknown, live, ..Self::by_places(chain, &applied) }
    }

    fn by_places(chain: &DeclaredChain, applied: &BTreeSet<usize>) -> Self {
        let pending = (0..=chain.declared()).filter(|place| !applied.contains(place)).collect();
        let ahead = applied.iter().copied().filter(|place| *place > chain.declared()).collect();
        Self { pending, ahead, ..Self::default() }
    }
}

/// Returns the places of the versions up to a baseline.
fn up_to(chain: &DeclaredChain, baseline: &str) -> impl Iterator<Item = usize> {
    let revisions = chain.revisions().iter().enumerate();
    revisions.filter(move |(_, revision)| compare(revision, baseline).is_le()).map(|(place, _)| place)
}

fn is_after_all(chain: &DeclaredChain, baseline: &str) -> bool {
    chain.revisions().iter().all(|revision| compare(revision, baseline).is_lt())
}

/// Returns the last applied revision, of each app where the tool has apps.
fn last_applied(chain: &DeclaredChain, applied: &BTreeSet<usize>) -> Vec<String> {
    let mut last: Vec<&str> = Vec::new();
    let mut apps = BTreeSet::new();
    for revision in applied.iter().rev().map(|place| chain.revision(*place)) {
        let app = if chain.table.tool == Tool::Django { revision.split('.').next() } else { None };
        if apps.insert(app) {
            last.push(revision);
        }
    }
    last.iter().rev().map(|revision| (*revision).to_owned()).collect()
}
