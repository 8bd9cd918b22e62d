//! Reads a DatabaseSchema from the text of a file. Knows neither arguments nor databases.

use serde_json::Value;

use super::strict;
use crate::api::{DatabaseSchema, GROUP, VERSION};
use crate::declare::ScriptError;

/// A file that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidFile {
    #[error("{0}")]
    Sql(String),
    #[error(
        "spec.ddl refers to a ConfigMap, which this command does not read; use a file with its CREATE TABLE statements"
    )]
    ConfigMap,
    #[error("{0}")]
    Yaml(#[from] serde_saphyr::Error),
    #[error("it holds no resource of kind DatabaseSchema")]
    NoResource,
    #[error("apiVersion is {0:?}; this version reads {GROUP}/{VERSION}")]
    ApiVersion(String),
    #[error("{0}")]
    Shape(String),
    #[error("it can't be read as a DatabaseSchema: {0}")]
    Resource(#[from] serde_json::Error),
}

impl InvalidFile {
    pub fn of_sql(faults: &[ScriptError]) -> Self {
        Self::Sql(faults.iter().take(10).map(ToString::to_string).collect::<Vec<_>>().join("; "))
    }
}

/// Reads the first DatabaseSchema of a text.
pub fn parse(yaml: &str) -> Result<DatabaseSchema, InvalidFile> {
    // A resource may hold 1,000 tables with 1,000 columns each.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_nodes: 20_000_000, max_events: 60_000_000 },
        with_snippet: false,
    };
    let documents: Vec<Value> = serde_saphyr::from_multiple_with_options(yaml, options)?;
    let resources = documents.into_iter().flat_map(items);
    let mut found = resources.filter(|resource| text(resource, "kind") == "DatabaseSchema");
    let mut resource = found.next().ok_or(InvalidFile::NoResource)?;
    let api_version = text(&resource, "apiVersion");
    if api_version != format!("{GROUP}/{VERSION}") {
        return Err(InvalidFile::ApiVersion(api_version.to_owned()));
    }
    if let Some(members) = resource.as_object_mut() {
        // The operator reports the status; nothing in it is declared.
        members.remove("status");
        members.entry("metadata").or_insert_with(|| Value::Object(serde_json::Map::new()));
    }
    let faults = strict::faults(&resource);
    if !faults.is_empty() {
        return Err(InvalidFile::Shape(faults.join("; ")));
    }
    Ok(serde_json::from_value(resource)?)
}

/// Returns a member that holds text, or an empty text.
fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Returns a document, or the items of a list: `kubectl get -o yaml` prints lists.
fn items(mut document: Value) -> Vec<Value> {
    let is_list = text(&document, "kind").ends_with("List");
    match document.get_mut("items").filter(|_| is_list).map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => vec![document],
    }
}

#[cfg(test)]
mod tests {
    use kube::ResourceExt;
    use proptest::prelude::*;

    use super::*;

    const MINIMAL: &str = "
apiVersion: schema-operator.dev/v1alpha1
kind: DatabaseSchema
metadata: {name: app}
spec:
  revision: '1'
  database: app
  connection: {secretRef: {name: s}}
  tables: [{name: t, columns: [{name: id, type: int}]}]
";

    fn fault(yaml: &str) -> String {
        parse(yaml).unwrap_err().to_string()
    }

    #[test]
    fn the_first_resource_of_several_documents_counts() {
        let other = "kind: Secret\napiVersion: v1\nstringData: {a: b}\n---\n";
        let resource = parse(&format!("{other}{MINIMAL}---\n{}", MINIMAL.replace("name: app", "name: other"))).unwrap();
        assert_eq!(resource.name_any(), "app");
        let list = format!("kind: List\napiVersion: v1\nitems:\n-{}", MINIMAL.trim_end().replace('\n', "\n  "));
        assert_eq!(parse(&list).unwrap().name_any(), "app");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (from, to, expected) in [
            ("type: int", "typ: int", "spec.tables[t].columns[id].typ: unknown field"),
            ("type: int", "type: null", "spec.tables[t].columns[id].type: is null"),
            ("type: int", "type: 5", "spec.tables[t].columns[id].type: is a number, and a string is expected"),
            ("revision: '1'", "revision: 1", "spec.revision: is a number, and a string is expected"),
            ("revision: '1'", "mode: Aply", "spec.mode: \"Aply\" is none of Apply, Plan, Require"),
            ("revision: '1'", "suspend: true", "spec.revision: is missing"),
            ("kind: D", "kind: E", "it holds no resource of kind DatabaseSchema"),
            ("v1alpha1", "v2", "apiVersion is \"schema-operator.dev/v2\""),
        ] {
            let message = fault(&MINIMAL.replace(from, to));
            assert!(message.contains(expected), "{message}");
        }
        assert!(fault("a: [").contains("line 1"), "{}", fault("a: ["));
        assert!(fault("").contains("no resource"));
    }

    #[test]
    fn a_document_that_grows_or_is_deep_is_refused() {
        let mut bomb = vec!["a0: &a0 [x, x, x, x, x, x, x, x, x, x]".to_owned()];
        for level in 1..12 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push(format!("a{level}: &a{level} [{aliases}]"));
        }
        let deep = |open: &str, close: &str| format!("a: {}{}", open.repeat(100_000), close.repeat(100_000));
        let indented = (0..20_000).map(|level| " ".repeat(level % 4096) + "a:\n").collect();
        for yaml in [bomb.join("\n"), deep("[", "]"), deep("{a: ", "}"), indented] {
            assert!(parse(&yaml).is_err());
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,60}", at in 0..200_usize, noise in "[\\-:{}\\[\\]a \n'\"&*!|>]{0,9}") {
            let _ = parse(&text);
            let mut text = MINIMAL.to_owned();
            text.insert_str(at, &noise);
            let _ = parse(&text);
        }
    }
}
