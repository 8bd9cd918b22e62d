//! A file of a folder of migrations, and places in it.

use thiserror::Error;

/// A file, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationFile {
    /// Its path below the folder, with `/` between its parts.
    pub path: String,
    pub text: Result<String, UnreadableFile>,
}

/// Why the text of a file is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UnreadableFile {
    #[error("it is not UTF-8 text")]
    NotText,
    #[error("it has more than {0} bytes")]
    TooLarge(u64),
    #[error("it is a link that leads out of the folder")]
    Outside,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub file: String,
    /// From 1 on.
    pub line: usize,
}

impl Place {
    /// Returns the beginning of a file.
    pub fn beginning(file: &str) -> Self {
        Self { file: file.to_owned(), line: 1 }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Finds the line of an offset in a text.
#[derive(Debug)]
pub struct Lines {
    /// The offsets at which lines begin, but the first.
    starts: Vec<usize>,
}

impl Lines {
    pub fn of(text: &str) -> Self {
        Self { starts: text.match_indices('\n').map(|(offset, _)| offset + 1).collect() }
    }

    /// Returns the line of an offset in bytes, from 1 on.
    pub fn at(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset) + 1
    }
}

/// Returns the last part of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Returns whether a name ends with an extension, as tools compare it: with regard to case.
pub fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, found)| found == extension)
}

/// Returns the folder of a path; empty at the top.
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one() {
        let lines = Lines::of("a\nbc\n\nd");
        assert_eq!([0, 1, 2, 4, 5, 6, 99].map(|offset| lines.at(offset)), [1, 1, 2, 2, 3, 4, 4]);
    }
}
