//! Finds what the texts of the repository name: paths of the repository, and links from one document to another.

use std::path::Path;

/// The folders at the top of the repository that a path begins with.
const FOLDERS: [&str; 12] =
    [".ci", ".github", "benches", "charts", "crds", "demo", "docs", "examples", "fuzz", "src", "testbed", "tests"];

/// A path or link in a text, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub line: usize,
    pub text: String,
}

/// Returns the paths that a text names.
///
/// Of Rust source, only the comments count. In a comment or document, `order.rs` alone also names a file.
pub fn paths(file: &str, text: &str) -> Vec<Named> {
    let is_rust = is_of_kind(file, "rs");
    let mut paths = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = if is_rust { comment(line) } else { line };
        let mut words = line.split(|letter: char| !is_of_path(letter)).filter(|word| !word.is_empty());
        let mut add = |text: &str| paths.push(Named { line: index + 1, text: text.to_owned() });
        for word in &mut words {
            // A comma is of a path only between braces.
            let word = if word.contains('{') { word } else { word.split(',').next().unwrap_or(word) };
            let word = word
                .strip_prefix("./")
                .or_else(|| word.strip_prefix('/'))
                .unwrap_or(word)
                .trim_end_matches(['.', '-', ',']);
            let first = word.split('/').next().unwrap_or(word);
            if word.contains('/') && FOLDERS.contains(&first) || is_source_name(word) {
                add(word);
            }
        }
    }
    paths
}

/// Returns the expansions of a path: `tests/it/{cost,order}.rs` names two files.
pub fn expand(path: &str) -> Vec<String> {
    match (path.find('{'), path.find('}')) {
        (Some(open), Some(close)) if open < close => path[open + 1..close]
            .split(',')
            .flat_map(|choice| expand(&format!("{}{choice}{}", &path[..open], &path[close + 1..])))
            .collect(),
        _ => vec![path.to_owned()],
    }
}

/// Returns the targets of a document's links to files and headings.
pub fn links(text: &str) -> Vec<Named> {
    let mut links = Vec::new();
    for (line, content) in prose(text) {
        for (index, _) in content.match_indices("](") {
            let Some(target) = content[index + 2..].split([')', ' ']).next() else { continue };
            if !target.contains("://") && !target.starts_with("mailto:") {
                links.push(Named { line, text: target.to_owned() });
            }
        }
    }
    links
}

/// Returns the anchors that GitHub gives to a document's headings.
pub fn anchors(text: &str) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for (_, line) in prose(text) {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let anchor: String = title
            .trim()
            .to_lowercase()
            .chars()
            .filter(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_' | ' '))
            .map(|letter| if letter == ' ' { '-' } else { letter })
            .collect();
        let times = anchors.iter().filter(|earlier| **earlier == anchor).count();
        anchors.push(if times == 0 { anchor } else { format!("{anchor}-{times}") });
    }
    anchors
}

pub fn is_of_kind(file: &str, extension: &str) -> bool {
    Path::new(file).extension().is_some_and(|found| found == extension)
}

/// Returns the lines of a document with their numbers, without its blocks of code.
fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut is_code = false;
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            lines.push((index + 1, line));
        }
    }
    lines
}

/// Returns a line's comment, which may be empty. What is in quotes is no comment.
fn comment(line: &str) -> &str {
    let is_in_quotes = |index: usize| line[..index].replace("\\\"", "").matches('"').count() % 2 == 1;
    let mut begins = line.match_indices("//").map(|(index, _)| index);
    begins.find(|index| !is_in_quotes(*index)).map_or("", |index| &line[index..])
}

fn is_of_path(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "./_-*{},".contains(letter)
}

/// Whether a word is the name of a Rust file, perhaps with some of its folders.
fn is_source_name(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    is_of_kind(name, "rs") && name.starts_with(|letter: char| letter.is_ascii_lowercase())
}
