//! Holds the tables of docs/safety.md and docs/threat-model.md against the tests that they name.

use super::paths::Tree;
use super::tables::rows;

/// Where a test's name may begin: the end-to-end tests, or the root of the repository.
const FOLDERS: [&str; 2] = ["tests/it/", ""];

/// A document whose tables name tests in their second column.
#[derive(Debug, Clone, Copy)]
pub struct Document {
    pub path: &'static str,
    /// The name of the first column.
    pub header: &'static str,
}

pub const DOCUMENTS: [Document; 2] = [
    Document { path: "docs/safety.md", header: "guarantee" },
    Document { path: "docs/threat-model.md", header: "must not" },
];

/// Returns a line for each row that names no test, and for each test that is not there.
///
/// A test is named by its function, by its module (`during/locks` below `tests/it`), or by the path of a file or folder.
pub fn unproven(Document { path, header }: Document, text: &str, tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for row in rows(text, header) {
        let line = row.line;
        let tests = row.code(1);
        if tests.is_empty() {
            faults.push(format!("{path}:{line} names no test"));
        }
        let missing = tests.into_iter().filter(|test| !is_there(test, tree));
        faults.extend(missing.map(|test| format!("{path}:{line} names the test {test}, which is not there")));
    }
    faults
}

fn is_there(test: &str, tree: &Tree) -> bool {
    let is_path = FOLDERS.iter().any(|folder| {
        ["", ".rs", "/mod.rs"].iter().any(|end| tree.has_entry(&format!("{folder}{}{end}", test.trim_end_matches('/'))))
    });
    is_path || tree.has_function(test)
}
