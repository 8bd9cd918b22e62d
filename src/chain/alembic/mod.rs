//! Reads Alembic's revisions.

mod operations;
mod upgrade;

use super::file::{MigrationFile, Place};
use super::migration::{Migration, Migrations, NoMigration, Reference};
use super::python::{self, Statement, StatementKind, Value};

/// Reads revision files.
pub fn read(files: &[MigrationFile]) -> Migrations {
    let mut read = Migrations::default();
    for file in files {
        match read_revision(file) {
            Ok(migration) => read.found.push(migration),
            Err(fault) => read.not_read.push(fault),
        }
    }
    read
}

fn read_revision(file: &MigrationFile) -> Result<Migration, NoMigration> {
    let fault = |line: usize, why: String| NoMigration { place: Place { file: file.path.clone(), line }, why };
    let text = file.text.as_ref().map_err(|error| fault(1, format!("can't be read: {error}")))?;
    let statements =
        python::parse(text).map_err(|error| fault(error.line, format!("can't be read: {}", error.what)))?;
    let revision = last_assigned(&statements, "revision").ok_or_else(|| {
        fault(1, "declares no revision: Alembic refuses the folder; move what is no migration elsewhere".to_owned())
    })?;
    let id = revision.value.text().filter(|id| !id.is_empty());
    let id =
        id.ok_or_else(|| fault(revision.line, "its revision is computed, so its place is not known".to_owned()))?;
    let references = |name: &str| match last_assigned(&statements, name) {
        None => Ok(Vec::new()),
        Some(assigned) => names(assigned.value)
            .map(|names| names.into_iter().map(|name| Reference { name, line: assigned.line }).collect())
            .ok_or_else(|| fault(assigned.line, format!("its {name} is computed, so its place is not known"))),
    };
    let labels = last_assigned(&statements, "branch_labels").and_then(|assigned| names(assigned.value));
    let changes = upgrade::read(&statements);
    Ok(Migration {
        id: id.to_owned(),
        key: id.to_owned(),
        place: Place { file: file.path.clone(), line: revision.line },
        title: title(&statements),
        group: None,
        parents: references("down_revision")?,
        dependencies: references("depends_on")?,
        labels: labels.unwrap_or_default(),
        changes: changes.changes,
        unread: changes.unread,
    })
}

/// A module's variable, as it is after the module was loaded.
struct Assigned<'a> {
    value: &'a Value,
    line: usize,
}

/// Returns what a variable is set to. What a branch sets is not known, and hides what was set before.
fn last_assigned<'a>(statements: &'a [Statement], name: &str) -> Option<Assigned<'a>> {
    let mut found = None;
    for statement in statements {
        match &statement.kind {
            StatementKind::Assign { names, value } if names.iter().any(|assigned| assigned == name) => {
                found = Some(Assigned { value, line: statement.line });
            }
            StatementKind::Branches(branches)
                if branches.iter().any(|branch| last_assigned(branch, name).is_some()) =>
            {
                found = Some(Assigned { value: &Value::Other, line: statement.line });
            }
            _ => {}
        }
    }
    found
}

/// Returns the names of a variable that holds none, one or several.
fn names(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Nothing => Some(Vec::new()),
        Value::Text(text) => Some(vec![text.text.clone()]),
        Value::Sequence(values) => values.iter().map(|value| value.text().map(str::to_owned)).collect(),
        Value::TextBeginning(_) | Value::Path(_) | Value::Call(_) | Value::Other => None,
    }
}

/// Returns the first line of the module's docstring.
fn title(statements: &[Statement]) -> String {
    let docstring = match statements.first().map(|first| &first.kind) {
        Some(StatementKind::Expression(value)) => value.text(),
        _ => None,
    };
    let line = docstring.and_then(|text| text.lines().map(str::trim).find(|line| !line.is_empty()));
    line.unwrap_or_default().to_owned()
}
