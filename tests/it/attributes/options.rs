//! Table options.

use crate::support::{Server, World, condition, on_each_server};

on_each_server!(
    storage_is_changed_and_left_alone,
    the_default_row_format_is_no_change,
    a_counter_is_raised_and_never_lowered,
    a_new_table_counts_from_the_declared_number,
    block_sizes_need_compressed_rows,
    encryption_needs_the_servers_keys,
);

async fn storage_is_changed_and_left_alone(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY) MAX_ROWS=7").await;
    let declared = "{rowFormat: compressed, keyBlockSize: 8, statsPersistent: true, statsAutoRecalc: false, \
                    statsSamplePages: 33}";
    world.apply_ready(&format!("tables:\n- name: t\n  options: {declared}\n")).await;
    let create = world.show_create("t").await;
    for words in [
        "ROW_FORMAT=COMPRESSED",
        "KEY_BLOCK_SIZE=8",
        "STATS_PERSISTENT=1",
        "STATS_AUTO_RECALC=0",
        "STATS_SAMPLE_PAGES=33",
    ] {
        assert!(create.contains(words), "{words}: {create}");
    }
    assert!(create.contains("MAX_ROWS=7") || create.contains("max_rows=7"), "{create}");
    // Undeclared options survive, and each can be reset.
    world
        .apply_ready("tables:\n- name: t\n  columns: [{name: note, type: varchar(20)}]\n  options: {comment: x}\n")
        .await;
    let after = world.show_create("t").await;
    assert!(after.contains("KEY_BLOCK_SIZE=8") && after.contains("STATS_SAMPLE_PAGES=33"), "{after}");
    let back = "{rowFormat: DEFAULT, keyBlockSize: 0, statsPersistent: false}";
    world.apply_ready(&format!("tables:\n- name: t\n  options: {back}\n")).await;
    let after = world.show_create("t").await;
    assert!(!after.contains("COMPRESSED") && after.contains("STATS_PERSISTENT=0"), "{after}");
}

async fn the_default_row_format_is_no_change(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY)").await;
    let before = world.show_create("t").await;
    world.apply_ready("tables:\n- name: t\n  options: {rowFormat: DYNAMIC}\n").await;
    assert_eq!(world.show_create("t").await, before);
    world.apply_ready("tables:\n- name: t\n  options: {rowFormat: COMPACT}\n").await;
    assert!(world.show_create("t").await.contains("ROW_FORMAT=COMPACT"));
}

async fn a_counter_is_raised_and_never_lowered(world: World) {
    world.sql("CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, v int); INSERT INTO t (v) VALUES (1)").await;
    let floor = |floor: u32| format!("tables:\n- name: t\n  options: {{autoIncrement: {floor}}}\n");
    world.apply_ready(&floor(1000)).await;
    world.sql("INSERT INTO t (v) VALUES (2)").await;
    assert_eq!(world.sql("SELECT MAX(id) FROM t").await[0].text(0), "1000");
    world.sql("INSERT INTO t VALUES (5000, 3); DELETE FROM t WHERE id = 5000").await;
    world.apply_ready(&floor(2000)).await;
    world.sql("INSERT INTO t (v) VALUES (4)").await;
    assert_eq!(world.sql("SELECT MAX(id) FROM t").await[0].text(0), "5001");
    let spec = "tables:\n- name: t\n  columns: [{name: id, autoIncrement: false}]\n  options: {autoIncrement: 9}\n";
    world.apply(&world.schema(spec)).unwrap();
    let resource = world.wait_reason("InvalidSpec").await;
    assert!(condition(&resource, "Ready").message.contains("options.autoIncrement"), "{resource:?}");
}

async fn a_new_table_counts_from_the_declared_number(world: World) {
    world
        .apply_ready(
            "
tables:
- name: t
  columns: [{name: id, type: int, autoIncrement: true}, {name: v, type: int}]
  primaryKey: [id]
  options: {autoIncrement: 100, rowFormat: DYNAMIC}
",
        )
        .await;
    world.sql("INSERT INTO t (v) VALUES (1)").await;
    assert_eq!(world.sql("SELECT id FROM t").await[0].text(0), "100");
}

async fn block_sizes_need_compressed_rows(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY) ROW_FORMAT=DYNAMIC").await;
    world.apply(&world.schema("tables:\n- name: t\n  options: {keyBlockSize: 8}\n")).unwrap();
    let resource = world.wait_reason("InvalidSpec").await;
    assert!(condition(&resource, "Ready").message.contains("spec.tables[t].options.keyBlockSize"), "{resource:?}");
}

/// The testbed's servers have no keys to encrypt with.
async fn encryption_needs_the_servers_keys(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY)").await;
    let before = world.show_create("t").await;
    let spec = |options: &str| format!("policy: {{allow: [Blocking]}}\ntables:\n- name: t\n  options: {options}\n");
    world.apply(&world.schema(&spec("{encryption: true}"))).unwrap();
    let resource = world.wait_reason("PlanRefused").await;
    let message = condition(&resource, "Ready").message;
    let word = if world.server == Server::MySql { "keyring" } else { "ENCRYPTION_KEY_ID" };
    assert!(message.contains(word), "{message}");
    assert_eq!(world.show_create("t").await, before);
    world.apply_ready(&spec("{encryption: false}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_mysql_compresses_pages() {
    let world = World::new(Server::MySql).await;
    world.sql("CREATE TABLE t (id int PRIMARY KEY)").await;
    world.apply_ready("tables:\n- name: t\n  options: {compression: zlib}\n").await;
    assert!(world.show_create("t").await.contains("COMPRESSION='ZLIB'"));
    world.apply_ready("tables:\n- name: t\n  options: {compression: NONE}\n").await;
    let world = World::new(Server::MariaDb).await;
    world.sql("CREATE TABLE t (id int PRIMARY KEY) PAGE_COMPRESSED=1").await;
    world.apply(&world.schema("tables:\n- name: t\n  options: {compression: ZLIB}\n")).unwrap();
    let resource = world.wait_reason("Unsupported").await;
    assert!(condition(&resource, "Ready").message.contains("spec.tables[t].options.compression"), "{resource:?}");
    world.apply_ready("tables:\n- name: t\n  options: {comment: x, rowFormat: DYNAMIC}\n").await;
    assert!(world.show_create("t").await.to_lowercase().contains("page_compressed"));
}
