//! Contracts (mode Require): what an application needs of a schema that others own.

use schema_operator::api::{DatabaseSchema, StepState};

use crate::support::{ConditionView, World, condition, is_ready, on_each_server, plan, reason};

on_each_server!(
    a_contract_is_satisfied_by_more_and_changes_nothing,
    what_is_missing_is_named_and_waited_for,
    a_neighbours_breaking_step_is_refused_while_the_contract_exists,
    expressions_are_required_as_they_are,
    a_contract_of_another_namespace_protects_and_is_not_named,
    without_privileges_a_contract_is_checked_and_says_that_it_does_not_protect,
);

const CONTRACT: &str = "
mode: Require
interval: 1s
tables:
- name: user
  columns:
  - {name: id, type: int, nullable: false}
  - {name: email, type: varchar(64)}
  indexes:
  - {name: by_email, columns: [email]}
verify:
- {name: the query of the reader, query: SELECT id FROM user WHERE email = 'x'}
";

async fn contract(world: &World) -> DatabaseSchema {
    world.apply(&world.schema_named("reader", CONTRACT)).unwrap();
    world.wait_named("reader", "Ready", is_ready).await
}

fn owner(email: &str, rest: &str) -> String {
    format!(
        "interval: 1s\npolicy: {{allow: [Blocking, Breaking, Destructive]}}\ntables:\n- name: user\n  columns:\n  \
         - {{name: id, type: bigint, nullable: false}}\n  - {{name: email, {email}}}\n{rest}"
    )
}

async fn a_contract_is_satisfied_by_more_and_changes_nothing(world: World) {
    world
        .sql("CREATE TABLE user (id bigint NOT NULL PRIMARY KEY, email text, more int, KEY k (email(100), more))")
        .await;
    world.apply(&world.schema_named("reader", CONTRACT)).unwrap();
    let refused = world.wait_named("reader", "an answer", |found| !reason(found).is_empty()).await;
    assert_eq!(reason(&refused), "RequirementUnmet", "a prefix of the column is not the column");
    world.sql("ALTER TABLE user MODIFY email varchar(100), DROP KEY k, ADD KEY k (email, more)").await;
    let before = world.show_create("user").await;
    let ready = contract(&world).await;
    assert_eq!(condition(&ready, "Ready").message, "live satisfies all that is required, and the verify queries held");
    assert_eq!(world.show_create("user").await, before);
    assert_eq!(world.tables().await, ["schema_operator_record", "user"]);
    world.operator.wait_for_measurements(2).await;
    let written = "SELECT * FROM schema_operator_record WHERE resource <> 'lock'";
    let record = world.sql(written).await;
    world.operator.wait_for_measurements(3).await;
    assert_eq!(world.sql(written).await, record);
}

async fn what_is_missing_is_named_and_waited_for(world: World) {
    world.sql("CREATE TABLE user (id int NOT NULL PRIMARY KEY, email varchar(20))").await;
    world.apply(&world.schema_named("reader", CONTRACT)).unwrap();
    let unmet = world.wait_named("reader", "an answer", |found| reason(found) == "RequirementUnmet").await;
    let message = condition(&unmet, "Ready").message;
    for words in [
        "column user.email: type must be varchar(64) (live: varchar(20))",
        "index user.by_email: columns must be email (live: absent)",
    ] {
        assert!(message.contains(words), "{message}");
    }
    assert_eq!((condition(&unmet, "Reconciling").status, condition(&unmet, "Stalled").status), ("True", "False"));
    assert_eq!((condition(&unmet, "InSync").status, condition(&unmet, "Reachable").status), ("False", "True"));
    world.apply_ready(&owner("type: varchar(80)", "  indexes:\n  - {name: its_own, columns: [email]}\n")).await;
    world.wait_named("reader", "Ready", is_ready).await;
}

async fn a_neighbours_breaking_step_is_refused_while_the_contract_exists(world: World) {
    let index = "  indexes:\n  - {name: its_own, columns: [email]}\n";
    world.apply_ready(&owner("type: varchar(80)", index)).await;
    contract(&world).await;
    world.apply_ready(&owner("type: varchar(70)", index)).await;
    assert!(world.show_create("user").await.contains("varchar(70)"), "the contract needs less");
    let refused = |column: &str, index: &str| {
        let more = "- name: other\n  columns:\n  - {name: id, type: int}\n";
        world.apply(&world.schema(&owner(column, &format!("{index}{more}")))).unwrap();
        world.wait_reason("RequiredByOthers")
    };
    let narrow = refused("type: varchar(20)", index).await;
    let message = condition(&narrow, "Ready").message;
    let expected = "DatabaseSchema reader requires type of column user.email (mode Require)";
    assert!(message.contains(expected), "{message}");
    assert_eq!(condition(&narrow, "Stalled").status, "True");
    let plan = plan(&narrow);
    assert_eq!(plan.steps.iter().map(|step| step.state).collect::<Vec<_>>(), [StepState::Blocked], "{plan:?}");
    assert!(world.tables().await.contains(&"other".to_owned()), "what breaks nothing is done");
    let gone = refused("state: Absent", "").await;
    assert!(condition(&gone, "Ready").message.contains("state of column user.email"), "{gone:?}");
    assert!(world.show_create("user").await.contains("`email` varchar(70)"));
    world.delete("reader");
    world.nudge("todobox");
    world.wait_ready().await;
    assert!(!world.show_create("user").await.contains("email"), "no contract needs it any longer");
}

/// Expressions of a check, of a generated column, and of a check that MySQL writes as `regexp_like`.
#[derive(Clone, Copy)]
struct Expressions {
    positive: &'static str,
    gross: &'static str,
    short: &'static str,
}

fn expressions(mode: &str, expressions: Expressions) -> String {
    let Expressions { positive, gross, short } = expressions;
    format!(
        "mode: {mode}\ninterval: 1s\npolicy: {{allow: [Blocking, Breaking, Destructive]}}\ntables:\n- name: price\n  \
         columns:\n  - {{name: gross, generated: {{expression: {gross}}}}}\n  checks:\n  \
         - {{name: positive, expression: {positive}}}\n  - {{name: short, expression: {short}}}\n"
    )
}

async fn expressions_are_required_as_they_are(world: World) {
    const LIVE: Expressions = Expressions { positive: "net > 0", gross: "net * 2", short: "name regexp '^a'" };
    world
        .sql(
            "CREATE TABLE price (id int PRIMARY KEY, net int, name varchar(20), gross int AS (net * 2) VIRTUAL,
             CONSTRAINT positive CHECK (net > 0), CONSTRAINT short CHECK (name REGEXP '^a'))",
        )
        .await;
    let before = world.show_create("price").await;
    let narrower = Expressions { positive: "net > 1", gross: "net * 3", short: "name regexp '^ab'" };
    let narrower = expressions("Require", narrower);
    world.apply(&world.schema_named("reader", &narrower)).unwrap();
    let unmet = world.wait_named("reader", "an answer", |found| reason(found) == "RequirementUnmet").await;
    let message = condition(&unmet, "Ready").message;
    for words in [
        "check price.positive: expression must be net > 1 (live: `net` > 0)",
        "column price.gross: generated must be net * 3 (live: `net` * 2)",
        "check price.short: expression must be name regexp '^ab' (live: ",
    ] {
        assert!(message.contains(words), "{message}");
    }
    world.apply(&world.schema_named("reader", &expressions("Require", LIVE))).unwrap();
    world.wait_named("reader", "Ready", is_ready).await;

    for (changed, field) in [
        (Expressions { positive: "net > -1", ..LIVE }, "expression of check price.positive"),
        (Expressions { gross: "net * 4", ..LIVE }, "generated of column price.gross"),
        (Expressions { short: "name regexp '^b'", ..LIVE }, "expression of check price.short"),
    ] {
        world.apply(&world.schema(&expressions("Apply", changed))).unwrap();
        let is_refused = |found: &DatabaseSchema| {
            let ConditionView { reason, message, .. } = condition(found, "Ready");
            reason == "RequiredByOthers" && message.contains(field)
        };
        world.wait(field, is_refused).await;
        assert_eq!(world.show_create("price").await, before);
    }
    // The same in another spelling is no change.
    let respelled = Expressions { positive: "(`NET` > 0)", gross: "(`net`*2)", ..LIVE };
    world.apply_ready(&expressions("Apply", respelled)).await;
    assert_eq!(world.show_create("price").await, before);
    world.delete("reader");
    world.apply_ready(&expressions("Apply", Expressions { positive: "net > -1", gross: "net * 4", ..LIVE })).await;
    assert_ne!(world.show_create("price").await, before);
}

async fn a_contract_of_another_namespace_protects_and_is_not_named(world: World) {
    let other = world.neighbour().await;
    let index = "  indexes:\n  - {name: its_own, columns: [email]}\n";
    world.apply_ready(&owner("type: varchar(80)", index)).await;
    contract(&other).await;
    world.apply(&world.schema(&owner("type: varchar(20)", index))).unwrap();
    let refused = world.wait_reason("RequiredByOthers").await;
    let told = serde_json::to_string(&refused).unwrap();
    assert!(told.contains("another namespace's resource requires type of column user.email"), "{told}");
    assert!(!told.contains(&other.namespace) && !told.contains("reader"), "{told}");
    assert!(world.operator.log().contains(&format!("{}/reader", other.namespace)), "the log names it");
    other.delete("reader");
    let claims = "SELECT COUNT(*) FROM schema_operator_record WHERE mode = 'Require' AND claims IS NOT NULL";
    world.wait_sql("the contract's end", claims, |count| count == "0").await;
    world.nudge("todobox");
    world.wait_ready().await;
}

async fn without_privileges_a_contract_is_checked_and_says_that_it_does_not_protect(world: World) {
    world.sql("CREATE TABLE user (id int NOT NULL PRIMARY KEY, email varchar(64), KEY k (email))").await;
    let secret = world.account("secret-of-the-account", "SELECT").await;
    world.apply(&secret).unwrap();
    let ready = contract(&world).await;
    let message = condition(&ready, "Ready").message;
    let grant = format!("GRANT CREATE, INSERT, UPDATE ON `{}`.`schema_operator_record`", world.database);
    assert!(message.contains("it doesn't protect") && message.contains(&grant), "{message}");
    world.sql(&format!("{grant} TO {}@'%'", world.database)).await;
    let protects = |found: &DatabaseSchema| is_ready(found) && !condition(found, "Ready").message.contains("protect");
    world.wait_named("reader", "protection", protects).await;
}
