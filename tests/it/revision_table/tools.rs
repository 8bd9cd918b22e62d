//! The states of a tool's table as the real Alembic, Django and golang-migrate make them, and what the tools say of the
//! database afterwards. The other tools are not installed: `states` has their tables by hand.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{CliWorld, Server, World, condition, on_each_server, reason};

on_each_server!(CliWorld:
    the_states_that_alembic_makes_have_their_reasons,
    the_states_that_django_makes_have_their_reasons,
    the_states_that_golang_migrate_makes_have_their_reasons,
    golang_migrate_at_work_is_waited_for,
);

mod todobox {
    use super::*;

    on_each_server!(
        after_alembic_the_operator_has_nothing_to_do,
        a_schema_that_the_operator_made_is_marked_as_migrated,
        a_schema_that_is_behind_is_completed_and_alembic_told,
    );
}

/// The migrations of todobox, oldest first.
pub const CHAIN: [&str; 5] = ["6793349c088c", "366e5694a9ad", "3e5106ee570c", "c682ef478e45", "d1f2e3c4b5a6"];

/// What they make.
pub const TODOBOX: &str = "
tables:
- name: user
  columns:
  - {name: id, type: int, nullable: false, autoIncrement: true}
  - {name: username, type: varchar(64), nullable: true}
  - {name: email, type: varchar(120), nullable: true}
  - {name: fullname, type: varchar(100), nullable: true}
  - {name: password_hash, type: varchar(255), nullable: true}
  - {name: oauth_provider, type: varchar(50), nullable: true}
  - {name: oauth_id, type: varchar(255), nullable: true}
  - {name: api_token, type: varchar(255), nullable: true}
  primaryKey: [id]
  indexes:
  - {name: ix_user_username, columns: [username], unique: true}
  - {name: ix_user_email, columns: [email], unique: true}
  - {name: ix_user_oauth_id, columns: [oauth_id]}
  - {name: ix_user_api_token, columns: [api_token], unique: true}
- name: todo
  columns:
  - {name: id, type: int, nullable: false, autoIncrement: true}
  - {name: user_id, type: int, nullable: true}
  - {name: title, type: varchar(200), nullable: true}
  primaryKey: [id]
  indexes:
  - {name: ix_todo_user_id, columns: [user_id]}
";

/// A tool's project, for one database.
pub struct Project {
    server: Server,
    database: String,
    folder: PathBuf,
}

impl Project {
    pub fn new(server: Server, database: &str, name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/revision_table/projects").join(name);
        Self { server, database: database.to_owned(), folder }
    }

    /// Runs a program in the project's folder, and returns what it prints, or its error.
    fn run(&self, program: &str, arguments: &[&str]) -> Result<String, String> {
        let output = self.command(program, arguments).output().expect("testbed/install migrations");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        for name in ["HOST", "PORT", "USER", "PASSWORD", "CA"] {
            command.env(format!("TOOL_{name}"), self.server.value(name));
        }
        command.env("TOOL_DATABASE", &self.database).env("PYTHONDONTWRITEBYTECODE", "1");
        command.args(arguments).current_dir(&self.folder);
        command
    }

    pub fn alembic(&self, arguments: &[&str]) -> Result<String, String> {
        self.run("alembic", arguments)
    }

    fn django(&self, arguments: &[&str]) -> Result<String, String> {
        self.run("django-python", &[&["manage.py"], arguments].concat())
    }

    fn golang_migrate(&self, arguments: &[&str]) -> Result<String, String> {
        self.run("migrate", &[&["-path", ".", "-database", &self.golang_url()], arguments].concat())
    }

    fn golang_url(&self) -> String {
        let [host, port, user, password] = ["HOST", "PORT", "USER", "PASSWORD"].map(|name| self.server.value(name));
        format!("mysql://{user}:{password}@tcp({host}:{port})/{}?tls=skip-verify", self.database)
    }
}

/// Returns what a plan says: the reason, or the remark where it would run or has nothing to do.
fn planned(world: &CliWorld, spec: &str) -> String {
    let run = world.run(&["plan", "-f", &world.write_manifest(spec), "-o", "json"]);
    let view: Value = serde_json::from_str(&run.output).unwrap_or_else(|_| panic!("{run:?}"));
    let text = |name: &str| view[name].as_str().unwrap_or_default().to_owned();
    [text("reason"), text("message"), text("remark")].join(" ").trim().to_owned()
}

/// Checks that a plan without steps says this, and that one with a step is stopped where the first is.
fn check(world: &CliWorld, table: &str, says: &str) {
    let no_steps = planned(world, &format!("tables: []\nrevisionTable: {{{table}}}\n"));
    assert!(no_steps.starts_with(says) && no_steps.is_empty() == says.is_empty(), "{table}: {no_steps}");
    let spec = format!("tables: [{{name: added, columns: [{{name: id, type: int}}]}}]\nrevisionTable: {{{table}}}\n");
    let with_step = planned(world, &spec);
    let runs = if says.starts_with("Revision") { says } else { "Applying" };
    assert!(with_step.starts_with(runs), "{table}: {with_step}");
}

fn of_alembic(chain: &[&str]) -> String {
    format!("alembic: {{chain: [{}]}}", chain.join(", "))
}

async fn the_states_that_alembic_makes_have_their_reasons(world: CliWorld) {
    let project = Project::new(world.server, &world.database, "alembic");
    let chain = of_alembic(&CHAIN);
    check(&world, &chain, "there is no table alembic_version");
    project.alembic(&["upgrade", CHAIN[1]]).unwrap();
    check(&world, &chain, "alembic_version is at 366e5694a9ad; 3 revisions up to d1f2e3c4b5a6 are not applied");
    project.alembic(&["upgrade", "head"]).unwrap();
    check(&world, &chain, "");
    // A release before the last migration.
    check(&world, &of_alembic(&CHAIN[..4]), "RevisionUnknown alembic_version holds d1f2e3c4b5a6");
    project.alembic(&["-c", "branched.ini", "upgrade", "heads"]).unwrap();
    check(&world, &chain, "RevisionHeads alembic_version has 2 heads (7b0c1d2e3f40, d1f2e3c4b5a6)");
    assert!(project.alembic(&["upgrade", "head"]).is_err(), "Alembic itself knows no such revision");
    project.alembic(&["-c", "branched.ini", "downgrade", "7b0c1d2e3f40@c682ef478e45"]).unwrap();
    project.alembic(&["downgrade", "base"]).unwrap();
    check(&world, &chain, "alembic_version is at no revision");
}

async fn the_states_that_django_makes_have_their_reasons(world: CliWorld) {
    let project = Project::new(world.server, &world.database, "django");
    let plan = project.django(&["showmigrations", "--plan"]).unwrap();
    let names: Vec<&str> = plan.lines().filter_map(|line| line.split_whitespace().last()).collect();
    assert_eq!(names, ["shop.0001_initial", "shop.0002_order_paid"], "the chain is what Django prints");
    let chain = |names: &[&str]| format!("django: {{chain: [{}]}}", names.join(", "));
    project.django(&["migrate", "shop", "0001"]).unwrap();
    check(&world, &chain(&names), "django_migrations is at shop.0001_initial; shop.0002_order_paid is not applied");
    project.django(&["migrate"]).unwrap();
    check(&world, &chain(&names), "");
    check(&world, &chain(&names[..1]), "RevisionUnknown django_migrations holds shop.0002_order_paid");
    project.django(&["migrate", "--fake", "shop", "0001"]).unwrap();
    check(&world, &chain(&names[..1]), "");
    project.django(&["migrate", "--fake", "shop", "0002_order_paid"]).unwrap();
    check(&world, &chain(&names), "");
}

async fn the_states_that_golang_migrate_makes_have_their_reasons(world: CliWorld) {
    let project = Project::new(world.server, &world.database, "golang-migrate");
    let chain = "golangMigrate: {chain: ['000001', '000002']}";
    assert!(project.golang_migrate(&["version"]).is_err(), "there is none yet, but its table");
    check(&world, chain, "schema_migrations is at no revision; 2 revisions up to 000002 are not applied");
    project.golang_migrate(&["up", "1"]).unwrap();
    check(&world, chain, "schema_migrations is at 1; 000002 is not applied");
    project.golang_migrate(&["up", "1"]).unwrap();
    check(&world, chain, "");
    let failed = project.golang_migrate(&["up"]).unwrap_err();
    assert!(failed.contains("nowhere"), "{failed}");
    check(&world, chain, "RevisionDirty schema_migrations is dirty at 3");
    let refused = project.golang_migrate(&["up"]).unwrap_err();
    assert!(refused.contains("Dirty database version 3"), "{refused}");
    project.golang_migrate(&["force", "2"]).unwrap();
    check(&world, chain, "");
}

/// It waits for the table while it holds its lock, and is dirty.
async fn golang_migrate_at_work_is_waited_for(world: CliWorld) {
    let project = Project::new(world.server, &world.database, "golang-migrate");
    project.golang_migrate(&["up", "1"]).unwrap();
    let mut reader = world.server.session().await;
    let read = format!("USE {}; START TRANSACTION; SELECT * FROM orders", world.database);
    reader.batch("a test's transaction", &read).await.unwrap();
    let arguments = ["-path", ".", "-database", &project.golang_url(), "up", "1"];
    let mut tool = project.command("migrate", &arguments).spawn().unwrap();
    let spec = "tables: []\nrevisionTable: {golangMigrate: {chain: ['1', '2']}}\n";
    while !planned(&world, spec).contains("RevisionLocked connection ") {
        assert!(tool.try_wait().unwrap().is_none(), "it ended: {}", planned(&world, spec));
    }
    reader.batch("a test's transaction", "COMMIT").await.unwrap();
    assert!(tool.wait().unwrap().success());
    assert_eq!(planned(&world, spec), "");
}

fn todobox(chain: &[&str]) -> String {
    format!("interval: 1s\n{TODOBOX}revisionTable: {{{}}}\n", of_alembic(chain))
}

async fn after_alembic_the_operator_has_nothing_to_do(world: World) {
    let project = Project::new(world.server, &world.database, "alembic");
    project.alembic(&["upgrade", "head"]).unwrap();
    let resource = world.apply_ready(&todobox(&CHAIN)).await;
    assert_eq!((reason(&resource), condition(&resource, "InSync").status), ("InSync", "True"));
    assert_eq!(resource.status.unwrap().revision.unwrap().live, ["d1f2e3c4b5a6"]);
    world.check_that_nothing_was_run().await;
    assert!(project.alembic(&["current"]).unwrap().contains("d1f2e3c4b5a6 (head)"));
}

async fn a_schema_that_the_operator_made_is_marked_as_migrated(world: World) {
    let project = Project::new(world.server, &world.database, "alembic");
    let resource = world.apply_ready(&todobox(&CHAIN)).await;
    assert_eq!(reason(&resource), "RevisionTableMissing");
    let message = condition(&resource, "Ready").message;
    assert!(message.contains("(alembic stamp d1f2e3c4b5a6)"), "{message}");
    project.alembic(&["stamp", "d1f2e3c4b5a6"]).unwrap();
    world.wait_reason("InSync").await;
    project.alembic(&["upgrade", "head"]).unwrap();
    // It can take back all that it would have made. A column does not come back without consent.
    project.alembic(&["downgrade", "c682ef478e45"]).unwrap();
    world.wait_reason("AwaitingApproval").await;
    project.alembic(&["downgrade", "base"]).unwrap();
}

/// As production stood: at a revision before the column that the application reads.
async fn a_schema_that_is_behind_is_completed_and_alembic_told(world: World) {
    let project = Project::new(world.server, &world.database, "alembic");
    project.alembic(&["upgrade", "c682ef478e45"]).unwrap();
    world.sql("INSERT INTO user (username, email) VALUES ('ann', 'a@x'), ('bob', 'b@x')").await;
    let resource = world.apply_ready(&todobox(&CHAIN)).await;
    assert_eq!(reason(&resource), "RevisionBehind");
    assert_eq!(world.sql("SELECT COUNT(api_token) + COUNT(*) FROM user").await[0].text(0), "2");
    let refused = project.alembic(&["upgrade", "head"]).unwrap_err();
    assert!(refused.contains("Duplicate column name 'api_token'"), "{refused}");
    project.alembic(&["stamp", "d1f2e3c4b5a6"]).unwrap();
    world.wait_reason("InSync").await;
    project.alembic(&["upgrade", "head"]).unwrap();
}
