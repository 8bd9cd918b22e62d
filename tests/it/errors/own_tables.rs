//! The operator's own tables refuse a statement, with the numbers by which rows refuse a step.

use schema_operator::api::Reason;
use schema_operator::reconcile::{Applied, Pass, reconcile};

use crate::support::{DirectPipeline, Server, World, login, request};

/// On MySQL alone: MariaDB shows triggers to each account of the table, so an own table with one is refused (tried on
/// 10.11). The numbers are sorted by the operator, on all servers in the same way.
#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_an_own_table_is_none_of_a_step_on_mysql() {
    an_error_of_an_own_table_is_none_of_a_step(World::new(Server::MySql).await).await;
}

/// A statement of the operator's own that fails.
struct Barrier {
    table: &'static str,
    event: &'static str,
    /// Whether the step's statement has run by then.
    is_after: bool,
}

const BARRIERS: [Barrier; 3] = [
    Barrier { table: "schema_operator_record", event: "UPDATE", is_after: false },
    Barrier { table: "schema_operator_history", event: "INSERT", is_after: false },
    Barrier { table: "schema_operator_history", event: "UPDATE", is_after: true },
];

/// What rows say to the step of this test and to its like: a duplicate, a violated check, a missing partition.
const NUMBERS: [u16; 4] = [1062, 3819, 4025, 1526];

async fn an_error_of_an_own_table_is_none_of_a_step(world: World) {
    let direct = DirectPipeline::new();
    world.sql("CREATE TABLE t (a int, b int)").await;
    // Without TRIGGER the account sees no trigger, and can't know that its tables have one.
    world.account("secret-word", "SELECT, INSERT, UPDATE, CREATE, ALTER, DROP, REFERENCES").await;
    let [host, port] = ["HOST", "PORT"].map(|name| world.server.value(name));
    let account = login(host, &port, world.database.clone(), "secret-word".to_owned());
    let spec = |name: &str| {
        let policy = "policy: {allow: [Blocking, Breaking, Destructive, Unknown]}";
        let mut request = request(
            &world,
            &format!("{policy}\ntables:\n- name: t\n  indexes: [{{name: {name}, columns: [a], unique: true}}]\n"),
        );
        request.asker.login = account.clone();
        request
    };
    // The first change makes the operator's tables.
    let applied = direct.run(direct.job(&spec("u0")).await).await;
    assert_eq!(applied.failure, None);
    let cases = BARRIERS.iter().flat_map(|barrier| NUMBERS.map(|number| (barrier, number)));
    let mut last = "u0".to_owned();
    for (at, (Barrier { table, event, is_after }, number)) in (1..).zip(cases) {
        let name = format!("u{at}");
        world
            .sql(&format!(
                "ALTER TABLE t DROP INDEX {last};
                 CREATE TRIGGER barrier BEFORE {event} ON {table} FOR EACH ROW
                 SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = {number}, MESSAGE_TEXT = 'for key x'"
            ))
            .await;
        let said = format!("{number} of {event} on {table}");
        let job = direct.job(&spec(&name)).await;
        let Applied { failure, statements, .. } = direct.run(job).await;
        world.sql("DROP TRIGGER barrier").await;
        let failure = failure.expect(&said);
        assert_eq!(failure.reason, Reason::StatementFailed, "{said}: {failure}");
        assert!(failure.message.contains(&format!("writing to {table}: ")), "{said}: {failure}");
        assert!(failure.message.contains("no step and no row of the schema is at fault"), "{said}: {failure}");
        assert!(statements.iter().all(|statement| statement.failure.is_none()), "{said}: {statements:?}");
        assert_eq!(statements.len(), usize::from(*is_after), "{said}");
        assert_eq!(world.show_create("t").await.contains("UNIQUE"), *is_after, "{said}");
        if !is_after {
            let applied = direct.run(direct.job(&spec(&name)).await).await;
            assert_eq!(applied.failure, None, "{said}");
        }
        last = name;
    }
    let Pass { report, .. } = reconcile(&direct.pipeline, &spec(&last), None).await;
    assert!(report.outcome.is_ok(), "{report:?}");
}
