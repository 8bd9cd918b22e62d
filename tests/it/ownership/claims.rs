//! Claims: the same declaration twice, a different one later, and a claim whose owner is gone.

use schema_operator::api::DatabaseSchema;

use crate::support::{World, condition, is_ready, on_each_server, reason};

on_each_server!(
    the_same_declaration_twice_is_fine,
    a_later_claimant_is_refused_and_the_first_goes_on,
    a_shared_declaration_is_changed_by_both,
    two_operators_do_not_change_it_back_and_forth,
    a_claim_of_another_cluster_lapses,
    a_table_of_an_earlier_version_is_extended,
    a_row_that_cant_be_read_is_named_and_stops_nobody,
    a_claim_is_renewed_twice_a_day_and_on_another_server,
);

fn user(email: &str, rest: &str) -> String {
    let rest: String = rest.lines().map(|line| format!("  {line}\n")).collect();
    format!(
        "interval: 1s\npolicy: {{allow: [Blocking, Breaking, Destructive]}}\ntables:\n- name: user\n  columns:\n  \
         - {{name: id, type: int}}\n  - {{name: email, {email}}}\n{rest}"
    )
}

async fn ready(world: &World, name: &str, spec: &str) -> DatabaseSchema {
    world.apply(&world.schema_named(name, spec)).unwrap();
    world.wait_named(name, "Ready", is_ready).await
}

/// Applies a spec, and returns what the resource says of the conflict.
async fn conflict(world: &World, name: &str, spec: &str) -> String {
    world.apply(&world.schema_named(name, spec)).unwrap();
    let refused = world.wait_named(name, "a conflict", |found| reason(found) == "OwnershipConflict").await;
    assert_eq!((condition(&refused, "Stalled").status, condition(&refused, "Reachable").status), ("True", "True"));
    condition(&refused, "Ready").message.to_owned()
}

async fn type_of_email(world: &World) -> String {
    let definition = world.show_create("user").await;
    let line = definition.lines().find(|line| line.contains("`email`")).unwrap_or_default().trim().to_owned();
    line.split(' ').nth(1).unwrap_or_default().to_owned()
}

const CLAIMS: &str = "SELECT resource, mode, claims_digest, renewed_at, updated_at FROM schema_operator_record
                      WHERE claims IS NOT NULL ORDER BY resource";

async fn the_same_declaration_twice_is_fine(world: World) {
    ready(&world, "one", &user("type: varchar(100)", "- {name: a, type: int}")).await;
    ready(&world, "two", &user("type: VARCHAR(100)", "- {name: b, type: int}")).await;
    world.operator.wait_for_measurements(2).await;
    let claims = world.sql(CLAIMS).await;
    assert_eq!(claims.len(), 2, "{claims:?}");
    let sent = || world.operator.metric("schema_operator_sql_round_trips_total");
    let (trips, looks) = (sent(), world.operator.logged("\"in sync\""));
    world.operator.wait_for_measurements(4).await;
    let (trips, looks) = (sent() - trips, world.operator.logged("\"in sync\"") - looks);
    assert!(trips <= f64::from(u32::try_from(looks + 2).unwrap()), "{trips} messages for {looks} measurements");
    assert_eq!(world.sql(CLAIMS).await, claims, "what is known is not written again");
}

async fn a_later_claimant_is_refused_and_the_first_goes_on(world: World) {
    ready(&world, "first", &user("type: varchar(100)", "")).await;
    let message = conflict(&world, "later", &user("type: varchar(50)", "- {name: note, type: int}")).await;
    let expected = "DatabaseSchema first has declared otherwise before: type of column user.email (here varchar(50), \
                    there varchar(100))";
    assert!(message.starts_with(expected), "{message}");
    assert!(!world.show_create("user").await.contains("note"), "no step of it ran");
    let message = conflict(&world, "later", &user("state: Absent", "")).await;
    assert!(message.contains("state of column user.email (here Absent, there Present)"), "{message}");
    let renamed =
        user("type: varchar(100)", "- {name: mail, renamedFrom: [email]}").replace("email, type", "other, type");
    let message = conflict(&world, "later", &renamed).await;
    assert!(message.contains("name of column user.email (here mail, there email)"), "{message}");
    ready(&world, "first", &user("type: varchar(120)", "- {name: note, type: int}")).await;
    assert_eq!(type_of_email(&world).await, "varchar(120)", "the first goes on");
    let rows = world.sql("SELECT COUNT(*) FROM schema_operator_record WHERE resource <> 'lock'").await;
    let message = conflict(&world, "planning", &format!("mode: Plan\n{}", user("type: varchar(50)", ""))).await;
    assert!(message.contains("type of column user.email"), "{message}");
    assert_eq!(
        world.sql("SELECT COUNT(*) FROM schema_operator_record WHERE resource <> 'lock'").await,
        rows,
        "mode Plan claims nothing"
    );
    world.delete("first");
    ready(&world, "later", &user("type: varchar(50)", "")).await;
    assert_eq!(type_of_email(&world).await, "varchar(50)", "its claim went with it");
    world.nudge("planning");
    world.wait_named("planning", "no conflict", is_ready).await;
}

async fn a_shared_declaration_is_changed_by_both(world: World) {
    ready(&world, "one", &user("type: varchar(100)", "")).await;
    ready(&world, "two", &user("type: varchar(100)", "")).await;
    conflict(&world, "one", &user("type: varchar(200)", "")).await;
    // It has given up what it no longer declares, so the other one may go ahead.
    ready(&world, "two", &user("type: varchar(200)", "")).await;
    world.nudge("one");
    world.wait_named("one", "Ready", is_ready).await;
    assert_eq!(type_of_email(&world).await, "varchar(200)");
}

async fn two_operators_do_not_change_it_back_and_forth(world: World) {
    let other = world.neighbour().await;
    world.sql("CREATE TABLE user (id int, email varchar(10))").await;
    world.apply(&world.schema_named("app", &user("type: varchar(100)", ""))).unwrap();
    other.apply(&other.schema_named("app", &user("type: varchar(50)", ""))).unwrap();
    let is_settled = |found: &DatabaseSchema| is_ready(found) || reason(found) == "OwnershipConflict";
    let mine = world.wait_named("app", "an outcome", is_settled).await;
    let theirs = other.wait_named("app", "an outcome", is_settled).await;
    assert_ne!(is_ready(&mine), is_ready(&theirs), "{mine:?} {theirs:?}");
    let (first, later, lost) = if is_ready(&mine) { (&world, &other, &theirs) } else { (&other, &world, &mine) };
    first.operator.wait_for_measurements(2).await;
    let expected = if is_ready(&mine) { "varchar(100)" } else { "varchar(50)" };
    assert_eq!(type_of_email(&world).await, expected);
    let message = condition(lost, "Ready").message;
    assert!(message.starts_with("another namespace's resource has declared otherwise"), "{message}");
    let told = serde_json::to_string(lost).unwrap();
    assert!(!told.contains(&first.namespace), "{told}");
    assert!(later.operator.log().contains(&format!("{}/app", first.namespace)), "the log names it");
    let changes = world.sql("SELECT COUNT(*) FROM schema_operator_history WHERE outcome = 'done'").await;
    assert_eq!(changes[0].text(0), "1");
    // Another operator can't see that the resource is gone, but its own can, and releases the claim.
    first.delete("app");
    let claims = "SELECT COUNT(*) FROM schema_operator_record WHERE claims LIKE '%email%'";
    world.wait_sql("the end of the claim", claims, |count| count == "0").await;
    later.nudge("app");
    later.wait_named("app", "Ready", is_ready).await;
}

async fn a_claim_is_renewed_twice_a_day_and_on_another_server(world: World) {
    ready(&world, "app", &user("type: varchar(100)", "")).await;
    for stale in ["renewed_at = UTC_TIMESTAMP(6) - INTERVAL 13 HOUR", "server = 'before the failover'"] {
        world.operator.wait_for_measurements(1).await;
        let before =
            world.sql("SELECT claims_digest, since, server FROM schema_operator_record WHERE resource <> 'lock'").await;
        world.sql(&format!("UPDATE schema_operator_record SET {stale}")).await;
        let renewed = format!(
            "SELECT COUNT(*) FROM schema_operator_record
             WHERE renewed_at > UTC_TIMESTAMP(6) - INTERVAL 1 HOUR AND server = '{}'",
            before[0].text(2)
        );
        world.wait_sql("a renewal", &renewed, |count| count == "1").await;
        assert_eq!(
            world.sql("SELECT claims_digest, since, server FROM schema_operator_record WHERE resource <> 'lock'").await,
            before
        );
    }
}

async fn a_claim_of_another_cluster_lapses(mut world: World) {
    ready(&world, "first", &user("type: varchar(100)", "")).await;
    // The same as after a restore into another cluster.
    world.kill_operator().await;
    world.sql("UPDATE schema_operator_record SET cluster = 'elsewhere', resource_uid = 'of-the-other-cluster' WHERE resource <> 'lock'").await;
    world.delete("first");
    world.start_operator().await;
    let later = user("type: varchar(50)", "");
    let message = conflict(&world, "later", &later).await;
    assert!(message.starts_with("another cluster's resource has declared otherwise"), "{message}");
    let renewed = async |days: i32, server: &str| {
        let sql = format!(
            "UPDATE schema_operator_record SET renewed_at = UTC_TIMESTAMP(6) - INTERVAL {days} DAY, server = {server}
             WHERE cluster = 'elsewhere'"
        );
        world.sql(&sql).await;
    };
    for (days, server, lapses) in
        [(13, "server", false), (15, "server", true), (2, "'restored-from'", true), (-400, "server", true)]
    {
        renewed(days, server).await;
        world.nudge("later");
        if lapses {
            world.wait_named("later", "Ready", is_ready).await;
            world.delete("later");
            world.sql("DELETE FROM schema_operator_record WHERE cluster <> 'elsewhere'; ALTER TABLE user MODIFY email varchar(100)").await;
            renewed(0, server).await;
        } else {
            world.wait_named("later", "still a conflict", |found| reason(found) == "OwnershipConflict").await;
        }
        conflict(&world, "later", &later).await;
    }
}

async fn a_row_that_cant_be_read_is_named_and_stops_nobody(world: World) {
    ready(&world, "app", &user("type: varchar(100)", "")).await;
    world
        .sql(
            "INSERT INTO schema_operator_record (id, cluster, resource, resource_uid, revision, declared, updated_at)
             VALUES (71, 'c', 'else/a', 'u1', 'r', 'garbage', UTC_TIMESTAMP(6));
             INSERT INTO schema_operator_record (id, cluster, resource, resource_uid, revision, declared, updated_at,
               claims, claims_digest, mode, server, renewed_at)
             VALUES (72, 'c', 'else/b', 'u2', 'r', '{\"tables\":{}}', UTC_TIMESTAMP(6), '[', 'd', 'Apply', '', UTC_TIMESTAMP(6))",
        )
        .await;
    world.apply(&world.schema_named("app", &user("type: varchar(120)", ""))).unwrap();
    let says = |resource: &_| is_ready(resource) && condition(resource, "Ready").message.contains("(id = 71, id = 72)");
    world.wait_named("app", "both rows named", says).await;
    assert!(world.show_create("user").await.contains("varchar(120)"));
}

async fn a_table_of_an_earlier_version_is_extended(world: World) {
    world
        .sql(
            "CREATE TABLE user (id int, email varchar(100));
             CREATE TABLE schema_operator_record (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
               cluster varchar(64) NOT NULL, resource varchar(320) NOT NULL, resource_uid varchar(64) NOT NULL,
               revision varchar(128) NOT NULL, declared longtext NOT NULL, updated_at datetime(6) NOT NULL,
               UNIQUE KEY resource (cluster, resource));
             INSERT INTO schema_operator_record VALUES (1, 'c', 'else/where', 'u', 'r0', '{\"tables\":{}}', UTC_TIMESTAMP(6))",
        )
        .await;
    ready(&world, "app", &user("type: varchar(100)", "")).await;
    world
        .wait_sql("a claim", "SELECT COUNT(*) FROM schema_operator_record WHERE claims IS NOT NULL", |n| n == "1")
        .await;
    conflict(&world, "later", &user("type: varchar(50)", "")).await;
}
