//! What a declaration means is what this very server makes of it. The operator finds out on an empty copy.

use schema_operator::api::DatabaseSchema;

use crate::support::{ConditionView, Server, World, condition, is_ready, on_each_server, reason};

on_each_server!(
    what_the_server_spells_differently_is_no_difference,
    expressions_are_added_beside_rows,
    what_the_server_refuses_is_refused_before_the_table_is_touched,
    a_table_of_every_kind_is_copied_faithfully,
    an_expression_survives_a_change_of_its_column,
    a_partitioned_table_is_tried_with_its_partitions,
    without_the_privilege_a_plan_says_that_it_was_not_rehearsed,
    without_the_privilege_nothing_is_restated,
    what_is_too_long_for_the_server_is_refused_beforehand,
);

/// Expressions that no rule proves equal to what the servers print.
const ODD: [(&str, &str); 4] = [
    ("c_not", "not (a > 1 and b > 1)"),
    ("c_in", "a in (1)"),
    ("c_like", "name sounds like 'x'"),
    ("c_bits", "a <> b'101'"),
];

fn odd_spec() -> String {
    let checks: String =
        ODD.iter().map(|(name, text)| format!("  - {{name: {name}, expression: \"{text}\"}}\n")).collect();
    format!(
        "interval: 1s\ntables:\n- name: t\n  columns:\n  - {{name: id, type: int, nullable: false}}\n  - {{name: a, type: int}}\n  \
         - {{name: b, type: int}}\n  - {{name: name, type: varchar(20)}}\n  \
         - {{name: g, type: varchar(40), generated: {{expression: \"concat(substr(name from 2), x'41', 'ä')\"}}}}\n  \
         primaryKey: [id]\n  checks:\n{checks}"
    )
}

async fn what_the_server_spells_differently_is_no_difference(world: World) {
    let checks: String = ODD.iter().map(|(name, text)| format!(", CONSTRAINT {name} CHECK ({text})")).collect();
    world
        .sql(&format!(
            "CREATE TABLE t (id int PRIMARY KEY, a int, b int, name varchar(20),
               g varchar(40) GENERATED ALWAYS AS (concat(substr(name from 2), x'41', 'ä')) VIRTUAL{checks});
             INSERT INTO t (id, a, b, name) VALUES (1, 1, 1, 'x')"
        ))
        .await;
    world.apply_ready(&odd_spec()).await;
    world.check_that_nothing_was_run().await;
}

async fn expressions_are_added_beside_rows(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 1)").await;
    world.apply_ready(&odd_spec()).await;
    assert_eq!(world.sql("SELECT COUNT(*) FROM t").await[0].text(0), "1");
}

async fn what_the_server_refuses_is_refused_before_the_table_is_touched(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY, a int)").await;
    let spec = "tables:\n- name: t\n  columns:\n  - {name: fine, type: int}\n  checks:\n  \
                - {name: bad, expression: \"no_such_function(a) = 1\"}\n";
    world.apply(&world.schema(spec)).unwrap();
    let resource = world.wait_reason("PlanRefused").await;
    let message = condition(&resource, "Stalled").message;
    assert!(message.to_lowercase().contains("no_such_function"), "{message}");
    assert!(!world.show_create("t").await.contains("fine"), "nothing of the plan was run");
}

async fn a_table_of_every_kind_is_copied_faithfully(world: World) {
    world
        .sql(
            "CREATE TABLE t (id bigint unsigned NOT NULL AUTO_INCREMENT, tiny tinyint(1) NOT NULL DEFAULT 1,
               z int(6) unsigned zerofill, price decimal(10,2) NOT NULL DEFAULT '1.50', bits bit(5) DEFAULT b'101',
               day date DEFAULT '2026-01-01', at datetime(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
               y year, fixed char(3) CHARACTER SET ascii, raw varbinary(20) DEFAULT 'x', body text COMMENT 'it''s \"body\"',
               kind enum('a','b''c','d,e') NOT NULL DEFAULT 'b''c', tags set('x','y'), doc json, place point NOT NULL,
               PRIMARY KEY (id), UNIQUE KEY u (fixed, kind), KEY by_body (body(20)), FULLTEXT KEY f (body),
               SPATIAL KEY s (place), CONSTRAINT c1 CHECK (price > 0))
             COMMENT 'kept'",
        )
        .await;
    let before = world.show_create("t").await;
    let spec = "tables:\n- name: t\n  columns:\n  - {name: total, type: 'decimal(12,2)', generated: {expression: price * 2}}\n";
    world.apply_ready(spec).await;
    let after = world.show_create("t").await;
    let without: String =
        after.lines().filter(|line| !line.contains("`total`")).map(|line| format!("{line}\n")).collect();
    assert_eq!(without.trim(), before.trim());
}

async fn without_the_privilege_a_plan_says_that_it_was_not_rehearsed(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY, a int)").await;
    world.apply(&world.account("secret-word", "SELECT, CREATE, ALTER, INSERT, UPDATE").await).unwrap();
    let spec = |mode: &str| {
        format!("mode: {mode}\ntables:\n- name: t\n  checks:\n  - {{name: c, expression: 'not (a > 1 and id > 1)'}}\n")
    };
    let message = |resource: &DatabaseSchema| {
        let plan = resource.status.as_ref().and_then(|status| status.plan.clone()).unwrap_or_default();
        plan.steps.first().and_then(|step| step.message.clone()).unwrap_or_default()
    };
    world.apply(&world.schema(&spec("Plan"))).unwrap();
    let resource = world.wait_reason("Planned").await;
    assert!(message(&resource).starts_with("it was not rehearsed"), "{}", message(&resource));
    let account = &world.database;
    let scratch = format!("GRANT SELECT, CREATE, ALTER, DROP ON {}.* TO {account}@'%'", world.scratch_pattern());
    world.server.run(&scratch).await;
    world.apply(&world.schema(&spec("Apply"))).unwrap();
    let resource = world.wait_ready().await;
    assert_eq!(message(&resource), "", "these privileges do");
}

async fn without_the_privilege_nothing_is_restated(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY, a int); CREATE TABLE u (id int PRIMARY KEY)").await;
    let before = world.show_create("t").await;
    world.apply(&world.account("secret-word", "SELECT, CREATE, ALTER, INSERT, UPDATE").await).unwrap();
    let spec =
        "tables: [{name: t, columns: [{name: a, comment: restated}]}, {name: u, columns: [{name: b, type: int}]}]\n";
    world.apply(&world.schema(spec)).unwrap();
    let is_blocked = |resource: &DatabaseSchema| condition(resource, "Ready").message.contains("column t.a");
    let resource = world.wait("the refusal", is_blocked).await;
    let ConditionView { reason, message, .. } = condition(&resource, "Ready");
    assert_eq!(reason, "MissingPrivilege", "{message}");
    assert!(message.contains(&format!("ON {}.* to the account", world.scratch_pattern())), "{message}");
    assert!(world.show_create("u").await.contains("`b` int"), "what restates nothing went on");
    assert_eq!(world.show_create("t").await, before);
    let scratch =
        format!("GRANT SELECT, CREATE, ALTER, DROP ON {}.* TO {}@'%'", world.scratch_pattern(), world.database);
    world.server.run(&scratch).await;
    world.apply(&world.schema(&format!("interval: 31s\n{spec}"))).unwrap();
    world.wait_ready().await;
    assert!(world.show_create("t").await.contains("COMMENT 'restated'"), "these privileges do");
}

async fn an_expression_survives_a_change_of_its_column(world: World) {
    world
        .sql(
            "CREATE TABLE t (id int PRIMARY KEY, a int, token varchar(36) DEFAULT (concat('ä\\'', \"q\", uuid())) COMMENT 'one',
               twice int GENERATED ALWAYS AS (a * 2) STORED)",
        )
        .await;
    let before = world.show_create("t").await;
    let spec = "policy: {allow: [Blocking]}\ntables:\n- name: t\n  columns:\n  - {name: token, type: varchar(60)}\n  \
                - {name: twice, comment: doubled}\n";
    world.apply_ready(spec).await;
    let after = world.show_create("t").await;
    let words = |text: &str| {
        let text = text.replace(" COMMENT 'doubled'", "").replace("varchar(60)", "varchar(36)");
        text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(words(&after), words(&before));
    assert!(after.contains("varchar(60)") && after.contains("doubled"));
}

async fn a_partitioned_table_is_tried_with_its_partitions(world: World) {
    world.sql("CREATE TABLE t (id int PRIMARY KEY, a int) PARTITION BY HASH (id) PARTITIONS 3").await;
    let spec = "tables:\n- name: t\n  checks:\n  - {name: c, expression: 'not (a > 1 and id > 1)'}\n";
    world.apply_ready(spec).await;
    let after = world.show_create("t").await;
    assert!(after.contains("PARTITIONS 3") && after.contains("CHECK"), "{after}");
}

/// MariaDB turns a plain index that is too long into a prefix index, which counts as the same index there.
async fn what_is_too_long_for_the_server_is_refused_beforehand(world: World) {
    world.sql("CREATE TABLE t (id int, name varchar(1000)) DEFAULT CHARSET utf8mb4").await;
    let before = world.show_create("t").await;
    let columns: String = (0..5).map(|at| format!("  - {{name: c{at}, type: varchar(16000)}}\n")).collect();
    let wide = format!("tables:\n- name: t\n  columns:\n{columns}");
    let long = "tables:\n- name: t\n  indexes:\n  - {name: by_name, columns: [name]}\n".to_owned();
    let mut refused = vec![(wide, "Row size too large")];
    if world.server == Server::MySql {
        refused.push((long, "by_name"));
    }
    for (generation, (spec, word)) in (1..).zip(refused) {
        world.apply(&world.schema(&spec)).unwrap();
        let resource = world
            .wait("PlanRefused", |resource| {
                let observed = resource.status.as_ref().and_then(|status| status.observed_generation);
                observed == Some(generation) && reason(resource) == "PlanRefused"
            })
            .await;
        let message = condition(&resource, "Stalled").message;
        assert!(message.contains("nothing was changed") && message.contains(word), "{message}");
        assert_eq!(world.show_create("t").await, before);
    }
    world.apply_ready("tables:\n- name: t\n  indexes:\n  - {name: by_name, columns: [name(700)]}\n").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_resources_get_along_with_two_connections() {
    let arguments = ["--connections-per-server", "2", "--changes-per-server", "1"];
    let world = World::with(Server::MySql, &arguments).await;
    let names: Vec<String> = (0..8).map(|number| format!("many{number}")).collect();
    for name in &names {
        let spec = format!(
            "tables:\n- name: {name}\n  columns: [{{name: id, type: int}}]\n  checks:\n  \
             - {{name: {name}_c, expression: 'not (id > 1 and id < 9)'}}\nverify: [{{name: q, query: 'SELECT 1 FROM {name}'}}]\n"
        );
        world.apply(&world.schema_named(name, &spec)).unwrap();
    }
    for name in &names {
        world.wait_named(name, "Ready", is_ready).await;
    }
}
