//! Finds which file of the crate needs which item of which other file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::imports::{Child, Mention, MentionKind, Module, module};

/// The name by which the binaries know the library.
const LIBRARY: &str = "schema_operator";

/// The modules of the library and of the binaries, by their paths; `[]` is the library's root.
#[derive(Debug, Default)]
pub struct Modules {
    modules: BTreeMap<Vec<String>, Module>,
}

/// That a file names an item which another file defines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    pub from: String,
    pub line: usize,
    /// The file that defines the item, past all re-exports.
    pub to: String,
    /// The item; nothing where a whole module is imported.
    pub item: Option<String>,
    /// Whether the file only hands the name on.
    pub is_re_export: bool,
}

/// A path that a file names and that leads out of the crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalPath {
    pub file: String,
    pub line: usize,
    pub path: Vec<String>,
}

impl fmt::Display for Dependency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, line, to, item, .. } = self;
        let item = item.as_deref().unwrap_or("the module");
        write!(formatter, "{from}:{line} imports {item} of {to}")
    }
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Module(Vec<String>),
    Item { module: Vec<String>, name: String },
}

impl Modules {
    /// Reads the modules of a crate. `read` returns the text of a file, if there is such a file.
    pub fn read(roots: &[&str], read: &dyn Fn(&str) -> Option<String>) -> Result<Self, String> {
        let mut modules = Self::default();
        for root in roots {
            let text = read(root).ok_or_else(|| format!("{root} is missing"))?;
            let parsed = module(root, &text).map_err(|error| format!("{root}: {error}"))?;
            let path = if *root == "src/lib.rs" { Vec::new() } else { vec![(*root).to_owned()] };
            modules.add(path, parsed, root.trim_end_matches("lib.rs").trim_end_matches('/'), read)?;
        }
        Ok(modules)
    }

    fn add(
        &mut self,
        path: Vec<String>,
        module: Module,
        folder: &str,
        read: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), String> {
        let mut module = module;
        for (name, child) in &mut module.children {
            let mut below = path.clone();
            below.push(name.clone());
            let folder = format!("{folder}/{name}");
            let child = match child {
                Child::Inline(inline) => std::mem::take(&mut **inline),
                Child::File => {
                    let file = format!("{folder}.rs");
                    let in_folder = format!("{folder}/mod.rs");
                    let (file, text) = match (read(&file), read(&in_folder)) {
                        (Some(text), _) => (file, text),
                        (None, Some(text)) => (in_folder, text),
                        (None, None) => return Err(format!("{}: no file for mod {name}", module.file)),
                    };
                    super::imports::module(&file, &text).map_err(|error| format!("{file}: {error}"))?
                }
            };
            self.add(below, child, &folder, read)?;
        }
        self.modules.insert(path, module);
        Ok(())
    }

    /// Returns the files of all modules.
    pub fn files(&self) -> BTreeSet<String> {
        self.modules.values().map(|module| module.file.clone()).collect()
    }

    /// Returns each dependency of one file on another, once for each line.
    pub fn dependencies(&self) -> BTreeSet<Dependency> {
        let mut dependencies = BTreeSet::new();
        for (path, module) in &self.modules {
            for mention in &module.mentions {
                dependencies.extend(self.dependency(path, module, mention));
            }
        }
        dependencies
    }

    /// Returns each path that leads out of the crate, or to a name of a function's own.
    pub fn external_paths(&self) -> Vec<ExternalPath> {
        let mut paths = Vec::new();
        for (at, module) in &self.modules {
            for Mention { path, line, .. } in &module.mentions {
                if self.resolve(at, path, 0).is_none() {
                    paths.push(ExternalPath { file: module.file.clone(), line: *line, path: path.clone() });
                }
            }
        }
        paths
    }

    fn dependency(&self, path: &[String], module: &Module, mention: &Mention) -> Option<Dependency> {
        let (target, item) = match self.resolve(path, &mention.path, 0)? {
            Target::Module(target) => (target, None),
            Target::Item { module, name } => (module, Some(name)),
        };
        let to = &self.modules.get(&target)?.file;
        (*to != module.file).then(|| Dependency {
            from: module.file.clone(),
            line: mention.line,
            to: to.clone(),
            item,
            is_re_export: mention.kind == MentionKind::ReExport,
        })
    }

    /// Follows a path that is named in the module `from`. Returns nothing for what is outside of the crate.
    fn resolve(&self, from: &[String], path: &[String], depth: usize) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        let start = match first.as_str() {
            "crate" if is_binary(from) => Target::Module(from.get(..1)?.to_vec()),
            "crate" | LIBRARY => Target::Module(Vec::new()),
            "self" => Target::Module(from.to_vec()),
            "super" => Target::Module(from.split_last()?.1.to_vec()),
            _ => self.look_up(from, first, rest.is_empty(), depth)?,
        };
        self.descend(start, rest, depth)
    }

    fn descend(&self, start: Target, path: &[String], depth: usize) -> Option<Target> {
        let mut at = start;
        for (index, name) in path.iter().enumerate() {
            // What follows an item is a variant or an associated item.
            let Target::Module(module) = at else { return Some(at) };
            let is_last = index + 1 == path.len();
            at = match name.as_str() {
                "super" => Target::Module(module.split_last()?.1.to_vec()),
                // A macro defines what nothing else does.
                _ => self
                    .look_up(&module, name, is_last, depth)
                    .unwrap_or_else(|| Target::Item { module, name: name.clone() }),
            };
        }
        Some(at)
    }

    /// Looks for a name among what a module defines and imports.
    fn look_up(&self, at: &[String], name: &str, is_last: bool, depth: usize) -> Option<Target> {
        let module = self.modules.get(at)?;
        let child = || {
            let mut child = at.to_vec();
            child.push(name.to_owned());
            module.children.contains_key(name).then_some(Target::Module(child))
        };
        let own = || {
            let item = Target::Item { module: at.to_vec(), name: name.to_owned() };
            module.items.contains(name).then_some(item)
        };
        let imported = || {
            let path = module.imports.get(name)?;
            // `use time::Duration` in a module `time` must not lead back to itself.
            (depth < 16).then(|| self.resolve(at, path, depth + 1))?
        };
        let by_glob = || module.globs.iter().find_map(|path| self.look_up_in_glob(at, path, name, is_last, depth));
        // A function may have the name of its module.
        if is_last {
            own().or_else(imported).or_else(child).or_else(by_glob)
        } else {
            child().or_else(own).or_else(imported).or_else(by_glob)
        }
    }

    fn look_up_in_glob(
        &self,
        at: &[String],
        glob: &[String],
        name: &str,
        is_last: bool,
        depth: usize,
    ) -> Option<Target> {
        if depth >= 16 {
            return None;
        }
        match self.resolve(at, glob, depth + 1)? {
            Target::Module(module) if module != at => self.look_up(&module, name, is_last, depth + 1),
            _ => None,
        }
    }
}

/// Whether a module is of a binary, whose root is named after its file.
fn is_binary(module: &[String]) -> bool {
    module.first().is_some_and(|first| first.contains('/'))
}
