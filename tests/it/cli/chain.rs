//! `kubectl schema chain`: exit codes, and what a terminal would obey in the names of files and migrations.

use std::fs;
use std::path::Path;

use crate::support::{run_cli, temporary_folder};

/// No test of this file has a server.
const NO_URL: &str = "mysql://nobody@127.0.0.1:1/none";

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn the_exit_code_says_whether_the_chain_is_whole() {
    let folder = temporary_folder("chain");
    write(&folder, "whole/V1__a.sql", "CREATE TABLE a (b int)");
    write(&folder, "broken/V1__a.sql", "CREATE TABLE a (b int)");
    write(&folder, "broken/V2__a.sql", "CREATE TABLE a (b int)");
    write(&folder, "none/a.txt", "");
    for (name, code) in [("whole", 0), ("broken", 2), ("none", 1), ("absent", 1), ("none/a.txt", 1)] {
        let path = folder.join(name);
        for format in ["text", "json", "markdown"] {
            let run = run_cli(NO_URL, &["chain", path.to_str().unwrap(), "-o", format], "");
            assert_eq!(run.code, code, "{run:?}");
            assert_eq!(run.error.is_empty(), code != 1, "{run:?}");
        }
    }
    let broken = folder.join("broken");
    let run = run_cli(NO_URL, &["chain", broken.to_str().unwrap(), "--spec"], "");
    assert_eq!(
        (run.code, run.output.as_str()),
        (2, "revisionTable:\n  flyway:\n    chain:\n    - \"1\"\n    - \"2\"\n")
    );
    assert!(run.error.contains("broken/V2__a.sql:1: 2 adds table a, as 1 did before"), "{run:?}");
}

#[test]
fn a_name_neither_forges_a_line_nor_reaches_the_terminal() {
    let folder = temporary_folder("chain");
    let hostile = "\\x1b[2K\\nThe chain is whole.\\u202e`</details>@all";
    for (name, down) in [("a", "None"), ("b", "'nowhere'")] {
        let text = format!("\"\"\"{hostile}\"\"\"\nrevision = '{name}{hostile}'\ndown_revision = {down}\n");
        write(&folder, &format!("versions/{name}\u{1b}[2K\u{202e}\n.py"), &text);
    }
    for format in ["text", "markdown", "json"] {
        let run = run_cli(NO_URL, &["chain", folder.to_str().unwrap(), "-o", format], "");
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.output.contains("nowhere") && run.output.contains("\\u202e"), "{run:?}");
        let obeyed = |c: char| c != '\n' && c.is_control() || c == '\u{202e}';
        assert!(!run.output.contains(obeyed), "{run:?}");
        assert!(!run.output.lines().any(|line| line.starts_with("The chain is whole")), "{run:?}");
    }
}
