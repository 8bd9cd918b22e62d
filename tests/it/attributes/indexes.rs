//! Parsers, block sizes and algorithms of indexes.

use crate::support::{Server, World, condition, on_each_server};

on_each_server!(indexes_have_block_sizes, indexes_have_algorithms_where_the_engine_does);

async fn indexes_have_block_sizes(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY, v varchar(20), w int, KEY w (w) KEY_BLOCK_SIZE=4)").await;
    let spec = |index: &str| format!("tables: [{{name: t, indexes: [{index}]}}]\n");
    world.apply_ready(&spec("{name: v, columns: [v], keyBlockSize: 8}, {name: w, columns: [w], comment: x}")).await;
    let kept = world.server != Server::MySql;
    let create = world.show_create("t").await;
    assert_eq!(create.contains("KEY `v` (`v`) KEY_BLOCK_SIZE=8"), kept, "{create}");
    assert_eq!(
        create.contains("KEY `w` (`w`) KEY_BLOCK_SIZE=4 COMMENT 'x'"),
        kept,
        "undeclared, it survives: {create}"
    );
    world.apply_ready(&spec("{name: v, columns: [v], keyBlockSize: 0}")).await;
    assert!(!world.show_create("t").await.contains("KEY_BLOCK_SIZE=8"));
}

async fn indexes_have_algorithms_where_the_engine_does(world: World) {
    world.sql("CREATE TABLE m (id int, v int, KEY id (id), KEY v (v) USING BTREE) ENGINE=MEMORY").await;
    world.sql("CREATE TABLE t (id int PRIMARY KEY, v int, KEY v (v))").await;
    let spec = "policy: {allow: [Blocking]}
tables:
- name: m
  indexes: [{name: id, columns: [id], using: BTree}, {name: v, columns: [v], comment: x}]
- name: t
  indexes: [{name: v, columns: [v], using: Hash}]
";
    world.apply_ready(spec).await;
    let create = world.show_create("m").await;
    assert!(create.contains("KEY `id` (`id`) USING BTREE"), "{create}");
    assert!(create.contains("KEY `v` (`v`) USING BTREE COMMENT 'x'"), "undeclared, it survives: {create}");
    let hash = "policy: {allow: [Blocking]}\ntables: [{name: m, indexes: [{name: id, columns: [id], using: Hash}]}]\n";
    world.apply_ready(hash).await;
    assert!(!world.show_create("m").await.contains("KEY `id` (`id`) USING BTREE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn full_text_indexes_have_parsers() {
    let world = World::new(Server::MySql).await;
    world.sql("CREATE TABLE t (id int PRIMARY KEY, a text, b text, FULLTEXT KEY b (b) WITH PARSER ngram)").await;
    let spec = |index: &str| format!("policy: {{allow: [Blocking]}}\ntables: [{{name: t, indexes: [{index}]}}]\n");
    world
        .apply_ready(&spec(
            "{name: a, columns: [a], kind: Fulltext, parser: ngram}, {name: b, columns: [b], kind: Fulltext, comment: x}",
        ))
        .await;
    let create = world.show_create("t").await;
    assert_eq!(create.matches("WITH PARSER `ngram`").count(), 2, "undeclared, it survives a new comment: {create}");
    world.apply_ready(&spec("{name: a, columns: [a], kind: Fulltext, parser: NGRAM}")).await;
    assert_eq!(world.show_create("t").await, create);
    let world = World::new(Server::MariaDb).await;
    world.sql("CREATE TABLE t (id int PRIMARY KEY, a text)").await;
    world.apply(&world.schema(&spec("{name: a, columns: [a], kind: Fulltext, parser: ngram}"))).unwrap();
    let resource = world.wait_reason("PlanRefused").await;
    assert!(condition(&resource, "Ready").message.contains("ngram"), "MariaDB has no such parser: {resource:?}");
}
