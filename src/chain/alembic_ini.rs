//! Reads from `alembic.ini` where the revisions are, where that is written plainly.

/// What `alembic.ini` says of folders.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct AlembicIni {
    script_location: Option<String>,
    version_locations: Vec<String>,
    /// Whether folders below those are read too.
    pub is_recursive: bool,
}

/// An option, and its value.
struct AlembicOption {
    name: String,
    value: String,
}

impl AlembicIni {
    pub fn read(text: &str) -> Self {
        let mut options: Vec<AlembicOption> = Vec::new();
        let mut is_in_section = false;
        for line in text.lines() {
            let is_continued = line.starts_with([' ', '\t']);
            let line = line.trim();
            if line.starts_with(['#', ';']) || line.is_empty() {
                continue;
            }
            if let Some(section) = line.strip_prefix('[') {
                is_in_section = section.trim_end_matches(']') == "alembic";
            } else if is_in_section {
                let last = options.last_mut().filter(|_| is_continued);
                if let Some(AlembicOption { value, .. }) = last {
                    *value = format!("{value}\n{line}");
                } else if let Some((name, value)) = line.split_once(['=', ':']) {
                    options.push(AlembicOption { name: name.trim().to_lowercase(), value: value.trim().to_owned() });
                }
            }
        }
        let get = |name: &str| options.iter().find(|option| option.name == name).map(|option| option.value.as_str());
        let separator = get("path_separator").or_else(|| get("version_path_separator"));
        let locations = get("version_locations").unwrap_or_default();
        let separators: &[char] = match separator {
            Some("os" | ":") => &[':'],
            Some(";") => &[';'],
            Some("newline") => &['\n'],
            Some("space") => &[' '],
            _ => &[' ', ',', '\n'],
        };
        Self {
            script_location: get("script_location").and_then(plain_path),
            version_locations: locations.split(separators).filter_map(plain_path).collect(),
            is_recursive: get("recursive_version_locations") == Some("true"),
        }
    }

    /// Returns the folders of revisions; none where the file does not say it plainly.
    pub fn version_folders(&self) -> Vec<String> {
        if !self.version_locations.is_empty() {
            return self.version_locations.clone();
        }
        match self.script_location.as_deref() {
            None => Vec::new(),
            Some("") => vec!["versions".to_owned()],
            Some(location) => vec![format!("{location}/versions")],
        }
    }
}

/// Returns a path below the file's own folder; `None` for what is empty or in a package of Python.
fn plain_path(text: &str) -> Option<String> {
    let text = text.trim();
    let path = text.strip_prefix("%(here)s").map_or(text, |rest| rest.trim_start_matches('/'));
    let is_empty = text.is_empty();
    let is_plain = !path.contains([':', '%', '\\']);
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let root = if path.starts_with('/') { "/" } else { "" };
    (!is_empty && is_plain).then(|| format!("{root}{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_found_where_they_are_written_plainly() {
        for (options, expected) in [
            ("script_location = migrations", &["migrations/versions"][..]),
            ("script_location = %(here)s/./db/alembic/", &["db/alembic/versions"]),
            ("script_location = %(here)s", &["versions"]),
            ("script_location = .", &["versions"]),
            ("script_location = app:migrations", &[]),
            ("script_location = a\nversion_locations = a/x b/y", &["a/x", "b/y"]),
            ("version_locations = a/x:%(here)s/b\nversion_path_separator = os", &["a/x", "b"]),
            ("version_locations =\n  a\n  # not b\n  c\npath_separator = newline", &["a", "c"]),
            ("# script_location = a", &[]),
            ("[other]\nscript_location = a", &[]),
        ] {
            let ini = AlembicIni::read(&format!("[alembic]\n{options}\n[loggers]\nscript_location = no\n"));
            assert_eq!(ini.version_folders(), expected, "{options}");
        }
        assert!(AlembicIni::read("[alembic]\nrecursive_version_locations = true").is_recursive);
    }
}
