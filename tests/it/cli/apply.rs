//! `kubectl schema plan`, `apply` and `history`.

use crate::support::{CliWorld, on_each_server};

on_each_server!(CliWorld:
    a_change_is_planned_and_applied,
    risks_wait_until_they_are_allowed,
    a_plan_as_sql_can_be_run,
    verify_queries_are_run,
    what_another_resource_declares_is_left_alone,
    a_failed_statement_is_an_error,
    what_only_the_record_names_is_removed_for_who_trusts_it,
);

const NO_HISTORY: &str =
    "No history is kept in this database: its schema was not changed yet, or policy.history is StatusOnly.\n";

const ADD_TOKEN: &str = "
tables:
- name: user
  columns: [{name: api_token, type: varchar(255)}]
  indexes: [{name: ix_user_api_token, columns: [api_token], unique: true}]
";

async fn a_change_is_planned_and_applied(world: CliWorld) {
    world.sql("CREATE TABLE user (id int PRIMARY KEY); INSERT INTO user VALUES (1)").await;
    let file = world.write_manifest(ADD_TOKEN);
    let plan = world.run(&["plan", "-f", &file]);
    assert_eq!((plan.code, plan.error.as_str()), (2, ""), "{plan:?}");
    for expected in
        ["column user.api_token", "ADD COLUMN `api_token`", "INSTANT", "1 rows", "no risk", "2 statements to run.\n"]
    {
        assert!(plan.output.contains(expected), "{expected}: {}", plan.output);
    }
    let json = world.run(&["plan", "-f", &file, "-o", "json"]);
    let view: serde_json::Value = serde_json::from_str(&json.output).expect("JSON");
    assert_eq!((json.code, &view["inSync"], &view["database"]), (2, &false.into(), &world.database.clone().into()));
    assert_eq!((&view["steps"][0]["state"], &view["steps"][0]["rows"]), (&"Pending".into(), &1.into()));
    assert!(view["steps"][0]["undo"].as_str().unwrap().contains("DROP COLUMN"), "{view}");
    let history = world.run(&["history"]);
    assert_eq!((history.code, history.output.as_str()), (0, NO_HISTORY), "{history:?}");

    let apply = world.run(&["apply", "-f", &file]);
    assert_eq!((apply.code, apply.error.as_str()), (0, ""), "{apply:?}");
    assert!(apply.output.starts_with("done    ALTER TABLE `user` ADD COLUMN `api_token`"), "{apply:?}");
    assert!(apply.output.ends_with("2 statements done; all that is declared is live.\n"), "{apply:?}");
    assert_eq!(world.run(&["plan", "-f", &file]).code, 0);
    let again = world.run(&["apply", "-f", &file]);
    assert_eq!((again.code, again.output.as_str()), (0, "0 statements done; all that is declared is live.\n"));
    let history = world.run(&["history", "-o", "json"]);
    let rows: serde_json::Value = serde_json::from_str(&history.output).expect("JSON");
    assert_eq!((rows[1]["outcome"].as_str(), rows[1]["resource"].as_str()), (Some("done"), Some("apps/app")), "{rows}");
    assert!(world.run(&["history"]).output.contains("done     r1  apps/app\n    ALTER TABLE"));
}

async fn risks_wait_until_they_are_allowed(world: CliWorld) {
    world.sql("CREATE TABLE t (a varchar(20), b int); INSERT INTO t VALUES ('a', 1)").await;
    let file =
        world.write_manifest("tables: [{name: t, columns: [{name: a, type: varchar(10)}, {name: c, type: int}]}]");
    let plan = world.run(&["plan", "-f", &file]);
    assert_eq!(plan.code, 2, "{plan:?}");
    assert!(plan.output.contains("waits for consent: --allow Breaking,Destructive"), "{}", plan.output);
    let apply = world.run(&["apply", "-f", &file]);
    assert_eq!((apply.code, apply.error.as_str()), (2, ""), "{apply:?}");
    assert!(apply.output.contains("done    ALTER TABLE `t` ADD COLUMN `c`"), "{}", apply.output);
    assert!(
        apply.output.ends_with("1 statement done; 1 waits for consent (--allow Breaking,Destructive).\n"),
        "{apply:?}"
    );
    let allowed = world.run(&["apply", "-f", &file, "--allow", "breaking,Destructive"]);
    assert_eq!(allowed.code, 0, "{allowed:?}");
    assert_eq!(world.run(&["plan", "-f", &file]).code, 0);
}

async fn a_plan_as_sql_can_be_run(world: CliWorld) {
    world.sql("CREATE TABLE user (id int PRIMARY KEY, a varchar(20))").await;
    let spec =
        format!("{ADD_TOKEN}- {{name: fresh, columns: [{{name: id, type: int, comment: \"a\\\\b; -- 'c'\"}}]}}\n");
    let file = world.write_manifest(&spec);
    let sql = world.run(&["plan", "-f", &file, "-o", "sql"]);
    assert_eq!(sql.code, 2, "{sql:?}");
    assert!(sql.output.contains("-- risks: none\n"), "{}", sql.output);
    world.sql(&sql.output).await;
    let plan = world.run(&["plan", "-f", &file]);
    assert_eq!(plan.code, 0, "{plan:?}");
}

async fn verify_queries_are_run(world: CliWorld) {
    world.sql("CREATE TABLE user (id int PRIMARY KEY)").await;
    let with = |query: &str| world.write_manifest(&format!("{ADD_TOKEN}verify: [{{name: q, query: {query}}}]\n"));
    let apply = world.run(&["apply", "-f", &with("SELECT api_token FROM user")]);
    assert_eq!(apply.code, 0, "{apply:?}");
    assert!(apply.output.ends_with("all that is declared is live; 1 verify query as expected.\n"), "{apply:?}");
    for command in ["apply", "plan"] {
        let failed = world.run(&[command, "-f", &with("SELECT gone FROM user")]);
        assert_eq!(failed.code, 1, "{failed:?}");
        assert!(failed.error.starts_with("kubectl-schema: verify query \"q\": Unknown column"), "{failed:?}");
    }
}

async fn what_another_resource_declares_is_left_alone(world: CliWorld) {
    let spec = |data_type: &str| format!("tables:\n- name: user\n  columns:\n  - {{name: email, type: {data_type}}}\n");
    assert_eq!(world.run(&["apply", "-f", &world.write_manifest(&spec("varchar(100)"))]).code, 0);
    let other = std::fs::read_to_string(world.write_manifest(&spec("varchar(50)")))
        .unwrap()
        .replace("name: app,", "name: other,");
    let other = world.write("other.yaml", &other);
    for command in ["plan", "apply"] {
        let refused = world.run(&[command, "-f", &other]);
        assert_eq!(refused.code, 1, "{refused:?}");
        let words =
            "what kubectl schema apply did for apps/app has declared otherwise before: type of column user.email";
        assert!(refused.error.contains(words), "{refused:?}");
    }
    let mut required = spec("varchar(60)");
    required.insert_str(0, "mode: Require\n");
    let contract = world.write_manifest(&required);
    assert_eq!(world.run(&["plan", "-f", &contract]).code, 0);
    let unmet = world.run(&["plan", "-f", &world.write_manifest(&required.replace("60", "200"))]);
    assert_eq!(unmet.code, 1, "{unmet:?}");
    assert!(unmet.error.contains("type must be varchar(200) (live: varchar(100))"), "{unmet:?}");
    assert_eq!(
        world.sql("SELECT COUNT(*) FROM schema_operator_record WHERE resource <> 'lock'").await[0].text(0),
        "1",
        "a plan claims nothing"
    );
    assert_eq!(world.run(&["apply", "-f", &world.write_manifest(&spec("varchar(120)"))]).code, 0, "the first goes on");
}

async fn what_only_the_record_names_is_removed_for_who_trusts_it(world: CliWorld) {
    let spec = |tables: &str| {
        format!(
            "policy: {{undeclared: Remove, allow: [Breaking, Destructive]}}\ntables:\n- {{name: a, columns: [{{name: id, type: int}}]}}\n{tables}"
        )
    };
    let both = world.write_manifest(&spec("- {name: b, columns: [{name: id, type: int}]}\n"));
    assert_eq!(world.run(&["apply", "-f", &both]).code, 0);
    let tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'b'";
    let one = world.write_manifest(&spec(""));
    for command in ["plan", "apply"] {
        let kept = world.run(&[command, "-f", &one]);
        assert_eq!(kept.code, 0, "{kept:?}");
        assert!(kept.error.contains("--trust-record removes it"), "{kept:?}");
        assert_eq!(world.sql(tables).await[0].text(0), "1");
    }
    let removed = world.run(&["apply", "-f", &one, "--trust-record"]);
    assert_eq!((removed.code, removed.error.as_str()), (0, ""), "{removed:?}");
    assert_eq!(world.sql(tables).await[0].text(0), "0");
}

async fn a_failed_statement_is_an_error(world: CliWorld) {
    world.sql("CREATE TABLE user (a varchar(9)); INSERT INTO user VALUES ('hunter2'), ('hunter2')").await;
    let file = world.write_manifest("tables: [{name: user, indexes: [{name: u, columns: [a], unique: true}]}]");
    let apply = world.run(&["apply", "-f", &file, "--allow", "Blocking,Breaking,Destructive,Unknown"]);
    assert_eq!(apply.code, 1, "{apply:?}");
    assert!(apply.error.contains("1 value occurs more than once") && !apply.error.contains("hunter2"), "{apply:?}");
    assert_eq!(apply.error.lines().count(), 1, "{apply:?}");
    let file = world.write_manifest("mode: Plan\ntables: [{name: user, columns: [{name: b, type: int}]}]");
    let apply = world.run(&["apply", "-f", &file]);
    assert_eq!(
        apply.error,
        "kubectl-schema: spec.mode is Plan, so nothing is changed; set it to Apply to change the database\n"
    );
}
