//! The lock under which a database is changed has a name that only its record tells.

use std::collections::BTreeSet;

use schema_operator::mysql::{AddressRule, ErrorKind, LockAttempt, Purpose, Session, Traffic, last_row};
use schema_operator::record::{find_lock_name, make_lock_name};
use schema_operator::schema::Identifier;

use crate::support::{World, login, manifest, on_each_server, run_cli, unique};

on_each_server!(
    a_login_with_no_privilege_can_neither_learn_nor_take_the_lock,
    all_that_name_the_lock_at_once_give_it_one_name,
    a_copy_of_a_record_names_another_lock,
    a_record_that_is_gone_is_made_again_with_another_name,
    two_that_hold_locks_of_two_names_lose_nothing,
);

const TABLES: &str = "interval: 1s\ntables:\n- name: a\n  columns:\n  - {name: id, type: int}\n- name: b\n  columns:\n  - {name: id, type: int}\n";

/// Returns the name of the database's lock, where its record has one.
async fn name_of_lock(session: &mut Session, database: &str) -> Option<String> {
    let find = find_lock_name(&Identifier::new(database).unwrap());
    let results = session.batch("a test's look", &format!("{find}; SELECT @schema_operator_lock")).await.unwrap();
    last_row(&results).unwrap().optional(0).map(str::to_owned)
}

/// What shows names of locks, or would tell them.
const LOOKS: [&str; 5] = [
    "SELECT OBJECT_NAME FROM performance_schema.metadata_locks",
    "SELECT * FROM information_schema.METADATA_LOCK_INFO",
    "SELECT SQL_TEXT FROM performance_schema.events_statements_history",
    "SELECT VARIABLE_VALUE FROM performance_schema.user_variables_by_thread",
    "SELECT * FROM $.schema_operator_record",
];

async fn a_login_with_no_privilege_can_neither_learn_nor_take_the_lock(world: World) {
    use sha2::Digest;
    world.apply_ready(TABLES).await;
    let account = unique("usage").replace('-', "_");
    world.server.run(&format!("CREATE USER {account}@'%' IDENTIFIED BY 'secret-of-a-test'")).await;
    let [host, port] = ["HOST", "PORT"].map(|name| world.server.value(name));
    let login = login(host, &port, account.clone(), "secret-of-a-test".to_owned());
    let opened = Session::open(&login, &Purpose::Watch, &AddressRule::all(), Traffic::default()).await;
    let mut attacker = opened.unwrap();
    // A name that follows from the database's alone.
    let digest = hex::encode(sha2::Sha256::digest(&world.database));
    let computed = format!("SELECT GET_LOCK('schema-operator:{}', 0)", &digest[..32]);
    let taken = attacker.batch("a test's attack", &computed).await.unwrap();
    assert_eq!(taken[0][0].text(0), "1");
    let name = name_of_lock(&mut world.session().await, &world.database).await.expect("a change has named it");
    let reader = world.open_transaction("SELECT * FROM a").await;
    world.apply(&world.schema(&TABLES.replacen("int}\n", "int}\n  - {name: more, type: int}\n", 1))).unwrap();
    world.wait_for_a_blocked_statement().await;
    for look in LOOKS {
        match attacker.batch("a test's attack", &look.replace('$', &world.database)).await {
            Err(refused) => {
                let is_unknown = matches!(refused.kind, ErrorKind::Refusal(1109 | 1146));
                assert!(is_unknown || refused.kind == ErrorKind::Privilege, "{look}: {refused}");
            }
            Ok(seen) => panic!("{look}: {seen:?}"),
        }
    }
    let seen = attacker.batch("a test's attack", "SELECT INFO FROM information_schema.PROCESSLIST").await.unwrap();
    assert_eq!(seen[0].len(), 1, "its own: {seen:?}");
    let lock = format!("SELECT GET_LOCK('{name}', 0)");
    let held = attacker.batch("a test's attack", &lock).await.unwrap();
    assert_eq!(held[0][0].text(0), "0", "the change holds the lock of this name");
    reader.commit().await;
    world.wait_ready().await;
    assert!(world.show_create("a").await.contains("`more` int"));
    world.server.run(&format!("DROP USER {account}@'%'")).await;
}

async fn all_that_name_the_lock_at_once_give_it_one_name(world: World) {
    let database = Identifier::new(world.database.as_str()).unwrap();
    let naming = (0..8).map(|_| async {
        let mut session = world.session().await;
        make_lock_name(&mut session, &database).await.unwrap();
        name_of_lock(&mut session, &world.database).await.expect("it has a name")
    });
    let names: BTreeSet<String> = futures::future::join_all(naming).await.into_iter().collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

async fn a_copy_of_a_record_names_another_lock(world: World) {
    world.apply_ready(TABLES).await;
    let copy = format!("{}_copy", world.database);
    world
        .sql(&format!(
            "CREATE DATABASE {copy}; CREATE TABLE {copy}.schema_operator_record LIKE schema_operator_record;
             INSERT INTO {copy}.schema_operator_record SELECT * FROM schema_operator_record"
        ))
        .await;
    let mut session = world.session().await;
    let names = [name_of_lock(&mut session, &world.database).await, name_of_lock(&mut session, &copy).await];
    assert!(names[0].is_some() && names[1].is_some() && names[0] != names[1], "{names:?}");
    world.server.run(&format!("DROP DATABASE {copy}")).await;
}

async fn a_record_that_is_gone_is_made_again_with_another_name(world: World) {
    world.apply_ready(TABLES).await;
    let mut session = world.session().await;
    let before = name_of_lock(&mut session, &world.database).await;
    // The name that is known from before is held, and holds nothing up.
    let held = world.hold_lock().await;
    for gone in ["DROP TABLE schema_operator_record", "DELETE FROM schema_operator_record WHERE resource = 'lock'"] {
        world.sql(gone).await;
        assert_eq!(name_of_lock(&mut session, &world.database).await, None, "{gone}");
        let column = format!("n{}", gone.len());
        let more = TABLES.replacen("int}\n", &format!("int}}\n  - {{name: {column}, type: int}}\n"), 1);
        world.apply_ready(&more).await;
        let after = name_of_lock(&mut session, &world.database).await;
        assert!(after.is_some() && after != before, "{gone}");
    }
    drop(held);
}

/// A name that is changed under a running change lets another one begin. Each still reads a table before it changes it.
async fn two_that_hold_locks_of_two_names_lose_nothing(world: World) {
    world.apply_ready(TABLES).await;
    let reader = world.open_transaction("SELECT * FROM a").await;
    let spec = "interval: 1s\npolicy: {lockWait: 30s}\ntables:\n- name: a\n  columns:\n  - {name: more, type: int}\n- name: b\n  columns:\n  \
                - {name: more, type: int}\n";
    world.apply(&world.schema(spec)).unwrap();
    world.wait_for_a_blocked_statement().await;
    world.sql("UPDATE schema_operator_record SET revision = 'forged' WHERE resource = 'lock'").await;
    let theirs = "tables:\n- name: b\n  columns:\n  - {name: theirs, type: int}\n";
    let file = manifest("theirs", &world.database, theirs);
    let applied = run_cli(&world.server.url(&world.database), &["apply", "-f", "-"], &file);
    assert_eq!(applied.code, 0, "{applied:?}");
    let mut session = world.session().await;
    let find = find_lock_name(&Identifier::new(world.database.as_str()).unwrap());
    assert!(matches!(session.lock(&find).await.unwrap(), LockAttempt::Taken(_)), "nothing holds the lock of this name");
    drop(session);
    reader.commit().await;
    world.wait_ready().await;
    let (a, b) = (world.show_create("a").await, world.show_create("b").await);
    assert!(a.contains("`more` int") && b.contains("`more` int") && b.contains("`theirs` int"), "{a} {b}");
}
