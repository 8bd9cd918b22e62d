//! A chain as it is printed: the members of the JSON output.

use serde::Serialize;

use super::super::output::one_line;
use crate::chain::{Chain, ChainLine, Finding, Place, Tool};

/// A chain, and what is wrong with it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChainView {
    pub tool: String,
    /// The folders of the migrations.
    pub folders: Vec<String>,
    pub whole: bool,
    /// Oldest first.
    pub migrations: Vec<MigrationView>,
    pub bases: Vec<String>,
    pub heads: Vec<String>,
    pub findings: Vec<FindingView>,
    /// What is wrong unless a part that was not read prevents it.
    pub possible: Vec<FindingView>,
    /// What the migrations do that was not read.
    pub not_read: Vec<NotReadView>,
    pub replaced: Vec<ReplacedView>,
    /// Whether any of what the migrations do to the schema is read.
    pub reads_changes: bool,
    #[serde(skip)]
    pub tree: Vec<TreeLineView>,
    /// The names of those that have no place in the tree.
    #[serde(skip)]
    pub without_order: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MigrationView {
    pub id: String,
    pub file: String,
    pub line: usize,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingView {
    pub kind: &'static str,
    pub message: String,
    /// The place to change first.
    pub places: Vec<PlaceView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlaceView {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub migration: String,
    pub file: String,
    pub line: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotReadView {
    pub file: String,
    pub line: usize,
    pub what: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplacedView {
    pub id: String,
    pub by: String,
}

/// A line of the tree, in columns.
#[derive(Debug)]
pub struct TreeLineView {
    /// The name, behind the lines of its branch.
    pub name: String,
    pub title: String,
    /// What is to be noted: base, head, what it joins.
    pub marks: String,
}

impl ChainView {
    /// Makes the view of a chain. `prefix` stands before the paths of files.
    pub fn of(chain: &Chain, folders: &[String], prefix: &str) -> Self {
        let file = |path: &str| one_line(&format!("{prefix}{path}"));
        let names = |names: Vec<&str>| names.into_iter().map(one_line).collect();
        let migrations = chain.migrations().map(|migration| MigrationView {
            id: one_line(&migration.id),
            file: file(&migration.place.file),
            line: migration.place.line,
            title: one_line(&migration.title),
            parents: migration.parents.iter().map(|parent| one_line(&parent.name)).collect(),
            depends_on: migration.dependencies.iter().map(|before| one_line(&before.name)).collect(),
            labels: migration.labels.iter().map(|label| one_line(label)).collect(),
        });
        let not_read = chain.not_read().into_iter().map(|not_read| NotReadView {
            file: file(&not_read.place.file),
            line: not_read.place.line,
            what: one_line(&not_read.what),
        });
        let replaced = chain
            .replaced
            .iter()
            .map(|replaced| ReplacedView { id: one_line(&replaced.id), by: one_line(&replaced.by) });
        Self {
            tool: chain.tool.to_string(),
            folders: folders.iter().map(|folder| file(folder).trim_end_matches('/').to_owned()).collect(),
            whole: chain.findings.is_empty(),
            migrations: migrations.collect(),
            bases: names(chain.bases()),
            heads: names(chain.heads()),
            findings: chain.findings.iter().map(|finding| FindingView::of(finding, prefix)).collect(),
            possible: chain.possible.iter().map(|finding| FindingView::of(finding, prefix)).collect(),
            not_read: not_read.collect(),
            replaced: replaced.collect(),
            reads_changes: match chain.tool {
                Tool::Alembic | Tool::Flyway | Tool::GolangMigrate | Tool::Dbmate | Tool::Prisma => true,
                Tool::Rails | Tool::Django => false,
            },
            tree: chain.tree().iter().map(TreeLineView::of).collect(),
            without_order: chain.without_order().iter().map(|migration| one_line(&migration.id)).collect(),
        }
    }
}

impl FindingView {
    fn of(finding: &Finding, prefix: &str) -> Self {
        let place = |id: &str, place: &Place| PlaceView {
            migration: one_line(id),
            file: one_line(&format!("{prefix}{}", place.file)),
            line: place.line,
        };
        Self {
            kind: finding.fault.kind(),
            message: one_line(&finding.to_string()),
            places: finding.migrations.iter().map(|named| place(&named.id, &named.place)).collect(),
        }
    }

    /// Returns the place to change first, as editors read it.
    pub fn at(&self) -> String {
        self.places.first().map(PlaceView::at).unwrap_or_default()
    }
}

impl PlaceView {
    pub fn at(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

impl TreeLineView {
    fn of(line: &ChainLine<'_>) -> Self {
        let migration = line.migration;
        let mut marks = Vec::new();
        if line.is_base {
            marks.push("base".to_owned());
        }
        marks.extend(line.missing.iter().map(|missing| format!("{} is missing", one_line(missing))));
        if migration.parents.len() > 1 {
            let parents: Vec<String> = migration.parents.iter().map(|parent| one_line(&parent.name)).collect();
            marks.push(format!("joins {}", parents.join(", ")));
        }
        let is_there = |name: &&str| !line.missing.contains(name);
        let before = migration.dependencies.iter().map(|before| before.name.as_str()).filter(is_there);
        let before: Vec<String> = before.map(one_line).collect();
        if !before.is_empty() {
            marks.push(format!("after {}", before.join(", ")));
        }
        if !migration.labels.is_empty() {
            let labels: Vec<String> = migration.labels.iter().map(|label| one_line(label)).collect();
            marks.push(format!("branch {}", labels.join(", ")));
        }
        if line.is_head {
            marks.push("head".to_owned());
        }
        Self {
            name: format!("{}{}", line.indent, one_line(&migration.id)),
            title: one_line(&migration.title),
            marks: marks.join("; "),
        }
    }
}
