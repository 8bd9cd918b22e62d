//! Holds each import against the tables of rooms in ARCHITECTURE.md.

use std::collections::BTreeSet;

use super::dependencies::Dependency;
use super::tables;

/// A folder of `src`, or the files that are directly in one, and what it may import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// The path below `src`: `plan`, `plan/diff`, or `plan/*.rs`.
    pub name: String,
    /// Rooms, or single items of one: `schema`, `plan/change`, `api::Reason`.
    pub imports: BTreeSet<String>,
    /// The line of the row in ARCHITECTURE.md.
    pub line: usize,
}

/// The rooms as ARCHITECTURE.md lists them.
#[derive(Debug)]
pub struct Rooms {
    rooms: Vec<Room>,
}

impl Rooms {
    /// Reads the tables whose first column is named `room` and whose last one names what a room may import.
    pub fn read(document: &str) -> Self {
        let room = |row: &tables::TableRow| {
            let name = row.code(0).first()?.strip_prefix("src/")?.to_owned();
            let imports = row.code(row.cells.len() - 1).into_iter().collect();
            Some(Room { name, imports, line: row.line })
        };
        Self { rooms: tables::rows(document, "room").iter().filter_map(room).collect() }
    }

    /// Returns what is wrong with the tables themselves: a room that is not there, or that imports a room below it.
    pub fn faults(&self, files: &BTreeSet<String>) -> Vec<String> {
        let mut faults = Vec::new();
        let mut above = BTreeSet::new();
        for Room { name, imports, line } in &self.rooms {
            let at = format!("ARCHITECTURE.md:{line}");
            if !files.iter().any(|file| holds(name, file)) {
                faults.push(format!("{at}: no file is in src/{name}"));
            }
            for import in imports {
                let room = import.split("::").next().unwrap_or(import);
                if !above.contains(room) {
                    faults.push(format!("{at}: src/{name} may import {import}, which no row above it describes"));
                }
                if parent(room) != parent(name) {
                    faults.push(format!("{at}: {import} is not a neighbour of {name}"));
                }
            }
            if !above.insert(name.as_str()) {
                faults.push(format!("{at}: src/{name} has another row above"));
            }
        }
        faults
    }

    /// Returns the files that are in no room. A room whose insides have rows must have one for each file.
    pub fn strays(&self, files: &BTreeSet<String>) -> Vec<String> {
        let is_stray = |file: &&String| {
            let rooms = self.path_to(file);
            let has_insides = |room: &Room| self.rooms.iter().any(|inner| parent(&inner.name) == Some(&room.name));
            rooms.last().is_none_or(|innermost| has_insides(innermost))
        };
        let is_root = |file: &&String| file.as_str() == "src/lib.rs";
        files
            .iter()
            .filter(|file| !is_root(file))
            .filter(is_stray)
            .map(|file| format!("{file} is in no room"))
            .collect()
    }

    /// Returns a line for each dependency that no row allows, at the first line of its file.
    pub fn violations<'a>(&self, dependencies: impl IntoIterator<Item = &'a Dependency>) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let is_new = |dependency: &&'a Dependency| seen.insert((&dependency.from, &dependency.to, &dependency.item));
        dependencies.into_iter().filter(is_new).filter_map(|dependency| self.violation(dependency)).collect()
    }

    fn violation(&self, dependency: &Dependency) -> Option<String> {
        if is_of_own_folder(dependency) {
            return None;
        }
        let from = self.path_to(&dependency.from);
        let to = self.path_to(&dependency.to);
        // Only the outermost rooms that differ meet: what is inside of another room is that room's affair.
        let (importer, imported) = from.iter().zip(&to).find(|(from, to)| from.name != to.name)?;
        let item = dependency.item.as_ref().map(|item| format!("{}::{item}", imported.name));
        let is_allowed =
            importer.imports.contains(&imported.name) || item.is_some_and(|item| importer.imports.contains(&item));
        (!is_allowed).then(|| {
            let allowed = importer.imports.iter().cloned().collect::<Vec<_>>().join(", ");
            let allowed = if allowed.is_empty() { "nothing".to_owned() } else { allowed };
            format!("{dependency}; src/{} may import {allowed} (ARCHITECTURE.md:{})", importer.name, importer.line)
        })
    }

    /// Returns the rooms that a file is in, from the outermost to the innermost.
    fn path_to(&self, file: &str) -> Vec<&Room> {
        let mut rooms: Vec<&Room> = self.rooms.iter().filter(|room| holds(&room.name, file)).collect();
        rooms.sort_by_key(|room| room.name.len());
        rooms
    }
}

/// Whether a `mod.rs` hands on a name of its own folder, which is what it is there for.
fn is_of_own_folder(Dependency { from, to, is_re_export, .. }: &Dependency) -> bool {
    *is_re_export && from.strip_suffix("mod.rs").is_some_and(|folder| to.starts_with(folder))
}

/// Whether a file is in a room, or in a room inside of it.
fn holds(room: &str, file: &str) -> bool {
    let Some(file) = file.strip_prefix("src/") else { return false };
    match room.strip_suffix("/*.rs") {
        Some(folder) => file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/') && !rest[1..].contains('/')),
        None => file.strip_prefix(room).is_some_and(|rest| rest.starts_with('/')),
    }
}

fn parent(room: &str) -> Option<&str> {
    room.rsplit_once('/').map(|(parent, _)| parent)
}
