//! Finds files that import each other in a circle, and holds them against the list in ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};

use super::dependencies::Dependency;
use super::tables;

/// Files that need each other, directly or through others of the circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    pub files: BTreeSet<String>,
    /// The items that tie it, by the file that needs them and the file that defines them.
    pub ties: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Circle {
    /// Lists the ties, one on each line.
    pub fn text(&self) -> String {
        let tie = |((from, to), items): (&(String, String), &BTreeSet<String>)| {
            let items = items.iter().cloned().collect::<Vec<_>>().join(", ");
            format!("\n  {from} -> {to}: {items}")
        };
        format!("{} files import each other:{}", self.files.len(), self.ties.iter().map(tie).collect::<String>())
    }
}

/// A circle that ARCHITECTURE.md allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedCircle {
    pub files: BTreeSet<String>,
    pub line: usize,
}

/// Reads the table whose first column is named `circle`.
pub fn allowed(document: &str) -> Vec<AllowedCircle> {
    let circle = |row: &tables::TableRow| AllowedCircle { files: row.code(0).into_iter().collect(), line: row.line };
    tables::rows(document, "circle").iter().map(circle).collect()
}

/// Returns a line for each circle that is not allowed, and for each allowed one that is not there.
pub fn faults(circles: &[Circle], allowed: &[AllowedCircle]) -> Vec<String> {
    let is_allowed = |circle: &&Circle| allowed.iter().any(|allowed| allowed.files == circle.files);
    let is_there = |allowed: &&AllowedCircle| circles.iter().any(|circle| circle.files == allowed.files);
    let unknown = circles.iter().filter(|circle| !is_allowed(circle)).map(Circle::text);
    let gone = allowed.iter().filter(|allowed| !is_there(allowed));
    let gone = gone.map(|allowed| format!("ARCHITECTURE.md:{} lists a circle that is not there", allowed.line));
    unknown.chain(gone).collect()
}

/// Finds the circles among files. A file that only hands a name on does not need it, and a module is no item.
pub fn circles<'a>(dependencies: impl IntoIterator<Item = &'a Dependency>) -> Vec<Circle> {
    let mut needs: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for Dependency { from, line: _, to, item, is_re_export } in dependencies {
        if let (Some(item), false) = (item, is_re_export) {
            needs.entry(from).or_default().entry(to).or_default().insert(item);
        }
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        needs.keys().map(|file| (*file, reached_from(file, &needs))).collect();
    let leads = |from: &str, to: &str| reached.get(from).is_some_and(|files| files.contains(to));
    let mut circles: Vec<Circle> = Vec::new();
    for file in needs.keys() {
        if !leads(file, file) || circles.iter().any(|circle| circle.files.contains(*file)) {
            continue;
        }
        let files: BTreeSet<String> = needs
            .keys()
            .filter(|other| leads(file, other) && leads(other, file))
            .map(|&other| other.to_owned())
            .collect();
        let mut ties = BTreeMap::new();
        for (from, needed) in &needs {
            for (to, items) in needed {
                if files.contains(*from) && files.contains(*to) {
                    let items = items.iter().map(|&item| item.to_owned()).collect();
                    ties.insert(((*from).to_owned(), (*to).to_owned()), items);
                }
            }
        }
        circles.push(Circle { files, ties });
    }
    circles
}

fn reached_from<'a>(
    file: &'a str,
    needs: &BTreeMap<&'a str, BTreeMap<&'a str, BTreeSet<&'a str>>>,
) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut ahead = vec![file];
    while let Some(file) = ahead.pop() {
        for &next in needs.get(file).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(next) {
                ahead.push(next);
            }
        }
    }
    reached
}
