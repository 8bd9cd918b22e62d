//! The files of a folder of migrations, as a pull request brings them. The first byte says the tool; a line of `--- NAME`
//! begins a file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use schema_operator::chain::{Chain, Folder, MigrationFile, Source, Tool, find};

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let tool = Tool::ALL[usize::from(*first) % Tool::ALL.len()];
    let text = String::from_utf8_lossy(rest);
    let mut files: Vec<MigrationFile> = Vec::new();
    for part in text.split("--- ") {
        let (path, text) = part.split_once('\n').unwrap_or(("versions/a.py", part));
        files.push(MigrationFile { path: path.to_owned(), text: Ok(text.to_owned()) });
    }
    let paths: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
    let folder = Folder { name: "migrations", paths: &paths, alembic_ini: Some(&text) };
    for tool in [None, Some(tool)] {
        if let Ok(layout) = find(folder, tool) {
            assert!(layout.files.iter().all(|file| paths.contains(file)));
        }
    }
    let source = Source { tool, is_tool_given: true, folder_name: "shop", files: &files };
    let Ok(chain) = Chain::read(source) else { return };
    let lines = chain.tree().len() + chain.without_order().len();
    assert_eq!(lines, chain.migrations().count());
    if let Ok(order) = chain.order() {
        assert_eq!(order.len(), chain.migrations().count());
        assert!(tool == Tool::Django || chain.heads().len() == 1);
    }
    for finding in chain.findings.iter().chain(&chain.possible) {
        assert!(finding.place().is_some() && !finding.to_string().is_empty());
    }
    let _ = chain.not_read();
});
