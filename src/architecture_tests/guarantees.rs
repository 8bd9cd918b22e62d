//! Holds the tables of docs/safety.md against the tests that they name.

use super::paths::Tree;
use super::tables::rows;

/// Where a test's name may begin: the end-to-end tests, or the root of the repository.
const FOLDERS: [&str; 2] = ["tests/it/", ""];

/// Returns a line for each guarantee that names no test, and for each test that is not there.
///
/// A test is named by its function, by its module (`during/locks` below `tests/it`), or by the path of a file or folder.
pub fn unproven(document: &str, tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for row in rows(document, "guarantee") {
        let line = row.line;
        let tests = row.code(1);
        if tests.is_empty() {
            faults.push(format!("docs/safety.md:{line} names no test"));
        }
        let missing = tests.into_iter().filter(|test| !is_there(test, tree));
        faults.extend(missing.map(|test| format!("docs/safety.md:{line} names the test {test}, which is not there")));
    }
    faults
}

fn is_there(test: &str, tree: &Tree) -> bool {
    let is_path = FOLDERS.iter().any(|folder| {
        ["", ".rs", "/mod.rs"].iter().any(|end| tree.has_entry(&format!("{folder}{}{end}", test.trim_end_matches('/'))))
    });
    is_path || tree.has_function(test)
}
