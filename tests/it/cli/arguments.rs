//! Wrong arguments, files and URLs: the error is one line, and shows no password.

use std::path::PathBuf;
use std::process::Command;

use crate::support::{CliWorld, on_each_server, run_cli, temporary_folder};

on_each_server!(CliWorld: the_server_is_named_without_the_password, an_unknown_certificate_is_refused_with_advice);

const SPEC: &str = "tables: [{name: user, columns: [{name: api_token, type: varchar(255)}]}]";

async fn the_server_is_named_without_the_password(world: CliWorld) {
    let (host, port) = (world.server.value("HOST"), world.server.value("PORT"));
    for (url, expected) in [
        (
            format!("mysql://root:hunter2@{host}:{port}/{}", world.database),
            "the server does not accept this user and password",
        ),
        (format!("mysql://root:hunter2@{host}:1/{}", world.database), "connecting to 127.0.0.1:1: "),
        (world.url().replace(&world.database, "no_such_hunter"), "database"),
    ] {
        for arguments in [&["export"][..], &["history"], &["plan", "-f", &world.write_manifest(SPEC)]] {
            let run = run_cli(&url, arguments, "");
            assert_eq!((run.code, run.output.as_str()), (1, ""), "{run:?}");
            assert!(run.error.starts_with("kubectl-schema: ") && run.error.lines().count() == 1, "{run:?}");
            assert!(!run.error.contains("hunter2"), "{run:?}");
            assert!(run.error.contains(expected), "{expected}: {run:?}");
        }
    }
}

async fn an_unknown_certificate_is_refused_with_advice(world: CliWorld) {
    for arguments in [&["export"][..], &["plan", "-f", &world.write_manifest(SPEC)]] {
        let run = world.run(&[arguments, &["--tls", "verify-identity"]].concat());
        assert_eq!((run.code, run.output.as_str()), (1, ""), "{run:?}");
        assert!(run.error.contains("give the server's certificate authority with --ca FILE"), "{run:?}");
    }
}

/// Errors in arguments and files need no server.
#[test]
fn an_error_is_one_line() {
    let folder = temporary_folder("cli");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let resource = "apiVersion: schema-operator.dev/v1alpha1\nkind: DatabaseSchema\nmetadata: {name: a}\nspec:\n  revision: r1\n  database: d\n  connection: {secretRef: {name: s}}\n  tables: [{name: t, columns: [{name: id, nulable: false}]}]\n";
    let misspelt = write("misspelt.yaml", resource);
    let refused = write("refused.yaml", &resource.replace("nulable: false", "type: int, onUpdate: CURRENT_TIMESTAMP"));
    let (sql, other) = (write("a.sql", "\nDROP TABLE t"), write("b.yaml", "kind: Secret\n"));
    let url = "mysql://app:hunter2@127.0.0.1:1/app";
    let encoded = "percent-encode it: / as %2F";
    for (url, arguments, expected) in [
        (url, vec!["plan", "-f", &misspelt], "spec.tables[t].columns[id].nulable: unknown field"),
        (url, vec!["apply", "-f", &misspelt], "spec.tables[t].columns[id].nulable: unknown field"),
        (url, vec!["plan", "-f", &refused], "spec.tables[t].columns[id].onUpdate"),
        (url, vec!["plan", "-f", &sql], "line 2: only CREATE TABLE statements can be declared here"),
        (url, vec!["plan", "-f", &other], "no resource of kind DatabaseSchema"),
        (url, vec!["plan", "-f", "/no/such/file"], "reading /no/such/file: No such file"),
        (url, vec!["plan"], "--filename <FILE>"),
        (url, vec!["plan", "-f", &misspelt, "-o", "xml"], "invalid value 'xml'"),
        (url, vec!["apply", "-f", &misspelt, "--allow", "all"], "expected Blocking"),
        (url, vec!["export", "--name", "Not_Valid"], "--name"),
        (url, vec!["export", "--revision", "a b"], "--revision"),
        (url, vec!["export", "--ca", "/no/such/ca"], "reading /no/such/ca"),
        (url, vec!["export", url], "unexpected argument"),
        (url, vec![], "a command is missing"),
        ("mysql://app:hun/ter2@h/d", vec!["export"], encoded),
        ("mysql://app:hunter2#@h/d", vec!["export"], encoded),
        ("mysql://app:hunter2@@h/d", vec!["export"], encoded),
        ("mysql://app:hunter2@h/d?sslmode=x", vec!["export"], "\"sslmode\" is not known"),
        ("mysql://app:hunter2@h", vec!["export"], "names no database"),
        ("app:hunter2", vec!["export"], "does not begin with mysql://"),
    ] {
        let run = run_cli(url, &arguments, "");
        assert_eq!((run.code, run.output.as_str()), (1, ""), "{arguments:?} {run:?}");
        assert!(run.error.starts_with("kubectl-schema: ") && run.error.lines().count() == 1, "{arguments:?} {run:?}");
        assert!(run.error.contains(expected), "{expected}: {run:?}");
        assert!(!run.error.contains("hunter2") && !run.error.contains("ter2"), "{run:?}");
    }
    for arguments in [&["--help"][..], &["plan", "--help"], &["--version"]] {
        let help = run_cli(url, arguments, "");
        assert_eq!((help.code, help.error.as_str()), (0, ""), "{help:?}");
        assert!(!help.output.contains("hunter2"), "{help:?}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn kubectl_finds_the_plugin() {
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_kubectl-schema"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let output =
        Command::new("kubectl").args(["schema", "--version"]).env("PATH", path).output().expect("kubectl runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && text.contains(env!("CARGO_PKG_VERSION")), "{text}");
}
