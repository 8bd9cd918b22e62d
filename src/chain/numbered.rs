//! Reads the folders of tools whose migrations have a version, which says their order.

use std::cmp::Ordering;

use super::file::{MigrationFile, Place, file_name, folder_of, has_extension};
use super::migration::{Migration, Migrations, NoMigration, Reference};
use super::schema_change::SchemaChanges;
use super::sql::read_sql;
use super::tool::Tool;

/// Reads the files of a tool whose migrations name no parents.
pub fn read(tool: Tool, files: &[MigrationFile]) -> Migrations {
    let mut read = Migrations::default();
    let mut found = Vec::new();
    for file in files {
        match Numbered::of(tool, &file.path) {
            Name::Migration(numbered) => found.push(Found { numbered, file }),
            Name::Reverse | Name::Other => {}
            Name::Misnamed(why) => read.not_read.push(NoMigration { place: Place::beginning(&file.path), why }),
        }
    }
    found.sort_by(|a, b| a.numbered.version.cmp(&b.numbered.version).then_with(|| a.file.path.cmp(&b.file.path)));
    let mut parent: Option<String> = None;
    for Found { numbered, file } in found {
        let mut changes = SchemaChanges::default();
        match part_that_runs(tool, file) {
            Ok(None) => {}
            Ok(Some(part)) => read_sql(part.sql, part.line, true, &mut changes),
            Err(fault) => read.not_read.push(fault),
        }
        let key = numbered.key;
        let parents = parent.iter().filter(|parent| **parent != key);
        let parents = parents.map(|parent| Reference { name: parent.clone(), line: 1 }).collect();
        parent = Some(key.clone());
        read.found.push(Migration {
            id: numbered.id,
            key,
            place: Place::beginning(&file.path),
            title: numbered.title,
            group: None,
            parents,
            dependencies: Vec::new(),
            labels: Vec::new(),
            changes: changes.changes,
            unread: changes.unread,
        });
    }
    read
}

struct Found<'a> {
    numbered: Numbered,
    file: &'a MigrationFile,
}

/// What the name of a file says to its tool.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    Migration(Numbered),
    /// The way back of a migration, or one without a version.
    Reverse,
    /// It looks like a migration, and the tool passes over it or refuses it.
    Misnamed(String),
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Numbered {
    version: Version,
    /// What two migrations of one version have in common.
    key: String,
    /// As the tool writes it to its table.
    id: String,
    title: String,
}

/// What orders migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Version {
    /// Numbers without leading zeros, and without zeros at the end.
    Numbers(Vec<String>),
    /// The name itself.
    Name(String),
}

impl Version {
    /// Reads numbers with dots between them; `None` where one has another character.
    fn numbers(text: &str) -> Option<Self> {
        let mut numbers = Vec::new();
        for number in text.split('.') {
            if number.is_empty() || !number.chars().all(|c| c.is_ascii_digit()) {
                return None;
            }
            numbers.push(number.trim_start_matches('0').to_owned());
        }
        while numbers.len() > 1 && numbers.last().is_some_and(String::is_empty) {
            numbers.pop();
        }
        Some(Self::Numbers(numbers))
    }

    /// Returns it in the shortest way that it can be written.
    fn text(&self) -> String {
        match self {
            Self::Numbers(numbers) => {
                let shown = numbers.iter().map(|number| if number.is_empty() { "0" } else { number });
                shown.collect::<Vec<_>>().join(".")
            }
            Self::Name(name) => name.clone(),
        }
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Numbers(own), Self::Numbers(others)) => {
                let longest = own.len().max(others.len());
                let number = |numbers: &[String], index: usize| numbers.get(index).cloned().unwrap_or_default();
                let compared = (0..longest).map(|index| {
                    let (own, other) = (number(own, index), number(others, index));
                    own.len().cmp(&other.len()).then_with(|| own.cmp(&other))
                });
                compared.fold(Ordering::Equal, Ordering::then)
            }
            (Self::Name(own), Self::Name(other)) => own.cmp(other),
            (Self::Numbers(_), Self::Name(_)) => Ordering::Less,
            (Self::Name(_), Self::Numbers(_)) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Returns the digits with which a name begins, and the rest.
fn digits(name: &str) -> (&str, &str) {
    name.split_at(name.find(|c: char| !c.is_ascii_digit()).unwrap_or(name.len()))
}

fn title(text: &str) -> String {
    text.replace('_', " ").trim().to_owned()
}

impl Numbered {
    /// Makes a migration of a tool that keeps its versions as numbers.
    fn by_number(version: Version, description: &str) -> Self {
        Self { key: version.text(), id: version.text(), version, title: title(description) }
    }

    fn of(tool: Tool, path: &str) -> Name {
        let name = file_name(path);
        match tool {
            Tool::Flyway => flyway(name),
            Tool::Rails => rails(name),
            Tool::GolangMigrate => golang_migrate(name),
            Tool::Dbmate => dbmate(name),
            Tool::Prisma => prisma(path, name),
            // Their migrations have no version.
            Tool::Alembic | Tool::Django => Name::Other,
        }
    }
}

fn flyway(name: &str) -> Name {
    let Some(stem) = name.strip_suffix(".sql") else { return Name::Other };
    let begins = |prefixes: &[char]| {
        let mut characters = stem.chars();
        characters.next().is_some_and(|first| prefixes.contains(&first))
            && characters.next().is_some_and(|second| second.is_ascii_digit())
    };
    if stem.starts_with("R__") || begins(&['U', 'B']) {
        return Name::Reverse;
    }
    if !begins(&['V', 'v']) {
        return Name::Other;
    }
    let Some((version, description)) = stem.split_once("__") else {
        return Name::Misnamed(
            "is no migration to Flyway, which wants two underscores after the version: it never runs; rename it"
                .to_owned(),
        );
    };
    let Some(version) = version.strip_prefix('V') else {
        return Name::Misnamed(
            "is no migration to Flyway, which wants a capital V: it never runs; rename it".to_owned(),
        );
    };
    let id = version.replace('_', ".");
    match Version::numbers(&id) {
        Some(version) => {
            Name::Migration(Numbered { key: version.text(), version, id, title: title(description) })
        }
        None => Name::Misnamed(
            "has a version with other characters than digits, dots and underscores: Flyway refuses the folder; rename it"
                .to_owned(),
        ),
    }
}

fn rails(name: &str) -> Name {
    let (version, rest) = digits(name);
    let Some(stem) = rest.strip_suffix(".rb").filter(|_| !version.is_empty()) else { return Name::Other };
    let Some(description) = stem.strip_prefix('_') else { return Name::Other };
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
    if description.is_empty() || !description.chars().all(is_name) {
        return Name::Misnamed(
            "is no name of a migration to Rails, which wants lower case letters, digits and underscores: it refuses the \
             folder; rename it"
                .to_owned(),
        );
    }
    let Some(numbers) = Version::numbers(version) else { return Name::Other };
    Name::Migration(Numbered::by_number(numbers, description))
}

fn golang_migrate(name: &str) -> Name {
    let (version, rest) = digits(name);
    if version.is_empty() || !has_extension(name, "sql") {
        return Name::Other;
    }
    let described = rest.strip_prefix('_').and_then(|rest| rest.strip_suffix(".sql"));
    let Some((description, direction)) = described.and_then(|rest| rest.rsplit_once('.')) else {
        return Name::Misnamed(
            "is no migration to golang-migrate, which wants VERSION_NAME.up.sql: it never runs; rename it".to_owned(),
        );
    };
    match (direction, Version::numbers(version)) {
        ("up", Some(numbers)) => Name::Migration(Numbered::by_number(numbers, description)),
        ("down", _) => Name::Reverse,
        _ => Name::Misnamed(
            "is no migration to golang-migrate, which wants .up.sql or .down.sql: it never runs; rename it".to_owned(),
        ),
    }
}

fn dbmate(name: &str) -> Name {
    let (version, rest) = digits(name);
    let Some(stem) = rest.strip_suffix(".sql").filter(|_| !version.is_empty()) else { return Name::Other };
    // dbmate orders by the file's name, and keeps the digits as they are.
    Name::Migration(Numbered {
        version: Version::Name(name.to_owned()),
        key: version.to_owned(),
        id: version.to_owned(),
        title: title(stem),
    })
}

fn prisma(path: &str, name: &str) -> Name {
    let folder = file_name(folder_of(path));
    // The list of files also has folders, with a slash at the end.
    if path.ends_with('/') {
        return Name::Misnamed(
            "is a migration without migration.sql: Prisma refuses the folder; restore the file, or remove the folder"
                .to_owned(),
        );
    }
    if name != "migration.sql" || folder.is_empty() {
        return Name::Other;
    }
    let (_, rest) = digits(folder);
    let version = Version::Name(folder.to_owned());
    Name::Migration(Numbered { version, key: folder.to_owned(), id: folder.to_owned(), title: title(rest) })
}

/// SQL text that runs forwards, and the line on which it begins.
struct Part<'a> {
    sql: &'a str,
    line: usize,
}

/// Returns the part of a file that runs forwards; none where the file is no SQL.
fn part_that_runs(tool: Tool, file: &MigrationFile) -> Result<Option<Part<'_>>, NoMigration> {
    let fault = |why: String| NoMigration { place: Place::beginning(&file.path), why };
    match tool {
        Tool::Alembic | Tool::Django | Tool::Rails => Ok(None),
        Tool::Flyway | Tool::GolangMigrate | Tool::Prisma => {
            let text = file.text.as_ref().map_err(|error| fault(format!("can't be read: {error}")))?;
            Ok(Some(Part { sql: text, line: 1 }))
        }
        Tool::Dbmate => {
            let text = file.text.as_ref().map_err(|error| fault(format!("can't be read: {error}")))?;
            let part = forwards(text).ok_or_else(|| {
                fault("has no line -- migrate:up: dbmate refuses it; write it before the statements".to_owned())
            })?;
            Ok(Some(part))
        }
    }
}

/// Returns what is between dbmate's marks.
fn forwards(text: &str) -> Option<Part<'_>> {
    let mark = |line: &str, direction: &str| {
        let comment = line.trim_start().strip_prefix("--").map(str::trim_start);
        let after = comment.and_then(|comment| comment.strip_prefix("migrate:")?.strip_prefix(direction));
        after.is_some_and(|after| after.is_empty() || after.starts_with(char::is_whitespace))
    };
    let mut begin: Option<Part<'_>> = None;
    let mut offset = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let end = offset;
        offset += line.len();
        match &begin {
            None if mark(line.trim_end(), "up") => {
                begin = Some(Part { sql: text.get(offset..)?, line: index + 2 });
            }
            Some(part) if mark(line.trim_end(), "down") => {
                let length = end - (text.len() - part.sql.len());
                return Some(Part { sql: part.sql.get(..length)?, line: part.line });
            }
            None | Some(_) => {}
        }
    }
    begin
}
