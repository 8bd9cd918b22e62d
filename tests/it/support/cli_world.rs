//! What a test of the command line has for itself: a database and a folder, and no operator.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use schema_operator::mysql::Row;

use super::{Server, temporary_folder, unique};

/// A database on a server, and a folder for files.
pub struct CliWorld {
    pub server: Server,
    pub database: String,
    folder: PathBuf,
}

/// The exit code and the output of one run.
#[derive(Debug)]
pub struct CliRun {
    pub code: i32,
    pub output: String,
    pub error: String,
}

impl CliWorld {
    /// Creates the database and the folder.
    pub async fn new(server: Server) -> Self {
        let database = unique("cli").replace('-', "_");
        server.run(&format!("CREATE DATABASE {database}")).await;
        Self { server, database, folder: temporary_folder("cli") }
    }

    /// Returns the URL of the database.
    pub fn url(&self) -> String {
        self.server.url(&self.database)
    }

    /// Runs statements in the database, and returns the rows of the last one.
    pub async fn sql(&self, sql: &str) -> Vec<Row> {
        self.server.run(&format!("USE {}; {sql}", self.database)).await
    }

    /// Returns the lines of `SHOW CREATE TABLE`. Their order is left out: servers show indexes in that of their making.
    pub async fn definition_lines(&self, table: &str) -> BTreeSet<String> {
        let rows = self.sql(&format!("SHOW CREATE TABLE {table}")).await;
        rows[0].text(1).lines().map(|line| line.trim_end_matches(',').to_owned()).collect()
    }

    /// Writes the file of a manifest whose spec has this YAML beside what every spec needs, and returns its path. It names
    /// another server and database.
    pub fn write_manifest(&self, spec: &str) -> String {
        let spec = format!("  {}\n", spec.trim().replace('\n', "\n  "));
        let head =
            "apiVersion: schema-operator.dev/v1alpha1\nkind: DatabaseSchema\nmetadata: {name: app, namespace: apps}\n";
        let spec =
            format!("spec:\n  revision: r1\n  database: elsewhere\n  connection: {{secretRef: {{name: s}}}}\n{spec}");
        self.write("schema.yaml", &format!("{head}{spec}"))
    }

    /// Writes a file, and returns its path.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.folder.join(name);
        std::fs::write(&path, text).expect("the temporary folder can be written");
        path.to_str().expect("UTF-8").to_owned()
    }

    /// Runs `kubectl-schema` on the database.
    pub fn run(&self, arguments: &[&str]) -> CliRun {
        self.run_with_input(arguments, "")
    }

    /// Runs `kubectl-schema` on the database, with this standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> CliRun {
        run_cli(&self.url(), arguments, input)
    }
}

impl Drop for CliWorld {
    /// Drops the database, unless the test failed: then it stays for inspection.
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
        if std::thread::panicking() {
            eprintln!("database {}", self.database);
            return;
        }
        self.server.run_in_drop(format!("DROP DATABASE IF EXISTS {}", self.database));
    }
}

/// Runs `kubectl-schema` on the database that a URL names, with this standard input.
pub fn run_cli(url: &str, arguments: &[&str], input: &str) -> CliRun {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-schema"))
        .args(arguments)
        .env("DATABASE_URL", url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    // A command that does not read its input may have ended.
    let _ = command.stdin.take().expect("stdin is piped").write_all(input.as_bytes());
    let output = command.wait_with_output().expect("the command ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let run =
        CliRun { code: output.status.code().unwrap_or(-1), output: text(&output.stdout), error: text(&output.stderr) };
    assert!(!run.error.contains("panicked"), "{run:?}");
    run
}
