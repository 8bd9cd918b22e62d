//! Scratch databases concern one database alone: tenants of a server neither see nor change each other's, and what a
//! session of others does in one is not applied.

use schema_operator::mysql::{
    AddressRule, ErrorKind, Purpose, Scope, Scratch, Session, Traffic, observe, scratch_pattern,
};
use schema_operator::schema::Identifier;

use crate::support::{CliWorld, OpenTransaction, Server, login, on_each_server, run_cli, unique};

on_each_server!(
    CliWorld: a_tenant_cannot_touch_the_scratch_databases_of_another,
    only_left_overs_of_the_same_database_are_removed,
    what_others_change_in_a_scratch_database_is_not_applied,
    the_documented_grant_is_the_one_that_is_needed,
);

const PASSWORD: &str = "secret-of-a-test";

/// A database with an account of its name, which has the documented privileges.
struct Tenant {
    server: Server,
    database: Identifier,
}

impl Tenant {
    async fn new(server: Server, database: &str) -> Self {
        let tenant = Self { server, database: Identifier::new(database).unwrap() };
        let grant = format!(
            "CREATE DATABASE IF NOT EXISTS {database}; CREATE USER {database}@'%' IDENTIFIED BY '{PASSWORD}'; \
             GRANT SELECT, CREATE, ALTER, INSERT, UPDATE ON {database}.* TO {database}@'%'; \
             GRANT SELECT, CREATE, ALTER, DROP ON {}.* TO {database}@'%'",
            scratch_pattern(&tenant.database)
        );
        server.run(&grant).await;
        tenant
    }

    async fn session(&self) -> Session {
        let [host, port] = ["HOST", "PORT"].map(|name| self.server.value(name));
        let login = login(host, &port, self.database.to_string(), PASSWORD.to_owned());
        Session::open(&login, &Purpose::Work, &AddressRule::all(), Traffic::default()).await.unwrap()
    }

    /// Makes a scratch database as the operator does.
    async fn scratch(&self, session: &mut Session) -> Scratch {
        let seen = observe(session, Scope { database: &self.database, table: None }).await.unwrap();
        Scratch::create(session, &seen.schema).await.unwrap()
    }

    /// Returns how the names of its scratch databases begin.
    fn prefix(&self) -> String {
        scratch_pattern(&self.database).replace(['\\', '`', '%'], "")
    }

    fn url(&self) -> String {
        let [host, port] = ["HOST", "PORT"].map(|name| self.server.value(name));
        format!("mysql://{0}:{PASSWORD}@{host}:{port}/{0}", self.database)
    }

    async fn remove(self) {
        self.server.run(&format!("DROP DATABASE {0}; DROP USER {0}@'%'", self.database)).await;
    }
}

async fn a_tenant_cannot_touch_the_scratch_databases_of_another(world: CliWorld) {
    let server = world.server;
    // In a pattern, an underscore that is not escaped would stand for the x.
    let other = Tenant::new(server, &world.database.replace('_', "x")).await;
    let own = Tenant::new(server, &world.database).await;
    let earlier = format!(
        "GRANT ALL ON `schema\\_operator\\_scratch\\_%`.* TO {0}@'%'; GRANT ALL ON `schema_operator_scratch_%`.* TO {0}@'%'",
        own.database
    );
    server.run(&earlier).await;
    let mut maker = other.session().await;
    let scratch = other.scratch(&mut maker).await;
    maker.batch("a test's statement", "CREATE TABLE t (a int)").await.unwrap();
    let (name, others) = (&scratch.name, other.prefix());
    let mut attacker = own.session().await;
    for attack in [
        format!("ALTER TABLE {name}.t ALTER a SET DEFAULT 7"),
        format!("SELECT * FROM {name}.t"),
        format!("SHOW CREATE TABLE {name}.t"),
        format!("DROP TABLE {name}.t"),
        format!("CREATE TABLE {name}.u (a int)"),
        format!("DROP DATABASE {name}"),
        format!("CREATE DATABASE {others}1"),
        format!("USE {name}"),
    ] {
        let refused = attacker.batch("a test's attack", &attack).await.expect_err(&attack);
        assert_eq!(refused.kind, ErrorKind::Privilege, "{attack}: {refused}");
    }
    let seen = attacker.batch("a test's attack", "SHOW DATABASES LIKE 'schema\\_operator\\_%'").await.unwrap();
    assert!(seen[0].is_empty(), "{seen:?}");
    let tried = own.scratch(&mut attacker).await;
    tried.drop(&mut attacker).await.unwrap();
    scratch.drop(&mut maker).await.unwrap();
    other.remove().await;
    own.remove().await;
}

async fn only_left_overs_of_the_same_database_are_removed(world: CliWorld) {
    let own = Tenant::new(world.server, &world.database).await;
    let other = Tenant::new(world.server, &unique("other").replace('-', "_")).await;
    let left_over = |tenant: &Tenant, number: u8| format!("{}{number}", tenant.prefix());
    let [own_left, used, locked, of_other] =
        [left_over(&own, 1), left_over(&own, 2), left_over(&own, 3), left_over(&other, 1)];
    for name in [&own_left, &used, &locked, &of_other] {
        world.server.run(&format!("CREATE DATABASE {name}; CREATE TABLE {name}.t (a int)")).await;
    }
    let open = OpenTransaction::begin(world.server.session().await, &format!("SELECT * FROM {used}.t")).await;
    let mut holder = world.server.session().await;
    holder.batch("a test's lock", &format!("DO GET_LOCK('{locked}', 0)")).await.unwrap();
    let spec =
        world.write_manifest("tables: [{name: t, columns: [{name: a, type: int, default: {expression: '1 + 1'}}]}]");
    let applied = run_cli(&own.url(), &["apply", "-f", &spec], "");
    assert_eq!(applied.code, 0, "a left-over that others use holds nothing up: {applied:?}");
    assert!(!applied.output.contains("not rehearsed"), "{applied:?}");
    let left = world.server.run("SHOW DATABASES LIKE 'schema\\_operator\\_tmp\\_%'").await;
    let is_left = |name: &str| left.iter().any(|row| row.text(0) == name);
    assert!(!is_left(&own_left), "{left:?}");
    for name in [&used, &locked, &of_other] {
        assert!(is_left(name), "{name}: {left:?}");
    }
    open.commit().await;
    drop(holder);
    world.server.run(&format!("DROP DATABASE {used}; DROP DATABASE {locked}; DROP DATABASE {of_other}")).await;
    other.remove().await;
    own.remove().await;
}

/// How many tables the text has: time enough for others to change the first one before it is read.
const TABLES: usize = 60;

async fn what_others_change_in_a_scratch_database_is_not_applied(world: CliWorld) {
    let text = (0..TABLES)
        .map(|number| format!("CREATE TABLE t{number} (id int PRIMARY KEY, a varchar(20) DEFAULT 'own');\n"));
    let file = world.write("schema.sql", &text.collect::<String>());
    let like = scratch_pattern(&Identifier::new(world.database.as_str()).unwrap()).replace('`', "'");
    let mut session = world.server.session().await;
    let attack = async move {
        loop {
            let seen = session.batch("a test's attack", &format!("SHOW DATABASES LIKE {like}")).await.unwrap();
            let Some(name) = seen[0].first().map(|row| row.text(0).to_owned()) else { continue };
            let sql = format!("ALTER TABLE {name}.t0 ALTER a SET DEFAULT 'of others'");
            if session.batch("a test's attack", &sql).await.is_ok() {
                break;
            }
        }
    };
    let url = world.url();
    let path = file.clone();
    let applying = tokio::task::spawn_blocking(move || run_cli(&url, &["apply", "-f", &path], ""));
    attack.await;
    let attacked = applying.await.unwrap();
    assert!(!attacked.output.contains("of others"), "{attacked:?}");
    let again = run_cli(&world.url(), &["apply", "-f", &file], "");
    assert_eq!(again.code, 0, "{again:?}");
    assert!(world.definition_lines("t0").await.iter().any(|line| line.contains("DEFAULT 'own'")), "{attacked:?}");
    assert_ne!(attacked.code, 0, "the attack came in time, and was noticed: {attacked:?}");
    assert!(attacked.error.contains("another session changed the scratch"), "{attacked:?}");
}

async fn the_documented_grant_is_the_one_that_is_needed(world: CliWorld) {
    let documented = include_str!("../../docs/permissions.md");
    let (_, query) = documented.split_once("```sql\n").unwrap();
    let (query, _) = query.split_once("```").unwrap();
    let query = query.trim().trim_end_matches(';').replace("todobox", &world.database);
    let printed = world.server.run(&query).await[0].text(0).to_owned();
    let pattern = |name: &str| scratch_pattern(&Identifier::new(name).unwrap());
    let (privileges, account) = ("GRANT SELECT, CREATE, ALTER, DROP ON", "TO 'schema_operator'@'%'");
    assert_eq!(printed, format!("{privileges} {}.* {account}", pattern(&world.database)));
    let example = include_str!("../../examples/todobox/grants.sql");
    assert!(example.contains(&format!("{privileges} {}.* {account};", pattern("todobox"))));
}
