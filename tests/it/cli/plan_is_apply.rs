//! What `kubectl schema plan` says of a plan is what `apply` and the operator do.

use serde_json::Value;

use crate::support::{World, condition, manifest, on_each_server, reason, run_cli};

on_each_server!(a_plan_says_what_apply_and_the_operator_do);

/// A schema, what is declared, and what comes of it.
struct Situation {
    name: &'static str,
    live: &'static str,
    spec: &'static str,
    /// The reason that all three report; `InSync` where there is nothing to do.
    reason: &'static str,
    /// The exit codes of `plan` and `apply`.
    codes: [i32; 2],
}

const SITUATIONS: [Situation; 10] = [
    Situation {
        name: "nothing",
        live: "CREATE TABLE nothing (id int PRIMARY KEY)",
        spec: "tables: [{name: nothing, columns: [{name: id, type: int}]}]",
        reason: "InSync",
        codes: [0, 0],
    },
    Situation {
        name: "undeclared",
        live: "CREATE TABLE undeclared (id int PRIMARY KEY, more int)",
        spec: "tables: [{name: undeclared, columns: [{name: id, type: int}]}]",
        reason: "InSync",
        codes: [0, 0],
    },
    Situation {
        name: "runs",
        live: "CREATE TABLE runs (id int PRIMARY KEY)",
        spec: "tables: [{name: runs, columns: [{name: note, type: varchar(9)}]}]",
        reason: "Applying",
        codes: [2, 0],
    },
    Situation {
        name: "refused",
        live: "CREATE TABLE refused (id int PRIMARY KEY); CREATE TABLE beside (id int PRIMARY KEY)",
        spec: "tables:
- {name: beside, columns: [{name: note, type: varchar(9)}]}
- {name: refused, columns: [{name: a, type: varchar(16000), charset: utf8mb4}, {name: b, type: varchar(16000), charset: utf8mb4}]}",
        reason: "PlanRefused",
        codes: [1, 1],
    },
    Situation {
        name: "blocked",
        live: "CREATE TABLE blocked (id int PRIMARY KEY, a int); INSERT INTO blocked VALUES (1, 1), (2, 1)",
        spec: "tables: [{name: blocked, indexes: [{name: by_a, columns: [a], unique: true}]}]",
        reason: "DuplicateRows",
        codes: [1, 1],
    },
    Situation {
        name: "unapproved",
        live: "CREATE TABLE unapproved (id int PRIMARY KEY, a varchar(20))",
        spec: "tables: [{name: unapproved, columns: [{name: a, type: varchar(9)}], indexes: [{name: by_a, columns: [a]}]}]",
        reason: "AwaitingApproval",
        codes: [2, 2],
    },
    Situation {
        name: "early",
        live: "CREATE TABLE early (id int PRIMARY KEY, a varchar(20))",
        spec: "policy: {allow: [Breaking, Destructive, Blocking], window: {schedule: '0 0 29 2 1', duration: 1m}}
tables: [{name: early, columns: [{name: a, type: varchar(9)}]}]",
        reason: "AwaitingWindow",
        codes: [2, 2],
    },
    Situation {
        name: "unsupported",
        live: "CREATE VIEW unsupported AS SELECT 1 AS a",
        spec: "tables: [{name: unsupported, columns: [{name: a, type: int}]}]",
        reason: "Unsupported",
        codes: [1, 1],
    },
    Situation {
        name: "conflict",
        live: "CREATE TABLE conflict (id int PRIMARY KEY, a varchar(20))",
        spec: "tables: [{name: conflict, columns: [{name: a, type: varchar(30)}, {name: b, type: int}]}]",
        reason: "OwnershipConflict",
        codes: [1, 1],
    },
    Situation {
        name: "online-change",
        live: "CREATE TABLE online (id int PRIMARY KEY); CREATE TABLE _online_gho (id int); CREATE TABLE _online_ghc (id int)",
        spec: "tables: [{name: online, columns: [{name: note, type: varchar(9)}]}]",
        reason: "OnlineChange",
        codes: [1, 1],
    },
];

async fn a_plan_says_what_apply_and_the_operator_do(world: World) {
    let url = world.server.url(&world.database);
    let earlier =
        manifest("earlier", &world.database, "tables: [{name: conflict, columns: [{name: a, type: varchar(20)}]}]");
    for situation in SITUATIONS {
        let Situation { name, live, spec, reason: expected, codes } = situation;
        world.sql(live).await;
        if name == "conflict" {
            assert_eq!(run_cli(&url, &["apply", "-f", "-"], &earlier).code, 0);
        }
        let file = manifest(name, &world.database, spec);
        let json = run_cli(&url, &["plan", "-f", "-", "-o", "json"], &file);
        assert_eq!(json.code, codes[0], "{name}: {json:?}");
        let view: Value = serde_json::from_str(&json.output).unwrap_or(Value::Null);
        let is_planned = !view.is_null();
        assert!(!is_planned || view["reason"].as_str().unwrap_or("InSync") == expected, "{name}: {view:#}");
        let text = run_cli(&url, &["plan", "-f", "-"], &file);
        let sql = run_cli(&url, &["plan", "-f", "-", "-o", "sql"], &file);
        assert_eq!([text.code, sql.code], [codes[0]; 2], "{name}: {text:?} {sql:?}");
        let (text, sql) = (text.output, sql.output);
        assert_eq!(text.contains("runs by itself"), expected == "Applying", "{name}: {text}");
        for step in view["steps"].as_array().into_iter().flatten().filter(|step| step["state"] != "Pending") {
            let state = format!("-- {}: ", step["state"].as_str().unwrap_or_default());
            assert!(sql.contains(&state), "{name}: {sql}");
        }

        let apply = run_cli(&url, &["apply", "-f", "-"], &file);
        assert_eq!(apply.code, codes[1], "{name}: {apply:?}");
        assert_eq!(apply.output.contains("done    "), expected == "Applying", "{name}: {apply:?}");
        if codes[0] == 1 {
            assert_eq!(json.error, apply.error, "{name}");
        }

        // The operator reports the same, step by step. What runs at once is not to be seen before it has run.
        if expected != "Applying" {
            world.apply(&file).expect("the resource is accepted");
            let resource = world.wait_named(name, expected, |resource| reason(resource) == expected).await;
            let status = resource.status.as_ref().and_then(|status| status.plan.as_ref()).map(|plan| &plan.steps);
            let status: Vec<Value> = status
                .into_iter()
                .flatten()
                .map(|step| serde_json::json!([step.id, step.state, step.message]))
                .collect();
            let shown = view["steps"].as_array().into_iter().flatten();
            let shown: Vec<Value> =
                shown.map(|step| serde_json::json!([step["id"], step["state"], step["message"]])).collect();
            assert_eq!(status, shown, "{name}");
            if is_planned && expected != "InSync" {
                assert_eq!(view["message"], condition(&resource, "Ready").message, "{name}");
            }
            world.delete(name);
            // The end of the resource gives the command line no right that it did not have.
            let apply = run_cli(&url, &["apply", "-f", "-"], &file);
            assert_eq!(apply.code, codes[1], "{name}, without its resource: {apply:?}");
        }
    }
}
