//! Makes a request of a file: what it declares, for the database that the arguments name.

use std::path::Path;

use kube::ResourceExt;
use sha2::{Digest, Sha256};

use super::arguments::FileArguments;
use super::database_target::{DatabaseTarget, read_file};
use super::file::{InvalidFile, parse};
use super::outcome::CliError;
use super::output::report;
use crate::api::{Connection, DatabaseSchema, DatabaseSchemaSpec, Ddl, Mode, Policy, UndeclaredPolicy};
use crate::declare::{Script, Source, is_sql, without_dump};
use crate::mysql::Login;
use crate::reconcile::{Asker, Intent, Request, Witness, counted};
use crate::record::{LiveResources, NO_CLUSTER, Owner};
use crate::schema::Identifier;

/// A file's resource, and the request that it makes of a database.
#[derive(Debug)]
pub struct FileRequest {
    pub resource: DatabaseSchema,
    pub request: Request<Source>,
}

/// Reads the file in a thread of its own.
///
/// # Errors
/// The file can't be read, or declares what can't be planned.
pub async fn from_file(arguments: &FileArguments, target: &DatabaseTarget) -> Result<FileRequest, CliError> {
    let (arguments, login, database) = (arguments.clone(), target.login.clone(), target.database.clone());
    tokio::task::spawn_blocking(move || read_request(&arguments, login, &database)).await.map_err(CliError::Task)?
}

fn read_request(arguments: &FileArguments, login: Login, database: &Identifier) -> Result<FileRequest, CliError> {
    let path = &arguments.file;
    let of_file = |error| CliError::File { path: path.clone(), error: Box::new(error) };
    let mut resource = read_resource(path)?;
    let spec = &mut resource.spec;
    database.as_str().clone_into(&mut spec.database);
    spec.policy.allow.get_or_insert_default().extend(&arguments.allow);
    let resource_name = match resource.metadata.namespace.as_deref() {
        Some(namespace) => format!("{namespace}/{}", resource.name_any()),
        None => resource.name_any(),
    };
    let owner = Owner { cluster: NO_CLUSTER.to_owned(), resource: resource_name, uid: String::new() };
    let removes = resource.spec.policy.undeclared == UndeclaredPolicy::Remove;
    let witness = if arguments.trust_record { Witness::Person } else { Witness::Nobody };
    if removes && !witness.lets_remove() {
        report(
            "policy.undeclared is Remove, but without a cluster only the record in the database says what this file once \
             made: nothing is removed by its word; --trust-record removes it",
        );
    }
    let live_resources = LiveResources::Unknown;
    let asker = Asker { uid: run_id(), owner, login, replicas: Vec::new(), live_resources, witness };
    let script = match &resource.spec.ddl {
        None => None,
        Some(Ddl::Inline(text)) => Some(Script::parse(text).map_err(|faults| of_file(InvalidFile::of_sql(&faults)))?),
        Some(Ddl::ConfigMapRef(_)) => return Err(of_file(InvalidFile::ConfigMap)),
    };
    let request = Intent::from_spec(&resource.spec, script)?.request(asker);
    Ok(FileRequest { resource, request })
}

/// Returns what tells this run from all others in the history and in the server's process list.
fn run_id() -> String {
    use std::hash::{BuildHasher, RandomState};
    let random = RandomState::new().hash_one((std::process::id(), std::time::SystemTime::now()));
    format!("cli-{random:016x}")
}

/// Reads the first resource of a YAML file, or the one that a file of SQL makes.
///
/// # Errors
/// The file can't be read, or is not valid.
pub fn read_resource(path: &Path) -> Result<DatabaseSchema, CliError> {
    let is_standard_input = path.as_os_str() == "-";
    let text = if is_standard_input {
        std::io::read_to_string(std::io::stdin()).map_err(|error| CliError::Read { path: path.to_owned(), error })?
    } else {
        read_file(path)?
    };
    let is_sql_file = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql"));
    if is_sql_file || is_standard_input && is_sql(&text) {
        return Ok(of_sql(path, &text));
    }
    parse(&text).map_err(|error| CliError::File { path: path.to_owned(), error: Box::new(error) })
}

/// Returns the resource that declares what a file of `CREATE TABLE` statements does. Of a dump, only the tables count.
fn of_sql(path: &Path, text: &str) -> DatabaseSchema {
    let (text, passed_over) = without_dump(text.trim_start_matches('\u{FEFF}'));
    if passed_over > 0 {
        report(&format!(
            "passed over {} that declare nothing, such as SET, LOCK, INSERT, and DROP TABLE before CREATE TABLE",
            counted(passed_over, "statement")
        ));
    }
    let digest = hex::encode(Sha256::digest(text.as_bytes()));
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let spec = DatabaseSchemaSpec {
        revision: format!("sql-{}", digest.get(..12).unwrap_or_default()),
        database: String::new(),
        connection: Connection::by_secret(String::new()),
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
