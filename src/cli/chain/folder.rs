//! Reads a folder of migrations from the disk: a bounded part of it, and nothing outside of it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::chain::{Folder, MigrationFile, UnreadableFile};

/// So many files and folders are listed.
const MOST_ENTRIES: usize = 100_000;

/// So many files are read.
const MOST_FILES: usize = 10_000;

/// So many bytes of a file are read.
const LARGEST_FILE: u64 = 2 << 20;

/// So many bytes are read in all.
const LARGEST_SUM: usize = 256 << 20;

/// Folders in folders are listed this deep.
const DEEPEST: usize = 16;

/// Folders that hold what tools install or build.
const NOT_LISTED: [&str; 8] =
    ["__pycache__", "node_modules", "site-packages", "venv", "target", "build", "dist", "vendor"];

/// Why a folder can't be read.
#[derive(Debug, Error)]
pub enum FolderFault {
    #[error("{0}")]
    Read(#[from] io::Error),
    #[error("{name}: {error}")]
    ReadFile { name: String, error: io::Error },
    #[error("it is no folder")]
    NoFolder,
    #[error("it holds more than {MOST_ENTRIES} files and folders; name the folder of the migrations itself")]
    TooMany,
    #[error("it holds {0} migrations, of which at most {MOST_FILES} are read")]
    TooManyFiles(usize),
    #[error("its migrations have more than {LARGEST_SUM} bytes in all")]
    TooLarge,
}

/// A folder, and the names of what is in it.
#[derive(Debug)]
pub struct FolderOnDisk {
    root: PathBuf,
    name: String,
    paths: Vec<String>,
    alembic_ini: Option<String>,
}

impl FolderOnDisk {
    /// Lists a folder.
    ///
    /// # Errors
    /// It can't be read, or holds too much.
    pub fn list(path: &Path) -> Result<Self, FolderFault> {
        let root = fs::canonicalize(path)?;
        if !root.is_dir() {
            return Err(FolderFault::NoFolder);
        }
        let name = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut paths = Vec::new();
        let mut waiting = vec![(String::new(), 0)];
        while let Some((folder, depth)) = waiting.pop() {
            for entry in fs::read_dir(root.join(&folder))? {
                let entry = entry?;
                // A name that is no UTF-8 is no migration of any tool.
                let Ok(name) = entry.file_name().into_string() else { continue };
                let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    let is_listed = !name.starts_with('.') && !NOT_LISTED.contains(&name.as_str());
                    if is_listed && depth < DEEPEST {
                        paths.push(format!("{path}/"));
                        waiting.push((path, depth + 1));
                    }
                } else if kind.is_file() || kind.is_symlink() && root.join(&path).is_file() {
                    paths.push(path);
                }
                if paths.len() > MOST_ENTRIES {
                    return Err(FolderFault::TooMany);
                }
            }
        }
        paths.sort();
        let mut folder = Self { root, name, paths, alembic_ini: None };
        if folder.paths.iter().any(|path| path == "alembic.ini") {
            folder.alembic_ini = folder.text("alembic.ini")?.ok();
        }
        Ok(folder)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns what is known of the folder without reading its migrations.
    pub fn view(&self) -> Folder<'_> {
        Folder { name: &self.name, paths: &self.paths, alembic_ini: self.alembic_ini.as_deref() }
    }

    /// Reads files of the folder.
    ///
    /// # Errors
    /// One can't be read, or they are too many or too large.
    pub fn read(&self, paths: &[String]) -> Result<Vec<MigrationFile>, FolderFault> {
        if paths.len() > MOST_FILES {
            return Err(FolderFault::TooManyFiles(paths.len()));
        }
        let mut sum = 0;
        let mut files = Vec::new();
        for path in paths {
            // A folder that is listed for its name alone.
            let text = if path.ends_with('/') { Ok(String::new()) } else { self.text(path)? };
            sum += text.as_ref().map_or(0, String::len);
            if sum > LARGEST_SUM {
                return Err(FolderFault::TooLarge);
            }
            files.push(MigrationFile { path: path.clone(), text });
        }
        Ok(files)
    }

    fn text(&self, path: &str) -> Result<Result<String, UnreadableFile>, FolderFault> {
        let fault = |error| FolderFault::ReadFile { name: path.to_owned(), error };
        let real = fs::canonicalize(self.root.join(path)).map_err(fault)?;
        if !real.starts_with(&self.root) {
            return Ok(Err(UnreadableFile::Outside));
        }
        let mut bytes = Vec::new();
        File::open(&real).map_err(fault)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(fault)?;
        if bytes.len() as u64 > LARGEST_FILE {
            return Ok(Err(UnreadableFile::TooLarge(LARGEST_FILE)));
        }
        let text = String::from_utf8(bytes).map_err(|_| UnreadableFile::NotText);
        Ok(text.map(|text| text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_outside_of_the_folder_is_read() {
        let root = std::env::temp_dir().join(format!("schema-chain-{}", std::process::id()));
        let inside = root.join("inside");
        fs::create_dir_all(inside.join("versions")).unwrap();
        fs::create_dir_all(root.join("outside")).unwrap();
        fs::write(root.join("outside/a.py"), "revision = 'outside'").unwrap();
        fs::write(inside.join("versions/a.py"), "revision = 'a'").unwrap();
        symlink(root.join("outside/a.py"), inside.join("versions/b.py")).unwrap();
        symlink("a.py", inside.join("versions/c.py")).unwrap();
        symlink(root.join("outside"), inside.join("linked")).unwrap();
        symlink("nowhere", inside.join("versions/d.py")).unwrap();
        let folder = FolderOnDisk::list(&inside).unwrap();
        assert_eq!(folder.view().paths, ["versions/", "versions/a.py", "versions/b.py", "versions/c.py"]);
        let files = folder.read(&["versions/b.py".to_owned(), "versions/c.py".to_owned()]).unwrap();
        assert_eq!(files[0].text, Err(UnreadableFile::Outside));
        assert_eq!(files[1].text.as_deref(), Ok("revision = 'a'"));
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn what_is_too_large_or_no_text_is_not_read() {
        let root = std::env::temp_dir().join(format!("schema-chain-sizes-{}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        fs::write(root.join("a.py"), "a".repeat((2 << 20) + 1)).unwrap();
        fs::write(root.join("b.py"), b"\xff").unwrap();
        fs::write(root.join("c.py"), "\u{feff}x").unwrap();
        let folder = FolderOnDisk::list(&root).unwrap();
        let paths = ["a.py", "b.py", "c.py"].map(str::to_owned);
        let texts: Vec<_> = folder.read(&paths).unwrap().into_iter().map(|file| file.text).collect();
        let expected = [Err(UnreadableFile::TooLarge(LARGEST_FILE)), Err(UnreadableFile::NotText), Ok("x".to_owned())];
        assert_eq!(texts, expected);
        fs::remove_dir_all(&root).unwrap();
        assert!(matches!(FolderOnDisk::list(&root), Err(FolderFault::Read(_))));
    }
}
