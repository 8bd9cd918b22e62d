//! What a terminal would obey never reaches it: comments, names and messages can hold anything.

use schema_operator::telemetry::is_obeyed;

use crate::support::{CliRun, CliWorld, on_each_server};

on_each_server!(CliWorld: no_command_writes_what_a_terminal_obeys);

/// Erases a line, colours by C1, and writes from right to left.
const HOSTILE: &str = "\u{1b}[2K\r\u{9b}31m\u{7f}\u{202e}drop";

fn check(run: &CliRun) {
    for text in [&run.output, &run.error] {
        assert!(!text.contains(is_obeyed), "{run:?}");
    }
}

async fn no_command_writes_what_a_terminal_obeys(world: CliWorld) {
    world.sql(&format!("CREATE TABLE t (id int PRIMARY KEY COMMENT '{HOSTILE}', note int) COMMENT '{HOSTILE}'")).await;
    let export = world.run(&["export"]);
    check(&export);
    assert_eq!(export.code, 0, "{export:?}");
    let plan = world.run_with_input(&["plan", "-f", "-"], &export.output);
    check(&plan);
    assert_eq!(plan.code, 0, "the export means what the table has: {plan:?}");

    let comment = serde_json::to_string(HOSTILE).unwrap();
    let spec = format!("tables: [{{name: t, columns: [{{name: id, type: bigint, comment: {comment}}}]}}]");
    // YAML takes neither DEL nor C1 in plain.
    let spec = spec.chars().map(|c| if is_obeyed(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() });
    let file = world.write_manifest(&spec.collect::<String>());
    for format in ["text", "json"] {
        let plan = world.run(&["plan", "-f", &file, "-o", format]);
        check(&plan);
        assert_eq!(plan.code, 2, "{plan:?}");
        assert!(plan.output.contains("\\u001b[2K"), "it is shown: {plan:?}");
    }
    let plan = world.run(&["plan", "-f", &file, "-o", "sql"]);
    check(&plan);
    assert_eq!(plan.code, 1, "{plan:?}");
    assert!(plan.error.contains("control character"), "{plan:?}");
    let apply = world.run(&["apply", "-f", &file, "--allow", "Blocking,Breaking,Destructive"]);
    check(&apply);
    check(&world.run(&["history"]));
    check(&world.run(&["plan", "-f", &format!("no{HOSTILE}where")]));
}
