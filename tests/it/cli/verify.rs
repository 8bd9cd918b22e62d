//! `kubectl schema verify`: each query of a file, now.

use crate::support::{CliWorld, on_each_server};

on_each_server!(CliWorld: each_query_is_run_and_told);

async fn each_query_is_run_and_told(world: CliWorld) {
    world.sql("CREATE TABLE user (id int, api_token varchar(255)); INSERT INTO user VALUES (1, 'hidden-token')").await;
    let manifest = world.write_manifest(
        "tables: [{name: user, columns: [{name: id, type: int}]}]
verify:
- {name: the query that failed, query: SELECT api_token FROM user}
- {name: one user, query: SELECT COUNT(*) FROM user, expect: {value: '1'}}",
    );
    let run = world.run(&["verify", "-f", &manifest]);
    assert_eq!((run.code, run.error.as_str()), (0, ""), "{run:?}");
    let words: Vec<&str> = run.output.lines().map(|line| line.split(" (").next().unwrap_or_default()).collect();
    assert_eq!(
        words,
        ["held    the query that failed", "held    one user", "2 verify queries as expected."],
        "{run:?}"
    );

    let manifest = world.write_manifest(
        "tables: [{name: user, columns: [{name: id, type: int}]}]
verify:
- {name: a lost column, query: SELECT email FROM user}
- {name: no user, query: SELECT api_token FROM user, expect: {rows: {max: 0}}}
- {name: another token, query: SELECT api_token FROM user, expect: {value: other}}
- {name: fine, query: SELECT 1}",
    );
    let run = world.run(&["verify", "-f", &manifest]);
    assert_eq!(run.code, 2, "{run:?}");
    for words in [
        "failed  a lost column",
        "Unknown column 'email'",
        "no rows were expected, and it gives more than 0",
        "the value \"other\" was expected, and it gives another one",
        "held    fine",
        "3 of 4 verify queries do not hold.",
    ] {
        assert!(run.output.contains(words), "{words}: {run:?}");
    }
    assert!(!run.output.contains("hidden-token"), "{run:?}");

    let manifest = world.write_manifest("tables: [{name: user, columns: [{name: id, type: int}]}]");
    let run = world.run(&["verify", "-f", &manifest]);
    assert_eq!((run.code, run.output.as_str()), (0, "No verify query is declared.\n"), "{run:?}");
}
