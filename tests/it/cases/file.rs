//! Reads the files that hold the cases, and writes them with new expectations.

use std::fmt::Write as _;
use std::path::Path;

use super::outcome::matches;
use crate::support::Server;

/// A file of cases, in order.
pub struct CaseFile {
    pub name: String,
    pub cases: Vec<Case>,
    /// The whole text, as read.
    text: String,
}

/// A live state, a declaration, and what is expected.
#[derive(Clone)]
pub struct Case {
    /// The file, from the root of the repository.
    pub file: String,
    /// The line of the title.
    pub line: usize,
    pub title: String,
    /// The servers that the case is for, as in the file; empty for all.
    only: Vec<String>,
    /// SQL that creates the live state.
    pub before: String,
    /// `spec.tables`, in YAML, or `CREATE TABLE` text.
    pub declared: String,
    /// A server, or `""` for all, and what is expected there.
    expectations: Vec<(String, String)>,
}

/// The part of a case that is being read.
#[derive(Clone, Copy)]
enum Section {
    Before,
    Declared,
    Expected,
}

/// Returns the words that mean a server in a file, the most specific first.
fn words(server: Server) -> &'static [&'static str] {
    match server {
        Server::MySql | Server::MySqlLower => &["mysql", ""],
        Server::MariaDb => &["mariadb", ""],
        Server::MariaDbNewest => &["mariadb-newest", "mariadb", ""],
    }
}

/// Reads all files of the folder.
pub fn read_all(folder: &Path) -> Vec<CaseFile> {
    let entries = std::fs::read_dir(folder).expect("the folder of cases");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
    names.retain(|name| Path::new(name).extension().is_some_and(|extension| extension == "case"));
    names.sort();
    let read = |name: String| {
        let text = std::fs::read_to_string(folder.join(&name)).expect("a file of cases");
        let cases = parse(&name, &text);
        CaseFile { name, cases, text }
    };
    names.into_iter().map(read).collect()
}

fn parse(name: &str, text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut section = Section::Before;
    for (at, line) in text.lines().enumerate() {
        let file = format!("tests/cases/{name}");
        if let Some(title) = line.strip_prefix("=== ") {
            cases.push(Case {
                file,
                line: at + 1,
                title: title.to_owned(),
                only: Vec::new(),
                before: String::new(),
                declared: String::new(),
                expectations: Vec::new(),
            });
            section = Section::Before;
            continue;
        }
        // Text before the first case describes the file.
        let Some(case) = cases.last_mut() else { continue };
        if let Some(heading) = line.strip_prefix("--- ") {
            section = match heading.strip_prefix("expect") {
                Some(server) => {
                    case.expectations.push((server.trim().to_owned(), String::new()));
                    Section::Expected
                }
                None if heading == "declared" => Section::Declared,
                None => panic!("{file}:{}: {heading:?} is no section", at + 1),
            };
        } else if let (Some(only), Section::Before) = (line.strip_prefix("only: "), section) {
            case.only = only.split_whitespace().map(str::to_owned).collect();
        } else {
            let into = match section {
                Section::Before => &mut case.before,
                Section::Declared => &mut case.declared,
                Section::Expected => &mut case.expectations.last_mut().expect("a heading made it").1,
            };
            into.push_str(line);
            into.push('\n');
        }
    }
    cases
}

impl Case {
    /// Decides whether the case is for this server.
    pub fn is_for(&self, server: Server) -> bool {
        self.only.is_empty() || self.only.iter().any(|word| words(server).contains(&word.as_str()))
    }

    /// Returns what is expected on this server; empty if the file does not say yet.
    pub fn expected(&self, server: Server) -> String {
        let said = words(server).iter().find_map(|word| self.expectations.iter().find(|(for_, _)| for_ == word));
        said.map(|(_, text)| text.trim().to_owned()).unwrap_or_default()
    }

    /// Decides whether an outcome is as expected.
    pub fn holds(&self, server: Server, outcome: &str) -> bool {
        matches(&self.expected(server), outcome)
    }

    /// Writes the case with the outcomes as its expectations.
    fn with_outcomes(&self, source: &str, outcome: impl Fn(Server) -> Option<String>) -> String {
        let given = source.split("\n--- expect").next().unwrap_or_default().trim_end();
        let mut text = format!("{given}\n");
        let mut section = |heading: &str, outcome: Option<&String>| {
            if let Some(outcome) = outcome {
                let _ = writeln!(text, "--- expect{heading}\n{outcome}");
            }
        };
        let [mysql, mariadb, newest] = Server::ALL.map(|server| outcome(server).filter(|_| self.is_for(server)));
        match (&mysql, &mariadb, &newest) {
            (Some(one), Some(two), Some(three)) if one == two && two == three => section("", Some(one)),
            (Some(one), None, None) => section("", Some(one)),
            (None, Some(two), Some(three)) if two == three => section("", Some(two)),
            _ => {
                section(" mysql", mysql.as_ref());
                section(" mariadb", mariadb.as_ref());
                section(" mariadb-newest", newest.as_ref().filter(|newest| Some(*newest) != mariadb.as_ref()));
            }
        }
        text.push('\n');
        text
    }
}

impl CaseFile {
    /// Writes the file again if the outcome of a case differs.
    pub fn update(&self, folder: &Path, outcome: impl Fn(&Case, Server) -> Option<String>) {
        let start = self.text.find("=== ").unwrap_or(self.text.len());
        let (mut written, rest) = (self.text[..start].to_owned(), &self.text[start..]);
        let mut line = written.lines().count() + 1;
        for source in rest.split_inclusive('\n').fold(Vec::<String>::new(), |mut sources, line| {
            match sources.last_mut() {
                Some(source) if !line.starts_with("=== ") => source.push_str(line),
                _ => sources.push(line.to_owned()),
            }
            sources
        }) {
            let case = self.cases.iter().find(|case| case.line == line);
            let changed = case.filter(|case| {
                let came_out = |server| outcome(case, server).is_none_or(|text| case.holds(server, &text));
                !Server::ALL.into_iter().all(came_out)
            });
            match changed {
                Some(case) => written.push_str(&case.with_outcomes(&source, |server| outcome(case, server))),
                None => written.push_str(&source),
            }
            line += source.lines().count();
        }
        let written = format!("{}\n", written.trim_end());
        if written != self.text {
            std::fs::write(folder.join(&self.name), written).expect("the file can be written");
        }
    }
}
