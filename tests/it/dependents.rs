//! Views, triggers, routines, events and foreign keys of other databases are named before a step breaks them. What the
//! account can't see is reported as unknown. On each server.

use schema_operator::api::{DatabaseSchema, RiskSpec};

use crate::support::{World, on_each_server, plan};

on_each_server!(
    dependents_that_would_break_are_named_and_do,
    hidden_dependents_are_unknown,
    a_foreign_key_of_another_database_is_named,
    who_loses_access_by_a_rename_is_named_and_does,
);

const DROP_NOTE: &str = "tables:\n- name: user\n  columns:\n  - {name: note, state: Absent}\n";

/// Returns the message and the risks of the plan's only step.
fn step(resource: &DatabaseSchema) -> (String, Vec<RiskSpec>) {
    let steps = &plan(resource).steps;
    assert_eq!(steps.len(), 1, "{steps:#?}");
    (steps[0].message.clone().unwrap_or_default(), steps[0].risks.clone())
}

async fn dependents_that_would_break_are_named_and_do(world: World) {
    let elsewhere = format!("{}_elsewhere", world.database);
    world
        .sql(&format!(
            "CREATE TABLE user (id int PRIMARY KEY, note varchar(20), email varchar(20));
             CREATE TABLE log (id int);
             CREATE VIEW notes AS SELECT note FROM user;
             CREATE VIEW of_notes AS SELECT * FROM notes;
             CREATE VIEW emails AS SELECT email FROM user;
             CREATE TRIGGER before_user BEFORE INSERT ON user FOR EACH ROW SET NEW.note = 'x';
             CREATE TRIGGER before_log BEFORE INSERT ON log FOR EACH ROW SET NEW.id = 1;
             CREATE PROCEDURE erase() UPDATE user SET note = NULL;
             CREATE EVENT forget ON SCHEDULE EVERY 1 YEAR DISABLE DO UPDATE user SET note = NULL;
             CREATE DATABASE {elsewhere};
             CREATE VIEW {elsewhere}.far AS SELECT note FROM user"
        ))
        .await;
    world.apply(&world.schema(DROP_NOTE)).unwrap();
    let resource = world.wait_reason("AwaitingApproval").await;
    let (message, risks) = step(&resource);
    let named =
        ["view notes", "view of_notes", "trigger before_user", "procedure erase", "event forget", "elsewhere.far"];
    let missing: Vec<&&str> = named.iter().filter(|name| !message.contains(**name)).collect();
    // The message names five at most, and counts the rest.
    assert!(missing.len() == 1 && message.contains(" and 1 more"), "{message}");
    assert!(!message.contains("emails") && !message.contains("before_log"), "{message}");
    assert_eq!(risks, [RiskSpec::Breaking, RiskSpec::Destructive]);

    // What the message names does break.
    let allowed = format!("{DROP_NOTE}policy: {{allow: [Breaking, Destructive]}}\n");
    world.apply_ready(&allowed).await;
    let mut session = world.session().await;
    for broken in ["SELECT * FROM of_notes", "INSERT INTO user VALUES (1, '')", "CALL erase()"] {
        assert!(session.batch("using what was named", broken).await.is_err(), "{broken}");
    }
    for fine in ["SELECT * FROM emails", "INSERT INTO log VALUES (1)"] {
        session.batch("using what was not named", fine).await.unwrap();
    }
    world.sql(&format!("DROP DATABASE {elsewhere}")).await;
}

async fn hidden_dependents_are_unknown(world: World) {
    world
        .sql(
            "CREATE TABLE user (id int PRIMARY KEY, note varchar(20));
             CREATE VIEW ids AS SELECT id FROM user;
             CREATE PROCEDURE erase() UPDATE user SET id = 1",
        )
        .await;
    let secret = world.account("secret", "SELECT, CREATE, ALTER, DROP, INSERT, UPDATE").await;
    world.apply(&secret).unwrap();
    world.apply(&world.schema(&format!("interval: 1s\n{DROP_NOTE}"))).unwrap();
    let resource = world.wait_reason("AwaitingApproval").await;
    let (message, risks) = step(&resource);
    for hidden in [
        "triggers (privilege TRIGGER)",
        "routines (privilege EXECUTE)",
        "events (privilege EVENT)",
        "the text of view ids",
    ] {
        assert!(message.contains(hidden), "{message}");
    }
    assert_eq!(risks, [RiskSpec::Breaking, RiskSpec::Destructive, RiskSpec::Unknown]);

    // What can be seen is no longer unknown. Only the definer of a routine, and accounts that may see all of them, can
    // read its text.
    world.grant("TRIGGER, EVENT, SHOW VIEW").await;
    world.sql("DROP PROCEDURE erase").await;
    world.grant("EXECUTE").await;
    let without = |resource: &DatabaseSchema| !step(resource).1.contains(&RiskSpec::Unknown);
    let resource = world.wait("a plan without Unknown", without).await;
    assert!(!step(&resource).0.contains("not known"), "{:?}", step(&resource));
}

async fn a_foreign_key_of_another_database_is_named(world: World) {
    let elsewhere = format!("{}_elsewhere", world.database);
    world
        .sql(&format!(
            "CREATE TABLE user (id int PRIMARY KEY, note int, UNIQUE KEY by_note (note));
             CREATE DATABASE {elsewhere};
             CREATE TABLE {elsewhere}.child (id int, FOREIGN KEY fk_note (id) REFERENCES {}.user (note))",
            world.database
        ))
        .await;
    let spec = "tables:\n- {name: user, state: Absent}\npolicy: {allow: [Destructive]}\n";
    world.apply(&world.schema(spec)).unwrap();
    let resource = world.wait_reason("AwaitingApproval").await;
    let (message, _) = step(&resource);
    assert!(message.contains("while these exist: foreign key") && message.contains("elsewhere.child"), "{message}");
    world.sql(&format!("DROP DATABASE {elsewhere}")).await;
}

async fn who_loses_access_by_a_rename_is_named_and_does(world: World) {
    let reader = format!("{}_reader", world.database);
    world
        .sql(&format!(
            "CREATE TABLE user (id int PRIMARY KEY, mail varchar(20)); CREATE TABLE team (id int PRIMARY KEY);
             CREATE USER {reader}@'%' IDENTIFIED BY 'of-the-reader';
             GRANT SELECT (mail), UPDATE (mail) ON user TO {reader}@'%'; GRANT SELECT ON team TO {reader}@'%'"
        ))
        .await;
    let renamed = "policy: {allow: [Destructive]}\ntables:\n- name: user\n  columns: [{name: email, renamedFrom: [mail]}]\n\
                   - {name: squad, renamedFrom: [team]}\n";
    world.apply(&world.schema(renamed)).unwrap();
    let resource = world.wait_reason("AwaitingApproval").await;
    let messages: Vec<String> = plan(&resource).steps.iter().filter_map(|step| step.message.clone()).collect();
    for privileges in ["SELECT, UPDATE", "SELECT"] {
        let said = format!("'{reader}'@'%' ({privileges}) loses access");
        assert!(messages.iter().any(|message| message.contains(&said)), "{messages:#?}");
    }
    assert!(plan(&resource).steps.iter().all(|step| step.risks == [RiskSpec::Breaking]), "{resource:#?}");

    world.apply_ready(&renamed.replace("Destructive", "Breaking")).await;
    let name = &world.database;
    let held = world
        .sql(&format!(
            "SELECT CAST(TABLE_NAME AS CHAR) FROM information_schema.TABLE_PRIVILEGES WHERE TABLE_SCHEMA = '{name}'
             UNION ALL SELECT CAST(COLUMN_NAME AS CHAR) FROM information_schema.COLUMN_PRIVILEGES
             WHERE TABLE_SCHEMA = '{name}' AND PRIVILEGE_TYPE = 'UPDATE'"
        ))
        .await;
    let held: Vec<&str> = held.iter().map(|row| row.text(0)).collect();
    assert!(held.contains(&"team") && held.contains(&"mail") && !held.contains(&"email"), "{held:?}");

    // An account that sees its own privileges alone says so.
    let secret = world.account("secret", "ALL PRIVILEGES").await;
    world.apply(&secret).unwrap();
    let back = renamed.replace("name: email, renamedFrom: [mail]", "name: address, renamedFrom: [email]");
    world.apply(&world.schema(&back)).unwrap();
    let says = |resource: &DatabaseSchema| {
        let steps = resource.status.iter().filter_map(|status| status.plan.as_ref()).flat_map(|plan| &plan.steps);
        steps.filter_map(|step| step.message.as_ref()).any(|message| message.contains("can't see those of others"))
    };
    world.wait("privileges that can't be seen", says).await;
    world.sql(&format!("DROP USER {reader}@'%'")).await;
}
