//! What an account may not read is not taken for absent.

use crate::support::{CliWorld, Server, on_each_server, run_cli};

use super::{IN_SYNC, LIVE};

on_each_server!(CliWorld: a_missing_privilege_is_named_with_its_grant);

async fn a_missing_privilege_is_named_with_its_grant(world: CliWorld) {
    let name = &world.database;
    world.sql(&format!("{LIVE}; CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY)")).await;
    world
        .sql(&format!("CREATE USER {name}@'%' IDENTIFIED BY 'secret'; GRANT SELECT, ALTER ON {name}.t TO {name}@'%'"))
        .await;
    let [host, port] = ["HOST", "PORT"].map(|name| world.server.value(name));
    let url = format!("mysql://{name}:secret@{host}:{port}/{name}");
    let file = world.write_manifest(&format!("{IN_SYNC}revisionTable: {{alembic: {{chain: [a]}}}}\n"));
    let plan = || run_cli(&url, &["plan", "-f", &file], "");
    // Hidden, then seen and not readable.
    for privilege in ["", "ALTER", "INSERT", "SELECT (version_num)"] {
        if !privilege.is_empty() {
            world.sql(&format!("GRANT {privilege} ON {name}.alembic_version TO {name}@'%'")).await;
        }
        let run = plan();
        if privilege.starts_with("SELECT") {
            assert!(run.code == 0 && run.output.contains("alembic_version is at no revision"), "{run:?}");
            continue;
        }
        let grant = format!("GRANT SELECT ON `{}`.* TO ", name.replace('_', "\\_"));
        assert!(run.code == 1 && run.error.contains(&grant), "{privilege}: {run:?}");
    }
    // By a role.
    world.sql(&format!("REVOKE ALL PRIVILEGES, GRANT OPTION FROM {name}@'%'; CREATE ROLE {name}_r")).await;
    world.sql(&format!("GRANT SELECT, ALTER ON {name}.* TO {name}_r; GRANT {name}_r TO {name}@'%'")).await;
    let word = match world.server {
        Server::MySql | Server::MySqlLower => "TO",
        Server::MariaDb | Server::MariaDbNewest => "FOR",
    };
    world.sql(&format!("SET DEFAULT ROLE {name}_r {word} {name}@'%'")).await;
    let run = plan();
    assert!(run.code == 0 && run.output.contains("alembic_version is at no revision"), "{run:?}");
    world.sql("DROP TABLE alembic_version").await;
    let run = plan();
    assert!(run.code == 0 && run.output.contains("there is no table alembic_version"), "{run:?}");
    world.sql(&format!("DROP USER {name}@'%'; DROP ROLE {name}_r")).await;
}
