//! The folders of `tests/chain`: what is printed for each of them. With `UPDATE_CASES=1` in the environment, the actual
//! text is written as the expected one.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::{ReadChain, markdown, read_chain, revision_table, text};
use crate::chain::Tool;
use crate::cli::file::parse;

/// The file with the expected text; no tool takes it for a migration.
const EXPECTED: &str = "expected.txt";

/// Returns the folder that is read: the one itself, or another one that `folder.txt` names.
fn source(folder: &Path) -> PathBuf {
    fs::read_to_string(folder.join("folder.txt")).map_or_else(|_| folder.to_owned(), |path| folder.join(path.trim()))
}

/// Returns what is printed for a folder, as text and as a part of a spec.
fn printed(folder: &Path) -> String {
    let tool = fs::read_to_string(folder.join("tool.txt")).ok();
    let tool = tool.map(|name| Tool::ALL.into_iter().find(|tool| tool.to_string() == name.trim()).unwrap());
    match read_chain(&source(folder), tool, "") {
        Ok(ReadChain { chain, view }) => {
            let mut printed = text::render(&view);
            match revision_table::yaml(&chain) {
                Ok(yaml) => write!(printed, "\n--spec:\n{yaml}").unwrap(),
                Err(error) => writeln!(printed, "\n--spec: {error}").unwrap(),
            }
            printed
        }
        Err(error) => format!("error: {error}\n"),
    }
}

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = fs::read_dir(root.join("tests/chain")).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// The folder whose chain is also expected in the other formats.
const IN_ALL_FORMATS: &str = "alembic-todobox-two-heads";

/// Returns the files of a folder that hold what is expected, with what is printed now.
fn expectations(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut expectations = vec![(folder.join(EXPECTED), printed(folder))];
    if folder.ends_with(IN_ALL_FORMATS) {
        let view = read_chain(folder, None, "").unwrap().view;
        let json = serde_json::to_string_pretty(&view).unwrap() + "\n";
        expectations.push((folder.join("expected.json"), json));
        expectations.push((folder.join("expected.md"), markdown::render(&view)));
    }
    expectations
}

#[test]
fn every_folder_is_printed_as_expected() {
    let update = std::env::var("UPDATE_CASES").is_ok_and(|value| !value.is_empty());
    let mut report = String::new();
    let folders = folders();
    for (path, actual) in folders.iter().flat_map(|folder| expectations(folder)) {
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if actual == expected {
            continue;
        }
        if update {
            fs::write(&path, &actual).unwrap();
        } else {
            let diff = TextDiff::from_lines(&expected, &actual);
            writeln!(report, "{}\n{}", path.display(), diff.unified_diff()).unwrap();
        }
    }
    assert!(folders.len() > 10, "{folders:?}");
    assert!(report.is_empty(), "{report}\nWhere the new text is right: UPDATE_CASES=1, and look at git diff.");
}

#[test]
fn what_is_written_for_a_spec_is_accepted_in_one() {
    let mut tools = std::collections::BTreeSet::new();
    for folder in folders() {
        let Ok(ReadChain { chain, .. }) = read_chain(&source(&folder), None, "") else { continue };
        let Ok(yaml) = revision_table::yaml(&chain) else { continue };
        let resource = format!(
            "apiVersion: schema-operator.dev/v1alpha1\nkind: DatabaseSchema\nmetadata: {{name: app}}\nspec:\n  revision: r\n  \
             database: app\n  connection: {{secretRef: {{name: s}}}}\n  tables: []\n  {}\n",
            yaml.trim_end().replace('\n', "\n  ")
        );
        let resource = parse(&resource).unwrap_or_else(|error| panic!("{}: {error}\n{resource}", folder.display()));
        assert!(!resource.spec.revision_table.unwrap().chain().is_empty());
        tools.insert(chain.tool);
    }
    assert_eq!(tools.len(), Tool::ALL.len(), "{tools:?}");
}

/// A chain that its tool runs has no finding: a false alarm is worse than none.
#[test]
fn no_folder_that_is_called_healthy_has_a_finding() {
    let healthy = |folder: &&PathBuf| folder.file_name().is_some_and(|name| name.to_string_lossy().contains("healthy"));
    let folders = folders();
    let healthy: Vec<&PathBuf> = folders.iter().filter(healthy).collect();
    assert!(healthy.len() > 5, "{healthy:?}");
    for folder in healthy {
        let printed = printed(folder);
        assert!(printed.contains("The chain is whole."), "{}:\n{printed}", folder.display());
    }
}

#[test]
fn the_example_names_the_fault_that_took_production_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/todobox/migrations");
    let read = read_chain(&folder, None, "examples/todobox/migrations/").unwrap();
    let [finding] = read.view.findings.as_slice() else { panic!("{:?}", read.view.findings) };
    assert_eq!(
        format!("{}: {}", finding.at(), finding.message),
        "examples/todobox/migrations/versions/d1f2e3c4b5a6_add_api_token_to_user.py:22: d1f2e3c4b5a6 adds column \
         user.api_token and index ix_user_api_token of table user, as 3e5106ee570c did before: it fails; remove one of \
         the two"
    );
    assert_eq!(read.chain.heads(), ["d1f2e3c4b5a6"]);
    let order = ["6793349c088c", "366e5694a9ad", "3e5106ee570c", "c682ef478e45", "d1f2e3c4b5a6"];
    assert_eq!(read.chain.order().unwrap(), order);
}
