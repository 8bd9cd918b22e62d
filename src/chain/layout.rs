//! Finds, by the names of files alone, which tool a folder belongs to, and which of its files are migrations.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::alembic_ini::AlembicIni;
use super::file::{file_name, folder_of, has_extension};
use super::tool::Tool;

/// A folder as its files' names show it.
#[derive(Debug, Clone, Copy)]
pub struct Folder<'a> {
    /// The name of the folder itself; may be empty.
    pub name: &'a str,
    /// The paths of its files, with `/` between the parts, and those of folders, with `/` at their end.
    pub paths: &'a [String],
    /// The text of its `alembic.ini`.
    pub alembic_ini: Option<&'a str>,
}

/// The migrations of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    pub tool: Tool,
    /// The folders that hold them; an empty text is the folder itself.
    pub folders: Vec<String>,
    /// The files to read, in the order of their names.
    pub files: Vec<String>,
}

/// Why no migrations, or too many, are found.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LayoutFault {
    #[error("it holds no migrations of {}; name the folder that does", tools())]
    None,
    #[error("it holds no migrations of {0}; name the folder that does")]
    NoneOf(Tool),
    #[error("it holds migrations of {}: say which with --tool, or name one folder", list(.0))]
    SeveralTools(Vec<Tool>),
    #[error("it holds several folders of {tool} migrations ({}): name one of them", shown(folders))]
    SeveralFolders { tool: Tool, folders: Vec<String> },
    #[error("alembic.ini names {0}, which is not in the folder: name the folder that holds both")]
    Outside(String),
}

fn tools() -> String {
    list(&Tool::ALL)
}

fn list(tools: &[Tool]) -> String {
    let names: Vec<String> = tools.iter().map(ToString::to_string).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.join(", "),
    }
}

fn shown(folders: &[String]) -> String {
    let folders = folders.iter().map(|folder| if folder.is_empty() { "the folder itself" } else { folder.as_str() });
    let folders: Vec<&str> = folders.collect();
    match folders.len().checked_sub(5) {
        Some(rest @ 1..) => {
            format!("{} and {rest} more", folders.iter().take(5).copied().collect::<Vec<_>>().join(", "))
        }
        _ => folders.join(", "),
    }
}

/// Finds the migrations of a folder, of one tool if that is given.
///
/// # Errors
/// There are none, or several folders of them that are not one chain.
pub fn find(folder: Folder<'_>, tool: Option<Tool>) -> Result<Layout, LayoutFault> {
    if let Some(tool) = tool {
        return of_tool(folder, tool, true)?.ok_or(LayoutFault::NoneOf(tool));
    }
    let mut layouts = Vec::new();
    let mut fault = None;
    for tool in Tool::ALL {
        match of_tool(folder, tool, false) {
            Ok(layout) => layouts.extend(layout),
            Err(found) => fault = fault.or(Some(found)),
        }
    }
    if let Some(fault) = fault {
        return Err(fault);
    }
    // A file without a direction among those of golang-migrate is a mistake in its name.
    let golang = layouts.iter().find(|layout| layout.tool == Tool::GolangMigrate);
    if let Some(folders) = golang.map(|golang| golang.folders.clone()) {
        layouts.retain(|layout| layout.tool != Tool::Dbmate || layout.folders != folders);
    }
    match layouts.len() {
        0 => Err(LayoutFault::None),
        1 => layouts.pop().ok_or(LayoutFault::None),
        _ => Err(LayoutFault::SeveralTools(layouts.iter().map(|layout| layout.tool).collect())),
    }
}

fn of_tool(folder: Folder<'_>, tool: Tool, is_given: bool) -> Result<Option<Layout>, LayoutFault> {
    match tool {
        Tool::Alembic => alembic(folder, is_given),
        Tool::Django => Ok(django(folder)),
        Tool::Flyway => flyway(folder, is_given),
        Tool::Rails => one_folder(folder, tool, is_given, &rails_root),
        Tool::GolangMigrate => one_folder(folder, tool, is_given, &|path| {
            let name = file_name(path);
            let is_step = name.ends_with(".up.sql") || name.ends_with(".down.sql");
            (is_step && begins_with_digit(name)).then(|| folder_of(path).to_owned())
        }),
        Tool::Dbmate => one_folder(folder, tool, is_given, &|path| {
            let name = file_name(path);
            let is_step = name.ends_with(".up.sql") || name.ends_with(".down.sql");
            (!is_step && begins_with_digit(name) && has_extension(name, "sql")).then(|| folder_of(path).to_owned())
        }),
        Tool::Prisma => one_folder(folder, tool, is_given, &|path| {
            let migration = folder_of(path);
            (file_name(path) == "migration.sql" && !migration.is_empty()).then(|| folder_of(migration).to_owned())
        }),
    }
}

fn begins_with_digit(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_digit())
}

/// Returns the folder `migrate`, or `NAME_migrate`, in which a file is; else the file's own folder.
fn rails_root(path: &str) -> Option<String> {
    let name = file_name(path);
    if !begins_with_digit(name) || !has_extension(name, "rb") {
        return None;
    }
    let is_root = |folder: &str| folder == "migrate" || folder.ends_with("_migrate");
    let mut folder = folder_of(path);
    loop {
        if is_root(file_name(folder)) {
            return Some(folder.to_owned());
        }
        if folder.is_empty() {
            return Some(folder_of(path).to_owned());
        }
        folder = folder_of(folder);
    }
}

/// Returns the layout of a tool that has all its migrations in one folder. `root` says in which one a migration is.
fn one_folder(
    folder: Folder<'_>,
    tool: Tool,
    is_given: bool,
    root: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Layout>, LayoutFault> {
    let mut folders: BTreeSet<String> = folder.paths.iter().filter_map(|path| root(path)).collect();
    if folders.len() > 1 && folders.contains("") && is_given {
        folders.retain(String::is_empty);
    }
    let mut folders: Vec<String> = folders.into_iter().collect();
    match folders.len() {
        0 => Ok(None),
        1 => {
            let root = folders.pop().unwrap_or_default();
            let with_file: BTreeSet<&str> = match tool {
                Tool::Prisma => folder.paths.iter().filter_map(|path| path.strip_suffix("migration.sql")).collect(),
                _ => BTreeSet::new(),
            };
            let is_of_tool = |path: &&String| match tool {
                // A folder without its file.
                Tool::Prisma => {
                    let is_bare = path.ends_with('/') && !with_file.contains(path.as_str());
                    is_bare && folder_of(path.trim_end_matches('/')) == root
                        || file_name(path) == "migration.sql" && folder_of(folder_of(path)) == root
                }
                Tool::Rails => has_extension(path, "rb") && is_below(path, &root),
                _ => has_extension(path, "sql") && folder_of(path) == root,
            };
            let files = folder.paths.iter().filter(is_of_tool).cloned().collect();
            Ok(Some(Layout { tool, folders: vec![root], files }))
        }
        _ => Err(LayoutFault::SeveralFolders { tool, folders }),
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Finds the one folder with versioned files below which all others are. Flyway reads a location with all its folders.
fn flyway(folder: Folder<'_>, is_given: bool) -> Result<Option<Layout>, LayoutFault> {
    let is_versioned = |path: &&String| {
        let name = file_name(path);
        let mut characters = name.chars();
        characters.next() == Some('V')
            && characters.next().is_some_and(|second| second.is_ascii_digit())
            && name.contains("__")
            && has_extension(name, "sql")
    };
    let folders: BTreeSet<String> =
        folder.paths.iter().filter(is_versioned).map(|path| folder_of(path).to_owned()).collect();
    let mut tops: Vec<String> = folders
        .iter()
        .filter(|own| !folders.iter().any(|other| other != *own && is_below(own, other)))
        .cloned()
        .collect();
    if is_given && !tops.is_empty() {
        tops = vec![String::new()];
    }
    match tops.len() {
        0 => Ok(None),
        1 => {
            let root = tops.pop().unwrap_or_default();
            let is_sql = |path: &&String| has_extension(path, "sql") && is_below(path, &root);
            let files = folder.paths.iter().filter(is_sql).cloned().collect();
            Ok(Some(Layout { tool: Tool::Flyway, folders: vec![root], files }))
        }
        _ => Err(LayoutFault::SeveralFolders { tool: Tool::Flyway, folders: tops }),
    }
}

fn is_python(path: &str) -> bool {
    let name = file_name(path);
    has_extension(name, "py") && name != "__init__.py" && !name.starts_with(".#")
}

/// Finds the folders named `migrations` with numbered Python files: those of several apps are one layout.
fn django(folder: Folder<'_>) -> Option<Layout> {
    let is_migrations = |path: &str| match path {
        "" => folder.name == "migrations",
        path => file_name(path) == "migrations",
    };
    let is_numbered = |path: &&String| {
        let name = file_name(path);
        let digits = name.bytes().take_while(u8::is_ascii_digit).count();
        is_python(path) && digits >= 4 && name.as_bytes().get(digits) == Some(&b'_')
    };
    let numbered = folder.paths.iter().filter(is_numbered).map(|path| folder_of(path).to_owned());
    let folders: BTreeSet<String> = numbered.filter(|folder| is_migrations(folder)).collect();
    if folders.is_empty() {
        return None;
    }
    let is_migration = |path: &&String| {
        let name = file_name(path);
        is_python(path) && !name.starts_with(['_', '~']) && folders.contains(folder_of(path))
    };
    let files = folder.paths.iter().filter(is_migration).cloned().collect();
    Some(Layout { tool: Tool::Django, folders: folders.into_iter().collect(), files })
}

fn alembic(folder: Folder<'_>, is_given: bool) -> Result<Option<Layout>, LayoutFault> {
    let ini = folder.alembic_ini.map(AlembicIni::read).unwrap_or_default();
    let is_there = |found: &str| found.is_empty() || folder.paths.iter().any(|path| is_below(path, found));
    let mut folders = ini.version_folders();
    // The file may be written for another working directory.
    if !folders.iter().any(|found| is_there(found)) && !version_folders(folder).is_empty() {
        folders.clear();
    }
    if let Some(missing) =
        folders.iter().find(|found| found.starts_with("..") || found.starts_with('/') || !is_there(found))
    {
        return Err(LayoutFault::Outside(missing.clone()));
    }
    if folders.is_empty() {
        let mut found = version_folders(folder);
        if is_given && found.is_empty() && folder.paths.iter().any(|path| folder_of(path).is_empty() && is_python(path))
        {
            found.insert(String::new());
        }
        if found.len() > 1 {
            return Err(LayoutFault::SeveralFolders { tool: Tool::Alembic, folders: found.into_iter().collect() });
        }
        folders = found.into_iter().collect();
    }
    if folders.is_empty() {
        return Ok(None);
    }
    let is_in = |path: &str, found: &String| folder_of(path) == found || ini.is_recursive && is_below(path, found);
    let is_revision = |path: &&String| is_python(path) && folders.iter().any(|found| is_in(path, found));
    let files = folder.paths.iter().filter(is_revision).cloned().collect();
    Ok(Some(Layout { tool: Tool::Alembic, folders, files }))
}

/// Returns the folders named `versions` beside an `env.py`; without any of these, those where Alembic's own are.
fn version_folders(folder: Folder<'_>) -> BTreeSet<String> {
    let mut with_files: BTreeMap<&str, bool> = BTreeMap::new();
    for path in folder.paths.iter().filter(|path| is_python(path)) {
        let own = folder_of(path);
        if with_files.contains_key(own) {
            continue;
        }
        let is_versions = if own.is_empty() { folder.name == "versions" } else { file_name(own) == "versions" };
        if is_versions {
            let env = match folder_of(own) {
                "" => "env.py".to_owned(),
                parent => format!("{parent}/env.py"),
            };
            with_files.insert(own, !own.is_empty() && folder.paths.contains(&env));
        }
    }
    let has_env = with_files.values().any(|has_env| *has_env);
    let is_usual = |own: &str| match own {
        "" | "versions" => true,
        _ => ["migrations", "alembic"].contains(&file_name(folder_of(own))),
    };
    let chosen = with_files.into_iter().filter(|(own, env)| if has_env { *env } else { is_usual(own) });
    chosen.map(|(own, _)| own.to_owned()).collect()
}
