//! What is live under a declared name, and is no table that the operator alters. Nothing of it is Ready.

use crate::support::{CliWorld, Server, on_each_server};

on_each_server!(CliWorld: what_is_no_table_of_ours_is_refused_by_name);

/// An object, and what is said of it.
struct Obstacle {
    live: &'static str,
    is: &'static str,
    /// What a contract says that requires it to be absent.
    unmet: &'static str,
}

const ON_ALL: &[Obstacle] = &[Obstacle {
    live: "CREATE VIEW o AS SELECT 1 AS id",
    is: "no base table but a view",
    unmet: "no base table but a view",
}];

const ON_MARIADB: &[Obstacle] = &[
    Obstacle { live: "CREATE SEQUENCE o", is: "no base table but a sequence", unmet: "no base table but a sequence" },
    Obstacle {
        live: "CREATE TABLE o (id int PRIMARY KEY) WITH SYSTEM VERSIONING",
        is: "no base table but a system versioned",
        unmet: "no base table but a system versioned",
    },
    Obstacle {
        live: "CREATE TABLE o (id int, a date, b date, PERIOD FOR ap (a, b))",
        is: "it has a period",
        unmet: "must be absent",
    },
];

async fn what_is_no_table_of_ours_is_refused_by_name(world: CliWorld) {
    let more = if world.server == Server::MySql { &[] } else { ON_MARIADB };
    for Obstacle { live, is, unmet } in ON_ALL.iter().chain(more) {
        world.sql(&format!("DROP DATABASE {0}; CREATE DATABASE {0}; USE {0}; {live}", world.database)).await;
        for (mode, declared) in [
            ("Apply", "{name: o, state: Absent}"),
            ("Apply", "{name: o, columns: [{name: extra, type: int}]}"),
            ("Apply", "{name: t, renamedFrom: [o], columns: [{name: id, type: int}]}"),
            ("Require", "{name: o, state: Absent}"),
        ] {
            let policy = "policy: {allow: [Blocking, Breaking, Destructive, Unknown]}";
            let file = world.write_manifest(&format!("mode: {mode}\n{policy}\ntables: [{declared}]"));
            let commands: &[&str] = if mode == "Require" { &["plan"] } else { &["plan", "apply"] };
            let says = if mode == "Require" { unmet } else { is };
            for command in commands {
                let run = world.run(&[command, "-f", &file]);
                assert!(run.code == 1 && run.error.contains(says), "{command} {mode} {declared} of {live}: {run:?}");
            }
        }
        let left = world.sql("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()").await;
        assert!(left.iter().any(|row| row.text(0) == "o") && !left.iter().any(|row| row.text(0) == "t"), "{live}");
    }
}
