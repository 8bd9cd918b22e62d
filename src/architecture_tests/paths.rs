//! Holds the paths and links of each text against the files of the repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::texts::{Named, anchors, expand, is_of_kind, links, paths};

/// What a build, a testbed or a search for inputs leaves in the repository. Texts may name it, and it need not be there.
const LEFT_OVERS: [&str; 7] =
    [".git", ".testbed", "target", "src/target", "fuzz/artifacts", "fuzz/corpus", "fuzz/target"];

/// The files and folders of the repository, by their paths; each text file with its text.
#[derive(Debug, Default)]
pub struct Tree {
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug)]
enum Entry {
    Folder,
    Text(String),
    Binary,
}

impl Tree {
    /// Reads what is below a folder, less what is left there.
    pub fn read(root: &Path) -> std::io::Result<Self> {
        let mut tree = Self::default();
        tree.read_folder(root, "")?;
        Ok(tree)
    }

    /// Returns a tree of these texts.
    pub fn of(texts: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in texts {
            for folder in Path::new(path).ancestors().skip(1) {
                tree.entries.insert(folder.to_string_lossy().into_owned(), Entry::Folder);
            }
            tree.entries.insert((*path).to_owned(), Entry::Text((*text).to_owned()));
        }
        tree
    }

    fn read_folder(&mut self, folder: &Path, path: &str) -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if path.is_empty() { name } else { format!("{path}/{name}") };
            if LEFT_OVERS.contains(&&*path) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                self.entries.insert(path.clone(), Entry::Folder);
                self.read_folder(&entry.path(), &path)?;
            } else {
                let entry = std::fs::read_to_string(entry.path()).map_or(Entry::Binary, Entry::Text);
                self.entries.insert(path, entry);
            }
        }
        Ok(())
    }

    /// Returns a line for each path that a text names and that is not there.
    pub fn missing_paths(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for (file, text) in self.texts() {
            for Named { line, text } in paths(file, text) {
                for path in expand(&text) {
                    if !self.has(&path) {
                        missing.push(format!("{file}:{line} names {path}, which is not there"));
                    }
                }
            }
        }
        missing
    }

    /// Returns a line for each link of a document that leads nowhere.
    pub fn broken_links(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for (file, text) in self.texts().filter(|(file, _)| is_of_kind(file, "md")) {
            for Named { line, text: link } in links(text) {
                if !self.leads_somewhere(file, &link) {
                    broken.push(format!("{file}:{line} links to {link}, which is not there"));
                }
            }
        }
        broken
    }

    /// Whether a file or folder has this path.
    pub fn has_entry(&self, path: &str) -> bool {
        self.entries.contains_key(path)
    }

    /// Whether a Rust file has a function of this name.
    pub fn has_function(&self, name: &str) -> bool {
        let function = format!("fn {name}(");
        self.texts().any(|(file, text)| is_of_kind(file, "rs") && text.contains(&function))
    }

    fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().filter_map(|(path, entry)| match entry {
            Entry::Text(text) => Some((&**path, &**text)),
            Entry::Folder | Entry::Binary => None,
        })
    }

    fn has(&self, path: &str) -> bool {
        if let Some(folder) = path.strip_suffix('/') {
            return matches!(self.entries.get(folder), Some(Entry::Folder));
        }
        if path.contains('*') {
            return self.entries.keys().any(|entry| matches(path, entry));
        }
        // A file may be named by the end of its path.
        self.entries.contains_key(path) || LEFT_OVERS.contains(&path) || {
            let end = format!("/{path}");
            is_of_kind(path, "rs")
                && !path.starts_with("src/")
                && self.entries.keys().any(|entry| entry.ends_with(&end))
        }
    }

    fn leads_somewhere(&self, from: &str, link: &str) -> bool {
        let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
        let target = if path.is_empty() { from.to_owned() } else { beside(from, path) };
        match (self.entries.get(&target), anchor) {
            (Some(Entry::Text(text)), Some(anchor)) => anchors(text).iter().any(|found| found == anchor),
            (entry, anchor) => entry.is_some() && anchor.is_none(),
        }
    }
}

/// Returns the path that a link from a file leads to.
fn beside(file: &str, link: &str) -> String {
    let mut path = PathBuf::from(file);
    path.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            _ => path.push(part),
        }
    }
    path.to_string_lossy().into_owned()
}

/// Whether a path fits a pattern, whose `*` is any text without a slash.
fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((before, after)) => path.strip_prefix(before).is_some_and(|rest| {
            let end = rest.find('/').unwrap_or(rest.len());
            (0..=end).any(|index| rest.get(index..).is_some_and(|rest| matches(after, rest)))
        }),
    }
}
