//! Reads Django's migrations: which follow which, and which stand for others. What they do is not read.

use std::collections::{BTreeMap, BTreeSet};

use super::file::{MigrationFile, Place, file_name, folder_of};
use super::migration::{Migration, Migrations, NoMigration, Reference, Replaced};
use super::python::{self, Statement, StatementKind, Value};

/// A migration as its file says it. The name of its app is not in the file.
struct DjangoFile<'a> {
    file: &'a MigrationFile,
    name: String,
    line: usize,
    dependencies: Vec<Reference>,
    replaces: Vec<Reference>,
    run_before: Vec<Reference>,
}

/// A migration, with what it refers to beside its parents.
struct DjangoMigration {
    migration: Migration,
    replaces: Vec<String>,
    /// Migrations that it must run before.
    run_before: Vec<String>,
}

/// Reads the migrations of all apps of a folder. `folder_name` names the folder itself.
pub fn read(files: &[MigrationFile], folder_name: &str) -> Migrations {
    let mut read = Migrations::default();
    let mut folders: BTreeMap<&str, Vec<DjangoFile<'_>>> = BTreeMap::new();
    for file in files {
        match read_file(file) {
            Ok(found) => folders.entry(folder_of(&file.path)).or_default().push(found),
            Err(fault) => read.not_read.push(fault),
        }
    }
    let mut found = Vec::new();
    for (folder, files) in folders {
        let app = app_label(folder, folder_name, &files);
        found.extend(files.into_iter().map(|file| file.migration(&app)));
    }
    let apps: BTreeSet<String> = found.iter().filter_map(|found| found.migration.group.clone()).collect();
    let stand_for = stand_ins(&found);
    let mut before: BTreeMap<String, Vec<Reference>> = BTreeMap::new();
    for DjangoMigration { migration, run_before, .. } in &found {
        for other in run_before {
            let reference = Reference { name: migration.key.clone(), line: 1 };
            before.entry(other.clone()).or_default().push(reference);
        }
    }
    for DjangoMigration { mut migration, .. } in found {
        if stand_for.contains_key(&migration.key) {
            continue;
        }
        migration.dependencies.extend(before.remove(&migration.key).unwrap_or_default());
        for references in [&mut migration.parents, &mut migration.dependencies] {
            for reference in references.iter_mut() {
                if let Some(by) = stand_for.get(&reference.name) {
                    reference.name.clone_from(by);
                }
            }
            // An app that is not in the folder has its migrations elsewhere. A squashed migration follows none of its own.
            references.retain(|reference| {
                reference.name != migration.key && apps.contains(app_of(&reference.name)) && is_named(&reference.name)
            });
        }
        read.found.push(migration);
    }
    read.replaced = stand_for.into_iter().map(|(id, by)| Replaced { id, by }).collect();
    read
}

/// Returns, for each migration that is replaced, the one that stands for it in the end.
fn stand_ins(found: &[DjangoMigration]) -> BTreeMap<String, String> {
    let mut direct = BTreeMap::new();
    for DjangoMigration { migration, replaces, .. } in found {
        for replaced in replaces.iter().filter(|replaced| **replaced != migration.key) {
            direct.insert(replaced.clone(), migration.key.clone());
        }
    }
    let last = |name: &String| {
        let mut name = name;
        // A circle has at most as many steps as there are names.
        for _ in 0..direct.len() {
            match direct.get(name) {
                Some(next) => name = next,
                None => break,
            }
        }
        name.clone()
    };
    direct.iter().map(|(replaced, by)| (replaced.clone(), last(by))).collect()
}

fn app_of(name: &str) -> &str {
    name.split_once('.').map_or(name, |(app, _)| app)
}

/// Returns whether a reference is to one migration: `__first__` and `__latest__` are to whichever there is.
fn is_named(name: &str) -> bool {
    !name.ends_with(".__first__") && !name.ends_with(".__latest__")
}

fn read_file(file: &MigrationFile) -> Result<DjangoFile<'_>, NoMigration> {
    let fault = |line: usize, why: String| NoMigration { place: Place { file: file.path.clone(), line }, why };
    let text = file.text.as_ref().map_err(|error| fault(1, format!("can't be read: {error}")))?;
    let statements =
        python::parse(text).map_err(|error| fault(error.line, format!("can't be read: {}", error.what)))?;
    let class = statements.iter().find_map(|statement| match &statement.kind {
        StatementKind::Class { name, body } if name == "Migration" => Some((statement.line, body)),
        _ => None,
    });
    let (line, body) = class.ok_or_else(|| {
        fault(1, "has no class Migration: Django refuses the folder; move what is no migration elsewhere".to_owned())
    })?;
    let references = |attribute: &str| {
        let Some((line, value)) = attribute_of(body, attribute) else { return Ok(Vec::new()) };
        let names = names(value)
            .ok_or_else(|| fault(line, format!("its {attribute} are computed, so its place is not known")))?;
        Ok(names.into_iter().map(|name| Reference { name, line }).collect())
    };
    let name = file_name(&file.path);
    Ok(DjangoFile {
        file,
        name: name.strip_suffix(".py").unwrap_or(name).to_owned(),
        line,
        dependencies: references("dependencies")?,
        replaces: references("replaces")?,
        run_before: references("run_before")?,
    })
}

impl DjangoFile<'_> {
    fn migration(self, app: &str) -> DjangoMigration {
        let key = format!("{app}.{}", self.name);
        let of_app = |reference: &Reference| app_of(&reference.name) == app;
        let (parents, dependencies) = self.dependencies.into_iter().partition(of_app);
        let names = |references: Vec<Reference>| references.into_iter().map(|reference| reference.name).collect();
        let migration = Migration {
            id: key.clone(),
            key,
            place: Place { file: self.file.path.clone(), line: self.line },
            title: String::new(),
            group: Some(app.to_owned()),
            parents,
            dependencies,
            labels: Vec::new(),
            changes: Vec::new(),
            unread: Vec::new(),
        };
        DjangoMigration { migration, replaces: names(self.replaces), run_before: names(self.run_before) }
    }

    /// Returns the apps under whose name it refers to another file of its folder.
    fn own_apps<'a>(&'a self, files: &[DjangoFile<'_>]) -> BTreeSet<&'a str> {
        let is_neighbour = |name: &str| name != self.name && files.iter().any(|file| file.name == name);
        let references = self.dependencies.iter().chain(&self.replaces);
        let names = references.filter_map(|reference| reference.name.split_once('.'));
        names.filter(|(_, name)| is_neighbour(name)).map(|(app, _)| app).collect()
    }
}

/// Returns the name of the app that a folder `migrations` is of: that of the folder around it, unless its migrations
/// refer to each other under another one, which the app's configuration gave it.
fn app_label(folder: &str, folder_name: &str, files: &[DjangoFile<'_>]) -> String {
    let app = folder_of(folder);
    let usual = if app.is_empty() { folder_name } else { file_name(app) };
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for app in files.iter().flat_map(|file| file.own_apps(files)) {
        *votes.entry(app).or_default() += 1;
    }
    let most = votes.iter().max_by_key(|(_, number)| **number);
    match most {
        Some((app, number)) if !votes.contains_key(usual) && number * 2 >= files.len() => (*app).to_owned(),
        Some(_) | None => usual.to_owned(),
    }
}

fn attribute_of<'a>(body: &'a [Statement], name: &str) -> Option<(usize, &'a Value)> {
    let mut found = None;
    for statement in body {
        if let StatementKind::Assign { names, value } = &statement.kind
            && names.iter().any(|assigned| assigned == name)
        {
            found = Some((statement.line, value));
        }
    }
    found
}

/// Returns the names of pairs of an app and a migration. What a setting names is left out: it is in another app.
fn names(value: &Value) -> Option<Vec<String>> {
    let Value::Sequence(pairs) = value else { return None };
    let mut names = Vec::new();
    for pair in pairs {
        match pair {
            Value::Sequence(parts) => match parts.as_slice() {
                [app, name] => names.push(format!("{}.{}", app.text()?, name.text()?)),
                _ => return None,
            },
            Value::Call(call) if call.method() == "swappable_dependency" => {}
            Value::Nothing
            | Value::Text(_)
            | Value::TextBeginning(_)
            | Value::Path(_)
            | Value::Call(_)
            | Value::Other => return None,
        }
    }
    Some(names)
}
