//! Holds the rooms without I/O against the crates that ARCHITECTURE.md allows them.

use std::collections::BTreeSet;

use super::dependencies::ExternalPath;
use super::tables;

/// The modules of the standard library that do I/O, or wait.
const IO: [&str; 7] = ["env", "fs", "io", "net", "os", "process", "thread"];

/// A room without I/O, and the crates that it may use.
#[derive(Debug)]
pub struct PureRoom {
    name: String,
    crates: BTreeSet<String>,
    line: usize,
}

/// Reads the table whose first column is named `room without I/O`.
pub fn pure_rooms(document: &str) -> Vec<PureRoom> {
    let room = |row: &tables::TableRow| {
        let name = row.code(0).first()?.clone();
        Some(PureRoom { name, crates: row.code(1).into_iter().collect(), line: row.line })
    };
    tables::rows(document, "room without I/O").iter().filter_map(room).collect()
}

/// Returns the names of the crates that a manifest lists for the program, as Rust code writes them.
pub fn dependencies(manifest: &str) -> BTreeSet<String> {
    let section = manifest.lines().skip_while(|line| line.trim() != "[dependencies]").skip(1);
    let section = section.take_while(|line| !line.starts_with('['));
    section.filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.replace('-', "_")).collect()
}

/// Returns a line for each path by which a room without I/O leaves the crates that it may use.
pub fn violations(rooms: &[PureRoom], crates: &BTreeSet<String>, paths: &[ExternalPath]) -> Vec<String> {
    let mut found = Vec::new();
    for PureRoom { name, crates: allowed, line } in rooms {
        let of_room = paths.iter().filter(|path| path.file.starts_with(&format!("{name}/")));
        let is_forbidden = |path: &&ExternalPath| match &path.path[..] {
            [first, module, ..] if first == "std" => IO.contains(&module.as_str()),
            [first, ..] => crates.contains(first) && !allowed.contains(first),
            [] => false,
        };
        found.extend(of_room.filter(is_forbidden).map(|path| {
            format!(
                "{}:{} uses {}, which {name} may not (ARCHITECTURE.md:{line})",
                path.file,
                path.line,
                path.path.join("::")
            )
        }));
    }
    found
}
