//! A file that holds a DatabaseSchema, or `CREATE TABLE` statements.

use std::io::Read;
use std::path::Path;

use kube::ResourceExt;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::arguments::FileArguments;
use super::database_target::DatabaseTarget;
use super::error::CliError;
use super::strict;
use crate::api::{
    Connection, DatabaseSchema, DatabaseSchemaSpec, Ddl, GROUP, Mode, Policy, SecretKeys, SecretRef, TlsMode, VERSION,
};
use crate::declare::{Script, ScriptError, Source, is_sql, without_dump};
use crate::mysql::Login;
use crate::reconcile::{Asker, HostGuard, Intent, Request, counted};
use crate::record::{LiveResources, NO_CLUSTER, Owner};
use crate::schema::Identifier;

/// A file that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidFile {
    #[error("{0}")]
    Sql(String),
    #[error(
        "spec.ddl refers to a ConfigMap, which is not read here; plan the file with its CREATE TABLE statements instead"
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

/// The request that a file makes of a database. The file is read in a thread of its own.
///
/// # Errors
/// The file can't be read, or says something that is not understood.
pub async fn request(
    arguments: &FileArguments,
    target: &DatabaseTarget,
) -> Result<(DatabaseSchema, Request<Source>), CliError> {
    let (arguments, login, database) = (arguments.clone(), target.login.clone(), target.database.clone());
    tokio::task::spawn_blocking(move || request_of(&arguments, login, &database)).await.map_err(CliError::Task)?
}

fn request_of(
    arguments: &FileArguments,
    login: Login,
    database: &Identifier,
) -> Result<(DatabaseSchema, Request<Source>), CliError> {
    let path = &arguments.file;
    let of_file = |error| CliError::File { path: path.clone(), error: Box::new(error) };
    let mut resource = read(path, &of_file)?;
    let spec = &mut resource.spec;
    database.as_str().clone_into(&mut spec.database);
    spec.policy.allow.get_or_insert_default().extend(&arguments.allow);
    let resource_name = match resource.metadata.namespace.as_deref() {
        Some(namespace) => format!("{namespace}/{}", resource.name_any()),
        None => resource.name_any(),
    };
    let owner = Owner { cluster: NO_CLUSTER.to_owned(), resource: resource_name, uid: String::new() };
    let asker = Asker { uid: run_id(), owner, login, guard: HostGuard::all(), live_resources: LiveResources::Unknown };
    let script = match &resource.spec.ddl {
        None => None,
        Some(Ddl::Inline(text)) => Some(Script::parse(text).map_err(|faults| of_file(InvalidFile::of_sql(&faults)))?),
        Some(Ddl::ConfigMapRef(_)) => return Err(of_file(InvalidFile::ConfigMap)),
    };
    let request = Intent::from_spec(&resource.spec, script)?.request(asker);
    Ok((resource, request))
}

/// What tells this run from all others in the history and in the server's process list.
fn run_id() -> String {
    use std::hash::{BuildHasher, RandomState};
    let random = RandomState::new().hash_one((std::process::id(), std::time::SystemTime::now()));
    format!("cli-{random:016x}")
}

fn read(path: &Path, of_file: &impl Fn(InvalidFile) -> CliError) -> Result<DatabaseSchema, CliError> {
    let text = if path.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.map_err(|error| CliError::Read { path: path.to_owned(), error })?;
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql"))
        || path.as_os_str() == "-" && is_sql(&text)
    {
        return Ok(of_sql(path, &text));
    }
    parse(&text).map_err(of_file)
}

/// A file of `CREATE TABLE` statements as the resource that declares them. A dump is taken for what it says of tables.
fn of_sql(path: &Path, text: &str) -> DatabaseSchema {
    let (text, passed_over) = without_dump(text.trim_start_matches('\u{FEFF}'));
    if passed_over > 0 {
        eprintln!(
            "kubectl-schema: passed over {}: SET, LOCK, INSERT and DROP TABLE before CREATE TABLE declare nothing",
            counted(passed_over, "statement")
        );
    }
    let digest = hex::encode(Sha256::digest(text.as_bytes()));
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let spec = DatabaseSchemaSpec {
        revision: format!("sql-{}", digest.get(..12).unwrap_or_default()),
        database: String::new(),
        connection: Connection {
            secret_ref: SecretRef { name: String::new(), keys: SecretKeys::default() },
            tls: TlsMode::default(),
            connect_timeout: None,
        },
        mode: Mode::Apply,
        tables: None,
        ddl: Some(Ddl::Inline(text)),
        revision_table: None,
        policy: Policy::default(),
        verify: None,
        interval: None,
        progress_deadline: None,
        suspend: None,
    };
    DatabaseSchema::new(&name, spec)
}

impl InvalidFile {
    fn of_sql(faults: &[ScriptError]) -> Self {
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
        // What was reported about the resource is nobody's declaration.
        members.remove("status");
        members.entry("metadata").or_insert_with(|| Value::Object(serde_json::Map::new()));
    }
    let faults = strict::faults(&resource);
    if !faults.is_empty() {
        return Err(InvalidFile::Shape(faults.join("; ")));
    }
    Ok(serde_json::from_value(resource)?)
}

/// A member that holds text; empty where there is none.
fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A document, or what it lists: `kubectl get -o yaml` prints lists.
fn items(mut document: Value) -> Vec<Value> {
    let is_list = text(&document, "kind").ends_with("List");
    match document.get_mut("items").filter(|_| is_list).map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => vec![document],
    }
}

#[cfg(test)]
mod tests {
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
